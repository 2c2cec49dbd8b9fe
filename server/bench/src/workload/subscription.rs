//! EPCIS subscriptions: 20 WebSockets on one named query, events captured one by one at a pace.

use crate::Result;
use crate::feed::Feed;
use crate::figure::Figure;
use crate::histogram::Histogram;
use crate::load::{Asked, Plan, Script};
use crate::world::{Site, World};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const SOCKETS: usize = 20;
const WRITERS: usize = 2;
/// Events a second.
const PACE: f64 = 50.0;
const PATIENCE: Duration = Duration::from_secs(20);

/// When each event was sent.
type Sent = Arc<Mutex<Vec<Instant>>>;

struct Writer {
    site: Site,
    sent: Sent,
}

impl Script for Writer {
    fn next(&mut self) -> Option<Asked> {
        let number = {
            let mut sent = self.sent.lock().ok()?;
            sent.push(Instant::now());
            sent.len() - 1
        };
        let event = format!(
            r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"ObjectEvent","eventID":"urn:n:{number}.","eventTime":"2026-01-01T08:00:00.000Z","eventTimeZoneOffset":"+00:00","action":"OBSERVE","bizStep":"shipping","epcList":["urn:epc:id:sgtin:4012345.011111.{number}"]}}"#
        );
        let bytes = self.site.request("POST", "epcis/events", "application/json", event.as_bytes());
        Some(Asked { label: "event", bytes, expected: &[201], units: 1 })
    }
}

async fn listen(mut feed: Feed, sent: Sent, heard: Arc<Mutex<Histogram>>) {
    while let Ok(message) = feed.next().await {
        let now = Instant::now();
        for number in numbers(&message) {
            if let (Ok(sent), Ok(mut heard)) = (sent.lock(), heard.lock())
                && let Some(since) = sent.get(number)
            {
                heard.add(now - *since);
            }
        }
    }
}

/// Of the events in a message.
fn numbers(message: &str) -> Vec<usize> {
    let ids = message.split("\"eventID\":\"urn:n:").skip(1);
    ids.filter_map(|rest| rest.split('.').next()?.parse().ok()).collect()
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("subscription").await?;
    let query = br#"{"name":"q","query":{"EQ_bizStep":["shipping"]}}"#;
    site.once("POST", "epcis/queries", "application/json", query, &[201]).await?;
    let (sent, heard) = (Sent::default(), Arc::new(Mutex::new(Histogram::default())));
    let mut listening = JoinSet::new();
    for feed in Feed::open_at(&site, "epcis/queries/q/events?stream=true", SOCKETS).await? {
        listening.spawn(listen(feed, sent.clone(), heard.clone()));
    }
    let writer = |_| Box::new(Writer { site: site.clone(), sent: sent.clone() }) as Box<dyn Script>;
    let pace = Some(Duration::from_secs_f64(WRITERS as f64 / PACE));
    let plan = Plan { warm_up: Duration::ZERO, pace, ..world.plan() };
    let load = world.drive(&plan, (0..WRITERS).map(writer).collect()).await?;
    let (expected, begin) = (load.units * SOCKETS as u64, Instant::now());
    let count = || heard.lock().map_or(0, |heard| heard.count());
    while count() < expected && begin.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    listening.abort_all();
    let latency = heard.lock().map(|heard| heard.clone()).unwrap_or_default();
    let p99 = latency.percentile_ms(0.99);
    let mut figure = Figure::new("capture to subscriber, p99", p99, "ms").at_most(100.0);
    figure.note = format!("{SOCKETS} WebSockets on one query, {:.0} events/s", load.rate());
    (figure.latency, figure.cores, figure.unexpected) = (Some(latency), Some(load.cores), load.unexpected);
    if count() < expected {
        figure.unexpected.insert("event did not come".into(), (expected - count(), String::new()));
    }
    Ok(vec![figure])
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn a_message_names_its_events() {
        assert_eq!(numbers(r#"[{"eventID":"urn:n:17."},{"eventID":"urn:n:8."}]"#), [17, 8]);
        assert!(numbers("{}").is_empty());
    }
}
