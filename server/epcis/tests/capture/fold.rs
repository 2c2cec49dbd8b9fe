//! The law of the fold: however a stream of events is cut into documents and takes, the items come out
//! as from a replay of all events in order.

use crate::house::{House, document, minute};
use crate::{bottle, object, pack, with};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use theriac_core::json;
use theriac_epcis::item::{Item, inherit, refold};
use theriac_epcis::{Event, Namespaces};

const CASES: [&str; 2] = ["urn:epc:id:sscc:4012345.0000000111", "urn:epc:id:sscc:4012345.0000000222"];

const PALLET: &str = "urn:epc:id:sscc:4012345.0000000999";

fn traded(event: Value, to: &str) -> Value {
    let event =
        with(event, "sourceList", json!([{ "type": "owning_party", "source": "urn:epc:id:pgln:4012345.00001" }]));
    with(event, "destinationList", json!([{ "type": "possessing_party", "destination": to }]))
}

fn event() -> impl Strategy<Value = Value> {
    (0..12u32, 0..40u32, 0..4u32, 0..2usize).prop_map(|(kind, at, item, case)| {
        let one = bottle(item);
        match kind {
            0 => object(at, "ADD", "commissioning", &[&one]),
            1 => object(at, "OBSERVE", "shipping", &[&one, CASES[case]]),
            2 | 3 => pack(at, "ADD", CASES[case], &[&one]),
            4 => pack(at, "DELETE", CASES[case], &[&one]),
            5 => pack(at, "DELETE", CASES[case], &[]),
            6 => pack(at, "ADD", PALLET, &[CASES[case]]),
            7 => pack(at, "DELETE", PALLET, &[CASES[case]]),
            8 => traded(object(at, "OBSERVE", "shipping", &[PALLET]), "urn:epc:id:pgln:4000001.98765"),
            9 => traded(object(at, "OBSERVE", "receiving", &[CASES[case]]), "urn:epc:id:pgln:4000001.98766"),
            10 => with(
                object(at, "OBSERVE", "inspecting", &[&one]),
                "persistentDisposition",
                json!({ "set": ["recalled"] }),
            ),
            _ => object(at, "OBSERVE", "storing", &[&one]),
        }
    })
}

/// Events, each with: does a document end after it, does a take end after it?
fn stream() -> impl Strategy<Value = Vec<(Value, bool, bool)>> {
    prop::collection::vec((event(), any::<bool>(), any::<bool>()), 1..30)
}

/// Every seventh event is not one of its own: it declares wrong the one three before.
fn numbered(stream: &[(Value, bool, bool)]) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    for (n, (event, ..)) in stream.iter().enumerate() {
        let wrong = n.checked_sub(3).filter(|_| n % 7 == 6).map(|n| events[n].clone());
        let declared = |event| with(event, "errorDeclaration", json!({ "declarationTime": minute(n as u32) }));
        events.push(wrong.map_or_else(|| with(event.clone(), "eventID", format!("urn:e:{n}")), declared));
    }
    events
}

async fn through_the_store(house: &House, stream: &[(Value, bool, bool)]) {
    let (mut batch, mut jobs) = (Vec::new(), Vec::new());
    for (event, (_, document_ends, take_ends)) in numbered(stream).into_iter().zip(stream) {
        batch.push(event);
        if *document_ends || *take_ends {
            jobs.push(house.submit(document(&std::mem::take(&mut batch)), "rollback").await);
        }
        if *take_ends {
            house.work(&std::mem::take(&mut jobs)).await.unwrap();
        }
    }
    if !batch.is_empty() {
        jobs.push(house.submit(document(&batch), "rollback").await);
    }
    house.work(&jobs).await.unwrap();
}

fn replayed(events: &[Value]) -> HashMap<String, Item> {
    let texts: Vec<String> = events.iter().map(Value::to_string).collect();
    let nodes: Vec<_> = texts.iter().map(|t| json::parse(t.as_bytes()).unwrap()).collect();
    let spaces = Namespaces::default();
    let read = |node| {
        let event = Event::read(node, "$", &spaces).unwrap();
        let id = event.event_id().unwrap().to_owned();
        (event, id)
    };
    refold(&nodes.iter().map(read).collect::<Vec<_>>())
}

/// The events in the order of the ledger's entries, once all are sealed.
async fn sealed(house: &House, stream: &[(Value, bool, bool)]) -> Vec<Value> {
    let known: HashMap<(String, bool), Value> = numbered(stream)
        .into_iter()
        .map(|event| ((event["eventID"].as_str().unwrap().to_owned(), event.get("errorDeclaration").is_some()), event))
        .collect();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let sealing = tokio::spawn(theriac_ledger::sealer::run(house.ledger.clone(), stopped));
    for _ in 0..400 {
        let segments = house.ledger.read(&house.context.db, 0).await.unwrap();
        let records = segments.iter().flat_map(|s| s.records.iter()).filter(|r| r.topic == "epcis.event");
        let said = |record: &theriac_ledger::Record| {
            let declares = record.data.as_ref().is_some_and(|data| data.get().contains("\"errorDeclaration\":true"));
            known[&(record.subject.clone(), declares)].clone()
        };
        let events: Vec<Value> = records.map(|record| said(record)).collect();
        if events.len() == known.len() {
            stop.send(true).unwrap();
            sealing.await.unwrap().unwrap();
            return events;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{} events were not sealed in ten seconds", known.len())
}

/// What the address tells, beside what the item itself holds.
async fn same(house: &House, expected: &HashMap<String, Item>) {
    for (epc, item) in expected {
        let item = inherit::derived(item, expected);
        let told = house.get(&format!("/items/{}", crate::house::encoded(epc))).await.json();
        assert_eq!(told["state"], item.state().as_str(), "{epc}");
        assert_eq!(told["holder"], json!(item.holder()), "{epc}");
        assert_eq!(told["carriedBy"], json!(item.carried_by), "{epc}");
        assert_eq!(told["parent"], json!(item.parent.get()), "{epc}");
        assert_eq!(told["revision"], json!(item.revision), "{epc}");
        assert_eq!(told["lastEvent"]["eventID"], json!(item.last_event.get()), "{epc}");
        let past = house.get(&format!("/items/{}?at=2027-01-01T00:00:00Z", crate::house::encoded(epc))).await.json();
        assert_eq!(past, told, "{epc}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_of_the_stream_folds_to_the_same_items(stream in stream()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let house = House::new().await;
            through_the_store(&house, &stream).await;
            same(&house, &replayed(&numbered(&stream))).await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_replay_of_the_ledger_gives_the_same_items(stream in stream()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let house = House::new().await;
            through_the_store(&house, &stream).await;
            same(&house, &replayed(&sealed(&house, &stream).await)).await;
        });
    }
}
