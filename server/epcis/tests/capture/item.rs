//! Items: now, then, within and around.

use crate::house::{House, document, encoded, minute};
use crate::{BOTTLE, BOTTLE_LINK, CASE, bottle, object, pack, with};
use serde_json::{Value, json};

const PALLET: &str = "urn:epc:id:sscc:4012345.0000000999";

async fn epcs(house: &House, address: &str) -> Vec<String> {
    let collection = house.get(address).await.json();
    collection["member"].as_array().unwrap().iter().map(|m| m["epc"].as_str().unwrap().to_owned()).collect()
}

fn link(urn: &str) -> String {
    theriac_epcis::identifier::canonical(urn).into_owned()
}

async fn packed() -> House {
    let house = House::new().await;
    let events = [
        object(1, "ADD", "commissioning", &[BOTTLE, &bottle(2)]),
        pack(2, "ADD", CASE, &[BOTTLE, &bottle(2)]),
        pack(3, "ADD", PALLET, &[CASE]),
        object(4, "OBSERVE", "shipping", &[PALLET]),
    ];
    assert_eq!(house.capture(document(&events), "rollback").await["success"], true);
    house
}

#[tokio::test]
async fn every_spelling_names_the_same_item() {
    let house = packed().await;
    for spelling in
        [BOTTLE.to_owned(), encoded(BOTTLE_LINK), encoded("http://shop.example/01/04012345111118/21/98?17=261231")]
    {
        let item = house.get(&format!("/items/{spelling}")).await.json();
        assert_eq!(
            (&item["epc"], &item["state"], &item["kind"]),
            (&json!(BOTTLE_LINK), &json!("shipped"), &json!("instance"))
        );
        assert_eq!((&item["parent"], &item["carriedBy"]), (&json!(link(CASE)), &json!(link(PALLET))));
        assert_eq!(item["lastEvent"]["eventTime"], json!(minute(2)));
    }
    assert_eq!(house.get("/items/urn%3Aepc%3Aid%3Asgtin%3Ax").await.status, 400);
    assert_eq!(house.get("/items/bottle").await.status, 400);
    for path in ["", "/history", "/children", "/parents"] {
        assert_eq!(house.get(&format!("/items/{}{path}", bottle(77))).await.status, 404);
    }
}

#[tokio::test]
async fn words_of_the_cbv_are_bare_and_own_words_uris() {
    let house = House::new().await;
    let own = "http://mercy.example/disp/borrowed";
    for (at, bottle, disposition, shown) in [
        (1, bottle(1), "https://ref.gs1.org/cbv/Disp-in_transit", "in_transit"),
        (2, bottle(2), "urn:epcglobal:cbv:disp:in_transit", "in_transit"),
        (3, bottle(3), own, own),
    ] {
        let event = with(object(at, "OBSERVE", "shipping", &[&bottle]), "disposition", disposition);
        let event = with(event, "persistentDisposition", json!({ "set": ["completeness_verified", own] }));
        assert_eq!(house.capture(document(&[event]), "rollback").await["success"], true);
        let item = house.get(&format!("/items/{bottle}")).await.json();
        assert_eq!(item["disposition"], shown);
        let persistent: Vec<&str> =
            item["persistentDisposition"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(persistent.contains(&"completeness_verified") && persistent.contains(&own), "{item}");
    }
}

#[tokio::test]
async fn parents_and_children_are_found_both_ways() {
    let house = packed().await;
    assert_eq!(epcs(&house, &format!("/items/{BOTTLE}/parents")).await, [link(CASE), link(PALLET)]);
    assert_eq!(epcs(&house, &format!("/items/{CASE}/children")).await, [link(&bottle(2)), link(BOTTLE)]);
    assert!(epcs(&house, &format!("/items/{BOTTLE}/children")).await.is_empty());
}

#[tokio::test]
async fn unpacking_without_children_empties_the_parent() {
    let house = packed().await;
    let job = house.capture(document(&[pack(9, "DELETE", CASE, &[])]), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
    assert!(epcs(&house, &format!("/items/{CASE}/children")).await.is_empty());
    let item = house.get(&format!("/items/{BOTTLE}")).await.json();
    assert_eq!((&item["state"], &item["parent"]), (&json!("unpacked"), &json!(null)));
    // The event does not name the bottle, and yet the past knows when it was taken out.
    let at = |n| format!("/items/{BOTTLE}?at={}", minute(n));
    assert_eq!(house.get(&at(3)).await.json()["state"], "packed");
    assert_eq!(house.get(&at(8)).await.json()["state"], "shipped");
    assert_eq!(house.get(&at(9)).await.json()["state"], "unpacked");
}

#[tokio::test]
async fn the_past_is_told_as_it_is_known_now() {
    let house = packed().await;
    let state = |n| {
        let address = format!("/items/{BOTTLE}?at={}", minute(n));
        let house = &house;
        async move { house.get(&address).await }
    };
    assert_eq!(state(0).await.status, 404);
    assert_eq!(state(1).await.json()["state"], "commissioned");
    assert_eq!(state(2).await.json()["state"], "packed");
    assert_eq!(house.get(&format!("/items/{BOTTLE}?at=yesterday")).await.status, 400);
    let now: Value = house.get(&format!("/items/{BOTTLE}")).await.json();
    assert_eq!(state(600).await.json(), now);
}

#[tokio::test]
async fn a_walk_goes_down_as_deep_as_asked_and_comes_in_pages() {
    let house = packed().await;
    let down = |depth: &str| format!("/items/{PALLET}/children?depth={depth}");
    assert_eq!(epcs(&house, &down("1")).await, [link(CASE)]);
    let all = [link(CASE), link(&bottle(2)), link(BOTTLE)];
    assert_eq!(epcs(&house, &down("all")).await, all);
    let then = format!("{}&at={}", down("all"), minute(2));
    assert_eq!(house.get(&then).await.status, 404, "the pallet was not there yet");
    let then = format!("/items/{PALLET}/children?depth=all&at={}", minute(3));
    assert_eq!(epcs(&house, &then).await, all);
    let mut met = Vec::new();
    let mut address = format!("{}&perPage=2", down("all"));
    loop {
        let reply = house.get(&address).await;
        met.extend(reply.json()["member"].as_array().unwrap().iter().map(|m| m["epc"].as_str().unwrap().to_owned()));
        let Some(next) = reply.next() else { break };
        address = next;
    }
    assert_eq!(met, all);
    for bad in ["0", "17", "deep"] {
        assert_eq!(house.get(&down(bad)).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn an_old_event_that_comes_late_moves_what_was_packed_then() {
    let house = packed().await;
    let sold = "urn:epc:id:pgln:4000001.98765";
    let emptied = pack(9, "DELETE", CASE, &[]);
    assert_eq!(house.capture(document(&[emptied]), "rollback").await["success"], true);
    assert_eq!(house.get(&format!("/items/{BOTTLE}")).await.json()["holder"], json!(null));
    let received = with(
        object(6, "OBSERVE", "receiving", &[PALLET]),
        "destinationList",
        json!([{ "type": "possessing_party", "destination": sold }]),
    );
    assert_eq!(house.capture(document(&[received]), "rollback").await["success"], true);
    let item = house.get(&format!("/items/{BOTTLE}")).await.json();
    assert_eq!((&item["holder"], &item["state"]), (&json!("4000001987658"), &json!("unpacked")));
}

#[tokio::test]
async fn a_transformation_is_walked_both_ways_through_lots_and_processes() {
    let house = House::new().await;
    let amount = |class: &str, n: u32| json!([{ "epcClass": class, "quantity": n, "uom": "KGM" }]);
    let (raw, bulk) = ("urn:epc:class:lgtin:4012345.033333.R1", "urn:epc:class:lgtin:4012345.022222.B1");
    let lot = "urn:epc:class:lgtin:4012345.011111.L1";
    let transformed = |at: u32, list: &str, amounts: Value| {
        let event = json!({ "type": "TransformationEvent", "eventTime": minute(at), "eventTimeZoneOffset": "+00:00" });
        with(event, list, amounts)
    };
    let second = with(transformed(3, "inputQuantityList", amount(bulk, 2)), "outputQuantityList", amount(lot, 1));
    let process = |event| with(event, "transformationID", "urn:epc:id:gdti:4012345.00001.7");
    let events = [
        process(transformed(1, "inputQuantityList", amount(raw, 5))),
        process(transformed(2, "outputQuantityList", amount(bulk, 4))),
        second,
        with(object(4, "ADD", "commissioning", &[BOTTLE]), "ilmd", json!({ "cbvmda:lotNumber": "L1" })),
    ];
    let job = house.capture(document(&events), "rollback").await;
    assert_eq!(job["success"], true, "{job}");
    assert_eq!(epcs(&house, &format!("/items/{BOTTLE}/inputs")).await, [link(lot), link(bulk), link(raw)]);
    assert_eq!(epcs(&house, &format!("/items/{}/outputs", encoded(raw))).await, [link(bulk), link(lot)]);
    assert_eq!(epcs(&house, &format!("/items?lot={}", encoded(lot))).await, [BOTTLE_LINK]);
    let stock = house.get(&format!("/items/{}", encoded(bulk))).await.json();
    assert_eq!(stock["quantity"]["onHand"], json!([{ "quantity": 2, "uom": "KGM" }]));
}
