//! Readings out as a Parquet file and in again: the same readings.

use crate::plant::{Plant, START};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::{Value, json};
use theriac_isa95::time;
use theriac_platform::http::Body;
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::Request;

const PARQUET: &str = "application/vnd.apache.parquet";
const PRESS: &str = r#"{"id":"press1","equipmentLevel":"WorkCell","properties":[{"id":"force","unit":"kN"}]}"#;

async fn with_readings(count: i64) -> Plant {
    let plant = Plant::open().await;
    plant.put("isa95/equipment/press1", PRESS).await;
    let line = |i: i64| {
        let quality = if i % 100 == 7 { "uncertain" } else { "good" };
        format!("press1.force,{},{},{quality}\n", time::format(START + i * 250_000), (i % 977) as f64 / 10.0)
    };
    let lines: String = (0..count).map(line).collect();
    let body = format!("property,time,value,quality\n{lines}");
    if count > 0 {
        plant.send_with(Post, "isa95/readings", ("content-type", "text/csv"), &body).await.unwrap();
    }
    plant
}

async fn export(plant: &Plant, query: &str) -> theriac_core::Result<Vec<u8>> {
    let mut request = Request::new(Get, "/plant7/isa95/readings", query);
    request.headers.push("accept", PARQUET);
    let response = plant.call(&plant.context, request).await?;
    assert_eq!(response.header("content-type"), Some(PARQUET));
    let Body::Stream(mut pieces) = response.body else { panic!("no stream") };
    let mut file = Vec::new();
    while let Some(piece) = pieces.next().await {
        file.extend_from_slice(&piece?);
    }
    Ok(file)
}

async fn import(plant: &Plant, file: Vec<u8>) -> theriac_core::Result<Value> {
    let mut request = Request::new(Post, "/plant7/isa95/readings", "");
    request.headers.push("content-type", PARQUET);
    request.body = Bytes::from(file);
    let response = plant.call(&plant.context, request).await?;
    Ok(serde_json::from_slice(response.body.bytes().unwrap()).unwrap())
}

#[tokio::test]
async fn a_file_that_went_out_comes_in_again_the_same() {
    // More than two row groups, and more than a batch.
    const COUNT: i64 = 300_000;
    let (from, to) = (with_readings(COUNT).await, with_readings(0).await);
    let file = export(&from, "property=press1.force").await.unwrap();
    assert!(file.len() < 8 * COUNT as usize, "{} bytes", file.len());
    let outcome = import(&to, file).await.unwrap();
    assert_eq!(outcome, json!({ "accepted": COUNT, "refused": [] }));
    let ask = "isa95/readings?property=press1.force&count=100000&from=";
    for at in [0, 250_000, COUNT - 5] {
        let page = format!("{ask}{}", time::format(START + at * 250_000));
        assert_eq!(from.get(&page).await, to.get(&page).await);
    }
    assert_eq!(to.topic("isa95.readings").await.len(), 2, "a batch for every quarter of a million");
}

#[tokio::test]
async fn a_file_holds_what_was_asked_for_and_a_damaged_one_is_refused() {
    let plant = with_readings(100).await;
    let query = format!(
        "property=press1.force&from={}&to={}",
        time::format(START + 2_500_000),
        time::format(START + 5_000_000)
    );
    let file = export(&plant, &query).await.unwrap();
    let other = with_readings(0).await;
    assert_eq!(import(&other, file.clone()).await.unwrap()["accepted"], 10);
    let mut damaged = file;
    let middle = damaged.len() / 2;
    damaged.truncate(middle);
    assert_eq!(import(&other, damaged).await.unwrap_err().status(), 400);
    let empty = export(&plant, "property=press1.force&to=2000-01-01T00:00:00Z").await.unwrap();
    assert_eq!(import(&other, empty).await.unwrap()["accepted"], 0);
    let wrong = export(&plant, "property=press1.force&count=5").await.unwrap_err();
    assert!(wrong.message.contains("leave out 'count'"), "{wrong}");
}
