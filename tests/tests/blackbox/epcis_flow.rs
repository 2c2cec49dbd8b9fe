//! A manufacturer, a wholesaler and a dispenser, a tenant each: commission, pack, ship, receive, dispense, return, recall.
//! Each sees of the others' tenants what comes to it, and no more. After GS1 US, "Applying the GS1 Lightweight Standards for
//! DSCSA", R1.3: only the top of a shipment is named, and whoever receives it infers what is inside.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::Client;
use theriac_tests::sample::{epcis_document, sgtin};
use theriac_tests::{World, expect};

const MAKER: &str = "urn:epc:id:pgln:0614141.00001";
const MAKER_GLN: &str = "0614141000012";
const WHOLESALER: &str = "urn:epc:id:pgln:4000001.00002";
const WHOLESALER_GLN: &str = "4000001000029";
const DISPENSER: &str = "urn:epc:id:pgln:4000002.00003";
const DISPENSER_GLN: &str = "4000002000035";

const CASE: &str = "urn:epc:id:sscc:0614141.1234567890";
const OTHER_CASE: &str = "urn:epc:id:sscc:0614141.1234567891";
/// Of the packs: indicator 1, item 07346.
const GTIN: &str = "10614141073464";
const LOT: &str = "urn:epc:class:lgtin:0614141.107346.L1";

fn place(party: &str) -> Value {
    json!({ "id": format!("{}.0", party.replace("pgln", "sgln")) })
}

fn event(hour: u32, step: &str, action: &str, at: &str, more: Value) -> Value {
    let mut event = json!({ "type": "ObjectEvent", "eventTime": format!("2026-01-05T{hour:02}:00:00Z"),
        "eventTimeZoneOffset": "+00:00", "action": action, "bizStep": step, "readPoint": place(at) });
    let members = event.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    event
}

fn made(epcs: &[&str]) -> Value {
    let ilmd = json!({ "cbvmda:lotNumber": "L1", "cbvmda:itemExpirationDate": "2028-01-31" });
    event(1, "commissioning", "ADD", MAKER, json!({ "disposition": "active", "epcList": epcs, "ilmd": ilmd }))
}

fn grouped(hour: u32, step: &str, action: &str, at: &str, parent: &str, children: &[&str]) -> Value {
    let more = json!({ "type": "AggregationEvent", "parentID": parent, "childEPCs": children });
    event(hour, step, action, at, more)
}

fn traded(hour: u32, step: &str, epc: &str, from: &str, to: &str, disposition: &str) -> Value {
    let at = if step == "shipping" { from } else { to };
    let more = json!({ "disposition": disposition, "epcList": [epc],
        "sourceList": [{ "type": "owning_party", "source": from }],
        "destinationList": [{ "type": "owning_party", "destination": to }],
        "bizTransactionList": [{ "type": "po", "bizTransaction": format!("urn:epcglobal:cbv:bt:4000001000029:{hour}") },
            { "type": "desadv", "bizTransaction": format!("urn:epcglobal:cbv:bt:0614141000012:{hour}") }] });
    event(hour, step, "OBSERVE", at, more)
}

async fn capture(client: &Client, events: &[Value]) {
    let job = client.epcis().capture_and_wait(&epcis_document(events), expect::SOON).await.unwrap();
    assert!(job.success, "{:?}", job.errors);
}

async fn partner(world: &World, gln: &str) -> Client {
    world.client_with("partner", &["--glns", gln]).await
}

async fn rules(client: &Client) -> Vec<String> {
    let found = client.get("epcis/exceptions?state=open").await.unwrap();
    found["exceptions"].as_array().unwrap().iter().map(|e| e["rule"].as_str().unwrap().to_owned()).collect()
}

async fn steps(client: &Client) -> Vec<String> {
    let events = client.epcis().events(&[("orderBy", "eventTime"), ("orderDirection", "ASC")]).await.unwrap();
    events.iter().map(|event| event["bizStep"].as_str().unwrap().to_owned()).collect()
}

async fn state(client: &Client, epc: &str) -> String {
    client.epcis().item(epc).await.unwrap()["state"].as_str().unwrap().to_owned()
}

async fn is_hidden(client: &Client, epc: &str) -> bool {
    client.epcis().item(epc).await.is_err_and(|error| error.status() == Some(404))
}

/// What the manufacturer answers the wholesaler of a pack; nothing as long as it answers nobody.
async fn verified(buyer: &Client, serial: &str, lot: &str) -> Option<Value> {
    let path = format!("dscsa/verify/gtin/{GTIN}/lot/{lot}/ser/{serial}?exp=280131&reqGLN={WHOLESALER_GLN}");
    buyer.get(&path).await.ok().map(|answer| answer["data"].clone())
}

/// Before it sends a pack back, the wholesaler has its identifier verified by who made it.
async fn verification_before_a_return(maker: &World, buyer: &Client) {
    maker.set(&[format!("dscsa.gln={MAKER_GLN}").as_str(), "epcis.company.prefixes=0614141"]).await;
    // A running server takes up a setting within a second.
    let right = expect::soon("answer of the responder", || verified(buyer, "2", "L1")).await;
    assert_eq!(right, json!({ "verified": true }));
    let wrong = verified(buyer, "2", "L2").await.unwrap();
    assert_eq!(wrong["verificationFailureReason"], "No_match_GTIN_Serial_Lot");
    let elsewhere = verified(buyer, "1", "L1").await.unwrap();
    assert_eq!(elsewhere, json!({ "verified": true }), "sold on, and dispensed elsewhere");
    let foreign = buyer.get(&format!("dscsa/verify/gtin/{GTIN}/ser/2?reqGLN={DISPENSER_GLN}")).await;
    assert_eq!(foreign.unwrap_err().status(), Some(403));
    expect::soon("ledger entry of the answers", async || {
        let answer = maker.administrator.request(Method::GET, "ledger/entries?from=0", &[], "").await.unwrap();
        answer.text().unwrap().contains("No_match_GTIN_Serial_Lot").then_some(())
    })
    .await;
}

/// What comes back is verified before it is sold again, and nobody else sees of it.
async fn taking_back(maker: &World, buyer: &Client, pack: &str) {
    let returned = json!({ "epc": pack, "lot": "L1", "expiry": "280131", "from": WHOLESALER_GLN });
    let taken = maker.administrator.send(Method::POST, "dscsa/returns", &returned).await.unwrap();
    assert_eq!((taken.status, &taken.json::<Value>().unwrap()["state"]), (201, &json!("saleable")));
    let hidden = buyer.get("dscsa/returns").await.unwrap();
    assert_eq!(hidden, json!({ "returns": [] }));
}

/// Every pack of the lot is told as recalled, wherever it is asked for.
async fn recall_everywhere(maker: &World, buyer: &Client) {
    for serial in ["1", "3"] {
        assert_eq!(
            verified(buyer, serial, "L1").await.unwrap(),
            json!({ "verified": true, "additionalInfo": "Recalled" })
        );
    }
    let recall = maker.administrator.get(&format!("dscsa/recall?lot={}", LOT.replace(':', "%3A"))).await.unwrap();
    let states: Vec<&Value> = recall["items"].as_array().unwrap().iter().map(|item| &item["state"]).collect();
    assert_eq!(states, ["recalled", "returned", "recalled", "packed"]);
    assert!(is_hidden(buyer, &sgtin("3")).await);
}

#[tokio::test]
async fn goods_and_their_data_go_down_the_chain_and_back() {
    let (maker, wholesaler, dispenser) =
        (World::new("maker").await, World::new("whole").await, World::new("shop").await);
    let packs: Vec<String> = (1..=4).map(|n| sgtin(&n.to_string())).collect();
    let [one, two, three, four] = [&packs[0], &packs[1], &packs[2], &packs[3]].map(String::as_str);

    // The manufacturer makes four packs in two cases and ships one of the cases.
    let sent = [made(&[one, two]), grouped(2, "packing", "ADD", MAKER, CASE, &[one, two])];
    let shipped = traded(4, "shipping", CASE, MAKER, WHOLESALER, "in_transit");
    let kept = [made(&[three, four]), grouped(3, "packing", "ADD", MAKER, OTHER_CASE, &[three, four])];
    capture(&maker.administrator, &[&sent[..], &kept[..], std::slice::from_ref(&shipped)].concat()).await;
    assert_eq!(state(&maker.administrator, one).await, "shipped");

    // What the wholesaler may see of it.
    let buyer = partner(&maker, WHOLESALER_GLN).await;
    assert_eq!(steps(&buyer).await, ["shipping"]);
    let item = buyer.epcis().item(one).await.unwrap();
    assert_eq!(
        (&item["state"], &item["lot"], &item["shippedTo"]),
        (&json!("shipped"), &json!("L1"), &json!(WHOLESALER_GLN))
    );
    for hidden in [three, OTHER_CASE] {
        assert!(is_hidden(&buyer, hidden).await, "{hidden}");
    }
    let stranger = partner(&maker, DISPENSER_GLN).await;
    assert!(steps(&stranger).await.is_empty() && is_hidden(&stranger, one).await);

    // The wholesaler receives, tells the manufacturer so, and ships one pack on.
    let received = traded(5, "receiving", CASE, MAKER, WHOLESALER, "in_progress");
    capture(&buyer, std::slice::from_ref(&received)).await;
    assert_eq!(maker.administrator.epcis().item(two).await.unwrap()["holder"], WHOLESALER_GLN);
    let unpacked = grouped(6, "unpacking", "DELETE", WHOLESALER, CASE, &[one, two]);
    let on = traded(7, "shipping", one, WHOLESALER, DISPENSER, "in_transit");
    capture(&wholesaler.administrator, &[&sent[..], &[shipped, received, unpacked, on.clone()]].concat()).await;
    assert!(rules(&wholesaler.administrator).await.is_empty());

    // The dispenser sees its pack in the wholesaler's tenant, and not the one beside it; it receives and dispenses.
    let shop = partner(&wholesaler, DISPENSER_GLN).await;
    assert_eq!(steps(&shop).await, ["shipping"]);
    assert!(is_hidden(&shop, two).await && is_hidden(&shop, CASE).await);
    let arrived = traded(8, "receiving", one, WHOLESALER, DISPENSER, "in_progress");
    capture(&shop, std::slice::from_ref(&arrived)).await;
    let dispensed =
        |hour| event(hour, "dispensing", "OBSERVE", DISPENSER, json!({ "disposition": "dispensed", "epcList": [one] }));
    capture(&dispenser.administrator, &[made(&[one]), on, arrived, dispensed(9)]).await;
    assert_eq!(
        (state(&dispenser.administrator, one).await.as_str(), rules(&dispenser.administrator).await.len()),
        ("dispensed", 0)
    );
    capture(&dispenser.administrator, &[dispensed(10)]).await;
    assert_eq!(rules(&dispenser.administrator).await, ["dispensed-twice"]);
    assert_eq!(wholesaler.administrator.epcis().item(one).await.unwrap()["holder"], DISPENSER_GLN);

    verification_before_a_return(&maker, &buyer).await;

    // The second pack goes back to the manufacturer.
    let back = [
        traded(11, "shipping", two, WHOLESALER, MAKER, "returned"),
        traded(12, "receiving", two, WHOLESALER, MAKER, "returned"),
    ];
    capture(&maker.administrator, &back).await;
    let returned = maker.administrator.epcis().item(two).await.unwrap();
    assert_eq!((&returned["state"], &returned["holder"]), (&json!("returned"), &json!(MAKER_GLN)));

    taking_back(&maker, &buyer, two).await;

    // A recall of the lot: who has what, as far as the manufacturer was told; and who has one learns of it.
    let path = format!("epcis/items?lot={}", LOT.replace(':', "%3A"));
    let lot = maker.administrator.get(&path).await.unwrap()["member"].clone();
    let holders: Vec<&Value> = lot.as_array().unwrap().iter().map(|item| &item["holder"]).collect();
    assert_eq!(holders, [&json!(WHOLESALER_GLN), &json!(MAKER_GLN), &json!(MAKER_GLN), &json!(MAKER_GLN)]);
    let recalled = |hour, epc: &str| {
        event(hour, "holding", "OBSERVE", MAKER, json!({ "disposition": "recalled", "epcList": [epc] }))
    };
    capture(&maker.administrator, &[recalled(13, one), recalled(14, three)]).await;
    assert_eq!(state(&maker.administrator, three).await, "recalled");
    assert_eq!(state(&buyer, one).await, "recalled");
    assert_eq!(steps(&buyer).await, ["shipping", "receiving", "shipping", "receiving", "holding"]);
    recall_everywhere(&maker, &buyer).await;
}
