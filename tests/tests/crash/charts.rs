//! Charts that were interrupted again and again, and the same charts of a tenant that was told the same without a pause.

use crate::load::{self, PROPERTY};
use serde_json::{Value, json};
use std::time::Instant;
use theriac_sdk::Client;
use theriac_tests::expect;

/// The first alone raises alerts; the others remember in other ways.
fn all() -> [(&'static str, Value); 5] {
    let given = json!({"center": 20.0, "sigma": 1.0});
    [
        ("c1", json!({"property": PROPERTY, "kind": "i-mr", "rules": ["we1"], "limits": given})),
        (
            "c2",
            json!({"property": PROPERTY, "kind": "xbar-r", "subgroupSize": 4, "rules": [], "secondaryRules": [], "phase1": {"first": 1, "last": 30}}),
        ),
        ("c3", json!({"property": PROPERTY, "kind": "ewma", "rules": [], "limits": given})),
        ("c4", json!({"property": PROPERTY, "kind": "cusum", "rules": [], "limits": given})),
        (
            "c5",
            json!({"property": PROPERTY, "kind": "i-mr", "rules": [], "secondaryRules": [], "phase1": {"first": 1, "last": 50}}),
        ),
    ]
}

pub async fn define(client: &Client) {
    for (id, chart) in all() {
        client.spc().put_chart(id, &chart).await.unwrap();
    }
}

/// Tells the calm tenant all readings that the other has, in the order of their times, which is that of their arrival.
pub async fn compare(disturbed: &Client, calm: &Client) -> String {
    let (mut from, mut count) = (load::moment(0), 0);
    loop {
        let parameters = [("property", PROPERTY), ("from", &from), ("count", "10000")];
        let page = disturbed.isa95().readings(&parameters).await.unwrap();
        let readings = page["readings"].as_array().unwrap();
        let named = |reading: &Value| json!({"property": PROPERTY, "time": reading["time"], "value": reading["value"]});
        let body: Value = readings.iter().map(named).collect();
        assert_eq!(calm.isa95().send_readings(&body).await.unwrap().accepted, readings.len() as u64);
        count += readings.len();
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut from),
            None => break,
        }
    }
    for (id, _) in all() {
        let started = Instant::now();
        loop {
            let (one, other) = (digest(disturbed, id).await, digest(calm, id).await);
            if one == other {
                break;
            }
            assert!(started.elapsed() < expect::SOON, "chart {id}: {one} after {count} readings, undisturbed {other}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
    format!("{} charts are the same to the bit after {count} readings", all().len())
}

async fn digest(client: &Client, id: &str) -> String {
    client.spc().chart(id).await.unwrap()["stateDigest"].as_str().unwrap().to_owned()
}
