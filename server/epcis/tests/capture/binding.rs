//! Discovery, versions, collections: the frame of the REST binding.

use crate::house::{House, document, encoded};
use crate::{BOTTLE, BOTTLE_LINK, bottle, object, with};
use serde_json::{Value, json};
use theriac_access::Role;
use theriac_platform::http::{Method, Request};

const OUR_GLN: &str = "4000001987658";
const PLACE: &str = "https://id.gs1.org/414/4012345000054/254/12";

async fn house() -> House {
    let house = House::new().await;
    let ours = json!([{ "type": "owning_party", "destination": "urn:epc:id:pgln:4000001.98765" }]);
    let own_step = with(object(1, "OBSERVE", "https://example.com/step/weighing", &[BOTTLE]), "destinationList", ours);
    let events = [
        with(own_step, "readPoint", json!({ "id": "urn:epc:id:sgln:4012345.00005.12" })),
        with(object(2, "OBSERVE", "https://example.com/step/hidden", &[&bottle(2)]), "disposition", "in_transit"),
    ];
    assert_eq!(house.capture(document(&events), "rollback").await["success"], true);
    house
}

async fn members(house: &House, context: &theriac_platform::Context, path: &str) -> Vec<String> {
    let (mut seen, mut address) = (Vec::new(), Some(path.to_owned()));
    while let Some(at) = address {
        let reply = house.get_as(context, &at).await;
        assert_eq!(reply.status, 200, "{at}");
        let page = reply.json();
        assert_eq!((&page["type"], page["@context"].is_array()), (&json!("Collection"), true));
        seen.extend(page["member"].as_array().unwrap().iter().map(|m| m.as_str().unwrap().to_owned()));
        address = reply.next();
    }
    seen
}

#[tokio::test]
async fn collections_hold_the_standards_words_and_those_in_use() {
    let house = house().await;
    let everything = &house.context;
    let steps = members(&house, everything, "/bizSteps?perPage=7").await;
    assert_eq!(steps.len(), 43);
    for step in ["shipping", "https://example.com/step/weighing", "https://example.com/step/hidden"] {
        assert_eq!(steps.iter().filter(|s| *s == step).count(), 1, "{step}");
    }
    assert_eq!(members(&house, everything, "/dispositions").await.len(), 33);
    assert_eq!(members(&house, everything, "/eventTypes?perPage=2").await.len(), 5);
    assert_eq!(members(&house, everything, "/readPoints").await, [PLACE]);
    assert!(members(&house, everything, "/bizLocations").await.is_empty());
    let second = bottle(2).replace("urn:epc:id:sgtin:4012345.011111.", "https://id.gs1.org/01/04012345111118/21/");
    for size in [1, 10] {
        let epcs = members(&house, everything, &format!("/epcs?perPage={size}")).await;
        assert_eq!(epcs, [second.as_str(), BOTTLE_LINK]);
    }
}

#[tokio::test]
async fn a_partners_collections_name_what_its_own_events_name() {
    let house = house().await;
    let partner = house.as_role(Role::Partner, &[OUR_GLN]);
    let steps = members(&house, &partner, "/bizSteps").await;
    assert_eq!(
        steps.iter().filter(|s| s.starts_with("https")).collect::<Vec<_>>(),
        ["https://example.com/step/weighing"]
    );
    assert_eq!(members(&house, &partner, "/epcs").await, [BOTTLE_LINK]);
    assert_eq!(members(&house, &partner, "/readPoints").await, [PLACE]);
    let nobody = house.as_role(Role::Partner, &[]);
    assert!(members(&house, &nobody, "/readPoints").await.is_empty());
    assert!(members(&house, &nobody, "/epcs").await.is_empty());
    for (path, ours, all) in [
        (format!("/readPoints/{}", encoded(PLACE)), 200, 200),
        (format!("/epcs/{}", bottle(2)), 404, 200),
        (format!("/bizSteps/{}", encoded("https://example.com/step/hidden")), 404, 200),
        ("/bizSteps/shipping".to_owned(), 200, 200),
        ("/bizSteps/shiping".to_owned(), 404, 404),
        (format!("/bizLocations/{}", encoded(PLACE)), 404, 404),
        ("/eventTypes/TransactionEvent".to_owned(), 200, 200),
        ("/eventTypes/NoEvent".to_owned(), 404, 404),
    ] {
        assert_eq!(house.get_as(&partner, &path).await.status, ours, "{path}");
        let reply = house.get(&path).await;
        assert_eq!(reply.status, all, "{path}");
        assert!(all != 200 || reply.json()["member"] == json!(["events"]));
    }
}

#[tokio::test]
async fn every_address_of_the_standard_tells_its_methods_and_versions() {
    let house = house().await;
    for path in ["/epcs/x", "/eventTypes/NoEvent/events", "/events/x"] {
        let address = format!("/{}/epcis{path}", house.context.tenant.name);
        assert_eq!(house.send(&house.context, Request::new(Method::Options, address, "")).await.status, 404, "{path}");
    }
    for (path, allow) in [
        ("", "GET, HEAD, OPTIONS"),
        ("/capture", "POST, GET, HEAD, OPTIONS"),
        ("/events", "POST, GET, HEAD, OPTIONS"),
        ("/events/urn:x:y", "GET, HEAD, OPTIONS"),
        ("/epcs/urn:x:y/events", "GET, HEAD, OPTIONS"),
        ("/dispositions", "GET, HEAD, OPTIONS"),
    ] {
        let address = format!("/{}/epcis{path}", house.context.tenant.name);
        let reply = house.send(&house.context, Request::new(Method::Options, address, "")).await;
        assert_eq!((reply.status, reply.header("allow")), (204, allow), "{path}");
        for (name, epcis) in [("version", "2.0.0"), ("min", "1.2"), ("max", "2.0.0")] {
            assert_eq!(reply.header(&format!("gs1-epcis-{name}")), epcis);
            assert_eq!(reply.header(&format!("gs1-cbv-{name}")), "2.0.0");
        }
        assert!(reply.header("gs1-vendor-version").starts_with("theriac "));
        assert!(!reply.header("gs1-extensions").is_empty() && !reply.header("gs1-epc-format").is_empty());
        assert_eq!(reply.header("gs1-epcis-capture-limit") == "10000000", matches!(path, "" | "/capture" | "/events"));
    }
}

#[tokio::test]
async fn what_cannot_be_had_is_refused_by_the_exceptions_name() {
    let house = house().await;
    let kind = |reply: &crate::house::Reply| -> (u16, Value) { (reply.status, reply.json()["type"].clone()) };
    let mut request = Request::new(Method::Get, format!("/{}/epcis/events", house.context.tenant.name), "");
    request.headers.push("gs1-epcis-min", "3.0");
    let reply = house.send(&house.context, request).await;
    assert_eq!(kind(&reply), (406, json!("epcisException:NotAcceptableException")));
    for (path, status, name) in [
        ("/events?EQ_x=1", 400, "QueryParameterException"),
        ("/bizSteps/shipping/events?EQ_bizStep=receiving", 400, "QueryParameterException"),
        ("/events/urn%3Anobody", 404, "NoSuchResourceException"),
        ("/bizSteps?perPage=none", 400, "QueryParameterException"),
    ] {
        assert_eq!(kind(&house.get(path).await), (status, json!(format!("epcisException:{name}"))), "{path}");
    }
    let long = format!("/events?EQ_eventID={}", "x".repeat(17_000));
    assert_eq!(kind(&house.get(&long).await), (414, json!("epcisException:URITooLongException")));
    let address = format!("/{}/epcis/nextPageToken/abc", house.context.tenant.name);
    let reply = house.send(&house.context, Request::new(Method::Delete, address, "")).await;
    assert_eq!((reply.status, reply.body.len()), (204, 0), "a token holds nothing");
}
