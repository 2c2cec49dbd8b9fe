//! Transaction information and statement of shipments.

use crate::house::{CASE, House, PACK};
use serde_json::{Value, json};
use theriac_access::Role;
use theriac_platform::http::Method::{Get, Post};

const SELLER: &str = "4000001000012";
const BUYER: &str = "4000001987658";

/// The id of the house's shipment.
async fn shipment(house: &House) -> String {
    let found = house.json("ada", Get, &format!("epcis/events?EQ_bizStep=shipping&MATCH_epc={CASE}"), "").await;
    found["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0]["eventID"].as_str().unwrap().to_owned()
}

fn path(id: &str, more: &str) -> String {
    let id: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("dscsa/transactions/{id}{more}")
}

/// What the worker keeps of the shipment.
async fn judged(house: &House) -> Value {
    let kept = async || {
        let found = house.json("ada", Get, &format!("dscsa/transactions?subject={PACK}"), "").await;
        found["transactions"].get(0).cloned()
    };
    house.soon(kept).await
}

fn codes(value: &Value) -> Vec<&str> {
    value["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_shipment_is_told_with_what_is_missing_and_to_those_who_trade() {
    let house = House::open().await;
    house.choose("dscsa.gln", SELLER).await;
    let id = shipment(&house).await;
    let told = house.json("ada", Get, &path(&id, ""), "").await;
    let product = &told["transactionInformation"]["products"][0];
    assert_eq!((&product["lotNumber"], &product["numberOfContainers"]), (&json!("L1"), &json!(1)));
    assert_eq!(product["productIdentifiers"], json!([{ "serialNumber": "1", "expirationDate": "2028-01-31" }]));
    assert_eq!(told["transactionStatement"]["affirmTransactionStatement"], true);
    assert!(codes(&told).contains(&"ti-missing-ndc") && !codes(&told).contains(&"ti-missing-lot"));

    let buyer = house.as_role(Role::Partner, "paul", &[BUYER]);
    let theirs = house.ask(&buyer, Get, &path(&id, ""), "").await.unwrap();
    let theirs: Value = serde_json::from_slice(theirs.body.bytes().unwrap()).unwrap();
    assert_eq!(theirs["transactionInformation"], told["transactionInformation"]);
    assert!(theirs.get("findings").is_none());
    let stranger = house.as_role(Role::Partner, "eve", &["4000002000035"]);
    assert_eq!(house.ask(&stranger, Get, &path(&id, ""), "").await.unwrap_err().status(), 404);
    assert_eq!(house.ask(&house.context, Get, &path("urn:e:none", ""), "").await.unwrap_err().status(), 404);
}

#[tokio::test]
async fn what_comes_in_is_judged_and_master_data_and_the_statement_settle_it() {
    let house = House::open().await;
    house.choose("dscsa.gln", BUYER).await;
    let id = shipment(&house).await;
    let kept = judged(&house).await;
    assert_eq!((&kept["state"], &kept["eventID"]), (&json!("incomplete"), &json!(id)));
    assert!(codes(&kept).contains(&"ts-missing") && codes(&kept).contains(&"ti-missing-seller-address"), "{kept}");

    let attribute =
        |name: &str, value: &str| json!({ "id": format!("urn:epcglobal:cbv:mda#{name}"), "attribute": value });
    let product = [
        "regulatedProductName",
        "strengthDescription",
        "dosageFormType",
        "additionalTradeItemIdentification",
        "netContentDescription",
    ]
    .map(|name| attribute(name, "x"));
    let party = ["name", "streetAddressOne", "city"].map(|name| attribute(name, "x"));
    house
        .describe(&json!([
            { "type": "urn:epcglobal:epcis:vtype:EPCClass", "vocabularyElementList": [
                { "id": "urn:epc:idpat:sgtin:4012345.011111.*", "attributes": product }] },
            { "type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": [
                { "id": "urn:epc:id:sgln:4000001.00001.0", "attributes": party },
                { "id": "urn:epc:id:sgln:4000001.98765.0", "attributes": party }] },
        ]))
        .await;
    let checked = house.json("ada", Post, &path(&id, "/check"), "").await;
    assert_eq!(codes(&checked), ["ts-missing"]);
    let seller = house.as_role(Role::Partner, "sally", &[SELLER]);
    let buyer = house.as_role(Role::Partner, "paul", &[BUYER]);
    let statement = r#"{"affirmTransactionStatement":true,"legalNotice":"as the law wants"}"#;
    assert_eq!(house.ask(&buyer, Post, &path(&id, "/statement"), statement).await.unwrap_err().status(), 403);
    assert_eq!(house.ask(&seller, Post, &path(&id, "/statement"), statement).await.unwrap().status, 200);
    let complete = house.json("ada", Get, "dscsa/transactions?state=complete", "").await;
    assert_eq!(complete["transactions"][0]["received"]["legalNotice"], "as the law wants");
}

#[tokio::test]
async fn what_may_not_be_sold_takes_the_statement_away_and_alerts() {
    let house = House::open().await;
    house.choose("dscsa.gln", SELLER).await;
    let id = shipment(&house).await;
    let suspicion = json!({ "lots": ["(01)04012345111118(10)L1"], "description": "a complaint" }).to_string();
    house.json("quin", Post, "dscsa/investigations", &suspicion).await;
    judged(&house).await;
    let told = house.json("ada", Get, &path(&id, ""), "").await;
    assert_eq!(told["transactionStatement"]["affirmTransactionStatement"], false);
    assert!(codes(&told).contains(&"ts-suspect-sold"));
    let alerts = house.json("ada", Get, "alerts", "").await;
    assert!(alerts["alerts"].as_array().unwrap().iter().any(|alert| alert["rule"] == "ts-suspect-sold"));
    assert_eq!(house.json("ada", Get, "dscsa/transactionRules", "").await["rules"][0]["code"], "ti-missing-name");
}
