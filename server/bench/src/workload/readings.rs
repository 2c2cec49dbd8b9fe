//! Readings over 4 connections while charts watch them, everything included: counted until the last is charted. Then the time
//! from a reading to its alert at 100,000 readings a second, or half of what went before where that is less.

use crate::Result;
use crate::client::{Answer, Connection};
use crate::data::{NEW_YEAR, reading};
use crate::feed::Feed;
use crate::figure::Figure;
use crate::histogram::Histogram;
use crate::load::{Asked, Plan, Script};
use crate::world::{Site, World, random};
use rand::rngs::SmallRng;
use std::time::{Duration, Instant};

const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";
const PROPERTIES: usize = 200;
const CONNECTIONS: usize = 4;
/// Of a batch: 2,000 over the properties of one connection.
const BATCH: usize = 2_000;
/// Properties beyond the others on which alerts are provoked.
const PROVOKED: std::ops::Range<usize> = PROPERTIES..PROPERTIES + 20;
/// Readings a second while alerts are timed.
const PACED: f64 = 100_000.0;
const BETWEEN: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(10);

struct Sender {
    random: SmallRng,
    site: Site,
    properties: std::ops::Range<usize>,
    now: i64,
}

impl Script for Sender {
    fn next(&mut self) -> Option<Asked> {
        let rows = BATCH / self.properties.len();
        let body = reading::batch(&mut self.random, self.properties.clone(), rows, &mut self.now);
        let bytes = self.site.request("POST", "isa95/readings", NDJSON, body.as_bytes());
        Some(Asked { label: "batch", bytes, expected: &[202], units: BATCH as u64 })
    }

    fn answered(&mut self, answer: &Answer<'_>) -> bool {
        answer.text().contains(&format!("\"accepted\":{BATCH},"))
    }
}

fn senders(site: &Site, begin: i64) -> Vec<Box<dyn Script>> {
    let share = PROPERTIES / CONNECTIONS;
    let sender = |n: usize| {
        let properties = n * share..(n + 1) * share;
        Box::new(Sender { random: random(n as u64), site: site.clone(), properties, now: begin }) as Box<dyn Script>
    };
    (0..CONNECTIONS).map(sender).collect()
}

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("plant").await?;
    for number in 0..PROVOKED.end.div_ceil(reading::OF_ONE) {
        let (id, json) = reading::equipment(number);
        site.once("PUT", &format!("isa95/equipment/{id}"), JSON, json.as_bytes(), &[200, 201]).await?;
    }
    for number in (0..world.charts.min(PROPERTIES)).chain(PROVOKED) {
        site.once("PUT", &format!("spc/charts/c{number}"), JSON, reading::chart(number).as_bytes(), &[200, 201])
            .await?;
    }
    let load = world.drive(&world.plan(), senders(&site, NEW_YEAR)).await?;
    let (rate, units, seconds) = (load.rate(), load.units as f64, load.seconds);
    let behind = caught_up(&site, NEW_YEAR).await?;
    let charts = format!("{} charts active; the watcher had caught up {behind:.1} s later", world.charts);
    let charted = Figure::new("readings stored and charted", units / (seconds + behind), "readings/s");
    let taken = Figure::of("readings taken in", load, "readings/s").under("bulk").at_least(200_000.0).note(charts);
    let mut figures = vec![taken, charted.at_least(200_000.0).note("until the last reading was charted")];
    figures.extend(at_half_load(world, &site, (rate / 2.0).min(PACED)).await?);
    Ok(figures)
}

/// Provokes an alert and waits for it: how far the watcher was behind, in seconds.
async fn caught_up(site: &Site, now: i64) -> Result<f64> {
    let mut feed = Feed::open(site, "alerts").await?;
    let begin = Instant::now();
    let body = reading::violation(PROVOKED.start, &mut (now + 1));
    site.once("POST", "isa95/readings", NDJSON, body.as_bytes(), &[202]).await?;
    feed.next_about(&reading::address(PROVOKED.start), Duration::from_secs(120)).await?;
    Ok(begin.elapsed().as_secs_f64())
}

async fn at_half_load(world: &World, site: &Site, rate: f64) -> Result<Vec<Figure>> {
    let pace = Duration::from_secs_f64((BATCH * CONNECTIONS) as f64 / rate);
    let plan = Plan { pace: Some(pace), ..world.plan() };
    let time = plan.warm_up + plan.measured;
    let day = 86_400_000;
    let (load, alerts) =
        tokio::join!(world.drive(&plan, senders(site, NEW_YEAR + day)), provoke(site, NEW_YEAR + day, time));
    let (load, (latency, lost)) = (load?, alerts?);
    let note = format!(
        "{} alerts, from sending the reading to its message on a WebSocket, at {:.0} readings/s",
        latency.count(),
        load.rate()
    );
    let half = Figure::new("reading to alert, p50", latency.percentile_ms(0.5), "ms").at_most(20.0).note(note.clone());
    let mut p99 = Figure::new("reading to alert, p99", latency.percentile_ms(0.99), "ms").at_most(100.0).note(note);
    p99.latency = Some(latency);
    p99.cores = Some(load.cores);
    p99.unexpected = load.unexpected;
    if lost > 0 {
        p99.unexpected.insert("alert did not come".into(), (lost, String::new()));
    }
    Ok(vec![half, p99])
}

/// One alert after another; gives their latencies, and how many did not come in time.
async fn provoke(site: &Site, mut now: i64, time: Duration) -> Result<(Histogram, u64)> {
    let mut feed = Feed::open(site, "alerts").await?;
    let mut connection = Connection::open(&site.authority).await?;
    let (mut latency, mut lost, begin) = (Histogram::default(), 0, Instant::now());
    for number in PROVOKED.cycle() {
        if begin.elapsed() >= time {
            break;
        }
        tokio::time::sleep(BETWEEN).await;
        let body = reading::violation(number, &mut now);
        let sent = Instant::now();
        let answer = connection.ask(&site.request("POST", "isa95/readings", NDJSON, body.as_bytes())).await?;
        if answer.status != 202 {
            return Err(format!("a reading is answered with {}: {}", answer.status, answer.text()).into());
        }
        match feed.next_about(&reading::address(number), PATIENCE).await {
            Ok(()) => latency.add(sent.elapsed()),
            Err(_) => lost += 1,
        }
    }
    Ok((latency, lost))
}
