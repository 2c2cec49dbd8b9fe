//! EPCIS 2.0 capture, query and item state, <https://ref.gs1.org/standards/epcis/>.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_tests::sample::{commissioning, epcis_document, packing, sgtin, shipping};
use theriac_tests::{World, expect};

const FIRST: &str = "2026-01-01T08:00:00.000Z";
const SECOND: &str = "2026-01-02T08:00:00.000Z";
const THIRD: &str = "2026-01-03T08:00:00.000Z";

async fn capture(world: &World, events: &[Value]) {
    let epcis = world.administrator.epcis();
    let job = epcis.capture_and_wait(&epcis_document(events), expect::SOON).await.unwrap();
    assert!(job.success, "{:?}", job.errors);
}

#[tokio::test]
async fn a_captured_event_is_found_with_its_hash_id() {
    let world = World::new("acme").await;
    let epc = sgtin("1");
    capture(&world, &[commissioning(&epc, FIRST)]).await;
    let events = world.administrator.epcis().events(&[("MATCH_epc", &epc)]).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["bizStep"], &events[0]["action"]), (&json!("commissioning"), &json!("ADD")));
    let id = events[0]["eventID"].as_str().unwrap();
    assert!(id.starts_with("ni:///sha-256;") && id.contains("?ver=CBV2"), "{id}");
}

#[tokio::test]
async fn the_same_document_twice_is_one_event() {
    let world = World::new("acme").await;
    let event = commissioning(&sgtin("1"), FIRST);
    capture(&world, std::slice::from_ref(&event)).await;
    let _ = world.administrator.epcis().capture_and_wait(&epcis_document(&[event]), expect::SOON).await.unwrap();
    assert_eq!(world.administrator.epcis().events(&[]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn each_query_parameter_finds_what_it_should() {
    let world = World::new("acme").await;
    let (one, two) = (sgtin("1"), sgtin("2"));
    capture(&world, &[commissioning(&one, FIRST), commissioning(&two, SECOND), shipping(&one, THIRD)]).await;
    let cases: &[(&[(&str, &str)], usize)] = &[
        (&[], 3),
        (&[("eventType", "ObjectEvent")], 3),
        (&[("eventType", "AggregationEvent")], 0),
        (&[("EQ_bizStep", "shipping")], 1),
        (&[("EQ_bizStep", "shipping|commissioning")], 3),
        (&[("EQ_action", "ADD")], 2),
        (&[("EQ_disposition", "in_transit")], 1),
        (&[("MATCH_epc", &one)], 2),
        (&[("MATCH_epc", "urn:epc:idpat:sgtin:0614141.107346.*")], 3),
        (&[("GE_eventTime", SECOND)], 2),
        (&[("LT_eventTime", SECOND)], 1),
        (&[("GE_eventTime", SECOND), ("EQ_action", "ADD")], 1),
        (&[("EQ_bizLocation", "urn:epc:id:sgln:0614141.00001.0")], 2),
        (&[("perPage", "1")], 3),
    ];
    for (parameters, expected) in cases {
        let events = world.administrator.epcis().events(parameters).await;
        let events = events.unwrap_or_else(|e| panic!("{parameters:?}: {e}"));
        assert_eq!(events.len(), *expected, "{parameters:?}");
    }
}

#[tokio::test]
async fn what_the_top_names_is_served() {
    let world = World::new("acme").await;
    let names = world.administrator.get("epcis").await.unwrap()["member"].as_array().unwrap().clone();
    assert!(names.len() > 3, "{names:?}");
    for name in names {
        let path = format!("epcis/{}", name.as_str().unwrap());
        let answer = world.administrator.request(Method::GET, &path, &[], "").await.unwrap();
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn an_item_has_the_state_of_its_last_event() {
    let world = World::new("acme").await;
    let epc = sgtin("1");
    capture(&world, &[commissioning(&epc, FIRST), shipping(&epc, THIRD)]).await;
    let item = world.administrator.epcis().item(&epc).await.unwrap();
    assert_eq!(item["disposition"], "in_transit", "{item}");
    let before = world.administrator.epcis().item_at(&epc, SECOND).await.unwrap();
    assert_eq!(before["disposition"], "active", "{before}");
    let unknown = world.administrator.epcis().item(&sgtin("never")).await.unwrap_err();
    assert_eq!((unknown.status(), unknown.code()), (Some(404), Some("NoSuchResourceException")));
}

#[tokio::test]
async fn a_late_event_does_not_overrule_a_later_one() {
    let world = World::new("acme").await;
    let epc = sgtin("1");
    capture(&world, &[shipping(&epc, THIRD)]).await;
    capture(&world, &[commissioning(&epc, FIRST)]).await;
    let item = world.administrator.epcis().item(&epc).await.unwrap();
    assert_eq!(item["disposition"], "in_transit", "{item}");
}

#[tokio::test]
async fn a_packed_item_knows_its_parent() {
    let world = World::new("acme").await;
    let (epc, case) = (sgtin("1"), "urn:epc:id:sscc:0614141.1234567890");
    capture(&world, &[commissioning(&epc, FIRST), packing(case, &[&epc], SECOND)]).await;
    // Items are named by their GS1 Digital Link, in whatever form their events came.
    let (item, parent) = ("https://id.gs1.org/01/10614141073464/21/1", "https://id.gs1.org/00/106141412345678908");
    assert_eq!(world.administrator.epcis().item(&epc).await.unwrap()["parent"], parent);
    assert_eq!(world.administrator.epcis().item(item).await.unwrap()["parent"], parent);
    let children = world.administrator.get("epcis/items/urn%3Aepc%3Aid%3Asscc%3A0614141.1234567890/children").await;
    assert!(children.as_ref().is_ok_and(|list| list.to_string().contains(item)), "{children:?}");
}
