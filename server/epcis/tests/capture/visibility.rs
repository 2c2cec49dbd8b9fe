//! What a partner may not see does not exist.

use crate::house::{House, document, encoded};
use crate::{BOTTLE, CASE, bottle, object, pack, with};
use serde_json::{Value, json};
use theriac_access::Role;
use theriac_platform::Context;

const OURS: &str = "urn:epc:id:pgln:4000001.98765";
const OUR_GLN: &str = "4000001987658";

fn for_us(event: Value) -> Value {
    with(event, "destinationList", json!([{ "type": "owning_party", "destination": OURS }]))
}

/// Two bottles made and packed by the seller; one shipment of the first to us, one of the second to others.
async fn house() -> (House, Context) {
    let house = House::new().await;
    let events = [
        with(object(1, "ADD", "commissioning", &[BOTTLE, &bottle(2)]), "eventID", "urn:e:made"),
        with(for_us(object(2, "OBSERVE", "shipping", &[BOTTLE])), "eventID", "urn:e:ours"),
        with(object(3, "OBSERVE", "shipping", &[&bottle(2)]), "eventID", "urn:e:theirs"),
        with(object(4, "OBSERVE", "inspecting", &[BOTTLE]), "eventID", "urn:e:secret"),
    ];
    assert_eq!(house.capture(document(&events), "rollback").await["success"], true);
    let partner = house.as_role(Role::Partner, &[OUR_GLN]);
    (house, partner)
}

#[tokio::test]
async fn a_partner_finds_only_the_events_it_takes_part_in() {
    let (house, partner) = house().await;
    for address in ["/events".to_owned(), "/events?orderBy=eventTime".to_owned(), format!("/epcs/{BOTTLE}/events")] {
        assert_eq!(house.get_as(&partner, &address).await.ids(), ["urn:e:ours"], "{address}");
    }
    assert_eq!(house.get_as(&partner, "/events/urn%3Ae%3Aours").await.status, 200);
    assert_eq!(house.get_as(&partner, "/events/urn%3Ae%3Asecret").await.status, 404);
    assert_eq!(house.get_as(&partner, "/events?maxEventCount=1").await.ids().len(), 1);
    let stranger = house.as_role(Role::Partner, &[]);
    assert!(house.get_as(&stranger, "/events").await.ids().is_empty());
    assert_eq!(house.get_as(&stranger, "/events/urn%3Ae%3Aours").await.status, 404);
    assert_eq!(house.get_as(&stranger, &format!("/items/{BOTTLE}")).await.status, 404);
}

#[tokio::test]
async fn an_item_is_told_by_the_visible_events_alone() {
    let (house, partner) = house().await;
    let item = house.get_as(&partner, &format!("/items/{BOTTLE}")).await.json();
    assert_eq!(
        (&item["state"], &item["lastEvent"]["eventID"], &item["revision"]),
        (&json!("shipped"), &json!("urn:e:ours"), &json!(1))
    );
    for path in ["", "/history", "/children", "/parents", "?at=2026-11-21T00:00:00Z"] {
        assert_eq!(house.get_as(&partner, &format!("/items/{}{path}", bottle(2))).await.status, 404, "{path}");
    }
    assert_eq!(house.get_as(&partner, &format!("/items/{BOTTLE}/history")).await.ids(), ["urn:e:ours"]);
}

#[tokio::test]
async fn a_partner_sees_of_a_case_what_its_own_events_put_in() {
    let (house, partner) = house().await;
    let events = [for_us(pack(5, "ADD", CASE, &[BOTTLE])), pack(6, "ADD", CASE, &[&bottle(2)])];
    assert_eq!(house.capture(document(&events), "rollback").await["success"], true);
    let members = house.get_as(&partner, &format!("/items/{CASE}/children")).await.json()["member"].clone();
    let epcs: Vec<&Value> = members.as_array().unwrap().iter().map(|m| &m["epc"]).collect();
    assert_eq!(epcs, [&json!(crate::BOTTLE_LINK)]);
    let all = house.get(&format!("/items/{CASE}/children")).await.json();
    assert_eq!(all["member"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_partner_captures_as_itself_and_sees_its_own_jobs() {
    let (house, partner) = house().await;
    let foreign = document(&[object(7, "OBSERVE", "receiving", &[BOTTLE])]);
    let reply = house.post_as(&partner, "/capture", foreign, &[]).await;
    let id = reply.header("location").rsplit('/').next().unwrap().to_owned();
    house.work(std::slice::from_ref(&id)).await.unwrap();
    let job = house.get_as(&partner, &format!("/capture/{id}")).await.json();
    assert_eq!(job["errors"][0]["type"], "epcisException:SecurityException");
    let received = document(&[for_us(object(7, "OBSERVE", "receiving", &[BOTTLE]))]);
    let reply = house.post_as(&partner, "/capture", received, &[]).await;
    let id = reply.header("location").rsplit('/').next().unwrap().to_owned();
    house.work(std::slice::from_ref(&id)).await.unwrap();
    assert_eq!(house.get(&format!("/items/{BOTTLE}")).await.json()["state"], "received");
    assert_eq!(house.get("/capture").await.json().as_array().unwrap().len(), 3);
    assert_eq!(house.get_as(&partner, "/capture").await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn tenants_do_not_meet() {
    let (house, _) = house().await;
    let other = house.neighbour().await;
    assert!(other.get("/events").await.ids().is_empty());
    assert_eq!(other.get(&format!("/items/{}", encoded(crate::BOTTLE_LINK))).await.status, 404);
    assert_eq!(house.get("/events").await.ids().len(), 4);
}
