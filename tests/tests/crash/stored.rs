//! What the server has after it came back, asked for piece by piece.

use crate::load::{Batch, Document, PROPERTY, Version, moment};
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};
use theriac_sdk::Client;
use theriac_tests::expect;

/// A version that is there: its subject in the ledger, and the hash of its bytes.
pub struct Found {
    pub subject: String,
    pub hash: String,
}

/// Reads a version back. Its content must be what was sent; without acknowledgement it may be missing.
pub async fn version(client: &Client, sent: &Version) -> Option<Found> {
    let id = match &sent.id {
        Some(id) => id.clone(),
        None => found_by_identifier(client, &sent.family).await?,
    };
    let path = format!("fhir/Patient/{id}/_history/{}", sent.version);
    let answer = client.request(Method::GET, &path, &[], "").await.unwrap();
    if answer.status == 404 {
        assert!(!sent.acknowledged, "{path} was acknowledged and is lost");
        return None;
    }
    let resource: Value = answer.json().unwrap();
    assert_eq!((answer.status, &resource["name"][0]["family"]), (200, &sent.family.as_str().into()), "{path}");
    let hash = Sha256::digest(&answer.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Found { subject: format!("Patient/{id}"), hash })
}

/// The one whose id nobody told us.
async fn found_by_identifier(client: &Client, family: &str) -> Option<String> {
    let bundle = client.fhir().search("Patient", &[("identifier", &format!("mrn-{family}"))]).await.unwrap();
    let ids = expect::ids(&bundle);
    assert!(ids.len() <= 1, "one create made several resources: {ids:?}");
    ids.into_iter().next()
}

/// The ids of a document's events: all of them, or none.
pub async fn document(client: &Client, sent: &Document) -> Vec<String> {
    let mut ids = Vec::new();
    for epc in &sent.epcs {
        let events = client.epcis().events(&[("MATCH_epc", epc)]).await.unwrap();
        assert!(events.len() <= 1, "{epc} was captured {} times", events.len());
        ids.extend(events.iter().filter_map(|event| event["eventID"].as_str()).map(str::to_owned));
        if !events.is_empty() {
            let item = client.epcis().item(epc).await.unwrap();
            assert_eq!(item["disposition"], "active", "{item}");
        }
    }
    let whole = ids.len() == sent.epcs.len();
    assert!(whole || ids.is_empty(), "{:?}: only {ids:?} of one document are there", sent.epcs);
    assert!(whole || !sent.acknowledged, "{:?} were acknowledged and are lost", sent.epcs);
    ids
}

/// Is the batch there? As a whole, or not at all.
pub async fn batch(client: &Client, sent: &Batch) -> bool {
    let (from, to) = (moment(sent.second), moment(sent.second + sent.values.len() as u64));
    let answer = client.isa95().readings(&[("property", PROPERTY), ("from", &from), ("to", &to)]).await.unwrap();
    let values: Vec<f64> = expect::members(&answer, "value").iter().filter_map(Value::as_f64).collect();
    assert!(values == sent.values || values.is_empty() && !sent.acknowledged, "readings from {from}: {values:?}");
    !values.is_empty()
}
