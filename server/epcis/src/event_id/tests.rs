//! Laws of the hash id; the reference vectors run in `tests/fixtures.rs`.

use super::*;
use theriac_core::json::parse;

const PLAIN: &str = r#"{"type":"ObjectEvent","eventTime":"2019-10-21T14:45:00.1234Z","eventTimeZoneOffset":"+01:00",
    "action":"OBSERVE","bizStep":"inspecting","epcList":["urn:epc:id:sgtin:4012345.011111.2","urn:epc:id:sgtin:4012345.011111.1"],
    "quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.011111.L","quantity":2.50}],"cbvmda:b":"7","cbvmda:a":[2,1]}"#;

fn hashed(text: &str) -> String {
    let node = parse(text.as_bytes()).unwrap();
    event_id(&Event::read(&node, "$", &Namespaces::default()).unwrap(), &["gs1:hash".to_owned()])
}

#[test]
fn spelling_order_and_bookkeeping_do_not_change_the_id() {
    for (from, to) in [
        ("2019-10-21T14:45:00.1234Z", "2019-10-21T16:45:00.123+02:00"),
        ("\"inspecting\"", "\"urn:epcglobal:cbv:bizstep:inspecting\""),
        ("urn:epc:id:sgtin:4012345.011111.2", "https://example.com/01/04012345111118/10/x/21/2?a=b"),
        ("2.50", "2.5"),
        ("\"7\"", "7.0"),
        ("[2,1]", "[1,2]"),
        (
            "\"action\"",
            "\"recordTime\":\"2020-01-01T00:00:00Z\",\"eventID\":\"urn:uuid:1\",\"gs1:hash\":\"x\",\"action\"",
        ),
    ] {
        assert!(PLAIN.contains(from));
        assert_eq!(hashed(&PLAIN.replace(from, to)), hashed(PLAIN), "{from} -> {to}");
    }
}

#[test]
fn what_happened_changes_the_id() {
    for (from, to) in
        [("OBSERVE", "ADD"), ("+01:00", "+02:00"), ("2.50", "2.51"), ("cbvmda:b", "cbvmda:c"), ("011111.2", "011111.3")]
    {
        assert_ne!(hashed(&PLAIN.replace(from, to)), hashed(PLAIN), "{from} -> {to}");
    }
}
