//! Tracing across partners, and credentials of authorised trading partners.

use crate::house::{DAY, House, OTHER, PACK};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use theriac_access::{Role, SigningKeys};
use theriac_platform::http::Method::{Delete, Get, Post, Put};

const SELLER: &str = "4000001000012";
const BUYER: &str = "4000001987658";
const ISSUER: &str = "did:web:issuer.example";

fn credential(issuer: &SigningKeys, house: &House, gln: &str) -> String {
    let exp = house.clock.load(Ordering::Relaxed) / 1_000_000 + 60;
    let claims = json!({ "iss": ISSUER, "sub": "did:web:holder.example", "exp": exp, "vc": {
        "type": ["VerifiableCredential", "DSCSAATPCredential"], "credentialSubject": { "gln": gln } } });
    issuer.sign("JWT", claims.to_string().as_bytes()).unwrap()
}

async fn trust(house: &House, issuer: &SigningKeys) {
    let now_s = house.clock.load(Ordering::Relaxed) / 1_000_000;
    let issuer = json!({ "name": "Issuer", "did": ISSUER, "jwks": issuer.jwks(now_s) });
    house.json("ada", Put, "dscsa/issuers/one", &issuer.to_string()).await;
}

fn request(number: u32, epc: &str, vp: Option<&str>) -> String {
    json!({ "traceUUID": format!("08dd5e1b-78e7-4dee-9f55-e69f5edf{number:04}"), "requestedBy": BUYER, "epc": epc,
        "reason": "suspect", "vp": vp })
    .to_string()
}

#[tokio::test]
async fn a_partner_traces_what_it_took_part_in_and_no_more() {
    let house = House::open().await;
    house.choose("dscsa.gln", SELLER).await;
    let ask = async |gln: &str, body: String| {
        let partner = house.as_role(Role::Partner, "paul", &[gln]);
        let response = house.ask(&partner, Post, "dscsa/traceRequests", &body).await?;
        Ok::<Value, theriac_core::Error>(serde_json::from_slice(response.body.bytes().unwrap()).unwrap())
    };
    let answer = ask(BUYER, request(1, PACK, None)).await.unwrap();
    let transactions = answer["transactions"].as_array().unwrap();
    assert_eq!((transactions.len(), &transactions[0]["bizStep"]), (1, &json!("shipping")));
    let told = &transactions[0]["transactionInformation"];
    assert_eq!((&told["buyer"]["gln"], &told["products"][0]["lotNumber"]), (&json!(BUYER), &json!("L1")));
    assert_eq!(ask(BUYER, request(1, PACK, None)).await.unwrap(), answer, "asked again, answered alike");
    assert_eq!(ask(BUYER, request(1, OTHER, None)).await.unwrap_err().status(), 409);
    // The other pack never came to the partner.
    assert_eq!(ask(BUYER, request(2, OTHER, None)).await.unwrap()["transactions"], json!([]));
    assert_eq!(ask(SELLER, request(3, PACK, None)).await.unwrap_err().status(), 403);
    let odd = request(4, PACK, None).replace("suspect", "curious");
    assert!(ask(BUYER, odd).await.unwrap_err().to_string().contains("recall"));
    let kept = house.json("ada", Get, &format!("dscsa/traces?subject={PACK}"), "").await;
    assert_eq!((kept["traces"].as_array().unwrap().len(), &kept["traces"][0]["direction"]), (1, &json!("in")));
}

#[tokio::test]
async fn only_authorised_trading_partners_are_answered_where_that_is_wanted() {
    let house = House::open().await;
    house.choose("dscsa.gln", SELLER).await;
    house.choose("dscsa.credential", "required").await;
    let issuer = SigningKeys::generate().unwrap();
    let partner = house.as_role(Role::Partner, "paul", &[BUYER]);
    let refused = async |number: u32, vp: Option<&str>| {
        let answer = house.ask(&partner, Post, "dscsa/traceRequests", &request(number, PACK, vp)).await;
        answer.err().map(|error| format!("{} {}", error.status(), error.message)).unwrap_or_default()
    };
    let good = credential(&issuer, &house, BUYER);
    assert!(refused(1, None).await.contains("ATP-Authorization"));
    assert!(refused(2, Some(&good)).await.contains("none that is trusted"));
    trust(&house, &issuer).await;
    assert_eq!(refused(3, Some(&good)).await, "");
    assert!(refused(4, Some(&credential(&issuer, &house, SELLER))).await.contains("another GLN"));
    let verify = house.ask(&partner, Get, "dscsa/verify/gtin/04012345111118/ser/1", "").await;
    assert_eq!(verify.unwrap_err().status(), 403);
    house.ask(&house.context, Delete, "dscsa/issuers/one", "").await.unwrap();
    assert!(refused(5, Some(&good)).await.starts_with("403"));
    let weak = json!({ "name": "x", "did": "issuer", "jwks": {} }).to_string();
    let admin = house.as_role(Role::Administrator, "ada", &[]);
    assert_eq!(house.ask(&admin, Put, "dscsa/issuers/two", &weak).await.unwrap_err().status(), 400);
}

#[tokio::test]
async fn a_partner_is_asked_at_its_gateway_with_our_credential_and_is_late_without_an_answer() {
    let issuer = SigningKeys::generate().unwrap();
    let seller = House::open().await;
    seller.choose("dscsa.gln", SELLER).await;
    seller.choose("dscsa.credential", "required").await;
    trust(&seller, &issuer).await;
    let place = seller.serve(seller.as_role(Role::Partner, "buyer", &[BUYER])).await;
    let buyer = House::reaching(&place).await;
    buyer.choose("dscsa.gln", BUYER).await;
    let wish = json!({ "to": SELLER, "epc": PACK, "reason": "recall", "incidentNumber": "I-1" }).to_string();
    assert!(buyer.refused("bob", "dscsa/traces", &wish).await.contains("/partners"));
    let address = format!("http://{place}/{}/dscsa/traceRequests", seller.context.tenant.name);
    let partner = json!({ "name": "Seller", "addresses": { "tracing": address } }).to_string();
    buyer.json("ada", Put, &format!("dscsa/partners/{SELLER}"), &partner).await;

    let without = buyer.json("bob", Post, "dscsa/traces", &wish).await;
    assert_eq!((&without["state"], without["problem"].as_str().unwrap().contains("403")), (&json!("unanswered"), true));
    let own = json!({ "credential": credential(&issuer, &buyer, BUYER) }).to_string();
    let kept = buyer.json("ada", Put, "dscsa/credential", &own).await;
    assert!(kept.get("sealed").is_none() && kept.get("credential").is_none());
    let path = format!("dscsa/traces/{}/ask", without["id"].as_str().unwrap());
    let answered = buyer.json("bob", Post, &path, "").await;
    assert_eq!((&answered["state"], answered.get("due")), (&json!("answered"), None));
    assert_eq!(answered["answer"]["transactions"][0]["bizStep"], "shipping");
    assert!(buyer.refused("bob", &path, "").await.contains("nothing left"));

    let gone = json!({ "name": "Seller", "addresses": { "tracing": "https://127.0.0.1/none" } }).to_string();
    buyer.json("ada", Put, &format!("dscsa/partners/{SELLER}"), &gone).await;
    let late = buyer.json("bob", Post, "dscsa/traces", &wish).await;
    assert_eq!(late["due"], "2026-11-23T08:00:00.000Z");
    buyer.clock.fetch_add(2 * DAY + 1, Ordering::Relaxed);
    for round in theriac_dscsa::rounds() {
        round.round(&buyer.context).await.unwrap();
    }
    let alerts = buyer.json("ada", Get, "alerts", "").await;
    assert_eq!(alerts["alerts"][0]["subject"], format!("traces/{}", late["id"].as_str().unwrap()));
}
