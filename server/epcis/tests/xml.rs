//! The published examples in XML: valid documents pass, invalid ones are refused, hash ids match, and what is
//! written reads the same. The small set under `fixtures/` always runs, the whole collection where it is laid out.

#![allow(clippy::unwrap_used, reason = "the whole file is tests")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use theriac_core::Result;
use theriac_core::json::Node;
use theriac_epcis::document::from_xml;
use theriac_epcis::translate::CbvXmlFormat;
use theriac_epcis::xml::{Version, Writer};
use theriac_epcis::{Document, Event, event_id, xml};

/// Not in the order of the schema, which is refused unless it is said that order does not matter.
const JUMBLED: &[&str] =
    &["JumbledFieldsOrder.xml", "Jumbled_attributes_order.xml", "SensorDataExamples.xml", "/expected_equal/"];

/// No documents of events: capture jobs and queries.
const OTHERS: &[&str] = &["/CaptureJob/", "/Queries/"];

/// Certificates are URIs; this one is plain text.
const WRONG: &[&str] = &["1.2/EPCIS/XML/Capture/Documents/ObjectEvent_all_possible_fields.xml"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/epcis");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no ../shared/data/epcis beside the repository");
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else if entry.extension().is_some_and(|e| e == "xml") && !named(&entry, OTHERS) {
            found.push(entry);
        }
    }
    found.sort();
    found
}

fn named(path: &Path, words: &[&str]) -> bool {
    words.iter().any(|word| path.to_str().unwrap().contains(word))
}

fn read(path: &Path) -> Result<Document<'static>> {
    let document = from_xml(&std::fs::read(path).unwrap(), named(path, JUMBLED))?;
    document.check()?;
    Ok(document)
}

fn ids(document: &Document<'_>) -> Vec<String> {
    let ignored = document.ignored_fields();
    document.events().map(|event| event_id::event_id(&event.unwrap(), &ignored)).collect()
}

/// All documents of a folder; gives the number of events.
fn all_pass(folder: &Path) -> usize {
    let mut events = 0;
    for path in files(folder).iter().filter(|p| !named(p, &["/Invalid/"]) && !named(p, WRONG)) {
        let document = read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!document.is_empty() || !document.vocabulary_list().is_empty(), "{}", path.display());
        events += document.len();
        reads_back(path, &document);
        let hashes = path.with_extension("hashes");
        if hashes.exists() {
            let expected = std::fs::read_to_string(hashes).unwrap();
            assert_eq!(ids(&document), expected.split_whitespace().collect::<Vec<_>>(), "{}", path.display());
        }
    }
    events
}

/// Written in either version and read again, an event has the hash that it had.
fn reads_back(path: &Path, document: &Document<'_>) {
    let scope = [("epcis", xml::EPCIS[1]), ("gs1", "https://gs1.org/voc/")];
    for (event, id) in document.events().map(|e| e.unwrap()).zip(ids(document)) {
        let stored = event.stored(&id, event.time);
        let stored = theriac_core::json::parse(&stored).unwrap();
        for version in [Version::V2_0, Version::V1_2] {
            let mut writer = Writer::new(version, CbvXmlFormat::NoPreference);
            writer.event(stored.as_object().unwrap()).unwrap();
            let text = writer.finish();
            let around = xml::namespaces(scope);
            let again = xml::event(&text, scope, &around, false)
                .unwrap_or_else(|e| panic!("{}: {e}\n{}", path.display(), String::from_utf8_lossy(&text)));
            let again = Event::read(&again, "$", &around).unwrap();
            let ignored = document.ignored_fields();
            // 1.2 has another name for the namespace of master data.
            let plain = |e: &Event<'_>| event_id::pre_hash(e, &ignored).replace("cbv:mda:}", "cbv:mda}");
            assert_eq!(plain(&event), plain(&again), "{} {version:?}", path.display());
        }
    }
}

#[test]
fn valid_fixtures_pass_and_have_the_hash_ids_of_the_reference() {
    assert!(all_pass(&fixtures()) > 40);
}

#[test]
fn invalid_fixtures_are_refused_and_the_fault_is_named() {
    for (name, word) in [
        ("ObjectEvent_with_near_miss_action", "`OBSERV` is no action"),
        ("ObjectEvent_with_invalid_action", "`CREATE` is no action"),
        ("ObjectEvent_without_eventTime", "`eventTime` is needed"),
        ("ObjectEvent_with_unknown_element", "<madeUpField>"),
        ("ObjectEvent_bare_event_without_action", "`action` is needed"),
        ("ObjectEvent_with_wrong_element_order", "<eventTime> stands after <action>"),
        ("ObjectEvent_with_invalid_eventTime_format", "`22-07-2026` is no date-time"),
    ] {
        let error = read(&fixtures().join(format!("openepcis-xml/Invalid/{name}.xml"))).unwrap_err();
        assert!(error.message.contains(word), "{name}: {error}");
    }
}

#[test]
fn the_header_of_a_shipment_is_kept() {
    let document = read(&fixtures().join("openepcis-xml/GS1_US_Pharma_Example_2_2_1_1.xml")).unwrap();
    assert_eq!(document.member("sender").and_then(Node::as_str), Some("urn:epc:id:sgln:030001.111111.0"));
    assert_eq!(document.vocabulary_list().len(), 2);
    let header = document.member("epcisHeader").unwrap();
    assert_eq!(header.text("gs1ushc:guidelineVersion"), Some("GS1 US DSCSA R1.3"));
    assert_eq!(
        header.get("gs1ushc:dscsaTransactionStatement").unwrap().text("gs1ushc:affirmTransactionStatement"),
        Some("true")
    );
}

#[test]
fn the_whole_collection_behaves() {
    let Some(folder) = shared() else { return };
    for folder in ["openepcis", "gs1", "hash-vectors"].map(|name| folder.join(name)) {
        assert!(all_pass(&folder) > 0);
        for path in files(&folder).iter().filter(|p| named(p, &["/Invalid/"])) {
            assert!(read(path).is_err(), "{}", path.display());
        }
    }
    let mut equal = 0;
    for path in files(&folder.join("hash-vectors/expected_equal")) {
        let ids = ids(&read(&path).unwrap());
        assert!(ids.iter().all(|id| *id == ids[0]), "{}", path.display());
        equal += ids.len();
    }
    assert!(equal > 20);
}

/// Members of any event, some of which stand in each.
fn members() -> Vec<(&'static str, Value)> {
    vec![
        ("eventID", json!("urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8")),
        ("certificationInfo", json!("https://example.org/certificate/1")),
        ("disposition", json!("in_progress")),
        (
            "readPoint",
            json!({"id": "urn:epc:id:sgln:4012345.00005.12", "ex:gate": {"ex:number": "7", "plain": ["a", "b"]}}),
        ),
        ("bizLocation", json!({"id": "https://id.gs1.org/414/4012345000054"})),
        (
            "bizTransactionList",
            json!([{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.00009.1"},
            {"bizTransaction": "http://example.org/po/1?a=b&c"}]),
        ),
        ("sourceList", json!([{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}])),
        ("destinationList", json!([{"type": "ex:other", "destination": "urn:epc:id:pgln:4012345.00226"}])),
        ("persistentDisposition", json!({"set": ["completeness_verified"], "unset": ["http://example.org/own"]})),
        (
            "errorDeclaration",
            json!({"declarationTime": "2026-11-20T08:00:00Z", "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:uuid:1"], "ex:why": "x"}),
        ),
        (
            "sensorElementList",
            json!([{"sensorMetadata": {"time": "2026-11-20T08:00:00Z", "ex:m": "n"},
            "sensorReport": [{"type": "Temperature", "value": 26.50, "uom": "CEL", "booleanValue": true, "component": "x",
                "stringValue": "007", "bizRules": "https://example.org/rules", "ex:r": "s"},
                {"type": "ex:Own", "minValue": -1.0e2, "hexBinaryValue": "f0"}], "ex:s": ["1", {"ex:t": "u"}]}]),
        ),
        ("ex:a", json!("text with <, & and \"")),
        ("ex:b", json!(["1.50", "x", {"ex:c": "", "ex:d": {"ex:e": "y"}}])),
        ("cbvmda:own", json!("https://example.com/01/04012345111118/21/9?x=1")),
    ]
}

/// What an event of each type must have, and may have besides.
fn kinds() -> Vec<(Value, Vec<(&'static str, Value)>)> {
    let epcs = json!(["urn:epc:id:sgtin:4012345.011111.9%2F8", "https://id.gs1.org/00/340123450000000017"]);
    let amounts = json!([{"epcClass": "urn:epc:class:lgtin:4012345.011111.L%22", "quantity": 2.50, "uom": "KGM"},
        {"epcClass": "urn:epc:idpat:sgtin:4012345.066666.*"}]);
    let parent = json!("urn:epc:id:sscc:4012345.0000000111");
    let ilmd = json!({"cbvmda:lotNumber": "L1", "ex:grade": {"ex:size": ["B", "C"]}});
    vec![
        (
            json!({"type": "ObjectEvent", "action": "ADD", "epcList": epcs}),
            vec![("quantityList", amounts.clone()), ("ilmd", ilmd.clone())],
        ),
        (
            json!({"type": "AggregationEvent", "action": "ADD", "parentID": parent, "childEPCs": epcs}),
            vec![("childQuantityList", amounts.clone())],
        ),
        (
            json!({"type": "TransactionEvent", "action": "DELETE", "epcList": [],
            "bizTransactionList": [{"type": "po", "bizTransaction": "urn:uuid:2"}]}),
            vec![("parentID", parent.clone()), ("quantityList", amounts.clone())],
        ),
        (
            json!({"type": "TransformationEvent", "inputEPCList": epcs, "outputQuantityList": amounts}),
            vec![
                ("transformationID", json!("urn:uuid:3")),
                ("ilmd", ilmd),
                ("inputQuantityList", amounts.clone()),
                ("outputEPCList", epcs.clone()),
            ],
        ),
        (
            json!({"type": "AssociationEvent", "action": "OBSERVE", "parentID": parent, "childEPCs": epcs}),
            vec![("childQuantityList", amounts)],
        ),
        (json!({"type": "ex:OwnEvent", "ex:of": "mine"}), vec![("epcList", epcs), ("action", json!("ADD"))]),
    ]
}

proptest! {
    #[test]
    fn an_event_has_one_hash_in_json_and_in_either_xml(
        kind in 0usize..6,
        some in any::<u32>(),
        (step, offset) in (0usize..41, "[+-]0[0-9]:[0-5]0"),
        value in "[ -~é€]{0,12}",
        micros in 0u32..1_000_000,
    ) {
        let (mut event, own) = kinds().swap_remove(kind);
        let context = json!({"ex": "http://example.org/ns/"});
        event["@context"] = context;
        event["eventTime"] = json!(format!("2026-11-20T08:00:00.{micros:06}+01:00"));
        event["eventTimeZoneOffset"] = json!(offset);
        event["bizStep"] = json!(theriac_epcis::vocabulary::BIZ_STEP.words[step]);
        for (at, (name, member)) in members().into_iter().chain(own).enumerate() {
            if some >> at & 1 == 1 && event.get(name).is_none() {
                event[name] = member;
            }
        }
        event["ex:any"] = json!(value.trim());
        let members: Map<String, Value> = event.as_object().unwrap().clone();
        let text = Value::Object(members).to_string();
        let node = theriac_core::json::parse(text.as_bytes()).unwrap();
        let spaces = theriac_epcis::Namespaces::default();
        let event = Event::read(&node, "$", &spaces).unwrap();
        let (id, string) = (event_id::event_id(&event, &[]), event_id::pre_hash(&event, &[]));
        for version in [Version::V2_0, Version::V1_2] {
            let mut writer = Writer::new(version, CbvXmlFormat::NoPreference);
            writer.event(node.as_object().unwrap()).unwrap();
            let text = writer.finish();
            let scope = [("epcis", xml::EPCIS[1]), ("gs1", "https://gs1.org/voc/")];
            let around = xml::namespaces(scope);
            let again = xml::event(&text, scope, &around, false).unwrap();
            let again = Event::read(&again, "$", &around).unwrap();
            let other = event_id::pre_hash(&again, &[]);
            if version == Version::V1_2 {
                // 1.2 has another name for the namespace of master data.
                prop_assert_eq!(other.replace("cbv:mda}", "cbv:mda:}"), &string[..]);
            } else {
                prop_assert_eq!(&other, &string, "{}", String::from_utf8_lossy(&text));
                prop_assert_eq!(event_id::event_id(&again, &[]), &id[..]);
            }
        }
    }
}
