//! Questions, pages, orders.

use crate::house::{House, document, encoded, minute};
use crate::{BOTTLE, BOTTLE_LINK, CASE, bottle, object, pack, with};
use serde_json::json;

/// Ten inspections at falling times, ids `urn:e:0` to `urn:e:9`, then a packing, `urn:e:pack`.
async fn house() -> House {
    let house = House::new().await;
    let inspected = (0..10).map(|n| {
        let event = object(30 - n, "OBSERVE", if n % 2 == 0 { "inspecting" } else { "holding" }, &[&bottle(n)]);
        with(event, "eventID", format!("urn:e:{n}"))
    });
    let packed = with(pack(50, "ADD", CASE, &[&bottle(1), &bottle(2)]), "eventID", "urn:e:pack");
    let events: Vec<_> = inspected.chain([packed]).collect();
    assert_eq!(house.capture(document(&events), "rollback").await["success"], true);
    house
}

fn ids(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("urn:e:{n}")).collect()
}

#[tokio::test]
async fn any_spelling_finds_any_other() {
    let house = house().await;
    for address in [
        format!("/events?MATCH_anyEPC={}", bottle(3)),
        format!("/events?MATCH_epc={}&EQ_bizStep=holding", encoded("https://example.com/01/04012345111118/21/3?x=y")),
        format!("/epcs/{}/events", encoded("https://id.gs1.org/01/04012345111118/21/3")),
        format!("/items/{}/history", bottle(3)),
        "/events?EQ_eventID=urn:e:3&EQ_bizStep=https://ref.gs1.org/cbv/BizStep-holding".to_owned(),
        "/events/urn%3Ae%3A3".to_owned(),
        format!("/events?GE_eventTime={}&LT_eventTime={}", minute(27), minute(28)),
    ] {
        assert_eq!(house.get(&address).await.ids(), ["urn:e:3"], "{address}");
    }
    assert_eq!(house.get("/bizSteps/inspecting/events").await.ids(), ids([0, 2, 4, 6, 8]));
    assert_eq!(house.get("/eventTypes/AggregationEvent/events").await.ids(), ["urn:e:pack"]);
    assert_eq!(
        house.get(&format!("/events?MATCH_epc={}", encoded("urn:epc:idpat:sgtin:4012345.011111.*"))).await.ids().len(),
        11
    );
}

#[tokio::test]
async fn every_order_is_kept_across_pages() {
    let house = house().await;
    for (query, expected) in [
        ("", ids(0..10)),
        ("&orderBy=recordTime&orderDirection=DESC", ids((0..10).rev())),
        ("&orderBy=eventTime&orderDirection=ASC", ids((0..10).rev())),
        ("&orderBy=eventTime", ids(0..10)),
        ("&orderBy=eventTime&eventCountLimit=5", ids(0..5)),
        ("&orderBy=eventTime&EQ_action=OBSERVE&MATCH_epc=urn:epc:idpat:sgtin:4012345.011111.*", ids(0..10)),
    ] {
        for filter in ["EQ_bizStep=inspecting|holding", "eventType=ObjectEvent"] {
            let (mut seen, mut address) = (Vec::new(), Some(format!("/events?{filter}{query}&perPage=3")));
            while let Some(at) = address {
                let reply = house.get(&at).await;
                seen.extend(reply.ids());
                address = reply.next();
            }
            assert_eq!(seen, expected, "{filter}{query}");
        }
    }
}

#[tokio::test]
async fn the_last_page_has_no_next_and_a_token_is_good_for_its_question_only() {
    let house = house().await;
    assert_eq!(house.get("/events?perPage=11").await.next(), None);
    let next = house.get("/events?perPage=4").await.next().unwrap();
    let other = next.replace("/events?", "/events?EQ_action=ADD&");
    for bad in [other.as_str(), "/events?nextPageToken=AAAA"] {
        let reply = house.get(bad).await;
        assert_eq!((reply.status, &reply.json()["type"]), (400, &json!("epcisException:QueryParameterException")));
    }
    let stranger = house.as_role(theriac_access::Role::Steward, &[]);
    assert_eq!(house.get_as(&stranger, &next).await.status, 400);
}

#[tokio::test]
async fn too_many_events_for_the_asker_are_an_error_not_a_part_of_them() {
    let house = house().await;
    let reply = house.get("/events?maxEventCount=10").await;
    assert_eq!(reply.json()["type"], "epcisException:QueryTooLargeException");
    assert_eq!(house.get("/events?maxEventCount=11").await.ids().len(), 11);
    assert_eq!(house.get(&format!("/events?MATCH_anyEPC={}&maxEventCount=1", bottle(3))).await.ids(), ["urn:e:3"]);
}

#[tokio::test]
async fn an_unknown_parameter_is_named() {
    let house = House::new().await;
    let reply = house.get("/events?EQ_bizStp=packing").await;
    assert_eq!((reply.status, &reply.json()["type"]), (400, &json!("epcisException:QueryParameterException")));
    assert!(reply.json().to_string().contains("EQ_bizStp"));
}

#[tokio::test]
async fn an_event_comes_back_with_its_digits_prefixes_and_record_time() {
    let house = House::new().await;
    let body = String::from_utf8(document(&[json!({
        "type": "ObjectEvent", "eventTime": minute(1), "eventTimeZoneOffset": "+00:00", "action": "OBSERVE",
        "eventID": "urn:e:digits", "epcList": [BOTTLE], "ex:weight": "@@" })]))
    .unwrap()
    .replace("\"@@\"", "1.10")
    .replace("[\"https://ref", "[{\"ex\":\"https://example.org/\"},\"https://ref");
    assert_eq!(house.capture(body, "rollback").await["success"], true);
    let reply = house.get("/events").await;
    let text = String::from_utf8(reply.body.clone()).unwrap();
    assert!(text.contains(r#""ex:weight":1.10"#) && text.contains(r#"{"ex":"https://example.org/"}"#), "{text}");
    let recorded = reply.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0]["recordTime"].clone();
    let recorded = recorded.as_str().unwrap();
    assert_eq!(house.get(&format!("/events?GE_recordTime={recorded}")).await.ids().len(), 1);
    assert_eq!(house.get(&format!("/events?LT_recordTime={recorded}")).await.ids().len(), 0);
    // The answer is itself a document that can be captured.
    assert_eq!(house.capture(reply.body, "rollback").await["success"], true);
    assert_eq!(house.get(&format!("/items/{}", encoded(BOTTLE_LINK))).await.json()["revision"], 1);
}
