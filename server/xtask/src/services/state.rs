//! What is running, as lines of `name=value` in `target/services/state`.

use crate::Result;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "state";
const PATIENCE: Duration = Duration::from_millis(500);

#[derive(Debug, PartialEq, Eq)]
pub struct State {
    /// The temporary folder that holds data, logs and process ids.
    pub run: PathBuf,
    /// fsync is on: for figures, not for tests.
    pub durable: bool,
    pub postgres_port: u16,
    pub redis_port: u16,
}

impl State {
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        match fs::read_to_string(folder.join(FILE)) {
            Ok(text) => Self::parse(&text).map(Some).ok_or_else(|| {
                format!("{} cannot be read: stop what it names by hand and remove it", folder.join(FILE).display())
            }),
            Err(_) => Ok(None),
        }
    }

    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = format!(
            "run={}\ndurable={}\npostgres_port={}\nredis_port={}\n",
            self.run.display(),
            self.durable,
            self.postgres_port,
            self.redis_port
        );
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(folder.join(FILE), text))
            .map_err(|e| format!("cannot write {}: {e}", folder.join(FILE).display()))
    }

    pub fn forget(folder: &Path) -> Result<()> {
        fs::remove_file(folder.join(FILE)).map_err(|e| format!("cannot remove {}: {e}", folder.join(FILE).display()))
    }

    pub fn is_running(&self) -> bool {
        let answers = |port| TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), PATIENCE).is_ok();
        self.run.is_dir() && answers(self.postgres_port) && answers(self.redis_port)
    }

    /// Lines for `eval` in a shell. The application's role owns nothing; the owner's is for migrations.
    pub fn environment(&self) -> String {
        let postgres = |role| format!("postgres://{role}@127.0.0.1:{}/theriac_test", self.postgres_port);
        format!(
            "THERIAC_TEST_POSTGRES={}\nTHERIAC_TEST_POSTGRES_OWNER={}\nTHERIAC_TEST_REDIS=redis://127.0.0.1:{}/\n",
            postgres("theriac_app"),
            postgres("theriac_owner"),
            self.redis_port
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        Some(Self {
            run: PathBuf::from(value("run")?),
            durable: value("durable")?.parse().ok()?,
            postgres_port: value("postgres_port")?.parse().ok()?,
            redis_port: value("redis_port")?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> State {
        State { run: PathBuf::from("/nowhere/theriac-1"), durable: true, postgres_port: 54329, redis_port: 56379 }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = std::env::temp_dir().join(format!("theriac-state-{}", std::process::id()));
        sample().write(&folder).unwrap();
        let read = State::read(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(read, Ok(Some(sample())));
    }

    #[test]
    fn a_torn_state_is_not_taken_for_none() {
        assert_eq!(State::parse("run=/nowhere\ndurable=maybe\n"), None);
    }

    #[test]
    fn services_whose_folder_is_gone_are_not_running() {
        assert!(!sample().is_running());
    }
}
