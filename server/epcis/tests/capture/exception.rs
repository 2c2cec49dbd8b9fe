//! Business faults: kept beside the events, explained by what comes later, resolved by people, refused where the tenant says so.

use crate::house::{House, document, minute};
use crate::{BOTTLE, BOTTLE_LINK, CASE, bottle, object, pack, with};
use serde_json::{Value, json};
use theriac_access::Role;

async fn captured(house: &House, events: &[Value]) {
    let job = house.capture(document(events), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
}

async fn exceptions(house: &House, query: &str) -> Vec<Value> {
    let reply = house.get(&format!("/exceptions?{query}")).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    reply.json()["exceptions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn one_exception_stands_for_a_rule_that_an_event_breaks() {
    let house = House::new().await;
    captured(&house, &[with(object(5, "OBSERVE", "shipping", &[BOTTLE, &bottle(2)]), "eventID", "urn:e:ship")]).await;
    let found = exceptions(&house, "state=open").await;
    assert_eq!(found.len(), 1, "{found:?}");
    let exception = &found[0];
    assert_eq!(
        (&exception["rule"], &exception["severity"], &exception["eventID"], &exception["items"]),
        (&json!("shipped-not-commissioned"), &json!("error"), &json!("urn:e:ship"), &json!(2))
    );
    assert_eq!(exceptions(&house, &format!("epc={BOTTLE}")).await.len(), 1);
    assert!(exceptions(&house, &format!("epc={}", bottle(3))).await.is_empty());
    assert!(exceptions(&house, "rule=two-parents").await.is_empty());
    for bad in ["rule=odd", "state=closed", "count=0", "epcs=1"] {
        assert_eq!(house.get(&format!("/exceptions?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn what_comes_late_explains_what_was_wrong() {
    let house = House::new().await;
    captured(&house, &[object(5, "OBSERVE", "shipping", &[BOTTLE, &bottle(2)])]).await;
    captured(&house, &[object(1, "ADD", "commissioning", &[BOTTLE])]).await;
    let open = exceptions(&house, "state=open").await;
    assert_eq!((open.len(), &open[0]["epcs"]), (1, &json!([bottle_link(2)])), "the other is still unexplained");
    captured(&house, &[object(2, "ADD", "commissioning", &[&bottle(2)])]).await;
    let resolved = exceptions(&house, "state=resolved").await;
    assert_eq!((resolved.len(), &resolved[0]["resolvedBy"]), (1, &json!("theriac")));
    assert!(exceptions(&house, "state=open").await.is_empty());
    // An earlier commissioning turns the later one into a fault.
    captured(&house, &[with(object(0, "ADD", "commissioning", &[BOTTLE]), "eventID", "urn:e:first")]).await;
    let open = exceptions(&house, "state=open").await;
    assert_eq!((&open[0]["rule"], &open[0]["epcs"]), (&json!("commissioned-twice"), &json!([BOTTLE_LINK])));
}

fn bottle_link(n: u32) -> String {
    theriac_epcis::identifier::canonical(&bottle(n)).into_owned()
}

#[tokio::test]
async fn an_event_declared_wrong_takes_its_faults_along() {
    let house = House::new().await;
    let made = object(1, "ADD", "commissioning", &[BOTTLE]);
    let other = "urn:epc:id:sscc:4012345.0000000222";
    let wrong = with(pack(3, "ADD", other, &[BOTTLE]), "eventID", "urn:e:wrong");
    captured(&house, &[made, pack(2, "ADD", CASE, &[BOTTLE]), wrong.clone()]).await;
    assert_eq!(exceptions(&house, "rule=two-parents&state=open").await.len(), 1);
    captured(&house, &[with(wrong, "errorDeclaration", json!({ "declarationTime": minute(4) }))]).await;
    assert!(exceptions(&house, "rule=two-parents&state=open").await.is_empty());
    assert_eq!(exceptions(&house, "eventID=urn:e:wrong&state=resolved").await.len(), 1);
}

#[tokio::test]
async fn a_person_resolves_with_a_reason_and_once() {
    let house = House::new().await;
    captured(&house, &[object(5, "OBSERVE", "shipping", &[BOTTLE])]).await;
    let id = exceptions(&house, "").await[0]["id"].as_str().unwrap().to_owned();
    let resolve = |reason: &'static str| {
        let (house, path) = (&house, format!("/exceptions/{id}/resolve"));
        async move { house.post(&path, json!({ "reason": reason }).to_string()).await }
    };
    assert_eq!(resolve(" ").await.status, 400);
    assert_eq!(resolve("serialised by hand").await.status, 200);
    assert_eq!(resolve("again").await.status, 409);
    let told = house.get(&format!("/exceptions/{id}")).await.json();
    assert_eq!((&told["state"], &told["reason"]), (&json!("resolved"), &json!("serialised by hand")));
    let partner = house.as_role(Role::Partner, &["4000001987658"]);
    assert_eq!(house.get_as(&partner, "/exceptions").await.json()["exceptions"], json!([]));
    assert_eq!(house.get_as(&partner, &format!("/exceptions/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_tenant_refuses_or_ignores_by_code() {
    let house = House::new().await;
    house.choose("epcis.exceptions", "two-parents=refuse,shipped-not-commissioned=off").await;
    captured(&house, &[object(1, "OBSERVE", "shipping", &[&bottle(7)])]).await;
    assert!(exceptions(&house, "").await.is_empty());
    captured(&house, &[object(1, "ADD", "commissioning", &[BOTTLE]), pack(2, "ADD", CASE, &[BOTTLE])]).await;
    let other = "urn:epc:id:sscc:4012345.0000000222";
    let events = [object(3, "ADD", "commissioning", &[&bottle(2)]), pack(4, "ADD", other, &[BOTTLE])];
    let job = house.capture(document(&events), "rollback").await;
    assert_eq!((&job["success"], &job["errors"][0]["instance"]), (&json!(false), &json!("$.epcisBody.eventList[1]")));
    assert!(job["errors"][0]["detail"].as_str().unwrap().starts_with("two-parents: "), "{job}");
    assert_eq!(house.get(&format!("/items/{}", bottle(2))).await.status, 404);
    let job = house.capture(document(&events), "proceed").await;
    assert_eq!(job["success"], false);
    assert_eq!(house.get(&format!("/items/{}", bottle(2))).await.status, 200);
    let item = house.get(&format!("/items/{BOTTLE}")).await.json();
    assert_eq!(item["parent"], theriac_epcis::identifier::canonical(CASE).as_ref());
    let rules = house.get("/exceptionRules").await.json()["rules"].clone();
    let mode = |code: &str| rules.as_array().unwrap().iter().find(|r| r["code"] == code).unwrap()["mode"].clone();
    assert_eq!((mode("two-parents"), mode("missing-po")), (json!("refuse"), json!("keep")));
}
