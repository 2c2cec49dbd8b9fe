//! The worker on a real database: what it raises, and that dying anywhere changes nothing.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod plant;

use plant::Plant;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use theriac_ledger::Watcher;
use theriac_platform::db::Unit;
use theriac_platform::http::Method::{Delete, Post, Put};

fn watcher() -> Arc<dyn Watcher> {
    theriac_spc::workers(&theriac_spc::Spc::new()).remove(0)
}

const PRESS: &str = r#"{"id":"press1","equipmentLevel":"WorkCell","properties":[
    {"id":"force","unit":"kN","limits":{"low":5,"high":15}},{"id":"speed"}]}"#;
const CHART: &str = r#"{"property":"press1.force","kind":"i-mr","limits":{"center":10,"sigma":1}}"#;
const PHASE1: &str = r#"{"property":"press1.speed","kind":"xbar-r","subgroupSize":2,"phase1":{"first":1,"last":4}}"#;

async fn defined() -> Plant {
    let plant = Plant::open().await;
    plant.put("isa95/equipment/press1", PRESS).await;
    plant.put("spc/charts/force", CHART).await;
    plant.put("spc/charts/speed", PHASE1).await;
    plant
}

/// A morning with a spike, a shift, a limit broken twice, and a phase I that ends in between.
async fn readings(plant: &Plant) {
    let force = [10.0, 10.4, 9.7, 14.0, 14.2, 10.1, 16.0, 16.5, 10.0, 4.0, 11.2, 11.3, 11.4, 11.2, 11.3, 11.5, 11.2];
    for (i, part) in force.chunks(3).enumerate() {
        plant.post_readings("press1.force", i as i64 * 3, part).await;
        let speed: Vec<f64> = part.iter().map(|force| force * 2.0 + i as f64).collect();
        plant.post_readings("press1.speed", i as i64 * 3, &speed).await;
    }
}

fn brief(alert: &Value) -> (String, String) {
    let first = alert["evidence"]["points"].as_array().and_then(|p| p.last()).map(|p| p["time"].to_string());
    (alert["rule"].as_str().unwrap_or("").to_owned(), first.unwrap_or_default())
}

#[tokio::test]
async fn rules_and_limits_raise_one_alert_for_each_episode() {
    let plant = defined().await;
    readings(&plant).await;
    let watcher = watcher();
    let mut follower = watcher.open(&plant.context).await.unwrap();
    plant.step(follower.as_mut(), &plant.records(watcher.as_ref()).await).await;
    let alerts = plant.alerts().await;
    let at = |second: u32| format!("\"2026-11-20T08:00:{second:02}.000Z\"");
    let limits: Vec<_> = alerts.iter().map(brief).filter(|(rule, _)| rule == "limit").collect();
    assert_eq!(limits, [("limit".to_owned(), at(9)), ("limit".to_owned(), at(6))]);
    let first =
        alerts.iter().find(|a| a["evidence"]["chart"] == "force" && a["evidence"]["plot"] == "primary").unwrap();
    let beyond: Vec<_> = alerts
        .iter()
        .filter(|a| a["subject"] == "press1.force" && a["evidence"]["plot"] == "primary" && a["rule"] == "we1")
        .map(|a| brief(a).1)
        .collect();
    assert_eq!(beyond, [at(9), at(6), at(3)]);
    assert_eq!((&first["source"], &first["state"]), (&json!("spc"), &json!("open")));
    assert_eq!(first["evidence"]["limits"], json!({ "lower": 7.0, "upper": 13.0 }));
    assert_eq!(first["evidence"]["chartVersion"], 1);
    let chart = plant.get("spc/charts/force").await;
    assert_eq!((&chart["center"], &chart["sigma"], &chart["phase"]), (&json!(10.0), &json!(1.0), &json!(2)));
    assert_eq!(chart["points"].as_array().map(Vec::len), Some(17));
    assert_eq!(plant.get("spc/charts/speed").await["phase"], 2);
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_raises_the_same_alerts() {
    let (whole, broken) = (defined().await, defined().await);
    let watcher = watcher();
    for plant in [&whole, &broken] {
        readings(plant).await;
    }
    let mut follower = watcher.open(&whole.context).await.unwrap();
    whole.step(follower.as_mut(), &whole.records(watcher.as_ref()).await).await;
    for (i, record) in broken.records(watcher.as_ref()).await.into_iter().enumerate() {
        let records = [record];
        if i % 2 == 0 {
            // Works, and dies before its unit is committed.
            let mut lost = watcher.open(&broken.context).await.unwrap();
            lost.take(&broken.context, &records, &mut Unit::new()).await.unwrap();
        }
        let mut follower = watcher.open(&broken.context).await.unwrap();
        broken.step(follower.as_mut(), &records).await;
    }
    let sorted = |mut alerts: Vec<Value>| {
        alerts.sort_by_key(|alert| alert["id"].to_string());
        alerts
    };
    let expected = sorted(whole.alerts().await);
    assert!(expected.len() > 5, "{expected:?}");
    assert_eq!(sorted(broken.alerts().await), expected);
    for chart in ["spc/charts/force", "spc/charts/speed"] {
        assert_eq!(whole.get(chart).await, broken.get(chart).await);
    }
}

#[tokio::test]
async fn readings_sent_twice_raise_nothing_new() {
    let plant = defined().await;
    readings(&plant).await;
    readings(&plant).await;
    let watcher = watcher();
    let records = plant.records(watcher.as_ref()).await;
    let mut follower = watcher.open(&plant.context).await.unwrap();
    let first_half = records.len() - (records.len() - 3) / 2;
    plant.step(follower.as_mut(), &records[..first_half]).await;
    let once = plant.alerts().await;
    plant.step(follower.as_mut(), &records[first_half..]).await;
    assert_eq!(plant.alerts().await, once);
    assert_eq!(plant.get("spc/charts/force").await["late"], 17);
}

#[tokio::test]
async fn a_chart_defined_anew_begins_anew_and_a_removed_one_is_gone() {
    let plant = defined().await;
    readings(&plant).await;
    plant.clock.fetch_add(1_000_000, Ordering::Relaxed);
    plant.put("spc/charts/force", &CHART.replace("\"sigma\":1", "\"sigma\":2")).await;
    plant.post_readings("press1.force", 100, &[10.0, 17.0]).await;
    plant.send(Delete, "spc/charts/speed", "").await.unwrap();
    let watcher = watcher();
    let mut follower = watcher.open(&plant.context).await.unwrap();
    plant.step(follower.as_mut(), &plant.records(watcher.as_ref()).await).await;
    let chart = plant.get("spc/charts/force").await;
    assert_eq!((&chart["version"], chart["points"].as_array().map(Vec::len)), (&json!(2), Some(2)));
    assert_eq!(
        plant.send(theriac_platform::http::Method::Get, "spc/charts/speed", "").await.unwrap_err().status(),
        404
    );
}

#[tokio::test]
async fn evaluation_stores_nothing_and_lists_are_paged() {
    let plant = defined().await;
    let body = r#"{"values":[10,10,14,10]}"#;
    let evaluation = plant.send(Post, "spc/charts/force/evaluate", body).await.unwrap();
    assert_eq!(evaluation["violations"][0]["index"], 3);
    let once = r#"{"chart":{"kind":"i-mr","limits":{"center":10,"sigma":1}},"values":[10,10,14,10]}"#;
    let same = plant.send(Post, "spc/evaluate", once).await.unwrap();
    assert_eq!(same["violations"], evaluation["violations"]);
    assert_eq!(plant.get("spc/charts/force").await["points"], json!([]));
    let page = plant.get("spc/charts?count=1").await;
    assert_eq!((&page["charts"][0]["id"], &page["next"]), (&json!("force"), &json!("speed")));
    let page = plant.get("spc/charts?count=1&from=speed").await;
    assert_eq!((&page["charts"][0]["id"], page.get("next")), (&json!("speed"), None));
}

#[tokio::test]
async fn an_alert_is_acknowledged_once_and_with_a_reason() {
    let plant = defined().await;
    plant.post_readings("press1.force", 0, &[16.0]).await;
    let watcher = watcher();
    let mut follower = watcher.open(&plant.context).await.unwrap();
    plant.step(follower.as_mut(), &plant.records(watcher.as_ref()).await).await;
    let open = plant.get("alerts?state=open&count=1").await;
    let id = open["alerts"][0]["id"].as_str().unwrap().to_owned();
    assert!(open["next"].is_string(), "the chart's own alert follows: {open}");
    let next = plant.get(&format!("alerts?state=open&count=1&from={}", open["next"].as_str().unwrap())).await;
    assert_ne!(next["alerts"][0]["id"], json!(id));
    let path = format!("alerts/{id}/acknowledge");
    assert_eq!(plant.send(Post, &path, r#"{"reason":""}"#).await.unwrap_err().status(), 400);
    let done = plant.send(Post, &path, r#"{"reason":"die cleaned"}"#).await.unwrap();
    assert_eq!((&done["state"], &done["acknowledgedBy"]), (&json!("acknowledged"), &json!("test")));
    let again = plant.send(Post, &path, r#"{"reason":"die cleaned"}"#).await.unwrap_err();
    assert!(again.status() == 409 && again.message.contains("by test at"), "{again}");
    assert_eq!(plant.get(&format!("alerts/{id}")).await["reason"], "die cleaned");
    assert_eq!(plant.get("alerts?state=acknowledged").await["alerts"][0]["id"], json!(id));
}

#[tokio::test]
async fn another_site_sees_neither_chart_nor_alert() {
    let plant = Plant::open().await;
    for (id, level, parent) in
        [("basel", "Site", ""), ("solids", "Area", "basel"), ("line1", "ProductionLine", "solids")]
    {
        let parent = if parent.is_empty() { String::new() } else { format!(",\"parent\":\"{parent}\"") };
        plant
            .put(
                &format!("isa95/equipment/{id}"),
                &format!("{{\"id\":\"{id}\",\"equipmentLevel\":\"{level}\"{parent}}}"),
            )
            .await;
    }
    let press = PRESS.replace("\"properties\"", "\"parent\":\"line1\",\"properties\"");
    plant.put("isa95/equipment/press1", &press).await;
    plant.put("spc/charts/force", CHART).await;
    plant.post_readings("press1.force", 0, &[16.0]).await;
    let watcher = watcher();
    let mut follower = watcher.open(&plant.context).await.unwrap();
    plant.step(follower.as_mut(), &plant.records(watcher.as_ref()).await).await;
    let alert = format!("alerts/{}", plant.alerts().await[0]["id"].as_str().unwrap());
    for (site, seen) in [("basel", true), ("visp", false)] {
        let mut grant = theriac_access::Grant::new(theriac_access::Role::Operator, "op", "plant7");
        grant.site = Some(site.to_owned());
        let context = theriac_platform::Context { grant: Arc::new(grant), ..plant.context.clone() };
        for path in [&alert, "spc/charts/force", "isa95/equipment/press1", "isa95/readings?property=press1.force"] {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let request = theriac_platform::http::Request::new(
                theriac_platform::http::Method::Get,
                format!("/plant7/{path}"),
                query,
            );
            let answer = plant.call(&context, request).await;
            assert_eq!(
                answer.map(|a| a.status).unwrap_or_else(|e| e.status()),
                if seen { 200 } else { 404 },
                "{site} {path}"
            );
        }
        for (path, list) in [("alerts", "alerts"), ("spc/charts", "charts"), ("isa95/equipment", "equipment")] {
            let request = theriac_platform::http::Request::new(
                theriac_platform::http::Method::Get,
                format!("/plant7/{path}"),
                "",
            );
            let page = plant.call(&context, request).await.unwrap();
            let page: Value = serde_json::from_slice(page.body.bytes().unwrap()).unwrap();
            assert_eq!(page[list].as_array().is_some_and(|l| !l.is_empty()), seen, "{site} {path}");
        }
    }
    assert_eq!(plant.send(Put, "spc/charts/x", "{}").await.unwrap_err().status(), 400);
}

const TOGETHER: &str =
    r#"{"property":"press1.force","with":["press1.speed"],"kind":"t2","phase1":{"first":1,"last":12}}"#;

#[tokio::test]
async fn properties_that_part_raise_an_alert_that_says_which() {
    let plant = Plant::open().await;
    plant.put("isa95/equipment/press1", PRESS).await;
    plant.put("spc/charts/both", TOGETHER).await;
    let force: Vec<f64> = (0..16).map(|i| 10.0 + f64::from((i * 7) % 5)).collect();
    let speed: Vec<f64> = force.iter().zip(0..).map(|(force, i)| 2.0 * force + f64::from((i * 5) % 3)).collect();
    plant.post_readings("press1.force", 0, &force).await;
    plant.post_readings("press1.speed", 0, &speed).await;
    plant.post_readings("press1.speed", 16, &[20.0]).await;
    plant.post_readings("press1.force", 16, &[14.0]).await;
    let watcher = watcher();
    let mut follower = watcher.open(&plant.context).await.unwrap();
    plant.step(follower.as_mut(), &plant.records(watcher.as_ref()).await).await;
    let alerts: Vec<Value> = plant.alerts().await.into_iter().filter(|a| a["evidence"]["chart"] == "both").collect();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!(alerts[0]["subject"], "press1.force");
    let blamed = alerts[0]["evidence"]["contributions"].as_object().unwrap();
    assert_eq!(blamed.keys().collect::<Vec<_>>(), ["press1.force", "press1.speed"]);
    let chart = plant.get("spc/charts/both").await;
    assert_eq!((&chart["phase"], &chart["violations"][0]["index"]), (&json!(2), &json!(17)));
}

#[tokio::test]
async fn other_rules_are_tried_on_the_stored_history_without_storing_anything() {
    let plant = defined().await;
    readings(&plant).await;
    let ask = async |body: &str| plant.send(Post, "spc/charts/force/backtest", &body.replace('\'', "\"")).await;
    let day = "'from':'2026-11-20T00:00:00Z','to':'2026-11-21T00:00:00Z'";
    let strict = ask(&format!("{{{day},'rules':['we1']}}")).await.unwrap();
    assert_eq!(strict["readings"], 17);
    let current = &strict["current"];
    let upper = current["first"].as_array().unwrap().iter().filter(|e| e["plot"] == "primary" && e["rule"] == "we1");
    assert_eq!((&current["rules"], upper.count()), (&json!(["we1", "we2", "we3", "we4"]), 3));
    assert_eq!(strict["proposed"]["rules"], json!(["we1"]));
    assert!(strict["proposed"]["episodes"].as_u64() < current["episodes"].as_u64(), "{strict}");
    let wide = ask(&format!(
        "{{{day},'settings':{{'property':'press1.force','kind':'i-mr','limits':{{'center':10,'sigma':100}}}}}}"
    ))
    .await;
    assert_eq!(wide.unwrap()["proposed"]["episodes"], 0);
    assert_eq!(
        ask("{'from':'2026-11-20T09:00:00Z','to':'2026-11-21T00:00:00Z','rules':['we1']}").await.unwrap()["readings"],
        0
    );
    assert!(plant.alerts().await.is_empty(), "no worker has run");
    for (body, word) in [
        (format!("{{{day}}}"), "either 'rules' or 'settings'"),
        (format!("{{{day},'settings':{{'property':'press1.speed','kind':'i-mr'}}}}"), "other properties"),
        ("{'from':'monday','to':'2026-11-21T00:00:00Z','rules':[]}".to_owned(), "RFC 3339"),
    ] {
        let error = ask(&body).await.unwrap_err();
        assert!(error.to_string().contains(word), "{body}: {error}");
    }
}

/// One point beyond three sigma at this second, and the rounds after it.
async fn beyond(plant: &Plant, follower: &mut dyn theriac_ledger::Follower, from: &mut u64, second: i64) {
    plant.post_readings("press1.force", second, &[14.5, 10.0]).await;
    let records = plant.records(watcher().as_ref()).await;
    let new: Vec<_> = records.iter().filter(|record| record.position >= *from).cloned().collect();
    *from = records.last().map_or(*from, |record| record.position + 1);
    plant.step(follower, &new).await;
}

async fn rounds(plant: &Plant) {
    for round in theriac_alerts::rounds() {
        round.round(&plant.context).await.unwrap();
    }
}

async fn states(plant: &Plant) -> Vec<(String, String)> {
    let alerts = plant.alerts().await.into_iter().filter(|a| a["rule"] == "we1" && a["evidence"]["plot"] == "primary");
    alerts.map(|a| (a["state"].as_str().unwrap().to_owned(), a["level"].to_string())).collect()
}

#[tokio::test]
async fn a_shelved_alarm_is_recorded_and_comes_back_when_its_time_is_over() {
    let plant = defined().await;
    let mut follower = watcher().open(&plant.context).await.unwrap();
    let mut from = 0;
    beyond(&plant, follower.as_mut(), &mut from, 0).await;
    let id =
        plant.alerts().await.into_iter().find(|a| a["rule"] == "we1" && a["evidence"]["plot"] == "primary").unwrap();
    let path = format!("alerts/{}", id["id"].as_str().unwrap());
    let body = r#"{"until":"2026-11-20T09:00:00Z","reason":"gauge is being calibrated"}"#;
    let shelved = plant.send(Post, &format!("{path}/shelve"), body).await.unwrap();
    assert_eq!(
        (&shelved["state"], &shelved["shelf"]["reason"]),
        (&json!("shelved"), &json!("gauge is being calibrated"))
    );
    beyond(&plant, follower.as_mut(), &mut from, 10).await;
    let shelf = |level: &str| vec![("shelved".to_owned(), level.to_owned()); 2];
    assert_eq!(states(&plant).await, shelf("null"));
    rounds(&plant).await;
    assert_eq!(states(&plant).await, shelf("null"), "its time is not over");
    plant.clock.fetch_add(3_600_000_000, Ordering::SeqCst);
    rounds(&plant).await;
    assert_eq!(states(&plant).await, vec![("open".to_owned(), "null".to_owned()); 2]);
    let unshelve = plant.send(Post, &format!("{path}/unshelve"), "").await;
    assert!(unshelve.unwrap_err().message.contains("not on the shelf"));
    plant.send(Post, &format!("{path}/acknowledge"), r#"{"reason":"calibrated"}"#).await.unwrap();
    let again = plant.send(Post, &format!("{path}/shelve"), &body.replace("09:00", "09:30")).await.unwrap_err();
    assert!(again.message.contains("was acknowledged"), "{again}");
}

#[tokio::test]
async fn an_alert_nobody_answers_is_escalated_step_by_step() {
    let plant = defined().await;
    let steps = r#"{"steps":[{"after":"PT5M","to":"quality"},{"after":"PT10M","to":"administrator"}]}"#;
    plant.put("alerts/escalation", steps).await;
    let mut follower = watcher().open(&plant.context).await.unwrap();
    let mut from = 0;
    beyond(&plant, follower.as_mut(), &mut from, 0).await;
    let level = |level: &str| vec![("open".to_owned(), level.to_owned())];
    for (minutes, expected) in [(4, "null"), (1, "1"), (1, "1"), (4, "2"), (60, "2")] {
        plant.clock.fetch_add(minutes * 60_000_000, Ordering::SeqCst);
        rounds(&plant).await;
        rounds(&plant).await;
        assert_eq!(states(&plant).await, level(expected), "after {minutes} more minutes");
    }
    let alert = plant.alerts().await.into_iter().find(|a| a["rule"] == "we1").unwrap();
    assert_eq!(alert["escalatedTo"], "administrator");
    beyond(&plant, follower.as_mut(), &mut from, 5_000).await;
    let id = plant.alerts().await[0]["id"].as_str().unwrap().to_owned();
    plant.send(Post, &format!("alerts/{id}/acknowledge"), r#"{"reason":"seen"}"#).await.unwrap();
    plant.clock.fetch_add(3_600_000_000, Ordering::SeqCst);
    rounds(&plant).await;
    let settled = plant.get(&format!("alerts/{id}")).await;
    assert_eq!((&settled["state"], &settled["level"]), (&json!("acknowledged"), &Value::Null));
}

#[tokio::test]
async fn an_alert_tells_batch_phase_and_the_version_of_the_limits() {
    let plant = defined().await;
    for (kind, id) in [("workMasters", "compress"), ("materialLots", "B7")] {
        plant.put(&format!("isa95/{kind}/{id}"), &json!({ "id": id }).to_string()).await;
    }
    let response = json!({ "id": "R1", "startTime": "2026-11-20T08:00:05Z", "endTime": "2026-11-20T08:00:08Z",
        "workMasterID": "compress", "equipmentActual": [{ "id": "1", "equipmentID": ["press1"] }],
        "materialActual": [{ "id": "1", "materialLotID": ["B7"], "materialUse": "Produced" }] });
    plant.put("isa95/jobResponses/R1", &response.to_string()).await;
    readings(&plant).await;
    let watcher = watcher();
    let mut follower = watcher.open(&plant.context).await.unwrap();
    plant.step(follower.as_mut(), &plant.records(watcher.as_ref()).await).await;
    let alerts = plant.alerts().await;
    let of_limit: Vec<_> =
        alerts.iter().filter(|alert| alert["rule"] == "limit").map(|alert| &alert["evidence"]).collect();
    let said = |evidence: &Value| [&evidence["batch"], &evidence["phase"], &evidence["limitVersion"]].map(Clone::clone);
    assert_eq!(said(of_limit[0]), [Value::Null, Value::Null, json!(1)], "at second 9, when nothing ran");
    assert_eq!(said(of_limit[1]), [json!("B7"), json!("compress"), json!(1)], "at second 6");
    let charted = alerts.iter().find(|a| a["evidence"]["chart"] == "force" && brief(a).1.contains("08:00:06")).unwrap();
    assert_eq!(said(&charted["evidence"]), [json!("B7"), json!("compress"), json!(1)]);
}
