//! Documents that are done in several units.

use crate::house::{House, document, minute};
use crate::{bottle, object, with};
use serde_json::{Value, json};
use std::time::Duration;

/// A little more than one unit.
const MANY: u32 = 5_010;

fn events(bad: Option<u32>) -> Vec<Value> {
    let event = |n| {
        let step = if Some(n) == bad { "flying" } else { "commissioning" };
        json!({ "type": "ObjectEvent", "eventTime": minute(n % 900), "eventTimeZoneOffset": "+00:00", "action": "ADD",
            "bizStep": step, "epcList": [bottle(n)], "eventID": format!("urn:uuid:{n}") })
    };
    (0..MANY).map(event).collect()
}

async fn count(house: &House) -> usize {
    let (mut found, mut address) = (0, Some("/events?perPage=1000".to_owned()));
    while let Some(at) = address {
        let reply = house.get(&at).await;
        found += reply.ids().len();
        address = reply.next();
    }
    found
}

async fn job(house: &House, id: &str) -> Value {
    house.get(&format!("/capture/{id}")).await.json()
}

#[tokio::test]
async fn all_of_a_large_document_is_stored_and_again_nothing_is() {
    let house = House::new().await;
    for _ in 0..2 {
        let id = house.submit(document(&events(None)), "rollback").await;
        house.work_on(std::slice::from_ref(&id), MANY).await.unwrap();
        let job = job(&house, &id).await;
        assert_eq!((&job["success"], &job["running"]), (&json!(true), &json!(false)), "{job}");
        assert_eq!(count(&house).await, MANY as usize);
    }
    let last = house.get(&format!("/items/{}", bottle(MANY - 1))).await.json();
    assert_eq!(last["revision"], 1);
}

#[tokio::test]
async fn one_fault_at_its_end_keeps_out_all_of_a_large_document_or_itself_alone() {
    let house = House::new().await;
    let body = document(&events(Some(MANY - 1)));
    for (behaviour, stored) in [("rollback", 0), ("proceed", MANY as usize - 1)] {
        let id = house.submit(body.clone(), behaviour).await;
        house.work_on(std::slice::from_ref(&id), MANY).await.unwrap();
        let job = job(&house, &id).await;
        assert_eq!((&job["success"], &job["running"]), (&json!(false), &json!(false)), "{job}");
        assert_eq!(job["errors"][0]["instance"], format!("$.epcisBody.eventList[{}].bizStep", MANY - 1));
        assert_eq!(count(&house).await, stored, "{behaviour}");
    }
}

#[tokio::test]
async fn one_id_with_two_contents_is_found_across_the_units_of_a_document() {
    let house = House::new().await;
    let mut all = events(None);
    let last = all.len() - 1;
    all[last] = with(all[last].clone(), "eventID", "urn:uuid:0");
    let id = house.submit(document(&all), "rollback").await;
    house.work_on(std::slice::from_ref(&id), MANY).await.unwrap();
    let job = job(&house, &id).await;
    assert_eq!(job["errors"][0]["type"], "epcisException:ResourceAlreadyExistsException", "{job}");
    assert_eq!(count(&house).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_in_the_middle_goes_on_where_it_was() {
    let house = House::new().await;
    let id = house.submit(document(&events(None)), "rollback").await;
    let jobs = [id.clone()];
    let mut broken = 0;
    for patience in [5, 20, 60, 150, 400, 1_000] {
        let worked = tokio::time::timeout(Duration::from_millis(patience), house.work_on(&jobs, MANY)).await;
        broken += u32::from(worked.is_err());
    }
    house.work_on(&jobs, MANY).await.unwrap();
    assert!(broken > 0);
    assert_eq!(job(&house, &id).await["success"], true);
    assert_eq!(count(&house).await, MANY as usize);
    for n in [0, 4_999, MANY - 1] {
        assert_eq!(house.get(&format!("/items/{}", bottle(n))).await.json()["revision"], 1, "{n}");
    }
}

#[tokio::test]
async fn an_event_with_an_id_of_its_own_waits_while_a_document_is_stored_as_a_whole() {
    let house = House::new().await;
    let id = house.submit(document(&events(None)), "rollback").await;
    let jobs = [id];
    // The first unit says that the document is being judged.
    let working = tokio::time::timeout(Duration::from_millis(40), house.work_on(&jobs, MANY)).await;
    let own = with(object(1, "OBSERVE", "inspecting", &[&bottle(1)]), "@context", json!([]));
    if working.is_err() && job(&house, &jobs[0]).await["running"] == true {
        let reply = house.post("/events", with(own.clone(), "eventID", "urn:uuid:7").to_string()).await;
        assert!(matches!(reply.status, 503 | 201), "{}", reply.status);
        assert_eq!(house.post("/events", own.to_string()).await.status, 201, "its hash id is its own");
    }
    house.work_on(&jobs, MANY).await.unwrap();
    let reply = house.post("/events", with(own, "eventID", "urn:uuid:new").to_string()).await;
    assert_eq!(reply.status, 201);
}
