//! Exceptions between goods and data, talked over by two gateways in the partnership's messages.

use crate::house::House;
use serde_json::{Value, json};
use theriac_access::Role;
use theriac_platform::http::Method::{Get, Post, Put};

const SELLER: &str = "4000001000012";
const BUYER: &str = "4000001987658";
const CASE: &str = "c2a57e9f-3d54-4767-a9d1-82b08b3e7d61";
const ITEM: &str = "ed86b24e-987e-4eb3-8b05-5d335c4da093";

fn message(number: u32, gln: &str, more: Value) -> Value {
    let mut message = json!({ "message_uuid": format!("446b282a-93c5-4859-8641-4b5571ba{number:04}"),
        "exception_case_uuid": CASE, "timestamp": 1_795_248_000, "po_number": "ABD1234",
        "sender_information": { "gln": gln, "email": "quality@example.org" } });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

fn overage() -> Value {
    let overage = json!({ "exception_item_uuid": ITEM, "gtin": "04012345111118", "quantity_ordered": 100,
        "quantity_received": 110, "resolution_request": "Debit account" });
    json!({ "exceptions": { "overages": [overage] }, "case_resolved": false })
}

fn accepted(item: &str) -> Value {
    json!({ "response_items": [{ "exception_item_uuid": item, "resolution_response": "Accept" }] })
}

async fn knows(house: &House, gln: &str, address: &str) {
    let partner = json!({ "name": "P", "addresses": { "exceptions": address } }).to_string();
    house.json("ada", Put, &format!("dscsa/partners/{gln}"), &partner).await;
}

#[tokio::test]
async fn a_case_is_reported_answered_and_resolved_between_two_gateways() {
    // Each may reach the other only at an address that is known before: the buyer's is opened first.
    let buyer = House::open().await;
    let at_buyer = buyer.serve(buyer.as_role(Role::Partner, "seller", &[SELLER])).await;
    let seller = House::reaching(&at_buyer).await;
    let report = message(1, BUYER, overage());
    let as_buyer = seller.as_role(Role::Partner, "buyer", &[BUYER]);
    let post = async |path: &str, message: &Value| {
        seller.ask(&as_buyer, Post, path, &message.to_string()).await.map_or_else(|e| e.status(), |r| r.status)
    };
    assert_eq!(post("dscsa/exceptionReports", &report).await, 201);
    assert_eq!(post("dscsa/exceptionReports", &report).await, 200, "said twice, heard once");
    let changed = message(1, BUYER, json!({ "case_resolved": true }));
    assert_eq!(post("dscsa/exceptionReports", &changed).await, 409);
    assert_eq!(post("dscsa/exceptionReports", &message(2, SELLER, overage())).await, 403);
    assert_eq!(post("dscsa/exceptionResponses", &message(3, BUYER, accepted(CASE))).await, 422);
    let stranger = seller.as_role(Role::Partner, "eve", &["4000002000035"]);
    let other = message(4, "4000002000035", accepted(ITEM)).to_string();
    assert_eq!(seller.ask(&stranger, Post, "dscsa/exceptionResponses", &other).await.unwrap_err().status(), 404);

    // The buyer keeps its own side of the case, so that the response finds it.
    knows(&buyer, SELLER, "https://seller.invalid").await;
    let wish = json!({ "to": SELLER, "report": report }).to_string();
    let own = buyer.json("bob", Post, "dscsa/exceptions", &wish).await;
    assert_eq!((&own["messages"][0]["delivered"], own["problem"].is_string()), (&json!(false), true));

    knows(&seller, BUYER, &format!("http://{at_buyer}/{}/dscsa", buyer.context.tenant.name)).await;
    let wish = json!({ "to": BUYER, "response": message(5, SELLER, accepted(ITEM)) }).to_string();
    let answered = seller.json("sally", Post, "dscsa/exceptions", &wish).await;
    assert_eq!((&answered["state"], &answered["messages"][1]["delivered"]), (&json!("answered"), &json!(true)));
    let case = buyer.json("bob", Get, &format!("dscsa/exceptions/{CASE}"), "").await;
    assert_eq!((&case["state"], &case["messages"][1]["direction"]), (&json!("answered"), &json!("in")));
    let path = format!("dscsa/exceptions/{CASE}/send");
    assert!(seller.refused("sally", &path, "").await.contains("everything"));

    assert_eq!(post("dscsa/exceptionReports", &message(6, BUYER, json!({ "case_resolved": true }))).await, 200);
    assert_eq!(post("dscsa/exceptionReports", &message(7, BUYER, overage())).await, 409);
    let resolved = seller.json("sally", Get, "dscsa/exceptions?state=resolved", "").await;
    assert_eq!(resolved["exceptions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_sent_is_one_message_to_a_partner_that_takes_it() {
    let house = House::open().await;
    let wish = |more: Value| {
        let mut wish = json!({ "to": SELLER });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wish.to_string()
    };
    let report = message(1, BUYER, overage());
    assert!(house.refused("bob", "dscsa/exceptions", &wish(json!({}))).await.contains("'report' or a 'response'"));
    assert!(house.refused("bob", "dscsa/exceptions", &wish(json!({ "report": report }))).await.contains("/partners"));
    knows(&house, SELLER, "https://seller.invalid").await;
    let response = wish(json!({ "response": message(2, BUYER, accepted(ITEM)) }));
    assert!(house.refused("bob", "dscsa/exceptions", &response).await.contains("does not exist"));
}
