//! The server under test: the one that tests share, ended with the process, and ones that a test may kill.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

/// A debug build on a busy machine is slow to start.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A data folder and the settings that servers and commands on it have in common.
pub struct Home {
    pub folder: PathBuf,
    settings: Vec<(String, String)>,
}

impl Home {
    /// A new one.
    pub fn empty() -> Self {
        let folder = std::env::temp_dir().join(format!("theriac-tests-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir_all(&folder).expect("a folder for the server's data");
        let mut settings = vec![("THERIAC_DATA_DIR".to_owned(), folder.display().to_string())];
        if std::env::var_os("THERIAC_DATABASE_URL").is_none() {
            let url = format!("sqlite://{}/theriac.db?mode=rwc", folder.display());
            settings.push(("THERIAC_DATABASE_URL".to_owned(), url));
        }
        Self { folder, settings }
    }

    /// The same place with one more setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The `theriac` command in this place.
    pub fn command(&self) -> Command {
        let mut command = Command::new(super::binary());
        command.envs(self.settings.iter().cloned()).current_dir(&self.folder);
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }
}

/// A server that runs.
pub struct Running {
    pub url: String,
    child: Child,
}

impl Running {
    /// Starts a server on a free port; its log is appended to what stands there.
    pub fn start(home: &Home) -> Self {
        let log: File = OpenOptions::new().create(true).append(true).open(home.log()).expect("the server's log");
        let mut child = home
            .command()
            .arg("serve")
            .env("THERIAC_LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let url = bound_address(&mut child).unwrap_or_else(|| {
            let said = fs::read_to_string(home.log()).unwrap_or_default();
            panic!("the server did not print `listening on http://...` within {START_LIMIT:?}; it said:\n{said}")
        });
        Self { url, child }
    }

    /// SIGKILL: nothing is finished, nothing is said.
    pub fn kill(mut self) {
        self.child.kill().expect("the server is killed");
        self.child.wait().expect("the server is gone");
    }
}

/// The server that all tests of a process share.
pub struct Server {
    pub url: String,
    pub home: Home,
}

impl Server {
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| match std::env::var("THERIAC_URL") {
            Ok(url) => Self { url, home: Home { folder: PathBuf::from("."), settings: Vec::new() } },
            Err(_) => {
                let home = Home::empty();
                let Running { url, child } = Running::start(&home);
                end_with_this_process(&child, &home);
                Self { url, home }
            }
        })
    }
}

/// Reads the server's stdout to its end, so that it never blocks; the first address in it is the answer.
fn bound_address(child: &mut Child) -> Option<String> {
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("listening on ") {
                // The receiver goes once it has its answer.
                let _ = sender.send(address.trim().to_owned());
            }
        }
    });
    receiver.recv_timeout(START_LIMIT).ok()
}

/// Statics are not dropped at the end of a test run, and a run may be killed. So a shell waits on a
/// pipe from this process; when the pipe closes, for whatever reason, it ends the server by its id.
fn end_with_this_process(child: &Child, home: &Home) {
    const SCRIPT: &str = "read _; kill $1; n=0; \
        while kill -0 $1 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done; \
        kill -9 $1 2>/dev/null; [ -n \"$THERIAC_TESTS_KEEP\" ] || rm -rf \"$2\"";
    let watcher = Command::new("sh")
        .args(["-c", SCRIPT, "sh", &child.id().to_string()])
        .arg(&home.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts");
    // Kept open for as long as the process lives.
    std::mem::forget(watcher);
}
