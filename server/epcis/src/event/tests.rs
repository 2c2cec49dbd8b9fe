//! What an event must and must not hold.

use super::*;
use theriac_core::json::parse;

const GOOD: &str = r#""eventTime":"2026-11-20T08:00:00.5+01:00","eventTimeZoneOffset":"+01:00""#;

fn faults(members: &str) -> Vec<(String, String)> {
    let text = format!("{{{GOOD},{members}}}");
    let node = parse(text.as_bytes()).unwrap();
    let result = Event::read(&node, "$", &Namespaces::default());
    result.err().map_or_else(Vec::new, |e| e.issues.into_iter().map(|i| (i.path, i.message)).collect())
}

fn object(members: &str) -> Vec<(String, String)> {
    faults(&format!(r#""type":"ObjectEvent","action":"OBSERVE","epcList":[]{members}"#))
}

#[test]
fn each_fault_is_named_with_its_place_and_cure() {
    for (members, path, cure) in [
        (r#","bizStep":"recieving""#, "$.bizStep", "`receiving`"),
        (r#","bizStep":5"#, "$.bizStep", "a string is needed"),
        (r#","colour":"red""#, "$.colour", "example:colour"),
        (r#","ex:colour":"red""#, "$['ex:colour']", "prefix `ex` is not declared"),
        (r#","cbvmda:a":{"ex:b":1}"#, "$['cbvmda:a']['ex:b']", "not declared"),
        (r#","parentID":"urn:x:1""#, "$.parentID", "has no `parentID`"),
        (r#","eventID":"no uri""#, "$.eventID", "no URI"),
        (r#","readPoint":{"cbvmda:x":1}"#, "$.readPoint.id", "needed"),
        (r#","ilmd":{"cbvmda:x":1}"#, "$.ilmd", "action` is ADD"),
        (r#","quantityList":[{"epcClass":"urn:x:1","uom":"kg"}]"#, "$.quantityList[0].uom", "KGM"),
        (r#","quantityList":[{"quantity":1}]"#, "$.quantityList[0].epcClass", "needed"),
        (r#","quantityList":[{"epcClass":"urn:x:1","unit":"X"}]"#, "$.quantityList[0].unit", "epcClass, quantity, uom"),
        (r#","persistentDisposition":{}"#, "$.persistentDisposition", "`set` or `unset`"),
        (r#","persistentDisposition":{"set":[]}"#, "$.persistentDisposition.set", "empty"),
        (r#","persistentDisposition":{"set":["recalled","recalled"]}"#, "$.persistentDisposition.set[1]", "twice"),
        (r#","sourceList":[{"type":"place","source":"urn:x:1"}]"#, "$.sourceList[0].type", "owning_party"),
        (r#","destinationList":[{"destination":"urn:x:1"}]"#, "$.destinationList[0].type", "needed"),
        (r#","errorDeclaration":{}"#, "$.errorDeclaration.declarationTime", "needed"),
        (r#","sensorElementList":[{}]"#, "$.sensorElementList[0].sensorReport", "needed"),
        (
            r#","sensorElementList":[{"sensorReport":[{"value":1}]}]"#,
            "$.sensorElementList[0].sensorReport[0].type",
            "needed",
        ),
        (
            r#","sensorElementList":[{"sensorReport":[{"type":"Temperature","value":"1"}]}]"#,
            "$.sensorElementList[0].sensorReport[0].value",
            "a number",
        ),
    ] {
        let found = object(members);
        assert_eq!(found.len(), 1, "{members}: {found:?}");
        assert_eq!(found[0].0, path);
        assert!(found[0].1.contains(cure), "{}", found[0].1);
    }
}

#[test]
fn epcs_are_distinct_well_formed_uris() {
    let list = |list: &str| faults(&format!(r#""type":"ObjectEvent","action":"ADD","epcList":{list}"#));
    assert_eq!(list(r#"["urn:uuid:1"]"#), []);
    assert!(list(r#"["urn:uuid:1","urn:uuid:1"]"#)[0].1.contains("twice"));
    assert!(list(r#"["4012345"]"#)[0].1.contains("no URI"));
    assert!(list(r#"["urn:epc:id:sgtin:4012345.01111.1"]"#)[0].1.contains("must have 6"));
    assert!(list(r#""urn:uuid:1""#)[0].1.contains("an array"));
}

#[test]
fn times_have_zones_and_offsets_have_bounds() {
    for (time, offset, faults) in [
        ("2026-11-20T08:00:00Z", "+14:00", 0),
        ("2026-11-20T08:00:00Z", "-00:30", 0),
        ("2026-11-20T08:00:00Z", "+14:01", 1),
        ("2026-11-20T08:00:00Z", "+1:00", 1),
        ("2026-11-20T08:00:00Z", "01:00", 1),
        ("2026-11-20T08:00:00", "+01:00", 1),
        ("2026-11-20 08:00:00Z", "+01:00", 1),
        ("2026-02-30T08:00:00Z", "é1:00", 2),
    ] {
        let text = format!(
            r#"{{"type":"ObjectEvent","action":"ADD","epcList":[],"eventTime":"{time}","eventTimeZoneOffset":"{offset}"}}"#
        );
        let node = parse(text.as_bytes()).unwrap();
        let found = Event::read(&node, "$", &Namespaces::default()).err().map_or(0, |e| e.issues.len());
        assert_eq!(found, faults, "{time} {offset}");
    }
}

#[test]
fn each_type_needs_its_own_members() {
    for (members, fits) in [
        (r#""type":"ObjectEvent","action":"ADD""#, false),
        (r#""type":"ObjectEvent","action":"ADD","quantityList":[{"epcClass":"urn:x:1"}]"#, true),
        (r#""type":"ObjectEvent","epcList":[]"#, false),
        (r#""type":"AggregationEvent","action":"OBSERVE","childEPCs":["urn:x:1"]"#, true),
        (r#""type":"AggregationEvent","action":"ADD","childEPCs":["urn:x:1"]"#, false),
        (r#""type":"AggregationEvent","action":"DELETE","parentID":"urn:x:1""#, true),
        (r#""type":"AggregationEvent","action":"ADD","parentID":"urn:x:1""#, false),
        (r#""type":"TransactionEvent","action":"ADD","epcList":["urn:x:1"]"#, false),
        (
            r#""type":"TransactionEvent","action":"ADD","epcList":["urn:x:1"],"bizTransactionList":[{"bizTransaction":"urn:x:2"}]"#,
            true,
        ),
        (r#""type":"TransformationEvent","inputEPCList":["urn:x:1"]"#, false),
        (r#""type":"TransformationEvent","inputEPCList":["urn:x:1"],"transformationID":"urn:x:t""#, true),
        (
            r#""type":"TransformationEvent","inputEPCList":["urn:x:1"],"outputEPCList":["urn:x:2"],"action":"ADD""#,
            false,
        ),
        (r#""type":"AssociationEvent","action":"OBSERVE","childEPCs":["urn:x:1"]"#, false),
        (r#""type":"QuantityEvent""#, false),
        (r#""type":"cbvmda:OwnEvent","cbvmda:x":1"#, true),
    ] {
        assert_eq!(faults(members).is_empty(), fits, "{members}: {:?}", faults(members));
    }
}

#[test]
fn what_is_stored_stands_alone_and_keeps_digits() {
    let context = parse(br#"[{"ex":"https://e.org/","un":"https://unused.org/"}]"#).unwrap();
    let text = format!(
        r#"{{"type":"ObjectEvent",{GOOD},"action":"ADD","quantityList":[{{"epcClass":"urn:x:1","quantity":1.10}}],"ex:a":1}}"#
    );
    let node = parse(text.as_bytes()).unwrap();
    let event = Event::read(&node, "$", &Namespaces::of(Some(&context))).unwrap();
    let stored = event.stored("urn:uuid:1", Instant(0));
    let stored = String::from_utf8(stored).unwrap();
    assert!(stored.starts_with(r#"{"@context":{"ex":"https://e.org/"},"type":"ObjectEvent""#), "{stored}");
    assert!(stored.contains(r#""quantity":1.10"#));
    assert!(
        stored.ends_with(r#""ex:a":1,"eventID":"urn:uuid:1","recordTime":"1970-01-01T00:00:00.000Z"}"#),
        "{stored}"
    );
    let again = parse(stored.as_bytes()).unwrap();
    assert!(Event::read(&again, "$", &Namespaces::default()).is_ok());
}
