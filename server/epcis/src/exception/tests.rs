//! Every rule of an item's history, broken once by a short one.

use super::*;
use crate::item::apply;
use crate::namespaces::Namespaces;
use theriac_core::json::parse;

const PACK: &str = "https://id.gs1.org/01/04012345111118/21/1";
const CASE: &str = "https://id.gs1.org/00/340123451111111111";
const OTHER: &str = "https://id.gs1.org/00/340123451111111128";

fn event(kind: &str, hour: u32, members: &str) -> String {
    format!(r#"{{"type":"{kind}","eventTime":"2026-11-20T{hour:02}:00:00Z","eventTimeZoneOffset":"+00:00",{members}}}"#)
}

fn object(hour: u32, step: &str, more: &str) -> String {
    let action = match step {
        "commissioning" => "ADD",
        "destroying" | "decommissioning" => "DELETE",
        _ => "OBSERVE",
    };
    event("ObjectEvent", hour, &format!(r#""epcList":["{PACK}"],"action":"{action}","bizStep":"{step}"{more}"#))
}

fn made(hour: u32) -> String {
    object(hour, "commissioning", r#","ilmd":{"cbvmda:lotNumber":"L1","cbvmda:itemExpirationDate":"2027-01-31"}"#)
}

fn pack(hour: u32, action: &str, parent: &str, child: &str) -> String {
    event("AggregationEvent", hour, &format!(r#""action":"{action}","parentID":"{parent}","childEPCs":["{child}"]"#))
}

/// The codes broken by the last event.
fn broken(texts: &[String]) -> Vec<&'static str> {
    let mut items = HashMap::new();
    let mut last = Vec::new();
    let now = Instant::parse("2026-11-21T00:00:00Z").unwrap();
    for (n, text) in texts.iter().enumerate() {
        let node = parse(text.as_bytes()).unwrap();
        let event = Event::read(&node, "$", &Namespaces::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
        last = item_faults(&event, &items);
        apply(&event, &format!("urn:e:{n}"), &mut items);
        last.extend(event_faults(&event, now));
        last.extend(stock_faults(&event, &items));
    }
    let mut codes: Vec<&str> = last.iter().filter(|f| f.rule.mode != rule::Mode::Off).map(|f| f.rule.code).collect();
    codes.dedup();
    codes
}

#[test]
fn a_life_as_it_should_be_breaks_no_rule() {
    let steps = [
        made(1),
        pack(2, "ADD", CASE, PACK),
        event("ObjectEvent", 3, &format!(r#""epcList":["{CASE}"],"action":"OBSERVE","bizStep":"shipping""#)),
        event("ObjectEvent", 4, &format!(r#""epcList":["{CASE}"],"action":"OBSERVE","bizStep":"receiving""#)),
        pack(5, "DELETE", CASE, PACK),
        object(6, "dispensing", r#","disposition":"dispensed""#),
        object(7, "inspecting", ""),
        object(8, "receiving", r#","disposition":"returned""#),
        object(9, "decommissioning", ""),
        object(10, "destroying", ""),
    ];
    for to in 1..=steps.len() {
        assert_eq!(broken(&steps[..to]), Vec::<&str>::new(), "{}", steps[to - 1]);
    }
}

#[test]
fn each_rule_is_found_by_its_code() {
    let dispensed = |hour| object(hour, "dispensing", r#","disposition":"dispensed""#);
    let traded = |more: &str| {
        let parties = r#","sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:4012345.00001"}],
            "destinationList":[{"type":"owning_party","destination":"urn:epc:id:pgln:4000001.98765"}]"#;
        object(3, "shipping", &format!("{parties}{more}"))
    };
    let owned = r#","sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:4000001.11111"}],"destinationList":[{"type":"owning_party","destination":"urn:epc:id:pgln:4000001.11111"}]"#;
    let lot = r#"[{"epcClass":"https://id.gs1.org/01/04012345111118/10/L1","quantity":"#;
    let cases: &[(&str, Vec<String>)] = &[
        ("shipped-not-commissioned", vec![object(1, "shipping", "")]),
        ("packed-not-commissioned", vec![pack(1, "ADD", CASE, PACK)]),
        ("commissioned-twice", vec![made(1), made(2)]),
        ("received-not-shipped", vec![made(1), object(2, "receiving", "")]),
        ("two-parents", vec![made(1), pack(2, "ADD", CASE, PACK), pack(3, "ADD", OTHER, PACK)]),
        ("not-in-parent", vec![made(1), pack(2, "ADD", CASE, PACK), pack(3, "DELETE", OTHER, PACK)]),
        ("child-count-differs", vec![made(1), pack(2, "ADD", CASE, PACK), pack(3, "OBSERVE", CASE, OTHER)]),
        ("wrong-lot", vec![made(1), object(2, "commissioning", r#","ilmd":{"cbvmda:lotNumber":"L2"}"#)]),
        ("dispensed-twice", vec![made(1), dispensed(2), dispensed(3)]),
        ("event-after-end", vec![made(1), object(2, "destroying", ""), object(3, "storing", "")]),
        ("recalled-dispensed", vec![made(1), object(2, "holding", r#","disposition":"recalled""#), dispensed(3)]),
        (
            "shipped-by-other",
            vec![
                made(1),
                traded(
                    r#","bizTransactionList":[{"type":"po","bizTransaction":"urn:x:1"},{"type":"desadv","bizTransaction":"urn:x:2"}]"#,
                ),
                object(4, "shipping", owned),
            ],
        ),
        (
            "missing-po",
            vec![made(1), traded(r#","bizTransactionList":[{"type":"desadv","bizTransaction":"urn:x:2"}]"#)],
        ),
        ("missing-asn", vec![made(1), traded(r#","bizTransactionList":[{"type":"po","bizTransaction":"urn:x:1"}]"#)]),
        (
            "more-used-than-made",
            vec![
                event(
                    "ObjectEvent",
                    1,
                    &format!(r#""action":"ADD","bizStep":"commissioning","quantityList":{lot}2}}]"#),
                ),
                event(
                    "ObjectEvent",
                    2,
                    &format!(r#""action":"DELETE","bizStep":"destroying","quantityList":{lot}3}}]"#),
                ),
            ],
        ),
        ("future-event", vec![made(1).replace("2026-11-20", "2026-11-22")]),
    ];
    for (code, texts) in cases {
        assert!(broken(texts).contains(code), "{code}: {:?}", broken(texts));
    }
}

#[test]
fn an_item_is_not_packed_into_what_it_holds() {
    let texts = [pack(1, "ADD", CASE, OTHER), pack(2, "ADD", OTHER, CASE)];
    assert!(broken(&texts).contains(&"packed-in-itself"));
}

#[test]
fn an_expiry_holds_to_the_end_of_its_day() {
    let expiring =
        |day: &str| object(1, "commissioning", &format!(r#","ilmd":{{"cbvmda:itemExpirationDate":"{day}"}}"#));
    let ship = |more: &str| object(23, "shipping", more);
    assert!(broken(&[expiring("2026-11-19")]).contains(&"expired-at-commissioning"));
    assert!(broken(&[expiring("2026-11-19"), ship("")]).contains(&"expired"));
    assert!(!broken(&[expiring("2026-11-20"), ship("")]).contains(&"expired"));
    let back = ship(r#","disposition":"expired""#);
    assert!(!broken(&[expiring("2026-11-19"), back]).contains(&"expired"), "expired goods may go back");
}
