//! Noninterference: two databases that differ only in what a partner may not see give it the same answers, byte for byte,
//! through events, items, walks, collections and the feed.
//!
//! What a partner may see is what its events tell, and what was in the things they name at the time. Everything else may
//! differ: what happened to these things before, beside and after.

use crate::house::{House, document, encoded, minute};
use crate::{bottle, object, pack, with};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use theriac_access::Role;
use theriac_ledger::Ledger;
use theriac_ledger::feed::{Feed, Subscription};
use theriac_platform::http::{Method, Request};
use theriac_platform::{Context, Cursors, Tickets};
use tokio::sync::watch;

const MAKER: &str = "urn:epc:id:pgln:4012345.00001";
const US: &str = "urn:epc:id:pgln:4000001.98765";
const OUR_GLN: &str = "4000001987658";
const OUR_DOCK: &str = "urn:epc:id:sgln:4000001.98765.0";
const OTHER: &str = "urn:epc:id:pgln:4000002.11111";

const OURS: &str = "urn:epc:id:sscc:4012345.0000000111";
const THEIRS: &str = "urn:epc:id:sscc:4012345.0000000222";
const PALLET: &str = "urn:epc:id:sscc:4012345.0000000999";

fn trade(event: Value, from: &str, to: &str) -> Value {
    let event = with(event, "sourceList", json!([{ "type": "owning_party", "source": from }]));
    with(event, "destinationList", json!([{ "type": "owning_party", "destination": to }]))
}

/// What both worlds share: bottles 0 to 2 in our case, on a pallet with another's until minute 20; ours from minute 30
/// to 60, when we send it on.
fn shared() -> Vec<Value> {
    let printed =
        |event| with(event, "ilmd", json!({ "cbvmda:lotNumber": "L1", "cbvmda:itemExpirationDate": "2028-01-31" }));
    let bottles: Vec<String> = (0..6).map(bottle).collect();
    let refs: Vec<&str> = bottles.iter().map(String::as_str).collect();
    vec![
        printed(object(1, "ADD", "commissioning", &refs)),
        pack(5, "ADD", OURS, &refs[..3]),
        pack(6, "ADD", THEIRS, &refs[3..]),
        pack(8, "ADD", PALLET, &[OURS, THEIRS]),
        pack(20, "DELETE", PALLET, &[OURS]),
        trade(object(30, "OBSERVE", "shipping", &[OURS]), MAKER, US),
        with(trade(object(40, "OBSERVE", "receiving", &[OURS]), MAKER, US), "readPoint", json!({ "id": OUR_DOCK })),
        with(pack(50, "DELETE", OURS, &[refs[0]]), "readPoint", json!({ "id": OUR_DOCK })),
        with(object(52, "OBSERVE", "storing", &[refs[0]]), "bizLocation", json!({ "id": OUR_DOCK })),
        trade(object(60, "OBSERVE", "shipping", &[OURS]), US, OTHER),
        trade(object(70, "OBSERVE", "receiving", &[OURS]), MAKER, OTHER),
    ]
}

/// What a partner may not see: the maker's own events, those of the other case, and those after we sent ours on.
fn hidden() -> impl Strategy<Value = Value> {
    (0..10u32, 0..9u32, 0..3u32).prop_map(|(kind, at, n)| {
        let (ours, theirs) = (bottle(n), bottle(3 + n));
        match kind {
            0 => object(10 + at, "OBSERVE", "inspecting", &[&ours, OURS]),
            1 => with(object(10 + at, "OBSERVE", "holding", &[&ours]), "disposition", "non_sellable_other"),
            2 => pack(21 + at, "DELETE", PALLET, &[THEIRS]),
            3 => pack(31 + at, "DELETE", THEIRS, &[&theirs]),
            4 => object(31 + at, "OBSERVE", "storing", &[&theirs, THEIRS]),
            5 => trade(object(32 + at, "OBSERVE", "shipping", &[THEIRS]), MAKER, OTHER),
            6 => pack(71 + at, "DELETE", OURS, &[]),
            7 => with(
                object(72 + at, "DELETE", "destroying", &[&ours.replace(".0", ".1"), OURS]),
                "disposition",
                "destroyed",
            ),
            8 => pack(73 + at, "ADD", PALLET, &[OURS]),
            _ => object(2 + at, "ADD", "commissioning", &[&bottle(20 + n)]),
        }
    })
}

/// A world with these hidden events among the shared ones, in a few documents.
async fn world(hidden: &[(Value, u8)]) -> (House, Context) {
    let house = House::held().await;
    let mut documents: Vec<Vec<Value>> = vec![Vec::new(); 4];
    for (n, event) in shared().into_iter().enumerate() {
        documents[n / 3].push(event);
    }
    for (n, (event, document)) in hidden.iter().enumerate() {
        // What happens after we sent ours on is told after that, or it would be ours to know.
        let after = event["eventTime"].as_str().is_some_and(|time| time > minute(70).as_str());
        let document = if after { 3 } else { usize::from(*document) % 4 };
        documents[document].push(with(
            event.clone(),
            "eventID",
            format!("urn:e:hidden:{n}:{}", house.context.tenant.name),
        ));
    }
    for events in documents {
        let job = house.capture(document(&events), "proceed").await;
        assert_eq!(job["success"], true, "{job}");
    }
    let partner = house.as_role(Role::Partner, &[OUR_GLN]);
    (house, partner)
}

fn addresses() -> Vec<String> {
    let mut addresses: Vec<String> = [
        "/events",
        "/events?orderBy=eventTime",
        "/events?perPage=2",
        "/events?EQ_bizStep=storing",
        "/events?EQ_action=DELETE",
        "/events?eventCountLimit=3&orderBy=eventTime&orderDirection=ASC",
        "/events?maxEventCount=100",
        "/events?MATCH_anyEPC=urn:epc:idpat:sgtin:4012345.011111.*",
        "/epcs",
        "/bizSteps",
        "/bizLocations",
        "/readPoints",
        "/dispositions",
        "/eventTypes",
        "/exceptions",
        "/capture",
    ]
    .map(str::to_owned)
    .to_vec();
    let bottles = [0, 1, 3, 20].map(bottle).into_iter();
    for epc in bottles.chain([OURS, THEIRS, PALLET].map(str::to_owned)) {
        let item = format!("/items/{}", encoded(&epc));
        for path in ["", "/history", "/children?depth=all", "/parents", "/inputs", "/outputs"] {
            addresses.push(format!("{item}{path}"));
        }
        addresses.extend([25, 45, 75].map(|at| format!("{item}?at={}", minute(at))));
        addresses.push(format!("{item}/children?depth=all&at={}", minute(55)));
        addresses.push(format!("/epcs/{}/events", encoded(&epc)));
        addresses.push(format!("/events?MATCH_parentID={}", encoded(&epc)));
    }
    addresses.push(format!("/items?lot={}", encoded("urn:epc:class:lgtin:4012345.011111.L1")));
    addresses
}

/// Every answer, and every page of it.
async fn answers(house: &House, partner: &Context) -> Vec<(String, u16, String)> {
    let mut answers = Vec::new();
    for address in addresses() {
        let mut next = Some(address.clone());
        while let Some(at) = next {
            let reply = house.get_as(partner, &at).await;
            answers.push((address.clone(), reply.status, String::from_utf8_lossy(&reply.body).into_owned()));
            next = reply.next();
        }
    }
    answers
}

/// Everything the feed tells the partner, without the place in the line.
async fn told(house: &House, partner: &Context) -> Vec<Value> {
    let keys =
        std::env::temp_dir().join(format!("theriac-epcis-feed-{}-{}", std::process::id(), house.context.tenant.name));
    let ledger = Ledger::new(house.context.db.server().clone(), theriac_ledger::load_signing_key(&keys).unwrap());
    let (stop, stopped) = watch::channel(false);
    let sealing = tokio::spawn(theriac_ledger::sealer::run(ledger.clone(), stopped));
    let tickets = Arc::new(Tickets::open(None, house.context.clock.clone()).await.unwrap());
    let feed = Feed::new(ledger, Cursors::new(b"secret"), tickets);
    let request = Request::new(Method::Get, "/t/feed", "topics=epcis,items&from=start");
    let mut subscription = Subscription::open(&feed, partner, &request, None).await.unwrap();
    let mut told = Vec::new();
    loop {
        let messages = subscription.next(std::time::Duration::from_millis(1500)).await.unwrap();
        let messages: Vec<Value> =
            messages.iter().map(|message| serde_json::from_str(&message.json()).unwrap()).collect();
        let quiet = messages.iter().any(|message| message["type"] == "heartbeat");
        told.extend(messages.into_iter().filter(|message| message["type"] != "heartbeat").map(|mut message| {
            message.as_object_mut().unwrap().remove("cursor");
            message
        }));
        if quiet && !told.is_empty() {
            break;
        }
    }
    let _stopped = stop.send(true);
    let _ended = sealing.await;
    let _gone = std::fs::remove_dir_all(keys);
    told
}

async fn same(one: &[(Value, u8)], two: &[(Value, u8)], feed: bool) {
    let ((here, us), (there, them)) = (world(one).await, world(two).await);
    for (left, right) in answers(&here, &us).await.into_iter().zip(answers(&there, &them).await) {
        assert_eq!(left, right);
    }
    if feed {
        assert_eq!(told(&here, &us).await, told(&there, &them).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_sees_what_came_to_it_and_no_more() {
    let (house, partner) = world(&[]).await;
    let item = |epc: &str, at: &str| {
        let (house, partner, address) = (&house, &partner, format!("/items/{}{at}", encoded(epc)));
        async move { house.get_as(partner, &address).await }
    };
    let second = item(&bottle(1), "").await.json();
    assert_eq!(
        (&second["state"], &second["lot"], &second["holder"]),
        (&json!("shipped"), &json!("L1"), &json!(OUR_GLN))
    );
    assert_eq!(second["parent"], theriac_epcis::identifier::canonical(OURS).as_ref());
    assert_eq!(item(OURS, "").await.json()["parent"], json!(null), "the pallet it came on is not ours to know");
    for hidden in [THEIRS, PALLET, &bottle(3)] {
        assert_eq!(item(hidden, "").await.status, 404, "{hidden}");
    }
    let members = item(OURS, "/children").await.json()["member"].clone();
    let epcs: Vec<&Value> = members.as_array().unwrap().iter().map(|member| &member["epc"]).collect();
    let link = |n| json!(theriac_epcis::identifier::canonical(&bottle(n)));
    assert_eq!(epcs, [&link(1), &link(2)], "one we took out");
    assert_eq!(item(OURS, &format!("?at={}", minute(25))).await.status, 404, "before it was sent to us");
    // What happens to goods in our hands alone is ours to see, though nobody named us.
    let steps = house.get_as(&partner, "/events?EQ_bizStep=storing").await.ids();
    assert_eq!(steps.len(), 1);
    let feed = told(&house, &partner).await;
    assert!(
        feed.iter().any(|message| message["topic"] == "items" && message["data"]["state"] == "shipped"),
        "{feed:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_tells_the_same_whatever_is_hidden() {
    let hidden = [
        (object(10, "OBSERVE", "inspecting", &[&bottle(0), OURS]), 0),
        (pack(21, "DELETE", PALLET, &[THEIRS]), 1),
        (pack(72, "DELETE", OURS, &[]), 3),
    ];
    same(&hidden, &[], true).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_hidden_changes_no_answer(
        one in prop::collection::vec((hidden(), any::<u8>()), 0..8),
        two in prop::collection::vec((hidden(), any::<u8>()), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(same(&one, &two, false));
    }
}
