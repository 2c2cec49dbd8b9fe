//! An event that was declared wrong never happened to the items it named.

use crate::house::{House, document, minute};
use crate::{BOTTLE, CASE, bottle, object, pack, with};
use serde_json::{Value, json};

fn declared(event: &Value, at: u32) -> Value {
    with(event.clone(), "errorDeclaration", json!({ "declarationTime": minute(at), "reason": "did_not_occur" }))
}

#[tokio::test]
async fn the_items_go_back_to_what_they_were() {
    let house = House::new().await;
    let made = object(1, "ADD", "commissioning", &[BOTTLE]);
    let destroyed = with(object(5, "DELETE", "destroying", &[BOTTLE]), "eventID", "urn:e:wrong");
    for event in [&made, &destroyed] {
        assert_eq!(house.capture(document(std::slice::from_ref(event)), "rollback").await["success"], true);
    }
    let address = format!("/items/{BOTTLE}");
    assert_eq!(house.get(&address).await.json()["state"], "destroyed");
    let job = house.capture(document(&[declared(&destroyed, 6)]), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
    let item = house.get(&address).await.json();
    assert_eq!((&item["state"], &item["revision"]), (&json!("commissioned"), &json!(1)));
    assert_eq!(house.get("/events/urn%3Ae%3Awrong").await.ids(), ["urn:e:wrong", "urn:e:wrong"]);
    assert_eq!(house.get(&format!("{address}?at={}", minute(5))).await.json()["state"], "commissioned");
    // The same declaration again is no news; one made later is.
    assert_eq!(house.capture(document(&[declared(&destroyed, 6)]), "rollback").await["success"], true);
    assert_eq!(house.get("/events/urn%3Ae%3Awrong").await.ids().len(), 2);
    assert_eq!(house.capture(document(&[declared(&destroyed, 7)]), "rollback").await["success"], true);
    assert_eq!(house.get("/events/urn%3Ae%3Awrong").await.ids().len(), 3);
    assert_eq!(house.get("/events?EXISTS_errorDeclaration=true").await.ids().len(), 2);
}

#[tokio::test]
async fn an_item_of_which_nothing_is_left_does_not_exist() {
    let house = House::new().await;
    let made = with(object(1, "ADD", "commissioning", &[BOTTLE]), "eventID", "urn:e:1");
    let job = house.capture(document(&[made.clone(), declared(&made, 2)]), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
    assert_eq!(house.get(&format!("/items/{BOTTLE}")).await.status, 404);
    assert_eq!(
        house.capture(document(&[object(3, "ADD", "commissioning", &[BOTTLE])]), "rollback").await["success"],
        true
    );
    assert_eq!(house.get(&format!("/items/{BOTTLE}")).await.json()["state"], "commissioned");
}

#[tokio::test]
async fn what_was_taken_out_without_being_named_is_put_back() {
    let house = House::new().await;
    let emptied = with(pack(5, "DELETE", CASE, &[]), "eventID", "urn:e:emptied");
    let (a, b) = (bottle(1), bottle(2));
    for event in [&pack(2, "ADD", CASE, &[&a, &b]), &emptied] {
        assert_eq!(house.capture(document(std::slice::from_ref(event)), "rollback").await["success"], true);
    }
    assert_eq!(house.get(&format!("/items/{a}")).await.json()["state"], "unpacked");
    assert_eq!(house.capture(document(&[declared(&emptied, 6)]), "rollback").await["success"], true);
    for item in [a, b] {
        assert_eq!(house.get(&format!("/items/{item}")).await.json()["state"], "packed");
    }
}
