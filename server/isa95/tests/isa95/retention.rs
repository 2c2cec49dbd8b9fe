//! Retention: readings are dropped when their time is over, and what they came to stays.

use crate::plant::{Plant, START};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use theriac_isa95::time;
use theriac_platform::http::Method::{Get, Post, Put};

const PRESS: &str = r#"{"id":"press1","equipmentLevel":"WorkCell","properties":[{"id":"force"},{"id":"speed"}]}"#;
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const ALL: &str = "aggregate=count,min,max,mean,last";

fn at(micros: i64) -> String {
    time::format(START + micros)
}

async fn post(plant: &Plant, from: i64, count: i64) {
    let reading =
        |i: i64, property: &str| json!({ "property": property, "time": at(from + i * 10 * SECOND), "value": i % 50 });
    let body: Vec<Value> = (0..count).flat_map(|i| [reading(i, "press1.force"), reading(i, "press1.speed")]).collect();
    plant.send(Post, "isa95/readings", &Value::from(body).to_string()).await.unwrap();
}

/// Ten days of half an hour each, all in chunks; the clock stands at the end.
async fn ten_days() -> Plant {
    let plant = Plant::open().await;
    plant.put("isa95/equipment/press1", PRESS).await;
    let watcher = theriac_isa95::workers(&theriac_isa95::Isa95::new()).remove(0);
    let mut follower = watcher.open(&plant.context).await.unwrap();
    let mut seen = 0;
    for day in 0..10 {
        post(&plant, day * DAY, 180).await;
        plant.clock.store(START + day * DAY + 3_600 * SECOND, Ordering::Relaxed);
        let records = plant.records(watcher.as_ref()).await;
        // Once to gather, once for patience to end.
        plant.step(follower.as_mut(), &records[seen..]).await;
        plant.clock.fetch_add(6 * SECOND, Ordering::Relaxed);
        seen = records.len();
    }
    post(&plant, 9 * DAY + 3_600 * SECOND, 1).await;
    let records = plant.records(watcher.as_ref()).await;
    plant.step(follower.as_mut(), &records[seen..]).await;
    plant
}

async fn round(plant: &Plant) {
    for rounds in theriac_isa95::rounds() {
        rounds.round(&plant.context).await.unwrap();
    }
}

async fn counts(plant: &Plant, property: &str) -> (usize, Value) {
    let page = plant.get(&format!("isa95/readings?property={property}&count=100000")).await;
    (page["readings"].as_array().unwrap().len(), page["rolledUp"].clone())
}

#[tokio::test]
async fn dropped_readings_leave_what_they_came_to() {
    let plant = ten_days().await;
    round(&plant).await;
    assert_eq!(counts(&plant, "press1.force").await, (1801, Value::Null), "without a policy all is kept");
    let ask = |bucket: &str| format!("isa95/readings?property=press1.force&bucket={bucket}&{ALL}&count=10000");
    let mut before = Vec::new();
    for bucket in ["1m", "1h", "1d"] {
        before.push(plant.get(&ask(bucket)).await["buckets"].clone());
    }
    let policy = json!({ "raw": "P3D", "rollups": [{ "bucket": "PT1M", "keep": "P7D" }, { "bucket": "PT1H" }],
        "properties": { "press1.speed": { "raw": "P8D" } } });
    plant.put("isa95/retention", &policy.to_string()).await;
    assert_eq!(plant.get("isa95/retention").await, policy);
    round(&plant).await;
    let (left, told) = counts(&plant, "press1.force").await;
    assert_eq!(left, 4 * 180 + 1, "from the beginning of the day of three days ago on");
    assert_eq!((told[0]["bucket"].as_str(), told[0]["from"].as_str()), (Some("PT60S"), Some(at(0).as_str())), "{told}");
    let (left, told) = counts(&plant, "press1.speed").await;
    assert_eq!((left, told), (9 * 180 + 1, Value::Null));
    for (bucket, before) in ["1m", "1h", "1d"].into_iter().zip(&before) {
        assert_eq!(&plant.get(&ask(bucket)).await["buckets"], before, "{bucket}");
    }
    // Four days later the minutes of the first days are gone too; hours and days are as they were.
    plant.clock.fetch_add(4 * DAY, Ordering::Relaxed);
    round(&plant).await;
    assert_eq!(counts(&plant, "press1.force").await.0, 1, "what is no part of a chunk yet");
    for (bucket, before) in ["1h", "1d"].into_iter().zip(&before[1..]) {
        let page = plant.get(&ask(bucket)).await;
        assert_eq!(&page["buckets"], before, "{bucket}");
        let widths: Vec<_> = page["rolledUp"].as_array().unwrap().iter().map(|told| &told["bucket"]).collect();
        assert_eq!(widths, ["PT3600S", "PT60S"], "{page}");
    }
    let minutes = plant.get(&ask("1m")).await["buckets"].as_array().unwrap().clone();
    let recent = |bucket: &&Value| bucket["start"].as_str().unwrap() >= at(6 * DAY).as_str();
    let old: Vec<&Value> = before[0].as_array().unwrap().iter().filter(recent).collect();
    assert_eq!(minutes.iter().filter(recent).collect::<Vec<_>>(), old);
    // Page by page it is the same.
    let (mut paged, mut from) = (Vec::new(), String::new());
    loop {
        let page = plant.get(&format!("isa95/readings?property=press1.force&bucket=1h&{ALL}&count=3{from}")).await;
        paged.extend(page["buckets"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        from = format!("&from={next}");
    }
    assert_eq!(Value::from(paged), before[1]);
    let dropped = plant.topic("isa95.retention").await;
    let data = |record: &std::sync::Arc<theriac_ledger::Record>| {
        serde_json::from_str::<Value>(record.data.as_ref().unwrap().get()).unwrap()
    };
    let told: Vec<Value> = dropped.iter().filter(|record| record.action == "drop").map(data).collect();
    let readings = |property: &str| {
        let of_it = told.iter().filter(|told| told["property"] == property);
        of_it.filter_map(|told| told["readings"].as_u64()).sum::<u64>()
    };
    assert_eq!((readings("press1.force"), readings("press1.speed")), (1_800, 5 * 180), "{told:?}");
    assert!(told.iter().any(|told| told["batches"].as_u64() > Some(0)), "{told:?}");
    let again = dropped.len();
    round(&plant).await;
    assert_eq!(plant.topic("isa95.retention").await.len(), again, "a second round finds nothing");
    // Late readings of a time that was rolled up count too.
    plant
        .send(
            Post,
            "isa95/readings",
            &json!([{ "property": "press1.force", "time": at(5 * SECOND), "value": 1000 }]).to_string(),
        )
        .await
        .unwrap();
    let first = plant.get(&ask("1h")).await["buckets"][0].clone();
    assert_eq!((&first["count"], &first["max"]), (&json!(181.0), &json!(1000.0)), "{first}");
}

#[tokio::test]
async fn a_policy_has_versions_and_is_refused_where_it_is_wrong() {
    let plant = Plant::open().await;
    assert_eq!(plant.get("isa95/retention").await, json!({}));
    let wrong = plant.send(Put, "isa95/retention", r#"{"raw":"PT5M"}"#).await.unwrap_err();
    assert!(wrong.status() == 400 && wrong.message.contains("P1D"), "{wrong}");
    let put = |tag: &'static str| plant.send_with(Put, "isa95/retention", ("if-match", tag), r#"{"raw":"P5D"}"#);
    plant.put("isa95/retention", r#"{"raw":"P9D"}"#).await;
    assert_eq!(put("W/\"2\"").await.unwrap_err().status(), 412);
    assert_eq!(put("W/\"1\"").await.unwrap().header("etag"), Some("W/\"2\""));
    assert!(plant.send(Get, "isa95/retention?x=1", "").await.is_err());
}
