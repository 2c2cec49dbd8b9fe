//! Driving a server: connections in closed loops, or at a pace, each following a script.

use crate::Result;
use crate::client::{Answer, Connection};
use crate::histogram::Histogram;
use crate::machine::{Cores, Meter};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// One request of a script.
pub struct Asked {
    /// What kind of request this is, where a script makes several.
    pub label: &'static str,
    pub bytes: Vec<u8>,
    pub expected: &'static [u16],
    /// What it counts for if it is answered as expected.
    pub units: u64,
}

/// What one connection does.
pub trait Script: Send + 'static {
    /// The next request; none ends this connection's part.
    fn next(&mut self) -> Option<Asked>;

    /// Whether an answer of an expected status also says what it should.
    fn answered(&mut self, answer: &Answer<'_>) -> bool {
        let _ = answer;
        true
    }
}

pub struct Plan {
    pub warm_up: Duration,
    pub measured: Duration,
    /// Time from one request of a connection to its next; latency then counts from when it was due.
    pub pace: Option<Duration>,
}

/// Answers that were not expected: how many of each kind, and the first one's text.
pub type Unexpected = BTreeMap<String, (u64, String)>;

#[derive(Default)]
pub struct Load {
    pub units: u64,
    pub seconds: f64,
    pub latency: Histogram,
    pub labels: BTreeMap<&'static str, Histogram>,
    pub unexpected: Unexpected,
    pub cores: Cores,
}

impl Load {
    pub fn rate(&self) -> f64 {
        self.units as f64 / self.seconds
    }

    fn take(&mut self, other: Self) {
        self.units += other.units;
        self.latency.merge(&other.latency);
        for (label, latency) in &other.labels {
            self.labels.entry(label).or_default().merge(latency);
        }
        for (kind, (count, text)) in other.unexpected {
            self.unexpected.entry(kind).or_insert((0, text)).0 += count;
        }
    }

    fn unexpected(&mut self, kind: String, text: impl FnOnce() -> String) {
        self.unexpected.entry(kind).or_insert_with(|| (0, text())).0 += 1;
    }
}

/// Requests sent after the warm-up count; the time ends with the last answer.
pub async fn drive(authority: &str, server: Option<u32>, plan: &Plan, scripts: Vec<Box<dyn Script>>) -> Result<Load> {
    let mut connections = Vec::with_capacity(scripts.len());
    for script in scripts {
        connections.push((Connection::open(authority).await?, script));
    }
    let begin = Instant::now() + plan.warm_up;
    let end = begin + plan.measured;
    let mut running = JoinSet::new();
    for (connection, script) in connections {
        running.spawn(follow(connection, script, begin, end, plan.pace));
    }
    tokio::time::sleep_until(begin.into()).await;
    let meter = Meter::start(server);
    let mut load = Load::default();
    while let Some(part) = running.join_next().await {
        load.take(part?);
    }
    load.seconds = begin.elapsed().as_secs_f64();
    load.cores = meter.stop();
    Ok(load)
}

async fn follow(
    mut connection: Connection,
    mut script: Box<dyn Script>,
    begin: Instant,
    end: Instant,
    pace: Option<Duration>,
) -> Load {
    let mut load = Load::default();
    let mut due = Instant::now();
    loop {
        if let Some(pace) = pace {
            due += pace;
            tokio::time::sleep_until(due.into()).await;
        }
        let Some(asked) = script.next() else { break };
        if pace.is_none() {
            due = Instant::now();
        }
        if due >= end {
            break;
        }
        let answer = match connection.ask(&asked.bytes).await {
            Ok(answer) => answer,
            Err(error) => {
                load.unexpected(format!("{} broken", asked.label), || error.to_string());
                break;
            }
        };
        let latency = due.elapsed();
        let right = script.answered(&answer) && asked.expected.contains(&answer.status);
        if !right {
            load.unexpected(format!("{} {}", asked.label, answer.status), || answer.text());
        } else if due >= begin {
            load.units += asked.units;
            load.latency.add(latency);
            load.labels.entry(asked.label).or_default().add(latency);
        }
    }
    load
}
