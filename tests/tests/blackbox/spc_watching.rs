//! What stands beside a chart: the shelf, other rules tried on the stored history, several properties judged together.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_tests::sample::{individuals_chart, reactor, readings};
use theriac_tests::{World, expect};

async fn watched() -> World {
    let world = World::new("watching").await;
    let mut equipment = reactor("r1");
    equipment["properties"] = json!([{"id": "temperature", "unit": "Cel"}, {"id": "pressure", "unit": "bar"}]);
    world.administrator.isa95().put_equipment(&equipment).await.unwrap();
    world
}

async fn send(world: &World, property: &str, minute: &str, values: &[f64]) {
    let loaded = world.administrator.isa95().send_readings(&readings(property, minute, values)).await.unwrap();
    assert_eq!(loaded.accepted, values.len() as u64);
}

async fn alerts(world: &World, state: &str, count: usize) -> Vec<Value> {
    let list = async || world.administrator.alerts().list(&[("state", state)]).await.unwrap();
    expect::soon("alerts", async || Some(list().await).filter(|alerts| alerts.len() == count)).await
}

#[tokio::test]
async fn an_alarm_on_the_shelf_disturbs_nobody_until_it_is_taken_off() {
    let world = watched().await;
    world.administrator.spc().put_chart("c1", &individuals_chart("r1.temperature")).await.unwrap();
    send(&world, "r1.temperature", "08:00", &[20.0, 21.5, 23.5, 21.5]).await;
    let alert = alerts(&world, "open", 1).await.remove(0);
    let at = format!("alerts/{}", alert["id"].as_str().unwrap());
    let post = async |path: String, body: Value| world.administrator.send(Method::POST, &path, &body).await;
    let until = in_half_an_hour();
    let shelved =
        post(format!("{at}/shelve"), json!({"until": until, "reason": "sensor is being replaced"})).await.unwrap();
    assert_eq!(shelved.json::<Value>().unwrap()["state"], "shelved");
    // The same again is recorded on the shelf.
    send(&world, "r1.temperature", "08:01", &[20.0, 21.5, 23.5, 21.5]).await;
    alerts(&world, "shelved", 2).await;
    assert_eq!(world.administrator.alerts().list(&[("state", "open")]).await.unwrap(), Vec::<Value>::new());
    let endless = post(format!("{at}/shelve"), json!({"until": "2099-01-01T00:00:00Z", "reason": "for ever"})).await;
    assert!(matches!(endless.unwrap_err().status(), Some(400 | 409 | 422)));
    post(format!("{at}/unshelve"), json!({})).await.unwrap();
    assert!(!alerts(&world, "open", 1).await.is_empty());
}

/// Half an hour from now, as the server reads it.
fn in_half_an_hour() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 1_800;
    let (days, rest) = (now / 86_400, now % 86_400);
    let (mut year, mut day) = (1970, days);
    let length = |year: u64| {
        if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) { 366 } else { 365 }
    };
    while day >= length(year) {
        day -= length(year);
        year += 1;
    }
    let months = [31, length(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= months[month] {
        day -= months[month];
        month += 1;
    }
    format!("{year}-{:02}-{:02}T{:02}:{:02}:{:02}Z", month + 1, day + 1, rest / 3_600, rest / 60 % 60, rest % 60)
}

#[tokio::test]
async fn other_rules_are_tried_on_the_stored_history() {
    let world = watched().await;
    world.administrator.spc().put_chart("c1", &individuals_chart("r1.temperature")).await.unwrap();
    // One beyond three sigma; nine in a row on one side, which the chart's own rule does not mind.
    let values: Vec<f64> = [20.0, 21.5, 23.5, 21.5, 19.5].into_iter().chain([20.5; 10]).collect();
    send(&world, "r1.temperature", "08:00", &values).await;
    let body = json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "rules": ["we1", "nelson2"]});
    let answer = world.administrator.send(Method::POST, "spc/charts/c1/backtest", &body).await.unwrap();
    let answer: Value = answer.json().unwrap();
    assert_eq!((&answer["readings"], &answer["current"]["byRule"]), (&json!(15), &json!({"we1": 1})), "{answer}");
    assert_eq!(answer["proposed"]["byRule"], json!({"we1": 1, "nelson2": 1}), "{answer}");
    let steward = world.client("steward").await;
    assert!(steward.send(Method::POST, "spc/charts/c1/backtest", &body).await.is_ok(), "whoever reads may try");
    assert_eq!(alerts(&world, "open", 1).await.len(), 1, "what was tried raised nothing");
}

#[tokio::test]
async fn properties_that_part_are_seen_together() {
    let world = watched().await;
    let chart = json!({"property": "r1.temperature", "with": ["r1.pressure"], "kind": "t2", "alpha": 0.001,
        "phase1": {"first": 1, "last": 20}});
    world.administrator.spc().put_chart("both", &chart).await.unwrap();
    let temperature: Vec<f64> = (0..21).map(|i| 20.0 + f64::from((i * 7) % 5)).collect();
    let mut pressure: Vec<f64> =
        temperature.iter().zip(0..).map(|(t, i)| 2.0 * t + f64::from((i * 5) % 3) / 2.0).collect();
    // Usual by itself, unusual beside the other.
    pressure[20] = 48.0;
    let mut temperature = temperature;
    temperature[20] = 20.0;
    send(&world, "r1.temperature", "08:00", &temperature).await;
    send(&world, "r1.pressure", "08:00", &pressure).await;
    let alert = alerts(&world, "open", 1).await.remove(0);
    assert_eq!((&alert["evidence"]["chart"], &alert["rule"]), (&json!("both"), &json!("we1")), "{alert}");
    let blamed = alert["evidence"]["contributions"].as_object().unwrap();
    assert_eq!(blamed.keys().collect::<Vec<_>>(), ["r1.pressure", "r1.temperature"]);
    let shown = world.administrator.spc().chart("both").await.unwrap();
    assert_eq!((&shown["phase"], &shown["violations"][0]["index"]), (&json!(2), &json!(21)), "{shown}");
}
