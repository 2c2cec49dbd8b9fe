//! The whole line: job, sealer, worker, sealer, and what the ledger then tells.

use crate::house::{House, document};
use crate::{BOTTLE, CASE, bottle, object, pack, with};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use theriac_access::Role;
use theriac_ledger::feed::Feed;
use theriac_ledger::{Ledger, Record};
use theriac_platform::http::{Method, Request, Router};
use theriac_platform::{Cursors, Tickets};
use tokio::sync::watch;

/// Sealed entries of events, once there are so many.
async fn events(ledger: &Ledger, house: &House, wanted: usize) -> Vec<Arc<Record>> {
    for _ in 0..200 {
        let segments = ledger.read(&house.context.db, 0).await.unwrap();
        let records = segments.iter().flat_map(|s| s.records.clone()).filter(|r| r.topic == "epcis.event");
        let records: Vec<_> = records.collect();
        if records.len() >= wanted {
            return records;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{wanted} events were not sealed in ten seconds")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_stands_in_the_ledger_with_its_parties_and_items() {
    let house = House::new().await;
    let ledger = house.ledger.clone();
    let (stop, stopped) = watch::channel(false);
    let sealing = tokio::spawn(theriac_ledger::sealer::run(ledger.clone(), stopped.clone()));
    let worker = theriac_epcis::workers(&house.epcis).remove(0);
    let working = tokio::spawn(theriac_ledger::follow::run(ledger.clone(), worker, stopped));

    let shipped = with(
        object(3, "OBSERVE", "shipping", &[CASE]),
        "destinationList",
        json!([{ "type": "owning_party", "destination": "urn:epc:id:pgln:4000001.98765" }]),
    );
    let packed = [object(1, "ADD", "commissioning", &[BOTTLE]), pack(2, "ADD", CASE, &[BOTTLE, &bottle(2)])];
    let sender = house.as_role(Role::Administrator, &[]);
    for body in [document(&packed), document(&[shipped])] {
        assert_eq!(house.post_as(&sender, "/capture", body, &[]).await.status, 202);
    }
    let records = events(&ledger, &house, 3).await;
    let _stopped = stop.send(true);
    let _ended = tokio::join!(sealing, working);

    let told: Vec<Value> =
        records.iter().map(|r| serde_json::from_str(r.data.as_ref().unwrap().get()).unwrap()).collect();
    assert_eq!(records[2].labels, ["gln/4000001987658"]);
    assert!(records.iter().all(|r| r.action == "capture" && r.subject.starts_with("ni:///sha-256;")));
    assert_eq!(told[0]["items"][0]["state"]["state"], "commissioned");
    assert_eq!(told[1]["items"].as_array().unwrap().len(), 3);
    let bottle = told[1]["items"].as_array().unwrap().iter().find(|i| i["epc"] == crate::BOTTLE_LINK).unwrap();
    // What the feed tells is what the address tells of that moment.
    let then = format!("/items/{BOTTLE}?at={}", crate::house::minute(2));
    assert_eq!((&bottle["role"], &bottle["state"]), (&json!("child"), &house.get(&then).await.json()));
    assert_eq!(told[2]["bizStep"], "shipping");
    let entries = entries(ledger, &house).await;
    let event = entries.iter().find(|leaf| leaf["topic"] == "epcis.event").unwrap();
    // Not the worker: whoever sent the document, by the request it came with.
    assert_eq!((&event["actor"]["subject"], &event["request"]), (&json!("other"), &json!("r1")));
    assert_eq!(event["hash"].as_str().unwrap().len(), 64);
}

/// The ledger as its own address tells it.
async fn entries(ledger: Arc<Ledger>, house: &House) -> Vec<Value> {
    let tickets = Arc::new(Tickets::open(None, house.context.clock.clone()).await.unwrap());
    let feed = Feed::new(ledger, Cursors::new(b"secret"), tickets);
    let router = Router::new(theriac_ledger::routes::routes(&feed));
    let path = format!("/{}/ledger/entries", house.context.tenant.name);
    let reply = House::send_to(&router, &house.context, Request::new(Method::Get, path, "from=0")).await;
    let texts = reply.json()["entries"].as_array().unwrap().clone();
    texts.iter().map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap()).collect()
}
