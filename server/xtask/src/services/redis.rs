//! A Redis of one's own, in memory only, <https://redis.io/docs/latest/operate/oss_and_stack/management/config/>.

use super::state::State;
use super::user;
use crate::Result;
use crate::process::{capture, which};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

const PID: &str = "redis.pid";
const PATIENCE_MS: u64 = 5_000;
const STEP_MS: u64 = 20;

pub fn start(state: &State) -> Result<()> {
    let program = which("redis-server").ok_or("redis-server is missing")?;
    let port = state.redis_port.to_string();
    let mut command = user::command(&program, &state.run);
    command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "yes"]);
    command.arg("--dir").arg(&state.run).arg("--pidfile").arg(state.run.join(PID));
    capture(command.arg("--logfile").arg(state.run.join("redis.log")))?;
    if wait_until(|| state.run.join(PID).is_file() && state.is_running()) {
        return Ok(());
    }
    let log = fs::read_to_string(state.run.join("redis.log")).unwrap_or_default();
    Err(format!("redis-server did not answer on port {port}\n{log}"))
}

/// Ends the process whose id Redis wrote into our folder, if that process is still our Redis.
pub fn stop(state: &State) -> Result<()> {
    let Ok(pid) = fs::read_to_string(state.run.join(PID)) else { return Ok(()) };
    let pid = pid.trim();
    if !is_ours(pid, state.redis_port) {
        return Ok(());
    }
    capture(Command::new("kill").arg(pid))?;
    if wait_until(|| !is_ours(pid, state.redis_port)) { Ok(()) } else { Err(format!("redis {pid} does not end")) }
}

/// Process ids are used again: the command line must still name our program and our port.
fn is_ours(pid: &str, port: u16) -> bool {
    let listed = capture(Command::new("ps").args(["-o", "args=", "-p", pid]));
    listed.is_ok_and(|line| is_redis_on(&line, port))
}

fn is_redis_on(line: &str, port: u16) -> bool {
    let program = line.split_whitespace().next().unwrap_or_default();
    Path::new(program).ends_with("redis-server") && line.contains(&format!(":{port}"))
}

fn wait_until(done: impl Fn() -> bool) -> bool {
    (0..PATIENCE_MS / STEP_MS).any(|_| {
        let yes = done();
        if !yes {
            sleep(Duration::from_millis(STEP_MS));
        }
        yes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_with_the_same_id_is_left_alone() {
        assert!(is_redis_on("/usr/bin/redis-server 127.0.0.1:56379\n", 56379));
        assert!(is_redis_on("redis-server 127.0.0.1:56379", 56379));
        assert!(!is_redis_on("redis-server 127.0.0.1:6379", 56379));
        assert!(!is_redis_on("vim redis-server:56379", 56379));
        assert!(!is_redis_on("", 56379));
    }
}
