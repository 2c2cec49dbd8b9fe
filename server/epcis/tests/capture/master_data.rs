//! Queries that ask master data what a place is below of, and which attributes it has.

use crate::house::{House, document};
use crate::{bottle, object, with};
use serde_json::{Value, json};

const PLANT: &str = "urn:epc:id:sgln:4012345.00005.0";
const DOCK: &str = "urn:epc:id:sgln:4012345.00005.7";
const OTHER: &str = "urn:epc:id:sgln:4012345.00006.0";

fn at(n: u32, place: &str) -> Value {
    let event = with(object(n, "OBSERVE", "storing", &[&bottle(n)]), "eventID", format!("urn:e:{n}"));
    with(with(event, "bizLocation", json!({ "id": place })), "readPoint", json!({ "id": place }))
}

fn master() -> Value {
    json!([{ "type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": [
        { "id": PLANT, "attributes": [{ "id": "cbvmda:city", "attribute": "Bonn" }], "children": [DOCK] },
        { "id": DOCK, "attributes": [{ "id": "cbvmda:siteLocation", "attribute": "dock" }] }] }])
}

#[tokio::test]
async fn a_query_follows_the_hierarchy_and_the_attributes_of_places() {
    let house = House::new().await;
    let mut body: Value = serde_json::from_slice(&document(&[at(1, PLANT), at(2, DOCK), at(3, OTHER)])).unwrap();
    body["epcisHeader"] = json!({ "epcisMasterData": { "vocabularyList": master() } });
    let job = house.capture(body.to_string(), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
    for (query, expected) in [
        (format!("WD_bizLocation={PLANT}"), vec!["urn:e:1", "urn:e:2"]),
        (format!("WD_readPoint={DOCK}|{OTHER}"), vec!["urn:e:2", "urn:e:3"]),
        ("HASATTR_bizLocation=cbvmda:city|cbvmda:siteLocation".to_owned(), vec!["urn:e:1", "urn:e:2"]),
        ("HASATTR_readPoint=cbvmda:siteLocation".to_owned(), vec!["urn:e:2"]),
        ("EQATTR_bizLocation_cbvmda:city=Bonn".to_owned(), vec!["urn:e:1"]),
        ("EQ_ATTR_bizLocation_urn:epcglobal:cbv:mda:city=Ulm|Bonn".to_owned(), vec!["urn:e:1"]),
        ("EQATTR_bizLocation_cbvmda:city=Ulm".to_owned(), vec![]),
        ("HASATTR_bizStep=cbvmda:city".to_owned(), vec![]),
    ] {
        assert_eq!(house.get(&format!("/events?{query}")).await.ids(), expected, "{query}");
    }
    let partner = house.as_role(theriac_access::Role::Partner, &["4012345000061"]);
    assert!(house.get_as(&partner, "/events?HASATTR_bizLocation=cbvmda:city").await.ids().is_empty());
}
