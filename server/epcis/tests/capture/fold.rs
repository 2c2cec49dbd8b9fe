//! The law of the fold: however a stream of events is cut into documents and takes, the items come out
//! as from a replay of all events in order.

use crate::house::{House, document};
use crate::{bottle, object, pack};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::HashMap;
use theriac_core::json;
use theriac_epcis::item::{Item, refold};
use theriac_epcis::{Event, Namespaces};

const CASES: [&str; 2] = ["urn:epc:id:sscc:4012345.0000000111", "urn:epc:id:sscc:4012345.0000000222"];

fn event() -> impl Strategy<Value = Value> {
    (0..6u32, 0..40u32, 0..4u32, 0..2usize).prop_map(|(kind, at, item, case)| {
        let one = bottle(item);
        match kind {
            0 => object(at, "ADD", "commissioning", &[&one]),
            1 => object(at, "OBSERVE", "shipping", &[&one, CASES[case]]),
            2 => pack(at, "ADD", CASES[case], &[&one]),
            3 => pack(at, "DELETE", CASES[case], &[&one]),
            4 => pack(at, "DELETE", CASES[case], &[]),
            _ => object(at, "OBSERVE", "storing", &[&one]),
        }
    })
}

/// Events, each with: does a document end after it, does a take end after it?
fn stream() -> impl Strategy<Value = Vec<(Value, bool, bool)>> {
    prop::collection::vec((event(), any::<bool>(), any::<bool>()), 1..24)
}

fn numbered(stream: &[(Value, bool, bool)]) -> Vec<Value> {
    let with_id =
        |(n, (event, ..)): (usize, &(Value, bool, bool))| crate::with(event.clone(), "eventID", format!("urn:e:{n}"));
    stream.iter().enumerate().map(with_id).collect()
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

fn replayed(stream: &[(Value, bool, bool)]) -> HashMap<String, Item> {
    let texts: Vec<String> = numbered(stream).iter().map(Value::to_string).collect();
    let nodes: Vec<_> = texts.iter().map(|t| json::parse(t.as_bytes()).unwrap()).collect();
    let spaces = Namespaces::default();
    let read = |node| {
        let event = Event::read(node, "$", &spaces).unwrap();
        let id = event.event_id().unwrap().to_owned();
        (event, id)
    };
    refold(&nodes.iter().map(read).collect::<Vec<_>>())
}

/// What the address tells, beside what the item itself holds.
async fn same(house: &House, expected: &HashMap<String, Item>) {
    for (epc, item) in expected {
        let told = house.get(&format!("/items/{}", crate::house::encoded(epc))).await.json();
        assert_eq!(told["state"], serde_json::json!(item.state.get()), "{epc}");
        assert_eq!(told["parent"], serde_json::json!(item.parent.get()), "{epc}");
        assert_eq!(told["revision"], serde_json::json!(item.revision), "{epc}");
        assert_eq!(told["lastEvent"]["eventID"], serde_json::json!(item.last_event.get()), "{epc}");
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
            same(&house, &replayed(&stream)).await;
        });
    }
}
