//! Returned packs, suspect and illegitimate product, and the 24 hours.

use crate::house::{DAY, House, OTHER, PACK};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use theriac_access::Role;
use theriac_platform::http::Method::{Get, Post, Put};

const MAKER: &str = "4000001000005";
const BUYER: &str = "4000001987658";
/// The seller in the trade of the house.
const SELLER: &str = "4000001000012";

/// A house that answers for its own products.
async fn house() -> House {
    let house = House::open().await;
    house.choose("dscsa.gln", SELLER).await;
    house.choose("epcis.company.prefixes", "4012345").await;
    house
}

fn returned(epc: &str, lot: &str) -> String {
    json!({ "epc": epc, "lot": lot, "expiry": "280131", "from": BUYER }).to_string()
}

async fn rules(house: &House) -> Vec<String> {
    let alerts = house.json("ada", Get, "alerts", "").await["alerts"].clone();
    let mut rules: Vec<String> =
        alerts.as_array().unwrap().iter().map(|a| a["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort();
    rules
}

async fn overdue(house: &House) {
    for round in theriac_dscsa::rounds() {
        round.round(&house.context).await.unwrap();
    }
}

#[tokio::test]
async fn a_returned_pack_is_saleable_once_its_identifier_is_verified() {
    let house = house().await;
    let good = house.json("ada", Post, "dscsa/returns", &returned(PACK, "L1")).await;
    assert_eq!((&good["state"], &good["answer"]), (&json!("saleable"), &json!({ "verified": true })));
    let wrong = house.json("ada", Post, "dscsa/returns", &returned(PACK, "L9")).await;
    assert_eq!(wrong["state"], "refused");
    let opened = format!("dscsa/investigations/{}", wrong["investigation"].as_str().unwrap());
    let investigation = house.json("ada", Get, &opened, "").await;
    assert_eq!((&investigation["state"], &investigation["origin"]["return"]), (&json!("suspect"), &wrong["id"]));
    assert_eq!(rules(&house).await, ["suspect-product"]);
    // The pack is suspect now: the right identifier alone does not sell it.
    let again = house.json("ada", Post, "dscsa/returns", &returned(PACK, "L1")).await;
    assert_eq!((&again["state"], &again["standing"]), (&json!("refused"), &json!("Suspect")));
    let unknown = house.refused("ada", "dscsa/returns", &returned("urn:epc:id:sgtin:4012345.011111.9", "L1")).await;
    assert!(unknown.contains("no transaction"), "{unknown}");
}

#[tokio::test]
async fn a_return_that_nobody_answers_for_waits_and_is_verified_again() {
    let house = House::reaching("127.0.0.1:1").await;
    house.choose("dscsa.gln", BUYER).await;
    let partner = |address: &str| json!({ "name": "M", "companyPrefixes": ["4012345"], "addresses": { "verification": address } });
    let place = format!("dscsa/partners/{MAKER}");
    house.json("ada", Put, &place, &partner("http://127.0.0.1:1/verify").to_string()).await;
    let waiting = house.json("ada", Post, "dscsa/returns", &returned(PACK, "L1")).await;
    assert_eq!(waiting["state"], "waiting");
    let path = format!("dscsa/returns/{}/verify", waiting["id"].as_str().unwrap());
    assert_eq!(house.json("ada", Post, &path, "").await["version"], 2);
    house.choose("epcis.company.prefixes", "4012345").await;
    house.json("ada", Put, &place, &json!({ "name": "M" }).to_string()).await;
    assert_eq!(house.json("ada", Post, &path, "").await["state"], "saleable");
    assert!(house.refused("ada", &path, "").await.contains("saleable already"));
}

#[tokio::test]
async fn illegitimate_product_is_told_within_a_day_or_the_clock_alerts() {
    let house = house().await;
    let suspicion =
        json!({ "epcs": [PACK], "lots": ["(01)04012345111118(10)L7"], "description": "the seal is broken" });
    let opened = house.json("quin", Post, "dscsa/investigations", &suspicion.to_string()).await;
    let path = format!("dscsa/investigations/{}", opened["id"].as_str().unwrap());
    let go = |to: &str, more: Value| {
        let mut body = json!({ "to": to, "reason": "as the laboratory says" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let step = format!("{path}/transition");
    assert!(house.refused("quin", &step, &go("terminated", json!({}))).await.contains("cleared, illegitimate"));
    assert!(house.refused("quin", &step, &go("illegitimate", json!({}))).await.contains("classification"));
    let odd = go("illegitimate", json!({ "classification": "odd" }));
    assert!(house.refused("quin", &step, &odd).await.contains("counterfeit, diverted"));
    let found = house.json("quin", Post, &step, &go("illegitimate", json!({ "classification": "counterfeit" }))).await;
    assert_eq!(found["due"], "2026-11-22T08:00:00.000Z");

    let answer = house.json("paul", Get, "dscsa/verify/gtin/04012345111118/lot/L1/ser/1", "").await;
    assert_eq!(answer["data"]["additionalInfo"], "Illegitimate");
    overdue(&house).await;
    assert_eq!(rules(&house).await, ["suspect-product"]);
    house.clock.fetch_add(DAY + 1, Ordering::Relaxed);
    overdue(&house).await;
    overdue(&house).await;
    assert_eq!(rules(&house).await, ["overdue", "suspect-product"]);

    let form = house.json("quin", Get, &format!("{path}/form3911"), "").await;
    let items = &form["items"];
    assert_eq!((&items["typeOfReport"], &items["serialNumbers"]), (&json!("Initial Notification"), &json!(["1"])));
    assert_eq!((&items["lotNumbers"], &items["expirationDates"]), (&json!(["L1", "L7"]), &json!(["2028-01-31"])));
    assert_eq!(items["classificationOfNotification"], "Counterfeit");
    assert!(form["missing"].as_array().unwrap().contains(&json!("ndcNumber")));

    let notify = format!("{path}/notify");
    let told = json!({ "fdaSubmittedAt": "2026-11-22T07:00:00Z", "incidentNumber": "I-1" }).to_string();
    let open = house.json("quin", Post, &notify, &told).await;
    assert_eq!((&open["state"], &open["notices"][0]["gln"]), (&json!("illegitimate"), &json!(BUYER)));
    let done = house.json("quin", Post, &notify, &json!({ "told": [BUYER] }).to_string()).await;
    assert_eq!((&done["state"], done.get("due")), (&json!("notified"), None));
    for to in ["terminating", "terminated"] {
        assert_eq!(house.json("quin", Post, &step, &go(to, json!({}))).await["state"], to);
    }
    let answer = house.json("paul", Get, "dscsa/verify/gtin/04012345111118/lot/L1/ser/1", "").await;
    assert_eq!(answer["data"], json!({ "verified": true }));
}

#[tokio::test]
async fn a_notice_reaches_the_partners_gateway_and_opens_an_investigation_there_once() {
    let buyer = house().await;
    let place = buyer.serve(buyer.as_role(Role::Partner, "seller", &[SELLER])).await;
    let seller = House::reaching(&place).await;
    seller.choose("dscsa.gln", SELLER).await;
    let address = format!("http://{place}/{}/dscsa/notices", buyer.context.tenant.name);
    let partner = json!({ "name": "Buyer", "addresses": { "notices": address } });
    seller.json("ada", Put, &format!("dscsa/partners/{BUYER}"), &partner.to_string()).await;
    let suspicion = json!({ "epcs": [PACK], "description": "the seal is broken" }).to_string();
    let opened = seller.json("quin", Post, "dscsa/investigations", &suspicion).await;
    let path = format!("dscsa/investigations/{}", opened["id"].as_str().unwrap());
    let found = json!({ "to": "illegitimate", "reason": "seen", "classification": "stolen" }).to_string();
    seller.json("quin", Post, &format!("{path}/transition"), &found).await;
    let told = json!({ "fdaSubmittedAt": "2026-11-21T07:00:00Z" }).to_string();
    let done = seller.json("quin", Post, &format!("{path}/notify"), &told).await;
    assert_eq!((&done["state"], &done["notices"][0]["state"]), (&json!("notified"), &json!("sent")));
    seller.json("quin", Post, &format!("{path}/notify"), "{}").await;

    let there = buyer.json("bob", Get, &format!("dscsa/investigations?subject={PACK}"), "").await;
    let there = there["investigations"].as_array().unwrap().clone();
    assert_eq!((there.len(), &there[0]["state"]), (1, &json!("suspect")));
    assert_eq!((&there[0]["origin"]["by"], &there[0]["origin"]["classification"]), (&json!(SELLER), &json!("stolen")));
    assert_eq!(rules(&buyer).await, ["suspect-product"]);

    let partner = buyer.as_role(Role::Partner, "eve", &[MAKER]);
    let notice = json!({ "notice": "08dd5e1b-78e7-4dee-9f55-e69f5edf099b", "type": "illegitimate", "from": SELLER,
        "epcs": [OTHER], "description": "x" });
    let refused = buyer.ask(&partner, Post, "dscsa/notices", &notice.to_string()).await.unwrap_err();
    assert_eq!(refused.status(), 403);
}
