//! Behaviour of the event query, over one small event.

use super::*;
use crate::event::Event;
use crate::index::index;
use crate::namespaces::Namespaces;
use theriac_core::json::parse;
use theriac_core::{Code, Result};

const EVENT: &[u8] = br#"{"type":"AggregationEvent","eventTime":"2026-11-20T08:00:00Z","eventTimeZoneOffset":"+00:00",
    "action":"ADD","bizStep":"packing","disposition":"in_progress","parentID":"urn:epc:id:sscc:4012345.3111111111",
    "childEPCs":["https://example.com/01/04012345111118/21/98"],
    "childQuantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.012345.Lot987","quantity":1}],
    "readPoint":{"id":"urn:epc:id:sgln:4012345.00005.12"},"bizLocation":{"id":"https://id.gs1.org/414/4012345000054"},
    "bizTransactionList":[{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:4012345000009:1"}],
    "sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:4012345.00000"}],
    "cbvmda:note":"x"}"#;

fn ask(pairs: &[(&str, &str)]) -> Result<bool> {
    let node = parse(EVENT).unwrap();
    let event = Event::read(&node, "$", &Namespaces::default()).unwrap();
    let query = Query::from_pairs(pairs.iter().copied(), &Namespaces::default())?;
    Ok(query.matches(&index(&event, "urn:uuid:7"), event.time, Instant(event.time.0 + 1_000_000)))
}

#[test]
fn every_spelling_finds_the_event() {
    for (name, value) in [
        ("eventType", "ObjectEvent|AggregationEvent"),
        ("EQ_action", "ADD"),
        ("EQ_bizStep", "packing"),
        ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:packing"),
        ("EQ_bizStep", "shipping|https://ref.gs1.org/cbv/BizStep-packing"),
        ("EQ_disposition", "in_progress"),
        ("EQ_eventID", "urn:uuid:7"),
        ("MATCH_epc", "urn:epc:id:sgtin:4012345.011111.98"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.011111.*"),
        ("MATCH_anyEPC", "https://id.gs1.org/00/340123451111111111"),
        ("MATCH_parentID", "urn:epc:id:sscc:4012345.3111111111"),
        ("MATCH_epcClass", "https://id.gs1.org/01/04012345123456/10/Lot987"),
        ("MATCH_anyEPCClass", "urn:epc:idpat:sgtin:4012345.012345.*"),
        ("EQ_readPoint", "https://id.gs1.org/414/4012345000054/254/12"),
        ("EQ_bizLocation", "urn:epc:id:sgln:4012345.00005.0"),
        ("EQ_bizTransaction_po", "urn:epcglobal:cbv:bt:4012345000009:1"),
        ("EQ_bizTransaction_urn:epcglobal:cbv:btt:po", "urn:epcglobal:cbv:bt:4012345000009:1"),
        ("EQ_source_owning_party", "https://id.gs1.org/417/4012345000009"),
        ("EXISTS_cbvmda:note", "true"),
        ("GE_eventTime", "2026-11-20T09:00:00+01:00"),
        ("LT_recordTime", "2026-11-20T08:00:02Z"),
    ] {
        assert!(ask(&[(name, value)]).unwrap(), "{name}={value}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    for (name, value) in [
        ("eventType", "ObjectEvent"),
        ("EQ_bizStep", "shipping"),
        ("MATCH_epc", "urn:epc:id:sscc:4012345.3111111111"),
        ("MATCH_inputEPC", "urn:epc:id:sgtin:4012345.011111.98"),
        ("EQ_bizTransaction_inv", "urn:epcglobal:cbv:bt:4012345000009:1"),
        ("EXISTS_errorDeclaration", "true"),
        ("LT_eventTime", "2026-11-20T08:00:00Z"),
    ] {
        assert!(!ask(&[(name, value)]).unwrap(), "{name}={value}");
    }
    assert!(!ask(&[("EQ_action", "ADD"), ("EQ_bizStep", "shipping")]).unwrap(), "parameters are joined by AND");
}

#[test]
fn unknown_parameters_are_refused_with_the_list() {
    for name in ["GE_eventDate", "EQ_bizstep", "EQ_", "MATCH_", "EQ_bizTransaction_", "quantity", "WD_epc", "GT_time"] {
        let error = ask(&[(name, "x")]).unwrap_err();
        assert_eq!((error.code, error.issues[0].path.as_str()), (Code::UnknownParameter, name));
        assert!(error.issues[0].message.contains("EQ_bizStep, EQ_disposition"), "{error}");
    }
}

const SENSED: &[u8] = br#"{"@context":{"ex":"https://e.org/"},"type":"ObjectEvent","eventTime":"2026-11-20T08:00:00Z",
    "eventTimeZoneOffset":"+00:00","action":"ADD","readPoint":{"id":"urn:epc:id:sgln:4012345.00005.12","ex:dock":7},
    "quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.012345.Lot987","quantity":2.5,"uom":"KGM"}],
    "errorDeclaration":{"declarationTime":"2026-11-21T00:00:00Z","reason":"incorrect_data","ex:by":"urn:x:1"},
    "ilmd":{"ex:expires":"2026-12-31","ex:box":{"ex:colour":"red","ex:size":[1,2]}},"ex:score":4.50,
    "ex:note":{"ex:deep":[{"ex:n":"007"}]},
    "sensorElementList":[{"ex:rack":"A","sensorMetadata":{"deviceID":"urn:x:d","startTime":"2026-11-20T06:00:00Z",
        "endTime":"2026-11-20T07:00:00Z","ex:m":1},
      "sensorReport":[{"type":"Temperature","value":77,"uom":"FAH","ex:r":true},{"type":"RelativeHumidity","value":40,"uom":"P1",
        "stringValue":"dry","booleanValue":true,"hexBinaryValue":"0aF","uriValue":"urn:x:u","percRank":50,"maxValue":41,
        "time":"2026-11-20T06:30:00Z","microorganism":"urn:x:mo","chemicalSubstance":"urn:x:cs","bizRules":"urn:x:br",
        "dataProcessingMethod":"urn:x:dp"}]}]}"#;

fn sensed(name: &str, value: &str) -> bool {
    let node = parse(SENSED).unwrap();
    let event = Event::read(&node, "$", &Namespaces::default()).unwrap();
    let query = Query::from_pairs([(name, value)], &event.spaces).unwrap();
    query.matches(&index(&event, "urn:uuid:7"), event.time, event.time)
}

/// Parameter, a value that finds the event, a value that does not.
#[rustfmt::skip]
const COMPARED: &[(&str, &str, &str)] = &[
    ("EQ_value_CEL", "25|30", "77"), ("GE_value_KEL", "298.15", "298.16"), ("GT_value_FAH", "76.9", "77"),
    ("LT_value_CEL", "25.1", "25"), ("LE_value_CEL", "25", "24.9"), ("EQ_value_P1", "40", "41"), ("GE_maxValue_P1", "41", "42"),
    ("EQ_quantity", "2.5", "2500"), ("EQ_quantity_GRM", "2500", "2.5"), ("GE_quantity", "2", "3"), ("LT_quantity_KGM", "3", "2"),
    ("LE_percRank", "50", "49"), ("EQ_type", "Temperature|Mass", "Mass"), ("EQ_type", "https://gs1.org/voc/Temperature", "Speed"),
    ("EQ_deviceID", "urn:x:d", "urn:x:e"), ("EQ_stringValue", "dry", "wet"), ("EQ_booleanValue", "true", "false"),
    ("EQ_hexBinaryValue", "0AF", "0A"), ("EQ_uriValue", "urn:x:u", "urn:x:v"), ("EQ_microorganism", "urn:x:mo", "urn:x:cs"),
    ("EQ_chemicalSubstance", "urn:x:cs", "urn:x:mo"), ("EQ_bizRules", "urn:x:br", "urn:x:b"),
    ("EQ_dataProcessingMethod", "urn:x:dp", "urn:x:d"),
    ("GE_startTime", "2026-11-20T07:00:00+01:00", "2026-11-20T06:00:00.001Z"), ("LT_endTime", "2026-11-20T07:00:01Z", "2026-11-20T07:00:00Z"),
    ("GE_time", "2026-11-20T06:30:00Z", "2026-11-20T06:31:00Z"),
    ("GE_errorDeclarationTime", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
    ("LT_errorDeclaration_Time", "2026-11-22T00:00:00Z", "2026-11-21T00:00:00Z"),
    ("EQ_ex:score", "4.5", "45"), ("EQ_https://e.org/score", "4.5", "5"), ("GT_ex:score", "4.4", "4.5"), ("LE_ex:score", "4.50", "4"),
    ("EQ_INNER_ex:n", "7", "8"), ("GE_INNER_ex:n", "7", "7.1"), ("EQ_INNER_ILMD_ex:colour", "blue|red", "blue"),
    ("EQ_INNER_ILMD_ex:size", "2", "3"), ("GE_ILMD_ex:expires", "2026-12-31T00:00:00Z", "2027-01-01"),
    ("EQ_ILMD_ex:expires", "2026-12-31", "2026-12-30"), ("EQ_ERROR_DECLARATION_ex:by", "urn:x:1", "urn:x:2"),
    ("EQ_SENSORELEMENT_ex:rack", "A", "B"), ("EQ_SENSORMETADATA_ex:m", "1.0", "2"), ("EQ_SENSORREPORT_ex:r", "true", "false"),
    ("EQ_readPoint_ex:dock", "7", "8"), ("LT_readPoint_ex:dock", "8", "7"), ("WD_readPoint", "urn:epc:id:sgln:4012345.00005.12", "urn:x:y"),
];

#[test]
fn values_are_found_in_any_unit_and_spelling() {
    for (name, there, not_there) in COMPARED.iter().filter(|(name, ..)| !name.starts_with("WD_")) {
        assert!(sensed(name, there), "{name}={there}");
        assert!(!sensed(name, not_there), "{name}={not_there}");
    }
}

#[test]
fn fields_are_there_where_they_stand_and_nowhere_else() {
    for name in
        ["ex:score", "ILMD_ex:box", "INNER_ILMD_ex:colour", "INNER_ex:deep", "SENSORREPORT_ex:r", "bizLocation_ex:x"]
    {
        assert_eq!(sensed(&format!("EXISTS_{name}"), "true"), name != "bizLocation_ex:x", "{name}");
        assert!(sensed(&format!("EXISTS_{name}"), "false"), "`false` asks for nothing");
    }
    for name in ["ILMD_ex:colour", "INNER_ex:score", "ex:colour", "INNER_ILMD_ex:box", "readPoint_ex:r", "ex:dock"] {
        assert!(!sensed(&format!("EXISTS_{name}"), "true"), "{name}");
    }
}

#[test]
fn bad_values_are_refused() {
    for (name, value, why) in [
        ("EQ_action", "SHIPPED", "OBSERVE, ADD, DELETE"),
        ("GE_eventTime", "not-a-date", "date-time"),
        ("GE_eventTime", "2026-11-20T08:00:00Z|2026-11-20T08:00:00Z", "exactly one"),
        ("orderDirection", "SIDEWAYS", "ASC or DESC"),
        ("orderBy", "epc", "eventTime, recordTime or"),
        ("perPage", "0", "positive"),
        ("EQ_bizStep", "transforming", "no standard bizStep"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.*.*", "last part only"),
        ("MATCH_epc", "not a uri", "no URI"),
        ("EXISTS_errorDeclaration", "1", "`true` or `false`"),
        ("HASATTR_epcList", "cbvmda:city", "bizLocation"),
        ("EQATTR_bizLocation", "Bonn", "EQATTR_bizLocation_cbvmda:city"),
        ("HASATTR_bizLocation_cbvmda:city", "Bonn", "as the value in HASATTR_"),
        ("GE_value_CEL", "warm", "no number"),
        ("GE_value_CEL", "1|2", "exactly one"),
        ("EQ_booleanValue", "yes", "neither true nor false"),
        ("GE_cbvmda:x", "soon", "neither a number nor a time"),
        ("EXISTS_nope:x", "true", "not declared"),
        ("eventCountLimit", "5", "needs orderBy"),
    ] {
        let error = ask(&[(name, value)]).unwrap_err();
        assert_eq!(error.issues[0].path, name);
        assert!(error.issues[0].message.contains(why), "{error}");
    }
    let both = [("eventCountLimit", "5"), ("maxEventCount", "5"), ("orderBy", "eventTime")];
    assert!(ask(&both).unwrap_err().message.contains("exclude each other"));
}

#[test]
fn the_json_of_a_named_query_reads_alike() {
    let text = br#"{"@context":[{"ex":"https://e.org/"}],"eventType":["ObjectEvent"],"EQ_bizStep":["packing"],
        "EXISTS_ex:f":true,"EXISTS_ex:g":null,"GE_eventTime":"2026-01-01T00:00:00+01:00","orderBy":"eventTime","eventCountLimit":100}"#;
    let query = Query::from_json(&parse(text).unwrap(), &Namespaces::default()).unwrap();
    assert_eq!((query.all_of.len(), query.times.len()), (4, 1));
    assert_eq!(
        (query.order_by, query.event_count_limit, query.direction),
        (Some(Order::Column(Column::EventTime)), Some(100), Direction::Desc)
    );
    let error = Query::from_json(&parse(br#"{"EQ_action":{"a":1}}"#).unwrap(), &Namespaces::default()).unwrap_err();
    assert_eq!(error.issues[0].path, "EQ_action");
}
