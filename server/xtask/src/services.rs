//! `services`: a private PostgreSQL and Redis for tests and benchmarks, on free ports of this machine.
//!
//! Data lies in a fresh temporary folder (a socket path has 107 bytes at most, and the database's user must
//! be able to enter it); what is running is remembered in `target/services/`. Services of the system are
//! neither used nor stopped: `down` ends only processes that `up` started, by their ids.

mod postgres;
mod redis;
mod state;
mod user;

use crate::process::root;
use crate::{Result, install};
use state::State;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

/// Ports are chosen free, but another program may be faster: how often to choose again.
const ATTEMPTS: usize = 3;

pub fn run(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["up"] => up(false).map(|state| print!("{}", state.environment())),
        ["up", "--durable"] => up(true).map(|state| print!("{}", state.environment())),
        ["env"] => env(),
        ["down"] => down(),
        _ => Err("expected one of: up, up --durable, env, down".into()),
    }
}

fn env() -> Result<()> {
    let running = State::read(&folder())?.filter(State::is_running);
    let state = running.ok_or("no services are running: start them with `cargo run -p xtask -- services up`")?;
    print!("{}", state.environment());
    Ok(())
}

fn up(durable: bool) -> Result<State> {
    match State::read(&folder())? {
        Some(state) if state.is_running() && state.durable == durable => return Ok(state),
        Some(_) => down()?,
        None => {}
    }
    install::need_services()?;
    let mut why = String::new();
    for _ in 0..ATTEMPTS {
        match start(durable) {
            Ok(state) => return Ok(state),
            Err(error) => why = error,
        }
    }
    Err(why)
}

fn start(durable: bool) -> Result<State> {
    let run = user::fresh_folder()?;
    let (postgres_port, redis_port) = (free_port()?, free_port()?);
    let state = State { run, durable, postgres_port, redis_port };
    // Written first: whatever happens next, `down` knows where to look.
    state.write(&folder())?;
    let started = postgres::start(&state).and_then(|()| redis::start(&state));
    if let Err(why) = started {
        down()?;
        return Err(why);
    }
    Ok(state)
}

fn down() -> Result<()> {
    let Some(state) = State::read(&folder())? else { return Ok(()) };
    redis::stop(&state)?;
    postgres::stop(&state)?;
    fs::remove_dir_all(&state.run)
        .or_else(absent)
        .map_err(|e| format!("cannot remove {}: {e}", state.run.display()))?;
    State::forget(&folder())
}

fn absent(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn folder() -> PathBuf {
    root().join("target/services")
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|e| format!("no free port: {e}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|e| format!("no free port: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_word_is_answered_with_the_right_ones() {
        assert!(run(&["start".to_string()]).unwrap_err().contains("up --durable"));
    }
}
