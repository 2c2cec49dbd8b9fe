//! Verification of product identifiers: as responder, and as requester at another gateway.

use crate::house::{House, OTHER, PACK};
use serde_json::{Value, json};
use theriac_access::Role;
use theriac_core::Result;
use theriac_platform::http::Method::{Get, Post, Put};
use theriac_platform::http::Response;

const MAKER: &str = "4000001000005";
const BUYER: &str = "4000001987658";
const CORRELATION: &str = "08dd5e1b-78e7-4dee-9f55-e69f5edf099b";

fn body(response: Result<Response>) -> Value {
    serde_json::from_slice(response.unwrap().body.bytes().unwrap()).unwrap()
}

async fn maker() -> House {
    let house = House::open().await;
    house.choose("dscsa.gln", MAKER).await;
    house
}

#[tokio::test]
async fn a_partner_learns_whether_an_identifier_is_right_and_nothing_else() {
    let house = maker().await;
    let partner = house.as_role(Role::Partner, "paul", &[BUYER]);
    // A pack that is not on its way to the partner, and which it cannot see.
    let stranger = house.as_role(Role::Partner, "eve", &["4000002000035"]);
    for context in [&partner, &stranger] {
        let path = format!("dscsa/verify/gtin/04012345111118/lot/L1/ser/1?exp=280131&corrUUID={CORRELATION}");
        let answer = body(house.ask(context, Get, &path, "").await);
        assert_eq!((&answer["data"], &answer["responderGLN"]), (&json!({ "verified": true }), &json!(MAKER)));
        assert_eq!(answer["corrUUID"], CORRELATION);
    }
    for (path, reason) in [
        ("01/04012345111118/21/1?10=L2&17=280130", "No_match_GTIN_Serial_Lot_Expiry"),
        ("01/04012345111118/10/L2/21/1?17=280131", "No_match_GTIN_Serial_Lot"),
        ("gtin/04012345111118/ser/1?exp=280130", "No_match_GTIN_Serial_Expiry"),
        ("gtin/04012345111118/ser/9", "No_match_GTIN_Serial"),
        ("gtin/04012345111118/lot/L1/ser/2?exp=280131", "Not_for_re-distribution"),
    ] {
        let answer = body(house.ask(&partner, Get, &format!("dscsa/verify/{path}"), "").await);
        assert_eq!(answer["data"]["verificationFailureReason"], reason, "{path}");
    }
}

#[tokio::test]
async fn a_responder_answers_for_its_products_to_whom_may_ask() {
    let house = House::open().await;
    let partner = house.as_role(Role::Partner, "paul", &[BUYER]);
    let pack = "dscsa/verify/gtin/04012345111118/ser/1";
    let status = async |path: &str| house.ask(&partner, Get, path, "").await.map_or_else(|e| e.status(), |r| r.status);
    assert_eq!(status(pack).await, 503, "nobody chose a GLN to answer under");
    house.choose("dscsa.gln", MAKER).await;
    assert_eq!(status(&format!("{pack}?reqGLN={BUYER}")).await, 200);
    assert_eq!(status(&format!("{pack}?reqGLN={MAKER}")).await, 403);
    let connected = body(house.ask(&partner, Get, "dscsa/checkConnectivity?gtin=04012345111118", "").await);
    assert_eq!(connected, json!({ "responderGLN": MAKER }));
    house.choose("epcis.company.prefixes", "4099999").await;
    assert_eq!(status(pack).await, 404);
    assert_eq!(status("dscsa/checkConnectivity?gtin=04012345111118").await, 404);
    assert_eq!(status("dscsa/checkConnectivity?gtin=04012345111119").await, 400);
}

#[tokio::test]
async fn whoever_answers_for_a_product_is_asked_at_its_gateway() {
    let maker = maker().await;
    let place = maker.serve(maker.as_role(Role::Partner, "wholesaler", &[BUYER])).await;
    let buyer = House::reaching(&place).await;
    buyer.choose("dscsa.gln", BUYER).await;
    let pack = |epc: &str, lot: &str| json!({ "epc": epc, "lot": lot, "expiry": "280131" }).to_string();
    assert!(buyer.refused("bob", "dscsa/verifications", &pack(PACK, "L1")).await.contains("/partners"));
    let address = format!("http://{place}/{}/dscsa/verify", maker.context.tenant.name);
    let partner = json!({ "name": "Maker", "companyPrefixes": ["4012345"], "addresses": { "verification": address },
        "token": "secret-of-the-maker" });
    let shown = buyer.json("ada", Put, &format!("dscsa/partners/{MAKER}"), &partner.to_string()).await;
    assert!(!shown.to_string().contains("secret") && shown.get("sealed").is_none(), "{shown}");

    let right = buyer.json("bob", Post, "dscsa/verifications", &pack(PACK, "L1")).await;
    assert_eq!((&right["state"], &right["responder"]), (&json!("verified"), &json!(MAKER)));
    let wrong = buyer.json("bob", Post, "dscsa/verifications", &pack(PACK, "L2")).await;
    assert_eq!(wrong["answer"]["verificationFailureReason"], "No_match_GTIN_Serial_Lot");
    let gone = buyer.json("bob", Post, "dscsa/verifications", &pack(OTHER, "L1")).await;
    assert_eq!((&gone["state"], &gone["answer"]["additionalInfo"]), (&json!("failed"), &json!("Suspect")));
    let kept =
        buyer.json("bob", Get, &format!("dscsa/verifications/{}", right["corrUUID"].as_str().unwrap()), "").await;
    assert_eq!(kept, right);
    let about = buyer.json("bob", Get, &format!("dscsa/verifications?subject={PACK}"), "").await;
    assert_eq!(about["verifications"].as_array().unwrap().len(), 2);
    let page = buyer.json("bob", Get, "dscsa/verifications?count=1", "").await;
    assert_eq!((&page["verifications"][0], page["next"].is_string()), (&gone, true));
}

#[tokio::test]
async fn a_responder_that_does_not_answer_is_told_and_the_question_kept() {
    let buyer = House::reaching("127.0.0.1:1").await;
    buyer.choose("dscsa.gln", BUYER).await;
    let partner = json!({ "name": "Maker", "gtins": ["04012345111118"],
        "addresses": { "verification": "http://127.0.0.1:1/dscsa/verify" } });
    let place = format!("dscsa/partners/{MAKER}");
    buyer.json("ada", Put, &place, &partner.to_string()).await;
    let pack = json!({ "epc": PACK, "lot": "L1", "expiry": "280131" }).to_string();
    let record = buyer.json("bob", Post, "dscsa/verifications", &pack).await;
    assert_eq!((&record["state"], &record["version"]), (&json!("unanswered"), &json!(2)));
    assert!(record["problem"].as_str().unwrap().contains("does not answer"));
    let admin = buyer.as_role(Role::Administrator, "ada", &[]);
    for (wrong, word) in [
        (json!({ "name": "Maker", "addresses": { "verification": "http://10.0.0.1/x" } }), "https"),
        (json!({ "name": "Maker", "gtins": ["1"] }), "14 digits"),
        (json!({ "name": " " }), "name"),
        (json!({ "name": "Maker", "gtin": "1" }), "unknown field"),
    ] {
        let error = buyer.ask(&admin, Put, &place, &wrong.to_string()).await.unwrap_err().to_string();
        assert!(error.contains(word), "{wrong}: {error}");
    }
    let partner = buyer.as_role(Role::Partner, "paul", &[MAKER]);
    assert_eq!(buyer.ask(&partner, Get, &place, "").await.unwrap_err().status(), 404);
    assert_eq!(body(buyer.ask(&partner, Get, "dscsa/verifications", "").await), json!({ "verifications": [] }));
}
