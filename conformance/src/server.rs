//! The server under test: one that runs already, or one of our own on an empty data folder with SQLite.

use crate::run::root;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A debug build on a busy machine is slow to start.
const START_LIMIT: Duration = Duration::from_secs(60);

pub struct Server {
    pub url: String,
    binary: PathBuf,
    own: Option<Own>,
}

/// Ended and cleared away with this value, or with this process.
struct Own {
    child: Child,
    watcher: Option<Child>,
    folder: PathBuf,
}

impl Server {
    pub fn begin() -> Result<Self, String> {
        let given = std::env::var_os("THERIAC_BIN").map(PathBuf::from);
        let binary = given.unwrap_or_else(|| root().join("target/debug/theriac"));
        let binary = binary.canonicalize().map_err(|e| {
            format!("{}: {e}; build it with `cargo build -p theriac-app`, or set THERIAC_BIN", binary.display())
        })?;
        match std::env::var("THERIAC_URL") {
            Ok(url) => Ok(Self { url, binary, own: None }),
            Err(_) => Self::start(binary),
        }
    }

    fn start(binary: PathBuf) -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("theriac-conformance-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let log = std::fs::File::create(folder.join("server.log")).map_err(|e| format!("the server's log: {e}"))?;
        let mut command = Command::new(&binary);
        settle(&mut command, &folder);
        command.arg("serve").env("THERIAC_LISTEN", "127.0.0.1:0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let child = command.spawn().map_err(|e| format!("{} does not start: {e}", binary.display()))?;
        let watcher = watcher(&child, &folder);
        let mut own = Own { child, watcher, folder };
        let url = bound_address(&mut own.child).ok_or_else(|| {
            let said = std::fs::read_to_string(own.folder.join("server.log")).unwrap_or_default();
            format!("the server did not print `listening on http://...` within {START_LIMIT:?}; it said:\n{said}")
        })?;
        Ok(Self { url, binary, own: Some(own) })
    }

    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// A file beside the server's data.
    pub fn file(&self, name: &str) -> PathBuf {
        self.own.as_ref().map_or_else(std::env::temp_dir, |own| own.folder.clone()).join(name)
    }

    /// Runs a `theriac` command with the server's settings; whether it was content, and what it wrote.
    pub fn command(&self, arguments: &[&str]) -> Result<Said, String> {
        let mut command = Command::new(&self.binary);
        if let Some(own) = &self.own {
            settle(&mut command, &own.folder);
        }
        let output = command.args(arguments).output().map_err(|e| format!("{}: {e}", self.binary.display()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Said { well: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) })
    }

    /// The same, when only the answer of a command that succeeds is of use.
    pub fn tell(&self, arguments: &[&str]) -> Result<String, String> {
        let said = self.command(arguments)?;
        if said.well {
            return Ok(said.out.trim().to_owned());
        }
        Err(format!("theriac {}: {}", arguments.join(" "), said.err.trim()))
    }
}

pub struct Said {
    /// Exit status 0.
    pub well: bool,
    pub out: String,
    pub err: String,
}

fn settle(command: &mut Command, folder: &Path) {
    command.current_dir(folder).env("THERIAC_DATA_DIR", folder);
    command.env("THERIAC_DATABASE_URL", format!("sqlite://{}/theriac.db?mode=rwc", folder.display()));
}

/// Reads the server's stdout to its end, so that it never blocks; the first address in it is the answer.
fn bound_address(child: &mut Child) -> Option<String> {
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("listening on ") {
                // The receiver goes once it has its answer.
                let _ = sender.send(address.trim().to_owned());
            }
        }
    });
    receiver.recv_timeout(START_LIMIT).ok()
}

/// This process may be killed, and then drops nothing. So a shell waits on a pipe from it; when the pipe closes, for
/// whatever reason, it ends the server by its id.
fn watcher(child: &Child, folder: &Path) -> Option<Child> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "read _; kill -9 $1 2>/dev/null; rm -rf \"$2\"", "sh", &child.id().to_string()]).arg(folder);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
}

impl Drop for Own {
    fn drop(&mut self) {
        // What is left of a temporary folder or an ended process harms nobody. The server is waited for before the
        // shell, so that the folder is not written to while it is taken away, nor after.
        let _ = self.child.kill();
        if let Some(mut watcher) = self.watcher.take() {
            // Closes the pipe.
            drop(watcher.stdin.take());
            let _ = watcher.wait();
        }
        let _ = self.child.wait();
    }
}
