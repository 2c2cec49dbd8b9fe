//! Who the services run as. PostgreSQL refuses to run as root, so root hands over to a user of its own.

use crate::Result;
use crate::process::{capture, which};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

const USER: &str = "theriac-test";

/// A command that runs as the services' user, in `folder`.
pub fn command(program: &Path, folder: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", USER, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder).env("LC_ALL", "C.UTF-8");
    command
}

/// A new empty folder that belongs to the services' user; its path is short.
pub fn fresh_folder() -> Result<PathBuf> {
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let folder = Path::new("/tmp").join(format!("theriac-{}-{:x}", std::process::id(), moment.subsec_nanos()));
    fs::create_dir(&folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
    if is_root() {
        create_user()?;
        capture(Command::new("chown").arg(USER).arg(&folder))?;
    }
    Ok(folder)
}

fn create_user() -> Result<()> {
    if capture(Command::new("id").arg(USER)).is_ok() {
        return Ok(());
    }
    if which("useradd").is_none() {
        return Err(format!("PostgreSQL refuses to run as root: create a user `{USER}`, or run as an ordinary user"));
    }
    capture(Command::new("useradd").args(["--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]))
        .map(drop)
}

fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_path_of_a_fresh_folder_fits() {
        let folder = PathBuf::from(format!("/tmp/theriac-{}-{:x}", u32::MAX, u32::MAX));
        assert!(folder.join(".s.PGSQL.65535").as_os_str().len() <= 107);
    }
}
