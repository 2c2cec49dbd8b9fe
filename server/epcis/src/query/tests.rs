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
    for name in ["GE_eventDate", "EQ_bizstep", "EQ_", "MATCH_", "EQ_bizTransaction_", "quantity"] {
        let error = ask(&[(name, "x")]).unwrap_err();
        assert_eq!((error.code, error.issues[0].path.as_str()), (Code::UnknownParameter, name));
        assert!(error.issues[0].message.contains("EQ_bizStep, EQ_disposition"), "{error}");
    }
}

#[test]
fn parameters_not_answered_yet_are_named() {
    let names = [
        "WD_readPoint",
        "GE_quantity",
        "EQ_value_CEL",
        "EQ_INNER_ILMD_cbvmda:x",
        "EQ_cbvmda:note",
        "HASATTR_a",
        "EQATTR_a_b",
        "LT_errorDeclarationTime",
    ];
    for name in names {
        let error = ask(&[(name, "1")]).unwrap_err();
        assert_eq!((error.code, error.issues[0].path.as_str()), (Code::NotSupported, name));
    }
}

#[test]
fn bad_values_are_refused() {
    for (name, value, why) in [
        ("EQ_action", "SHIPPED", "OBSERVE, ADD, DELETE"),
        ("GE_eventTime", "not-a-date", "date-time"),
        ("GE_eventTime", "2026-11-20T08:00:00Z|2026-11-20T08:00:00Z", "exactly one"),
        ("orderDirection", "SIDEWAYS", "ASC or DESC"),
        ("orderBy", "epc", "eventTime or recordTime"),
        ("perPage", "0", "positive"),
        ("EQ_bizStep", "transforming", "no standard bizStep"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.*.*", "last part only"),
        ("MATCH_epc", "not a uri", "no URI"),
        ("EXISTS_errorDeclaration", "false", "`false`"),
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
        "EXISTS_ex:f":true,"GE_eventTime":"2026-01-01T00:00:00+01:00","orderBy":"eventTime","eventCountLimit":100}"#;
    let query = Query::from_json(&parse(text).unwrap(), &Namespaces::default()).unwrap();
    assert_eq!((query.all_of.len(), query.times.len()), (3, 1));
    assert_eq!(
        (query.order_by, query.event_count_limit, query.direction),
        (Some(Column::EventTime), Some(100), Direction::Desc)
    );
    let error = Query::from_json(&parse(br#"{"EQ_action":{"a":1}}"#).unwrap(), &Namespaces::default()).unwrap_err();
    assert_eq!(error.issues[0].path, "EQ_action");
}
