//! 200 WebSockets on one topic: at a pace for the latency, then as fast as changes can be written.

use super::FHIR;
use crate::Result;
use crate::feed::Feed;
use crate::figure::Figure;
use crate::histogram::Histogram;
use crate::load::{Asked, Load, Plan, Script};
use crate::world::{Site, World};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const SOCKETS: usize = 200;
const WRITERS: usize = 4;
/// Changes a second of the paced part.
const PACED: f64 = 100.0;
const PATIENCE: Duration = Duration::from_secs(20);

/// When each change was sent: its number is its resource's id.
#[derive(Clone, Default)]
struct Sent {
    number: Arc<AtomicUsize>,
    at: Arc<Mutex<Vec<Option<Instant>>>>,
}

impl Sent {
    fn next(&self) -> usize {
        let number = self.number.fetch_add(1, Relaxed);
        if let Ok(mut at) = self.at.lock() {
            let length = at.len().max(number + 1);
            at.resize(length, None);
            at[number] = Some(Instant::now());
        }
        number
    }

    fn when(&self, number: usize) -> Option<Instant> {
        self.at.lock().ok()?.get(number).copied().flatten()
    }
}

struct Writer {
    site: Site,
    sent: Sent,
}

impl Script for Writer {
    fn next(&mut self) -> Option<Asked> {
        let number = self.sent.next();
        let body = format!(r#"{{"resourceType":"Basic","id":"n{number}","code":{{"text":"small"}}}}"#);
        let bytes = self.site.request("PUT", &format!("fhir/Basic/n{number}"), FHIR, body.as_bytes());
        Some(Asked { label: "change", bytes, expected: &[201], units: 1 })
    }
}

/// What all sockets heard together.
type Heard = Arc<Mutex<Histogram>>;

async fn listen(mut feed: Feed, sent: Sent, heard: Heard) {
    while let Ok(message) = feed.next().await {
        if let Some(since) = number(&message).and_then(|number| sent.when(number))
            && let Ok(mut heard) = heard.lock()
        {
            heard.add(since.elapsed());
        }
    }
}

/// Of the resource that a message is about.
fn number(message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("\"subject\":\"Basic/n")?;
    rest.split('"').next()?.parse().ok()
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let pace = Duration::from_secs_f64(WRITERS as f64 / PACED);
    let paced = part(world, Some(pace)).await?;
    let fast = part(world, None).await?;
    Ok(vec![
        paced.named(format!("{SOCKETS} sockets, {PACED:.0} changes/s")),
        fast.named(format!("{SOCKETS} sockets, as fast as it goes")),
    ])
}

impl Figure {
    fn named(mut self, name: String) -> Self {
        self.name = name;
        self
    }
}

async fn part(world: &mut World, pace: Option<Duration>) -> Result<Figure> {
    let site = world.site("feed").await?;
    let (sent, heard) = (Sent::default(), Heard::default());
    let mut listening = JoinSet::new();
    for feed in Feed::open_many(&site, "fhir.Basic", SOCKETS).await? {
        listening.spawn(listen(feed, sent.clone(), heard.clone()));
    }
    let writer = |_| Box::new(Writer { site: site.clone(), sent: sent.clone() }) as Box<dyn Script>;
    let plan = Plan { warm_up: Duration::ZERO, pace, ..world.plan() };
    let begin = Instant::now();
    let load = world.drive(&plan, (0..WRITERS).map(writer).collect()).await?;
    let expected = load.units * SOCKETS as u64;
    while delivered(&heard) < expected && begin.elapsed() < plan.measured + PATIENCE {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seconds = begin.elapsed().as_secs_f64();
    listening.abort_all();
    Ok(figure(load, &heard, expected, seconds))
}

fn delivered(heard: &Heard) -> u64 {
    heard.lock().map_or(0, |heard| heard.count())
}

fn figure(load: Load, heard: &Heard, expected: u64, seconds: f64) -> Figure {
    let delivered = delivered(heard);
    let mut figure = Figure::new("", delivered as f64 / seconds, "messages/s");
    figure.latency = heard.lock().ok().map(|heard| heard.clone());
    let late = (seconds - load.seconds).max(0.0) * 1e3;
    figure.note =
        format!("{:.0} changes/s; every socket had heard of all {late:.0} ms after the last write", load.rate());
    figure.cores = Some(load.cores);
    figure.unexpected = load.unexpected;
    if delivered < expected {
        figure.note = format!("{:.0} changes/s", figure.value / SOCKETS as f64);
        figure.unexpected.insert("message did not come".into(), (expected - delivered, String::new()));
    }
    figure
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_message_names_its_change() {
        assert_eq!(number(r#"{"cursor":"x","topic":"fhir.Basic","subject":"Basic/n17"}"#), Some(17));
        assert_eq!(number(r#"{"cursor":"x","topic":"system"}"#), None);
    }
}
