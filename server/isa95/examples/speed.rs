//! Readings a second and bytes a reading of the pure parts, on one core:
//! `cargo run --release -p theriac-isa95 --example speed`.

use std::hint::black_box;
use std::time::Instant;
use theriac_core::Result;
use theriac_isa95::aggregate::{Aggregator, Bucket};
use theriac_isa95::batch::{self, Columns};
use theriac_isa95::chunk::{self, Point};
use theriac_isa95::reading::{self, Format};
use theriac_isa95::time;

const SENSORS: usize = 500;
const ROUNDS: usize = 1000;
const START: i64 = 1_795_000_000_000_000;

fn value(sensor: usize, round: usize) -> f64 {
    let wave = (round as f64 / 50.0 + sensor as f64).sin() * 2.0;
    // Mixed so that no period is left for the compressor to find.
    let mixed = ((round << 20 | sensor) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let noise = f64::from(((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 48) as u16 % 17) / 100.0;
    ((20.0 + sensor as f64 + wave + noise) * 100.0).round() / 100.0
}

fn body(line: impl Fn(&str, &str, f64) -> String, between: &str) -> String {
    let rows = (0..ROUNDS).flat_map(|round| (0..SENSORS).map(move |sensor| (round, sensor)));
    let lines = rows.map(|(round, sensor)| {
        let at = time::format(START + round as i64 * 1_000_000 + 1000);
        line(&format!("line1.press{sensor}.force"), &at, value(sensor, round))
    });
    lines.collect::<Vec<_>>().join(between)
}

fn object(property: &str, at: &str, value: f64) -> String {
    format!(r#"{{"property":"{property}","time":"{at}","value":{value}}}"#)
}

/// Best of five, as the machine is shared.
fn measure<T>(what: &str, count: usize, run: impl Fn() -> Result<T>) -> Result<T> {
    let mut best = f64::MAX;
    for _ in 0..4 {
        let start = Instant::now();
        black_box(run()?);
        best = best.min(start.elapsed().as_secs_f64());
    }
    let start = Instant::now();
    let result = run()?;
    best = best.min(start.elapsed().as_secs_f64());
    println!("{what:28} {:8.2} million readings/s", count as f64 / best / 1e6);
    Ok(result)
}

fn main() -> Result<()> {
    let count = SENSORS * ROUNDS;
    let ndjson = body(object, "\n");
    let json = format!("[{}]", body(object, ","));
    let csv = format!("property,time,value\n{}", body(|p, t, v| format!("{p},{t},{v}"), "\n"));
    measure("parse JSON", count, || reading::parse(Format::Json, json.as_bytes()))?;
    measure("parse NDJSON", count, || reading::parse(Format::Ndjson, ndjson.as_bytes()))?;
    let parsed = measure("parse CSV", count, || reading::parse(Format::Csv, csv.as_bytes()))?;

    let columns = Columns {
        properties: (0..parsed.properties.len() as i64).collect(),
        property_index: parsed.property_index,
        times: parsed.times,
        values: parsed.values,
        qualities: parsed.qualities,
    };
    let bytes = measure("batch encode", count, || batch::encode(&columns))?;
    measure("batch decode", count, || batch::decode(&bytes))?;
    println!("{:28} {:8.3} bytes a reading", "batch", bytes.len() as f64 / count as f64);

    let month = 86_400 * 30;
    let point = |round| Point { time: START + round as i64 * 1_000_000, value: value(3, round), quality: 0 };
    let points: Vec<Point> = (0..month).map(point).collect();
    let chunk = measure("chunk encode, a month of 1 s", month, || chunk::encode(&points))?;
    let decoded = measure("chunk decode, a month of 1 s", month, || chunk::decode(&chunk))?;
    println!("{:28} {:8.3} bytes a reading", "chunk", chunk.len() as f64 / month as f64);
    let hour = Bucket::parse("PT1H")?;
    measure("aggregate by hour", month, || {
        let mut aggregator = Aggregator::new(hour);
        let mut closed: Vec<_> = decoded.iter().filter_map(|p| aggregator.push(p)).collect();
        closed.extend(aggregator.finish());
        Ok(closed)
    })?;
    Ok(())
}
