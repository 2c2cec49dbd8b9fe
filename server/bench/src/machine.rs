//! The machine: what it is, and who used its cores while a figure was taken (Linux: proc(5)).

use std::process::Command;
use std::time::Instant;

/// Ticks a second of the times in proc(5); 100 on every Linux that ships.
const TICKS: f64 = 100.0;

/// Cores in use on average: 1.0 is one core all the time.
#[derive(Debug, Default, Clone, Copy)]
pub struct Cores {
    pub server: f64,
    pub generator: f64,
    /// The database, and whatever else ran.
    pub rest: f64,
}

pub struct Meter {
    server: Option<u32>,
    begin: (Instant, [f64; 3]),
}

impl Meter {
    pub fn start(server: Option<u32>) -> Self {
        Self { server, begin: (Instant::now(), ticks(server)) }
    }

    pub fn stop(&self) -> Cores {
        let (now, seconds) = (ticks(self.server), self.begin.0.elapsed().as_secs_f64());
        let used = |i: usize| (now[i] - self.begin.1[i]).max(0.0) / TICKS / seconds.max(0.001);
        let (server, generator) = (used(0), used(1));
        Cores { server, generator, rest: (used(2) - server - generator).max(0.0) }
    }
}

/// The server's, this process's and everybody's time so far.
fn ticks(server: Option<u32>) -> [f64; 3] {
    let server = server.map_or(0.0, |pid| of_process(&format!("/proc/{pid}/stat")));
    [server, of_process("/proc/self/stat"), of_all()]
}

fn of_process(path: &str) -> f64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let number = |at: usize| fields.split_whitespace().nth(at).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    number(11) + number(12)
}

fn of_all() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let numbers = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let numbers: Vec<f64> = numbers.filter_map(|n| n.parse().ok()).collect();
    // user, nice, system; idle and iowait left out; irq, softirq.
    [0, 1, 2, 5, 6].iter().filter_map(|i| numbers.get(*i)).sum()
}

/// Resident memory of a process, MB.
pub fn resident_mb(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// The machine in one line each.
pub fn description() -> Vec<(&'static str, String)> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = |path: &str, name: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
        line.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let memory = info("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1_048_576.0;
    vec![
        ("cores", format!("{cores}, shared by generator, server and database")),
        ("processor", info("/proc/cpuinfo", "model name")),
        ("memory", format!("{memory:.0} GiB")),
        ("system", said("uname", &["-sr"])),
        ("compiler", said("rustc", &["--version"])),
        ("load when the run ended", load_average()),
        ("date", said("date", &["-u", "+%Y-%m-%d"])),
    ]
}

/// Processes that wanted a core in the last 1, 5 and 15 minutes; more than this run's own means that others disturbed it.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(", ")
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok().filter(|o| o.status.success());
    output.map_or_else(|| "unknown".to_owned(), |o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_uses_its_core() {
        let meter = Meter::start(None);
        let begin = Instant::now();
        while begin.elapsed().as_millis() < 60 {
            std::hint::spin_loop();
        }
        if cfg!(target_os = "linux") {
            assert!(resident_mb(std::process::id()) > 0.5);
            assert!(meter.stop().generator > 0.2, "{:?}", meter.stop());
        }
    }
}
