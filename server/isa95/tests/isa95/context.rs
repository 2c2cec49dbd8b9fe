//! What stands around readings: units, versions of limits under four eyes, batch and phase.

use crate::plant::{Plant, START};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use theriac_access::{Grant, Role};
use theriac_core::Result;
use theriac_isa95::time;
use theriac_platform::Context;
use theriac_platform::http::Method::{Get, Post, Put};
use theriac_platform::http::Request;

const LINE: &str = r#"{"id":"line1","equipmentLevel":"ProductionLine"}"#;
const PRESS: &str = r#"{"id":"press1","equipmentLevel":"WorkCell","parent":"line1","properties":[
    {"id":"force","unit":"kN","limits":{"low":5,"high":15}},{"id":"count"}]}"#;

async fn defined() -> Plant {
    let plant = Plant::open().await;
    plant.put("isa95/equipment/line1", LINE).await;
    plant.put("isa95/equipment/press1", PRESS).await;
    plant
}

fn at(second: i64) -> String {
    time::format(START + second * 1_000_000)
}

async fn said_by(plant: &Plant, subject: &str, path: &str, body: &Value) -> Result<Value> {
    let grant = Grant { second_factor: true, ..Grant::new(Role::Quality, subject, plant.context.tenant.name.as_ref()) };
    let context = Context { grant: Arc::new(grant), ..plant.context.clone() };
    let mut request = Request::new(Post, format!("/plant7/{path}"), "");
    request.headers.push("content-type", "application/json");
    request.body = body.to_string().into();
    let response = plant.call(&context, request).await?;
    Ok(serde_json::from_slice(response.body.bytes().unwrap()).unwrap())
}

#[tokio::test]
async fn a_reading_may_name_its_unit_and_is_kept_in_the_property_s_own() {
    let plant = defined().await;
    let reading = |property: &str, second, value, unit: &str| json!({ "property": property, "time": at(second), "value": value, "unit": unit });
    let body = json!([
        reading("press1.force", 0, 9_700.0, "N"),
        reading("press1.force", 1, 9.8, "kN"),
        reading("press1.force", 2, 300.0, "K"),
        reading("press1.force", 3, 1.0, "stone-force"),
        reading("press1.count", 4, 1.0, "1"),
    ]);
    let outcome = plant.send(Post, "isa95/readings", &body.to_string()).await.unwrap();
    assert_eq!(outcome["accepted"], 2);
    let refused = outcome["refused"].as_array().unwrap();
    let lines: Vec<_> = refused.iter().map(|one| one["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5], "{outcome}");
    for (one, word) in refused.iter().zip(["same kind of thing", "stone-force", "no unit of its own"]) {
        assert!(one["why"].as_str().unwrap().contains(word), "{one}");
    }
    let page = plant.get("isa95/readings?property=press1.force").await;
    assert_eq!(page["readings"], json!([{ "time": at(0), "value": 9.7 }, { "time": at(1), "value": 9.8 }]));
}

#[tokio::test]
async fn limits_are_proposed_by_one_and_approved_by_another() {
    let plant = defined().await;
    let list = async || plant.get("isa95/limits/press1.force").await;
    assert_eq!((&list().await["holds"], &list().await["versions"][0]["state"]), (&json!(1), &json!("defined")));
    let proposal = json!({ "low": 6, "high": 14, "effective": at(60), "reason": "requalified" });
    let proposed = said_by(&plant, "ann", "isa95/limits/press1.force", &proposal).await.unwrap();
    assert_eq!(
        (&proposed["version"], &proposed["state"], &proposed["high"]),
        (&json!(2), &json!("proposed"), &json!(14.0))
    );
    let reason = json!({ "reason": "seen" });
    let own = said_by(&plant, "ann", "isa95/limits/press1.force/2/approve", &reason).await.unwrap_err();
    assert!(own.status() == 403 && own.message.contains("somebody else"), "{own}");
    assert_eq!(
        said_by(&plant, "bob", "isa95/limits/press1.force/2/approve", &json!({})).await.unwrap_err().status(),
        400
    );
    let approved = said_by(&plant, "bob", "isa95/limits/press1.force/2/approve", &reason).await.unwrap();
    assert_eq!((&approved["state"], &approved["decided"]["by"]), (&json!("approved"), &json!("bob")));
    let again = said_by(&plant, "cid", "isa95/limits/press1.force/2/reject", &reason).await.unwrap_err();
    assert_eq!(again.status(), 409);
    assert_eq!(list().await["holds"], 1, "its time has not come");
    assert_eq!(plant.get(&format!("isa95/limits/press1.force?at={}", at(60))).await["holds"], 2);
    plant.clock.fetch_add(61_000_000, Ordering::Relaxed);
    assert_eq!(list().await["holds"], 2);
    let past = said_by(&plant, "ann", "isa95/limits/press1.force", &proposal).await.unwrap_err();
    assert!(past.status() == 422 && past.message.contains("is past"), "{past}");
    let crossed = json!({ "low": 3, "high": 2, "reason": "?" });
    assert_eq!(said_by(&plant, "ann", "isa95/limits/press1.force", &crossed).await.unwrap_err().status(), 422);
    let nowhere = said_by(&plant, "ann", "isa95/limits/press1.none", &crossed).await.unwrap_err();
    assert_eq!(nowhere.status(), 404);
}

#[tokio::test]
async fn approved_limits_are_not_changed_with_the_equipment() {
    let plant = defined().await;
    plant.put("isa95/equipment/press1", &PRESS.replace("15", "16")).await;
    let versions = plant.get("isa95/limits/press1.force").await;
    assert_eq!((versions["versions"].as_array().unwrap().len(), &versions["holds"]), (2, &json!(2)));
    let reason = json!({ "reason": "first qualification", "high": 12 });
    said_by(&plant, "ann", "isa95/limits/press1.force", &reason).await.unwrap();
    said_by(&plant, "bob", "isa95/limits/press1.force/3/approve", &json!({ "reason": "seen" })).await.unwrap();
    let moved = plant.send(Put, "isa95/equipment/press1", &PRESS.replace("15", "17")).await.unwrap_err();
    assert!(moved.status() == 422 && moved.issues[0].path == "properties[0].limits", "{moved:?}");
    // What stands there may be sent again.
    plant.put("isa95/equipment/press1", &PRESS.replace("15", "16").replace("\"count\"", "\"strokes\"")).await;
    assert_eq!(plant.get("isa95/limits/press1.force").await["holds"], 3);
    let entries = plant.topic("isa95.limits").await;
    let told: Vec<_> =
        entries.iter().map(|entry| format!("{} {} {}", entry.action, entry.subject, entry.version)).collect();
    let of = |text: &str| text.replace('#', "limits/press1.force/");
    assert_eq!(told, ["define #1 1", "define #2 1", "propose #3 1", "approve #3 2"].map(of));
}

/// Readings of every ten seconds of two minutes.
async fn send(plant: &Plant) {
    let reading = |i: i64| json!({ "property": "press1.force", "time": at(i * 10), "value": 10 + i });
    let body = Value::Array((0..12).map(reading).collect());
    plant.send(Post, "isa95/readings", &body.to_string()).await.unwrap();
}

#[tokio::test]
async fn a_reading_joins_batch_and_phase_of_the_job_that_ran() {
    let plant = defined().await;
    let order = json!({ "jobOrder": { "id": "O1", "workMasterID": "compress",
        "equipmentRequirement": [{ "id": "1", "equipmentID": ["line1"] }],
        "materialRequirement": [{ "id": "1", "materialLotID": ["B7"], "materialUse": "Produced" }] } });
    for (kind, id) in
        [("workMasters", "compress"), ("workMasters", "clean"), ("materialLots", "B7"), ("materialLots", "B8")]
    {
        plant.put(&format!("isa95/{kind}/{id}"), &json!({ "id": id }).to_string()).await;
    }
    plant.send(Post, "isa95/jobOrders/$storeAndStart", &order.to_string()).await.unwrap();
    let advance = async |second: i64, state: &str| {
        plant.clock.store(START + second * 1_000_000, Ordering::Relaxed);
        plant.send(Post, "isa95/jobOrders/O1/$advance", &json!({ "state": state }).to_string()).await.unwrap();
    };
    advance(30, "Running").await;
    plant.clock.store(START + 40_000_000, Ordering::Relaxed);
    plant.send(Post, "isa95/jobOrders/O1/$pause", "{}").await.unwrap();
    plant.send(Post, "isa95/jobOrders/O1/$resume", "{}").await.unwrap();
    advance(60, "Ended").await;
    let response = json!({ "id": "R2", "startTime": at(80), "endTime": at(100), "workMasterID": "clean",
        "equipmentActual": [{ "id": "1", "equipmentID": ["press1"] }],
        "materialActual": [{ "id": "1", "materialLotID": ["B8"], "materialUse": "Produced" }] });
    plant.put("isa95/jobResponses/R2", &response.to_string()).await;
    send(&plant).await;
    let page = plant.get("isa95/readings?property=press1.force&context=true").await;
    let joined: Vec<_> =
        page["readings"].as_array().unwrap().iter().map(|r| (r["batch"].as_str(), r["phase"].as_str())).collect();
    let (none, first, second) = ((None, None), (Some("B7"), Some("compress")), (Some("B8"), Some("clean")));
    let expected = [none, none, none, first, first, first, none, none, second, second, none, none];
    assert_eq!(joined, expected);
    assert!(page["readings"].as_array().unwrap().iter().all(|reading| reading["limitVersion"] == 1), "{page}");
    assert_eq!(page["runs"].as_array().unwrap().len(), 2);
    assert_eq!(page["limits"], json!([{ "version": 1, "from": "1970-01-01T00:00:00Z", "low": 5.0, "high": 15.0 }]));
    let times = |page: &Value| {
        page["readings"].as_array().unwrap().iter().map(|r| r["time"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let of_batch = plant.get("isa95/readings?property=press1.force&batch=B7").await;
    assert_eq!(times(&of_batch), [at(30), at(40), at(50)]);
    let of_phase = plant.get(&format!("isa95/readings?property=press1.force&phase=clean&from={}", at(85))).await;
    assert_eq!(times(&of_phase), [at(90)]);
    assert_eq!(times(&plant.get("isa95/readings?property=press1.force&batch=B9").await), Vec::<String>::new());
    let sum = plant.get("isa95/readings?property=press1.force&batch=B8&bucket=1h&aggregate=count,mean").await;
    assert_eq!(sum["buckets"], json!([{ "start": at(0), "count": 2.0, "mean": 18.5 }]));
    plant.send(theriac_platform::http::Method::Delete, "isa95/jobResponses/R2", "").await.unwrap();
    assert_eq!(times(&plant.get("isa95/readings?property=press1.force&batch=B8").await), Vec::<String>::new());
    assert_eq!(plant.send(Get, "isa95/readings?property=press1.force&context=x", "").await.unwrap_err().status(), 400);
}
