//! A PostgreSQL cluster of one's own: `initdb`, `pg_ctl`, <https://www.postgresql.org/docs/current/app-initdb.html>.
//!
//! Three roles. `theriac` is the superuser, for this file alone; `theriac_owner` owns the schema and may create
//! databases; `theriac_app` owns nothing, so that row-level security binds it as it does in production.

use super::state::State;
use super::user;
use crate::process::capture;
use crate::{Result, install};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// For tests: a crash of the machine may lose everything, and nothing waits for the disk.
const QUICK: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
/// For figures: what production would run with.
const DURABLE: &[&str] = &["shared_buffers=512MB", "max_wal_size=4GB"];
const ALWAYS: &[&str] = &["listen_addresses=127.0.0.1", "max_connections=300"];

const ROLES: &str = "CREATE ROLE theriac_owner LOGIN CREATEDB; CREATE ROLE theriac_app LOGIN;";
/// What the owner creates in this database the application may use, but not own.
const GRANTS: &str = "
    ALTER DEFAULT PRIVILEGES FOR ROLE theriac_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO theriac_app;
    ALTER DEFAULT PRIVILEGES FOR ROLE theriac_owner GRANT USAGE, SELECT ON SEQUENCES TO theriac_app;
    ALTER DEFAULT PRIVILEGES FOR ROLE theriac_owner GRANT EXECUTE ON FUNCTIONS TO theriac_app;";

pub fn start(state: &State) -> Result<()> {
    initialise(state)?;
    control(state, &["-w", "-l", "postgres.log", "-o", &options(state), "start"])
        .map_err(|why| format!("{why}\n{}", fs::read_to_string(state.run.join("postgres.log")).unwrap_or_default()))?;
    ask(state, "postgres", ROLES)?;
    // In the template, so that databases which tests create have the same grants.
    ask(state, "template1", GRANTS)?;
    ask(state, "postgres", "CREATE DATABASE theriac_test OWNER theriac_owner;")
}

/// Ends the server of this data folder, by the process id that stands in it.
pub fn stop(state: &State) -> Result<()> {
    if !state.run.join("pg/postmaster.pid").is_file() {
        return Ok(());
    }
    match control(state, &["-w", "-m", "immediate", "stop"]) {
        // Killed from outside: the id in the folder is of no process.
        Err(why) if why.contains("No such process") || why.contains("not running") => Ok(()),
        other => other,
    }
}

fn initialise(state: &State) -> Result<()> {
    let arguments = ["-D", "pg", "-U", "theriac", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
    capture(user::command(&program("initdb")?, &state.run).args(arguments)).map(drop)
}

/// `pg_ctl`. Its output goes nowhere: the server would inherit a pipe and keep its reader waiting.
fn control(state: &State, arguments: &[&str]) -> Result<()> {
    let mut command = user::command(&program("pg_ctl")?, &state.run);
    command.args(["-D", "pg"]).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    let said = state.run.join("pg_ctl.log");
    let file = fs::File::create(&said).map_err(|e| format!("cannot write {}: {e}", said.display()))?;
    let status = command.stderr(file).status().map_err(|e| format!("cannot start pg_ctl: {e}"))?;
    let why = || fs::read_to_string(&said).unwrap_or_default();
    if status.success() { Ok(()) } else { Err(format!("pg_ctl {} failed\n{}", arguments.join(" "), why())) }
}

fn options(state: &State) -> String {
    let settings = ALWAYS.iter().chain(if state.durable { DURABLE } else { QUICK });
    let settings: String = settings.map(|setting| format!(" -c {setting}")).collect();
    format!("-k {} -p {}{settings}", state.run.display(), state.postgres_port)
}

fn ask(state: &State, database: &str, statements: &str) -> Result<()> {
    let port = state.postgres_port.to_string();
    let mut psql = Command::new(program("psql")?);
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", &port, "-U", "theriac"]);
    capture(psql.args(["-d", database, "-c", statements])).map(drop)
}

/// A program of the same installation as `initdb`.
fn program(name: &str) -> Result<PathBuf> {
    let initdb = install::initdb().ok_or("initdb is missing: install PostgreSQL 15 or newer")?;
    Ok(initdb.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(durable: bool) -> State {
        State { run: PathBuf::from("/tmp/t"), durable, postgres_port: 5, redis_port: 6 }
    }

    #[test]
    fn figures_are_never_taken_without_fsync() {
        assert!(!options(&state(true)).contains("fsync=off"));
        assert!(options(&state(true)).contains("max_wal_size=4GB"));
        assert!(options(&state(false)).contains("fsync=off"));
    }

    #[test]
    fn it_listens_to_this_machine_alone() {
        assert!(options(&state(false)).contains("listen_addresses=127.0.0.1"));
    }
}
