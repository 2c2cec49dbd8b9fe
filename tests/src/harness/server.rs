//! The server under test: started once a process, ended with it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

/// A debug build on a busy machine is slow to start.
const START_LIMIT: Duration = Duration::from_secs(60);

pub struct Server {
    pub url: String,
    /// Where commands run, and where a server of our own keeps its data.
    pub folder: PathBuf,
    /// Settings that commands must share with the server.
    pub settings: Vec<(String, String)>,
}

impl Server {
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| match std::env::var("THERIAC_URL") {
            Ok(url) => Self { url, folder: PathBuf::from("."), settings: Vec::new() },
            Err(_) => start(),
        })
    }
}

fn start() -> Server {
    let folder = std::env::temp_dir().join(format!("theriac-tests-{}", uuid::Uuid::new_v4().simple()));
    fs::create_dir_all(&folder).expect("a folder for the server's data");
    let settings = settings(&folder);
    let log = folder.join("server.log");
    let mut child = Command::new(super::binary())
        .arg("serve")
        .envs(settings.iter().cloned())
        .env("THERIAC_LISTEN", "127.0.0.1:0")
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&log).expect("the server's log"))
        .spawn()
        .expect("the server starts");
    end_with_this_process(&child, &folder);
    let url = bound_address(&mut child).unwrap_or_else(|| {
        let said = fs::read_to_string(&log).unwrap_or_default();
        panic!("the server did not print `listening on http://...` within {START_LIMIT:?}; it said:\n{said}")
    });
    Server { url, folder, settings }
}

fn settings(folder: &Path) -> Vec<(String, String)> {
    let mut settings = vec![("THERIAC_DATA_DIR".to_owned(), folder.display().to_string())];
    if std::env::var_os("THERIAC_DATABASE_URL").is_none() {
        let url = format!("sqlite://{}/theriac.db?mode=rwc", folder.display());
        settings.push(("THERIAC_DATABASE_URL".to_owned(), url));
    }
    settings
}

/// Reads the server's stdout to its end, so that it never blocks; the first address in it is the answer.
fn bound_address(child: &mut Child) -> Option<String> {
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("listening on ") {
                let _ = sender.send(address.trim().to_owned());
            }
        }
    });
    receiver.recv_timeout(START_LIMIT).ok()
}

/// Statics are not dropped at the end of a test run, and a run may be killed. So a shell waits on a
/// pipe from this process; when the pipe closes, for whatever reason, it ends the server by its id.
fn end_with_this_process(child: &Child, folder: &Path) {
    const SCRIPT: &str = "read _; kill $1; n=0; \
        while kill -0 $1 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done; \
        kill -9 $1 2>/dev/null; [ -n \"$THERIAC_TESTS_KEEP\" ] || rm -rf \"$2\"";
    let watcher = Command::new("sh")
        .args(["-c", SCRIPT, "sh", &child.id().to_string()])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts");
    // Kept open for as long as the process lives.
    std::mem::forget(watcher);
}
