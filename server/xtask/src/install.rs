//! `install`: the programs that tests need and a fresh machine lacks. `./dev` itself sees to what a build needs.
//!
//! Only Debian and Ubuntu are served by themselves; elsewhere the message says what to install.

use crate::Result;
use crate::process::{show, which};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Need {
    package: &'static str,
    /// Is it here already?
    is_here: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { package: "postgresql", is_here: || initdb().is_some() },
    Need { package: "redis-server", is_here: || which("redis-server").is_some() },
    // `ps`, by which a process is known before it is ended.
    Need { package: "procps", is_here: || which("ps").is_some() },
];

/// Where Debian reads whether to create a cluster of its own when PostgreSQL is installed.
const CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";
const DEBIAN_POSTGRES: &str = "/usr/lib/postgresql";

pub fn run(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        return Err(format!("unknown argument `{argument}`; it takes none"));
    }
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let (Some(_), Some(prefix)) = (which("apt-get"), as_root()) else { return Err(message(&missing)) };
    without_a_cluster(&prefix).map_err(|why| format!("{why}\n{}", message(&missing)))?;
    let apt = |words: &[&str]| {
        let command = [&prefix[..], &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"], words].concat();
        show(Command::new(command[0]).args(&command[1..]))
    };
    apt(&["update"])
        .and_then(|()| apt(&[&["install", "--no-install-recommends"], &missing[..]].concat()))
        .map_err(|why| format!("{why}\n{}", message(&missing)))
}

/// An error that says what to install, unless everything is here.
pub fn need_services() -> Result<()> {
    let missing = missing();
    if missing.is_empty() { Ok(()) } else { Err(message(&missing)) }
}

/// The newest `initdb`. A lone link to it in `PATH` is followed, as the other programs stand beside the real one.
pub fn initdb() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN_POSTGRES).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut versions: Vec<PathBuf> = versions.filter(|folder| folder.join("bin/initdb").is_file()).collect();
    versions.sort_by_key(|folder| version(folder));
    let newest = versions.pop().map(|folder| folder.join("bin/initdb"));
    which("initdb").and_then(|file| file.canonicalize().ok()).or(newest)
}

fn version(folder: &Path) -> u32 {
    folder.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

fn missing() -> Vec<&'static str> {
    NEEDS.iter().filter(|need| !(need.is_here)()).map(|need| need.package).collect()
}

fn message(missing: &[&str]) -> String {
    let packages = missing.join(" ");
    format!(
        "missing for the tests on PostgreSQL and Redis: {packages}\n\
         On Debian or Ubuntu: sudo apt-get install {packages}\n\
         On macOS: brew install postgresql redis\n\
         Elsewhere: PostgreSQL 15 or newer and Redis 7 or newer, with initdb and redis-server in PATH.\n\
         Nothing has to be started or configured; the tests bring up their own."
    )
}

/// What to put before a command so that root runs it; none where that would need a password.
fn as_root() -> Option<Vec<&'static str>> {
    let quiet = |program: &str, arguments: &[&str]| Command::new(program).args(arguments).output();
    if quiet("id", &["-u"]).is_ok_and(|id| id.stdout.trim_ascii() == b"0") {
        return Some(Vec::new());
    }
    let may = quiet("sudo", &["-n", "true"]).is_ok_and(|output| output.status.success());
    may.then(|| vec!["sudo", "-n"])
}

/// Debian's package creates and starts a cluster when it is installed; nobody here wants one.
/// A machine that has PostgreSQL's common files already keeps its settings.
fn without_a_cluster(prefix: &[&str]) -> Result<()> {
    if Path::new(CLUSTER).exists() || Path::new("/usr/share/postgresql-common").exists() {
        return Ok(());
    }
    let write = format!("mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > {CLUSTER}");
    let command = [prefix, &["sh", "-c", &write]].concat();
    show(Command::new(command[0]).args(&command[1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_what_is_missing_and_how_to_get_it() {
        let text = message(&["redis-server"]);
        assert!(text.contains("apt-get install redis-server\n") && text.contains("brew install"), "{text}");
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version(Path::new("/usr/lib/postgresql/15")) > version(Path::new("/usr/lib/postgresql/9")));
    }
}
