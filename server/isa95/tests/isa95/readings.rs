//! Readings on a real database: what goes in comes out, wherever it stands and however often the worker dies.

use crate::plant::{Plant, START};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use theriac_isa95::time;
use theriac_ledger::Watcher;
use theriac_platform::db::Unit;
use theriac_platform::http::Method::{Get, Post};

const PRESS: &str =
    r#"{"id":"press1","equipmentLevel":"WorkCell","properties":[{"id":"force","unit":"kN"},{"id":"speed"}]}"#;

fn watcher() -> Arc<dyn Watcher> {
    theriac_isa95::workers(&theriac_isa95::Isa95::new()).remove(0)
}

async fn defined() -> Plant {
    let plant = Plant::open().await;
    plant.put("isa95/equipment/press1", PRESS).await;
    plant
}

fn at(second: i64) -> String {
    time::format(START + second * 1_000_000)
}

/// NDJSON of (second, value).
fn lines(property: &str, readings: &[(i64, f64)]) -> String {
    let line = |(second, value): &(i64, f64)| {
        format!("{}\n", json!({ "property": property, "time": at(*second), "value": value }))
    };
    readings.iter().map(line).collect()
}

async fn post(plant: &Plant, body: &str) -> Value {
    let header = ("content-type", "application/x-ndjson");
    let response = plant.send_with(Post, "isa95/readings", header, body).await.unwrap();
    assert_eq!(response.status, 202);
    serde_json::from_slice(response.body.bytes().unwrap()).unwrap()
}

/// All readings, by following the pages.
async fn all(plant: &Plant, property: &str, count: usize) -> Vec<(String, f64)> {
    let (mut found, mut from) = (Vec::new(), String::new());
    loop {
        let page = plant.get(&format!("isa95/readings?property={property}&count={count}{from}")).await;
        let readings = page["readings"].as_array().unwrap();
        assert!(readings.len() <= count);
        found.extend(readings.iter().map(|r| (r["time"].as_str().unwrap().to_owned(), r["value"].as_f64().unwrap())));
        let Some(next) = page["next"].as_str() else { return found };
        from = format!("&from={next}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_line_and_never_stops_the_rest() {
    let plant = defined().await;
    let body = format!(
        "{}{}not json\n{}",
        lines("press1.force", &[(0, 9.5)]),
        lines("press9.force", &[(0, 1.0)]),
        lines("press1.force", &[(1, 9.6)])
    );
    let outcome = post(&plant, &body).await;
    assert_eq!(outcome["accepted"], 2);
    let refused: Vec<_> = outcome["refused"].as_array().unwrap().iter().map(|r| r["line"].as_u64().unwrap()).collect();
    assert_eq!(refused, [2, 3]);
    let why = outcome["refused"][0]["why"].as_str().unwrap();
    assert!(why.contains("define equipment \"press9\" with the property \"force\""), "{why}");
    assert_eq!(all(&plant, "press1.force", 100).await, [(at(0), 9.5), (at(1), 9.6)]);
    let nothing = post(&plant, &lines("press9.force", &[(0, 1.0)])).await;
    assert_eq!(nothing["accepted"], 0);
    assert_eq!(plant.records(watcher().as_ref()).await.len(), 1, "nothing accepted, nothing recorded");
}

#[tokio::test]
async fn the_media_type_decides_and_an_unknown_one_is_named() {
    let plant = defined().await;
    let csv = format!("property,time,value\npress1.force,{},1.5\n", at(0));
    plant.send_with(Post, "isa95/readings", ("content-type", "text/csv; charset=utf-8"), &csv).await.unwrap();
    let array =
        json!([{ "property": "press1.force", "time": at(1), "value": 2.5, "quality": "uncertain" }]).to_string();
    plant.send_with(Post, "isa95/readings", ("content-type", "application/json"), &array).await.unwrap();
    let page = plant.get("isa95/readings?property=press1.force").await;
    assert_eq!(page["unit"], "kN");
    assert_eq!(
        page["readings"],
        json!([{ "time": at(0), "value": 1.5 }, { "time": at(1), "value": 2.5, "quality": "uncertain" }])
    );
    let error = plant.send_with(Post, "isa95/readings", ("content-type", "text/plain"), &csv).await.unwrap_err();
    assert!(error.status() == 415 && error.message.contains("text/csv"), "{error}");
}

/// A morning of readings, some late, some for an instant that was read before: what must come out.
async fn send_morning(plant: &Plant) -> BTreeMap<i64, f64> {
    let mut expected = BTreeMap::new();
    let mut state = 12_345u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below) as i64
    };
    for batch in 0..60 {
        let readings: Vec<(i64, f64)> =
            (0..random(40) + 1).map(|_| (batch * 20 + random(60), random(1_000) as f64 / 10.0)).collect();
        expected.extend(readings.iter().copied());
        let other: Vec<_> = readings.iter().map(|(second, value)| (*second, value + 1.0)).collect();
        post(plant, &(lines("press1.force", &readings) + &lines("press1.speed", &other))).await;
    }
    expected
}

#[tokio::test]
async fn readings_come_out_the_same_from_the_tail_and_from_chunks() {
    let plant = defined().await;
    let expected = send_morning(&plant).await;
    let expected: Vec<_> = expected.into_iter().map(|(second, value)| (at(second), value)).collect();
    assert_eq!(all(&plant, "press1.force", 7).await, expected, "all in the tail");
    let watcher = watcher();
    let records = plant.records(watcher.as_ref()).await;
    let mut follower = watcher.open(&plant.context).await.unwrap();
    for (i, records) in records.chunks(3).enumerate() {
        if i % 4 == 1 {
            // Dies before its unit is committed; the next one opens from what is there.
            follower.take(&plant.context, records, &mut Unit::new()).await.unwrap();
            follower = watcher.open(&plant.context).await.unwrap();
        }
        // Patience ends now and then, so that chunks are written in between.
        plant.clock.fetch_add(2_000_000, Ordering::Relaxed);
        plant.step(follower.as_mut(), records).await;
        assert_eq!(all(&plant, "press1.force", 1_000).await, expected, "after step {i}");
    }
    assert_eq!(all(&plant, "press1.force", 7).await, expected, "page by page");
}

#[tokio::test]
async fn buckets_are_the_same_however_they_are_paged() {
    let plant = defined().await;
    let expected = send_morning(&plant).await;
    let ask = "isa95/readings?property=press1.force&bucket=1m&aggregate=count,min,max,last";
    let whole = plant.get(ask).await;
    let minute = |second: i64| second.div_euclid(60);
    let first: Vec<f64> = expected.iter().filter(|(s, _)| minute(**s) == 0).map(|(_, v)| *v).collect();
    let bucket = &whole["buckets"][0];
    assert_eq!((&bucket["start"], bucket["count"].as_f64()), (&json!(at(0)), Some(first.len() as f64)));
    assert_eq!(bucket["max"].as_f64(), first.iter().copied().reduce(f64::max));
    assert_eq!(bucket["last"].as_f64(), first.last().copied());
    let (mut paged, mut from) = (Vec::new(), String::new());
    loop {
        let page = plant.get(&format!("{ask}&count=2{from}")).await;
        paged.extend(page["buckets"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        from = format!("&from={next}");
    }
    assert_eq!(Value::from(paged), whole["buckets"]);
}

#[tokio::test]
async fn equipment_has_versions_and_moves_with_what_is_above_it() {
    let plant = Plant::open().await;
    for (id, level, parent) in [
        ("acme", "Enterprise", None),
        ("basel", "Site", Some("acme")),
        ("visp", "Site", Some("acme")),
        ("solids", "Area", Some("basel")),
        ("line1", "ProductionLine", Some("solids")),
    ] {
        plant
            .put(
                &format!("isa95/equipment/{id}"),
                &json!({ "id": id, "equipmentLevel": level, "parent": parent }).to_string(),
            )
            .await;
    }
    let press = PRESS.replace("\"properties\"", "\"parent\":\"line1\",\"properties\"");
    plant.put("isa95/equipment/press1", &press).await;
    post(&plant, &lines("press1.force", &[(0, 1.0)])).await;
    let labels = |records: Vec<Arc<theriac_ledger::Record>>| records.last().map(|r| r.labels.clone()).unwrap();
    assert_eq!(labels(plant.records(watcher().as_ref()).await), ["site/basel"]);
    let area = r#"{"id":"solids","equipmentLevel":"Area","parent":"visp"}"#;
    let put = |tag: &'static str| {
        plant.send_with(theriac_platform::http::Method::Put, "isa95/equipment/solids", ("if-match", tag), area)
    };
    assert_eq!(put("W/\"7\"").await.unwrap_err().status(), 412);
    assert_eq!(put("W/\"1\"").await.unwrap().header("etag"), Some("W/\"2\""));
    assert_eq!(put("W/\"2\"").await.unwrap().header("etag"), Some("W/\"2\""), "the same again is no change");
    post(&plant, &lines("press1.force", &[(1, 1.0)])).await;
    assert_eq!(labels(plant.records(watcher().as_ref()).await), ["site/visp"]);
    let list = plant.get("isa95/equipment?level=Site&count=1").await;
    let next = list["next"].as_str().unwrap();
    let second = plant.get(&format!("isa95/equipment?level=Site&count=1&from={next}")).await;
    assert_eq!((&list["equipment"][0]["id"], &second["equipment"][0]["id"]), (&json!("basel"), &json!("visp")));
    assert_eq!(second["next"], Value::Null);
    assert_eq!(plant.get("isa95/equipment?parent=line1").await["equipment"][0]["id"], "press1");
    let held = plant.send(theriac_platform::http::Method::Delete, "isa95/equipment/line1", "").await.unwrap_err();
    assert!(held.status() == 409 && held.message.contains("press1 is part of line1"), "{held}");
    let loops = r#"{"id":"basel","equipmentLevel":"Site","parent":"press1"}"#;
    assert_eq!(
        plant.send(theriac_platform::http::Method::Put, "isa95/equipment/basel", loops).await.unwrap_err().status(),
        422
    );
}

#[tokio::test]
async fn a_property_that_is_removed_keeps_its_readings_and_takes_no_more() {
    let plant = defined().await;
    post(&plant, &lines("press1.speed", &[(0, 1.0)])).await;
    plant
        .put("isa95/equipment/press1", r#"{"id":"press1","equipmentLevel":"WorkCell","properties":[{"id":"force"}]}"#)
        .await;
    let outcome = post(&plant, &lines("press1.speed", &[(1, 2.0)])).await;
    assert!(outcome["refused"][0]["why"].as_str().unwrap().contains("no longer watched"), "{outcome}");
    assert_eq!(all(&plant, "press1.speed", 10).await, [(at(0), 1.0)]);
    plant.put("isa95/equipment/press1", PRESS).await;
    post(&plant, &lines("press1.speed", &[(1, 2.0)])).await;
    assert_eq!(all(&plant, "press1.speed", 10).await, [(at(0), 1.0), (at(1), 2.0)]);
    assert_eq!(plant.send(Get, "isa95/readings?property=press1.none", "").await.unwrap_err().status(), 404);
}
