//! EPCIS capture: documents from 8 senders at once, and the time until the last job is finished.

use crate::Result;
use crate::client::{Answer, Connection};
use crate::data::event;
use crate::figure::Figure;
use crate::load::{Asked, Load, Plan, Script};
use crate::machine::Meter;
use crate::world::{Site, World, random};
use rand::rngs::SmallRng;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub const SENDERS: u64 = 8;
/// Company prefix of the first sender.
pub const COMPANY: u64 = 614_141;
pub const EVENTS: usize = 100;
/// Documents for each second that is to be measured: at 5,000 events a second it takes that long.
pub const A_SECOND: u64 = 50;
pub(super) const PATIENCE: Duration = Duration::from_secs(180);

struct Sender {
    random: SmallRng,
    site: Site,
    packs: event::Packs,
    left: u64,
    jobs: Arc<Mutex<Vec<String>>>,
}

impl Script for Sender {
    fn next(&mut self) -> Option<Asked> {
        self.left = self.left.checked_sub(1)?;
        let document = event::document(&mut self.random, &mut self.packs, EVENTS);
        let bytes = self.site.request("POST", "epcis/capture", "application/json", document.as_bytes());
        Some(Asked { label: "capture", bytes, expected: &[202], units: EVENTS as u64 })
    }

    fn answered(&mut self, answer: &Answer<'_>) -> bool {
        let id = answer.header("location").and_then(|location| location.rsplit('/').next());
        match (id, self.jobs.lock()) {
            (Some(id), Ok(mut jobs)) => jobs.push(id.to_owned()),
            _ => return false,
        }
        true
    }
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("capture").await?;
    let meter = Meter::start(Some(world.server()?.pid));
    let begin = Instant::now();
    let (sent, jobs, failed) = fill(world, &site, A_SECOND * world.seconds).await?;
    let (seconds, cores) = (begin.elapsed().as_secs_f64(), meter.stop());
    let events = (jobs - failed) * EVENTS as u64;
    let mut captured =
        Figure::new("events captured", events as f64 / seconds, "events/s").under("bulk").at_least(5_000.0);
    captured.cores = Some(cores);
    captured.note = format!("{jobs} documents; the last job was finished after {seconds:.1} s");
    if failed > 0 {
        captured.unexpected.insert("job without success".into(), (failed, String::new()));
    }
    Ok(vec![captured, Figure::of("documents taken in", sent, "events/s").note("until the answer 202")])
}

/// Captures so many documents; gives how they were sent, how many there were, and how many failed.
pub async fn fill(world: &World, site: &Site, documents: u64) -> Result<(Load, u64, u64)> {
    let jobs = Arc::new(Mutex::new(Vec::new()));
    let script = |n: u64| {
        let (packs, left) = (event::Packs::of(COMPANY + n), documents / SENDERS);
        Box::new(Sender { random: random(n), site: site.clone(), packs, left, jobs: jobs.clone() }) as Box<dyn Script>
    };
    let patience = PATIENCE.max(Duration::from_secs(documents / 10));
    let plan = Plan { warm_up: Duration::ZERO, measured: patience, pace: None };
    let begin = Instant::now();
    let sent = world.drive(&plan, (0..SENDERS).map(script).collect()).await?;
    let jobs = jobs.lock().map(|jobs| jobs.clone()).unwrap_or_default();
    let failed = finished(site, &jobs, begin + patience).await?;
    Ok((sent, jobs.len() as u64, failed))
}

/// Waits for the jobs, the newest first; gives how many had no success.
pub(super) async fn finished(site: &Site, jobs: &[String], until: Instant) -> Result<u64> {
    let mut connection = Connection::open(&site.authority).await?;
    let mut failed = 0;
    for id in jobs.iter().rev() {
        let job = loop {
            let answer = connection.ask(&site.get(&format!("epcis/capture/{id}"))).await?;
            let job: Value = serde_json::from_slice(answer.body)?;
            match job["running"].as_bool() {
                Some(false) => break job,
                Some(true) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(10)).await,
                _ => return Err(format!("job {id} is not finished in time: {job}").into()),
            }
        };
        failed += u64::from(job["success"] != true);
    }
    Ok(failed)
}
