//! Aggregates over tail, chunks and late readings, each against a calculation of its own.

use crate::plant::{Plant, START};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use theriac_isa95::time;
use theriac_platform::http::Method::{Get, Post};

const PRESS: &str = r#"{"id":"press1","equipmentLevel":"WorkCell","properties":[{"id":"force"}]}"#;
const SECOND: i64 = 1_000_000;

/// Second, value, and whether it is good.
type Reading = (i64, f64, bool);

async fn post(plant: &Plant, readings: &[Reading]) {
    let line = |(second, value, good): &Reading| {
        let quality = if *good { "good" } else { "bad" };
        let time = time::format(START + second * SECOND);
        json!({ "property": "press1.force", "time": time, "value": value, "quality": quality }).to_string() + "\n"
    };
    let body: String = readings.iter().map(line).collect();
    plant.send_with(Post, "isa95/readings", ("content-type", "application/x-ndjson"), &body).await.unwrap();
}

/// Three hours of a sensor in many batches: mostly in order, some late, some corrected, some bad.
fn batches() -> Vec<Vec<Reading>> {
    let mut state = 99u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut batch = |number: i64| {
        let mut readings: Vec<Reading> =
            (0..180).map(|i| (number * 180 + i, random(10_000) as f64 / 100.0, random(50) > 0)).collect();
        if number % 7 == 3 {
            // What a connector had kept on its disk.
            readings.extend((0..20).map(|i| (number * 180 - 2_000 + i * 17, random(10_000) as f64 / 100.0, true)));
        }
        readings
    };
    (0..60).map(&mut batch).collect()
}

fn expected(stored: &BTreeMap<i64, (f64, bool)>, width: i64) -> BTreeMap<i64, Vec<f64>> {
    let mut buckets: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (second, (value, _)) in stored.iter().filter(|(_, (_, good))| *good) {
        let at = START + second * SECOND;
        buckets.entry(at - at.rem_euclid(width * SECOND)).or_default().push(*value);
    }
    buckets
}

fn compare(page: &Value, expected: &BTreeMap<i64, Vec<f64>>, width: i64) {
    let buckets = page["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), expected.len(), "{width}");
    for (bucket, (start, values)) in buckets.iter().zip(expected) {
        assert_eq!(bucket["start"], time::format(*start), "{width}");
        let get = |name: &str| bucket[name].as_f64().unwrap();
        assert_eq!(get("count"), values.len() as f64);
        assert_eq!(get("min"), values.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(get("max"), values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        assert_eq!(Some(&get("last")), values.last());
        // Sums of hundredths, taken exactly.
        let hundredths: i64 = values.iter().map(|value| (value * 100.0).round() as i64).sum();
        let mean = hundredths as f64 / 100.0 / values.len() as f64;
        assert!((get("mean") - mean).abs() < 1e-9 * mean, "{width}: {} {mean}", get("mean"));
        let histogram = &bucket["histogram"];
        let counted = |low: f64, high: f64| values.iter().filter(|v| (low..high).contains(*v)).count();
        let bins: Vec<usize> =
            (0..8).map(|i| counted(10.0 + 10.0 * f64::from(i), 20.0 + 10.0 * f64::from(i))).collect();
        let ends = (counted(f64::NEG_INFINITY, 10.0), counted(90.0, f64::INFINITY));
        assert_eq!(histogram, &json!({ "below": ends.0, "counts": bins, "above": ends.1 }));
    }
}

#[tokio::test]
async fn every_aggregate_is_what_a_plain_calculation_gives() {
    let plant = Plant::open().await;
    plant.put("isa95/equipment/press1", PRESS).await;
    let watcher = theriac_isa95::workers(&theriac_isa95::Isa95::new()).remove(0);
    let mut stored: BTreeMap<i64, (f64, bool)> = BTreeMap::new();
    for batch in batches() {
        stored.extend(batch.iter().map(|(second, value, good)| (*second, (*value, *good))));
        post(&plant, &batch).await;
    }
    let records = plant.records(watcher.as_ref()).await;
    let mut follower = watcher.open(&plant.context).await.unwrap();
    for (i, records) in records.chunks(4).enumerate() {
        if i % 3 == 0 {
            plant.clock.fetch_add(6 * SECOND, Ordering::Relaxed);
        }
        plant.step(follower.as_mut(), records).await;
        if i % 5 == 1 || i == 14 {
            for width in [1, 60, 3_600, 86_400] {
                let ask = format!(
                    "isa95/readings?property=press1.force&bucket={width}s&aggregate=count,min,max,mean,last,histogram&bins=10:90:8&count=100000"
                );
                compare(&plant.get(&ask).await, &expected(&stored, width), width);
            }
        }
    }
    // A part of the time, which cuts through chunks.
    let (from, to) = (1_000, 7_500);
    let part = stored.range(from..to).map(|(second, reading)| (*second, *reading)).collect();
    let at = |second: i64| time::format(START + second * SECOND);
    let ask = format!(
        "isa95/readings?property=press1.force&bucket=1h&aggregate=count,min,max,mean,last,histogram&bins=10:90:8&from={}&to={}",
        at(from),
        at(to)
    );
    compare(&plant.get(&ask).await, &expected(&part, 3_600), 3_600);
    let wrong = plant.send(Get, "isa95/readings?property=press1.force&bucket=1h&aggregate=histogram", "").await;
    assert!(wrong.unwrap_err().message.contains("bins"));
}
