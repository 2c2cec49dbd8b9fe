//! Programs that others wrote drive the server: `fhir-kit-client` from npm, `fhirpy` and `fhirclient` from PyPI.
//!
//! Their programs stand in `conformance/clients`, with every version pinned; what they need is installed into a folder
//! under the build's. Each prints a line a case: `ok NAME` or `fail NAME: why`.

use super::Outcome;
use crate::run::{Run, root};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) struct Kit {
    /// Its folder, here and there.
    pub(super) name: &'static str,
    /// What must be on the machine, and how it says its version.
    pub(super) needs: &'static [&'static str],
    /// What decides whether it has to be installed anew.
    pub(super) pinned: &'static str,
    pub(super) files: &'static [&'static str],
    pub(super) install: &'static [&'static [&'static str]],
    pub(super) drive: &'static [&'static str],
}

/// Commands are run in the private folder.
#[rustfmt::skip]
const KITS: &[Kit] = &[
    Kit {
        name: "javascript", needs: &["node", "npm"], pinned: "package-lock.json",
        files: &["package.json", "package-lock.json", "drive.js"],
        install: &[&["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]],
        drive: &["node", "drive.js"],
    },
    Kit {
        name: "python", needs: &["python3"], pinned: "requirements.txt",
        files: &["requirements.txt", "drive.py"],
        install: &[&["python3", "-m", "venv", "--clear", "venv"], &["venv/bin/python", "-m", "pip", "--quiet", "install", "--requirement", "requirements.txt"]],
        drive: &["venv/bin/python", "drive.py"],
    },
];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    drive(run, KITS).await
}

pub(super) async fn drive(run: &Run, kits: &[Kit]) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    for kit in kits {
        if let Some(program) = kit.needs.iter().find(|program| !is_there(program)) {
            let why = format!("{} is not on this machine, so the clients in {} cannot run", program, kit.name);
            match std::env::var_os("CI") {
                Some(_) => outcome.case(kit.name, Err(format!("{why}; install it"))),
                None => outcome.skipped.push(why),
            }
            continue;
        }
        let folder = installed(kit)?;
        let tenant = run.tenant(kit.name).await?;
        let base = format!("{}/{}/fhir", run.server()?.url, tenant.name);
        let mut drive = command(kit.drive, &folder);
        drive.env("THERIAC_FHIR", base).env("THERIAC_TOKEN", tenant.client.token());
        drive.env("THERIAC_URL", &run.server()?.url).env("THERIAC_TENANT", &tenant.name);
        drive.env("THERIAC_BIN", run.server()?.binary()).env("THERIAC_CONFORMANCE_DATA", run.data(""));
        let said = output(drive)?;
        for line in said.lines() {
            tell(&mut outcome, kit.name, line)?;
        }
    }
    Ok(outcome)
}

/// A line of a program as a case.
pub(super) fn tell(outcome: &mut Outcome, kit: &str, line: &str) -> Result<(), String> {
    match (line.strip_prefix("ok "), line.strip_prefix("fail ").and_then(|rest| rest.split_once(": "))) {
        (Some(name), _) => outcome.case(format!("{kit}/{name}"), Ok(())),
        (_, Some((name, why))) => outcome.case(format!("{kit}/{name}"), Err(why.to_owned())),
        _ => return Err(format!("the {kit} clients said {line:?}, which is no case")),
    }
    Ok(())
}

/// Mosquitto stands where services stand, and says its usage whatever it is asked.
pub(super) fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok() || Path::new("/usr/sbin").join(program).is_file()
}

/// The private folder, with what is pinned in it.
pub(super) fn installed(kit: &Kit) -> Result<PathBuf, String> {
    let broken = |path: &Path, e: std::io::Error| format!("{}: {e}", path.display());
    let (from, folder) = (root().join("conformance/clients").join(kit.name), target().join(kit.name));
    std::fs::create_dir_all(&folder).map_err(|e| broken(&folder, e))?;
    for file in kit.files {
        std::fs::copy(from.join(file), folder.join(file)).map_err(|e| broken(&from.join(file), e))?;
    }
    let wanted = std::fs::read(from.join(kit.pinned)).map_err(|e| broken(&from.join(kit.pinned), e))?;
    let stamp = folder.join("installed");
    if std::fs::read(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(folder);
    }
    eprintln!("   installing the {} clients", kit.name);
    for step in kit.install {
        output(command(step, &folder))?;
    }
    std::fs::write(&stamp, wanted).map_err(|e| broken(&stamp, e))?;
    Ok(folder)
}

fn target() -> PathBuf {
    let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    given.unwrap_or_else(|| root().join("target")).join("clients")
}

pub(super) fn command(words: &[&str], folder: &Path) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
    let own = folder.join(program);
    let mut command = if own.is_file() { Command::new(own) } else { Command::new(program) };
    command.args(arguments).current_dir(folder);
    command
}

pub(super) fn output(mut command: Command) -> Result<String, String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
