//! Recall of a lot and the states of packs, over events captured through EPCIS.

use crate::house::{DAY, House, PACK};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use theriac_access::Role;
use theriac_platform::http::Method::{Get, Post};

#[tokio::test]
async fn a_recall_names_every_serial_and_who_has_it() {
    let house = House::open().await;
    let lot = "dscsa/recall?lot=urn:epc:class:lgtin:4012345.011111.L1";
    let found = house.json("ada", Get, lot, "").await;
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!((&items[0]["state"], &items[0]["inCirculation"]), (&json!("shipped"), &json!(true)));
    assert_eq!((&items[0]["holder"], &items[0]["shippedTo"]), (&json!("4000001000012"), &json!("4000001987658")));
    assert_eq!((&items[1]["state"], &items[1]["inCirculation"]), (&json!("dispensed"), &json!(false)));
    let first = house.json("ada", Get, &format!("{lot}&count=1"), "").await;
    let from = first["next"].as_str().unwrap().to_owned();
    let second = house.json("ada", Get, &format!("{lot}&count=1&from={from}"), "").await;
    assert_eq!(second["items"][0]["epc"], items[1]["epc"]);
    let partner = house.as_role(Role::Partner, "paul", &["4000001987658"]);
    assert_eq!(house.ask(&partner, Get, lot, "").await.unwrap_err().status(), 404);
    let admin = house.as_role(Role::Administrator, "ada", &[]);
    assert_eq!(house.ask(&admin, Get, "dscsa/recall?lot=L1", "").await.unwrap_err().status(), 400);
}

#[tokio::test]
async fn a_pack_is_verified_by_what_is_printed_on_it() {
    let house = House::open().await;
    let verify = |query: &str| format!("dscsa/packs/{PACK}/verify?{query}");
    let found = house.json("ada", Get, &verify("lot=L1&expiry=280131"), "").await;
    assert_eq!((&found["verified"], &found["state"]), (&json!(true), &json!("active")));
    let found = house.json("ada", Get, &verify("lot=L2&expiry=280130"), "").await;
    let codes: Vec<&Value> = found["codes"].as_array().unwrap().iter().map(|code| &code["code"]).collect();
    assert_eq!((&found["verified"], codes), (&json!(false), vec![&json!("NMVS_FE_LOT_13"), &json!("NMVS_FE_LOT_12")]));
    let admin = house.as_role(Role::Administrator, "ada", &[]);
    let unknown = house.ask(&admin, Get, "dscsa/packs/urn:epc:id:sgtin:4012345.011111.9/verify", "").await;
    assert_eq!(unknown.unwrap_err().status(), 404);
}

#[tokio::test]
async fn a_pack_is_dispensed_once_and_given_back_in_time_by_the_same() {
    let house = House::open().await;
    let (out, back) = (format!("dscsa/packs/{PACK}/decommission"), format!("dscsa/packs/{PACK}/reactivate"));
    let dispensed = r#"{"state":"dispensed","location":"4000001987658"}"#;
    assert_eq!(house.json("ada", Post, &out, dispensed).await["state"], "dispensed");
    assert!(house.refused("bob", &out, dispensed).await.contains("NMVS_NC_PCK_22"));
    let alerts = house.json("ada", Get, "alerts", "").await["alerts"].clone();
    assert_eq!((alerts.as_array().unwrap().len(), &alerts[0]["rule"]), (1, &json!("NMVS_NC_PCK_22")));
    assert!(
        house
            .refused("ada", &back, r#"{"state":"sample","location":"4000001987658"}"#)
            .await
            .contains("NMVS_NC_PCK_06")
    );
    assert!(house.refused("bob", &back, dispensed).await.contains("same person"));
    house.clock.fetch_add(10 * DAY, Ordering::Relaxed);
    assert_eq!(house.json("ada", Post, &back, dispensed).await["state"], "active");
    house.json("ada", Post, &out, dispensed).await;
    house.clock.fetch_add(10 * DAY + 1, Ordering::Relaxed);
    assert!(house.refused("ada", &back, dispensed).await.contains("ten days"));
    assert!(house.refused("ada", &out, r#"{"state":"eaten"}"#).await.contains("dispensed, exported"));
}
