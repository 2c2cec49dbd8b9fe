//! The release server: started on a fresh folder, ended by its process id.

use crate::Result;
use crate::client::Connection;
use crate::store::Database;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(40);

pub struct Server {
    pub authority: String,
    pub pid: u32,
    /// From the start of the process to its first answer.
    pub started_in: Duration,
    child: Child,
}

/// How a server is started: with which database and folder.
#[derive(Clone)]
pub struct Settings {
    pub folder: PathBuf,
    pub database_url: String,
}

impl Settings {
    pub fn new(folder: &Path, database: &Database) -> Self {
        Self { folder: folder.to_owned(), database_url: database.url.clone() }
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(binary()?);
        command
            .args(arguments)
            .env("THERIAC_DATA_DIR", &self.folder)
            .env("THERIAC_DATABASE_URL", &self.database_url)
            .env("THERIAC_LISTEN", "127.0.0.1:0")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        Ok(command)
    }

    /// Runs a `theriac` command; gives what it printed.
    pub async fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments)?.output().await?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("theriac {}: {}\n{errors}", arguments.join(" "), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    pub async fn start(&self, arguments: &[&str]) -> Result<Server> {
        let log = self.folder.join("server.log");
        let begin = Instant::now();
        let log_file = File::options().create(true).append(true).open(&log)?;
        let mut child = self.command(arguments)?.stdout(Stdio::piped()).stderr(log_file).spawn()?;
        let pid = child.id().ok_or("the server ended at once")?;
        let address = tokio::time::timeout(START_LIMIT, address(&mut child)).await.ok().flatten();
        let Some(authority) = address else {
            let said = fs::read_to_string(&log).unwrap_or_default();
            return Err(format!("the server did not start; its log says:\n{said}").into());
        };
        let get = format!("GET /healthz HTTP/1.1\r\nhost: {authority}\r\n\r\n");
        let status = Connection::open(&authority).await?.ask(get.as_bytes()).await?.status;
        if status != 200 {
            return Err(format!("the server is not well: /healthz answers {status}").into());
        }
        Ok(Server { authority, pid, started_in: begin.elapsed(), child })
    }
}

/// Reads the address off the server's stdout, and keeps emptying that.
async fn address(child: &mut Child) -> Option<String> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    let address = loop {
        let line = lines.next_line().await.ok()??;
        if let Some((_, address)) = line.split_once("listening on http://") {
            break address.trim().to_owned();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some(address)
}

impl Server {
    /// Ends it as an operator would, and waits.
    pub async fn stop(mut self) -> Result<()> {
        let told = Command::new("kill").arg(self.pid.to_string()).status().await?;
        let ended = tokio::time::timeout(STOP_LIMIT, self.child.wait()).await;
        if !told.success() || ended.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

fn binary() -> Result<PathBuf> {
    let given = std::env::var_os("THERIAC_BIN").map(PathBuf::from);
    let path = given.unwrap_or_else(|| crate::report::root().join("target/release/theriac"));
    path.canonicalize().map_err(|e| {
        format!("{}: {e}; build it with `cargo build --release -p theriac-app`, or set THERIAC_BIN", path.display())
            .into()
    })
}
