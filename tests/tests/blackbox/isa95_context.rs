//! What stands around readings: units, limits under four eyes, batch and phase, retention, files.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_tests::sample::{reactor, readings};
use theriac_tests::{World, expect};

const PARQUET: &str = "application/vnd.apache.parquet";

async fn plant() -> World {
    let world = World::new("context").await;
    world.administrator.isa95().put_equipment(&reactor("r1")).await.unwrap();
    world
}

#[tokio::test]
async fn a_reading_in_another_unit_is_kept_in_the_property_s_own() {
    let world = plant().await;
    let reading = |second: u32, value: f64, unit: &str| json!({"property": "r1.temperature", "time": format!("2026-01-01T08:00:{second:02}Z"), "value": value, "unit": unit});
    let body = json!([reading(0, 68.0, "[degF]"), reading(1, 293.15, "K"), reading(2, 1.0, "bar")]);
    let loaded = world.administrator.isa95().send_readings(&body).await.unwrap();
    assert_eq!((loaded.accepted, loaded.refused.len(), loaded.refused[0].line), (2, 1, 3), "{loaded:?}");
    let page = world.administrator.isa95().readings(&[("property", "r1.temperature")]).await.unwrap();
    assert_eq!(expect::members(&page, "value"), [json!(20.0), json!(20.0)], "{page}");
}

#[tokio::test]
async fn limits_hold_when_somebody_else_has_approved_them() {
    let world = plant().await;
    let ann = world.client_with("quality", &["--subject", "ann"]).await;
    let bob = world.client_with("quality", &["--subject", "bob"]).await;
    let at = "isa95/limits/r1.temperature";
    ann.send(Method::POST, at, &json!({"high": 50, "reason": "requalified"})).await.unwrap();
    let seen = json!({"reason": "seen"});
    let own = ann.send(Method::POST, &format!("{at}/2/approve"), &seen).await.unwrap_err();
    assert_eq!(own.status(), Some(403), "{own}");
    let operator = world.client("operator").await;
    assert_eq!(operator.send(Method::POST, &format!("{at}/2/approve"), &seen).await.unwrap_err().status(), Some(403));
    bob.send(Method::POST, &format!("{at}/2/approve"), &seen).await.unwrap();
    let listed = operator.get(at).await.unwrap();
    assert_eq!((&listed["holds"], &listed["versions"][0]["state"]), (&json!(2), &json!("approved")), "{listed}");
    // A reading of now breaks the new limit, one of the past was within the old one.
    let past = readings("r1.temperature", "08:00", &[60.0]);
    operator.isa95().send_readings(&past).await.unwrap();
    let now = json!([{"property": "r1.temperature", "time": "2099-01-01T00:00:00Z", "value": 60}]);
    operator.isa95().send_readings(&now).await.unwrap();
    let list = async || Some(operator.alerts().list(&[]).await.unwrap()).filter(|alerts| !alerts.is_empty());
    let alerts = expect::soon("alert", list).await;
    assert_eq!((alerts.len(), &alerts[0]["evidence"]["limitVersion"]), (1, &json!(2)), "{alerts:?}");
}

#[tokio::test]
async fn readings_are_those_of_a_batch() {
    let world = plant().await;
    let put = async |path: &str, body: Value| world.administrator.send(Method::PUT, path, &body).await.unwrap();
    put("isa95/materialLots/B7", json!({"id": "B7"})).await;
    put("isa95/workMasters/mix", json!({"id": "mix"})).await;
    let response = json!({"id": "R1", "startTime": "2026-01-01T08:00:01Z", "endTime": "2026-01-01T08:00:03Z",
        "workMasterID": "mix", "equipmentActual": [{"id": "1", "equipmentID": ["r1"]}],
        "materialActual": [{"id": "1", "materialLotID": ["B7"], "materialUse": "Produced"}]});
    put("isa95/jobResponses/R1", response).await;
    world
        .administrator
        .isa95()
        .send_readings(&readings("r1.temperature", "08:00", &[1.0, 2.0, 3.0, 4.0]))
        .await
        .unwrap();
    let ask = async |more: (&str, &str)| {
        world.administrator.isa95().readings(&[("property", "r1.temperature"), more]).await.unwrap()
    };
    assert_eq!(expect::members(&ask(("batch", "B7")).await, "value"), [json!(2.0), json!(3.0)]);
    let page = ask(("context", "true")).await;
    assert_eq!(page["readings"][1]["phase"], "mix", "{page}");
    assert_eq!(
        (&page["readings"][0]["batch"], &page["readings"][0]["limitVersion"]),
        (&Value::Null, &json!(1)),
        "{page}"
    );
}

#[tokio::test]
async fn a_parquet_file_goes_out_and_comes_in_again() {
    let (world, other) = (plant().await, plant().await);
    world.administrator.isa95().send_readings(&readings("r1.temperature", "08:00", &[1.5, 2.5, 3.5])).await.unwrap();
    let ask = "isa95/readings?property=r1.temperature";
    let file = world.administrator.request(Method::GET, ask, &[("accept", PARQUET)], "").await.unwrap();
    assert_eq!((file.status, file.header("content-type")), (200, Some(PARQUET)));
    let loaded = other.administrator.isa95().send_readings_as(PARQUET, file.bytes.clone()).await.unwrap();
    assert_eq!(loaded.accepted, 3, "{loaded:?}");
    let page = async |world: &World| world.administrator.get(ask).await.unwrap();
    assert_eq!(page(&world).await, page(&other).await);
    let answer =
        other.administrator.request(Method::POST, "isa95/readings", &[("content-type", PARQUET)], "PAR1").await;
    expect::refused(&answer.unwrap(), 400, "Malformed", "Parquet");
}

#[tokio::test]
async fn retention_is_the_administrator_s_to_say_and_is_checked() {
    let world = plant().await;
    let policy = json!({"raw": "P90D", "rollups": [{"bucket": "PT1M", "keep": "P2Y"}, {"bucket": "PT1H"}]});
    let steward = world.client("steward").await;
    let refused = steward.send(Method::PUT, "isa95/retention", &policy).await.unwrap_err();
    assert_eq!(refused.status(), Some(403), "{refused}");
    world.administrator.send(Method::PUT, "isa95/retention", &policy).await.unwrap();
    assert_eq!(steward.get("isa95/retention").await.unwrap(), policy);
    let short = world.administrator.send(Method::PUT, "isa95/retention", &json!({"raw": "PT1H"})).await.unwrap_err();
    assert_eq!(short.status(), Some(400), "{short}");
}

#[tokio::test]
async fn a_source_whose_clock_is_ahead_is_told_so_where_the_tenant_asks_for_it() {
    let world = plant().await;
    let ahead = json!([
        {"property": "r1.temperature", "time": "2026-01-01T08:00:00Z", "value": 1},
        {"property": "r1.temperature", "time": "2099-01-01T08:00:00Z", "value": 2}]);
    assert_eq!(world.administrator.isa95().send_readings(&ahead).await.unwrap().accepted, 2);
    assert!(world.set_refused("isa95.clock.ahead=soon").await.contains("whole seconds"));
    world.set(&["isa95.clock.ahead=300"]).await;
    let loaded = expect::soon("refusal", async || {
        let loaded = world.administrator.isa95().send_readings(&ahead).await.unwrap();
        (loaded.accepted == 1).then_some(loaded)
    });
    let refused = loaded.await.refused;
    assert_eq!(refused[0].line, 2);
    assert!(refused[0].why.contains("isa95.clock.ahead"), "{refused:?}");
}
