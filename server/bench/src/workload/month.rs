//! A month of one sensor, a reading a second: what it weighs on disk, and how long its aggregates take.

use crate::Result;
use crate::client::Connection;
use crate::data::{NEW_YEAR, instant, reading};
use crate::figure::Figure;
use crate::histogram::Histogram;
use crate::world::{Site, World};
use std::time::{Duration, Instant};

const SECONDS: i64 = 30 * 86_400;
const BODY: i64 = 50_000;
const ASKED: usize = 200;
const PATIENCE: Duration = Duration::from_secs(120);
/// Parameters of the questions: name, question, most milliseconds.
const QUESTIONS: &[(&str, &str, Option<f64>)] = &[
    ("a month as one", "bucket=30d&aggregate=count,min,max,mean,last", Some(20.0)),
    ("a month by the day", "bucket=1d&aggregate=count,min,max,mean,last", Some(20.0)),
    ("a month by the hour", "bucket=1h&aggregate=count,min,max,mean,last", None),
    ("a month's histogram", "bucket=30d&aggregate=histogram&bins=30:45:30", None),
];

pub async fn run(world: &mut World) -> Result<Vec<Figure>> {
    let site = world.site("month").await?;
    let (id, json) = reading::equipment(0);
    site.once("PUT", &format!("isa95/equipment/{id}"), "application/json", json.as_bytes(), &[200, 201]).await?;
    let before = world.database.sizes().await?.chunks;
    let property = reading::address(0);
    for from in (0..SECONDS).step_by(BODY as usize) {
        let body = reading::smooth(&property, from..(from + BODY).min(SECONDS));
        site.once("POST", "isa95/readings", "text/csv", body.as_bytes(), &[202]).await?;
    }
    chunked(&site).await?;
    let bytes = (world.database.sizes().await?.chunks - before) as f64 / SECONDS as f64;
    let size = Figure::new("a reading of a smooth signal, in its chunk", bytes, "bytes").at_most(3.0);
    let mut figures = vec![size.note(format!("{SECONDS} readings; with the index"))];
    for (name, question, most) in QUESTIONS {
        let latency = ask(&site, &property, question).await?;
        let mut figure = Figure::new(*name, latency.percentile_ms(0.5), "ms").note("p50 of 200 questions in turn");
        figure.latency = Some(latency);
        figures.push(match most {
            Some(most) => figure.at_most(*most),
            None => figure,
        });
    }
    Ok(figures)
}

/// Readings of another property push what is gathered into chunks: the clock does, after five seconds.
async fn chunked(site: &Site) -> Result<()> {
    let begin = Instant::now();
    for number in 0..8 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut now = NEW_YEAR + number * 1_000;
        let body = reading::violation(1, &mut now);
        site.once("POST", "isa95/readings", "application/x-ndjson", body.as_bytes(), &[202]).await?;
    }
    let property = reading::address(0);
    let last = instant(NEW_YEAR + (SECONDS - 1) * 1_000);
    while begin.elapsed() < PATIENCE {
        let address = format!("isa95/readings?property={property}&from={last}");
        if site.once("GET", &address, "", b"", &[200]).await?.contains("\"value\"") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err("the month's last reading is not there".into())
}

async fn ask(site: &Site, property: &str, question: &str) -> Result<Histogram> {
    let mut connection = Connection::open(&site.authority).await?;
    let (from, to) = (instant(NEW_YEAR), instant(NEW_YEAR + SECONDS * 1_000));
    let request = site.get(&format!("isa95/readings?property={property}&from={from}&to={to}&{question}&count=10000"));
    let mut latency = Histogram::default();
    for _ in 0..ASKED {
        let begin = Instant::now();
        let answer = connection.ask(&request).await?;
        if answer.status != 200 {
            return Err(format!("{question} is answered with {}: {}", answer.status, answer.text()).into());
        }
        latency.add(begin.elapsed());
    }
    Ok(latency)
}
