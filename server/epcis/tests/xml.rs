//! The published examples in XML: valid documents pass, invalid ones are refused, hash ids match, and what is
//! written reads the same. The small set under `fixtures/` always runs, the whole collection where it is laid out.

#![allow(clippy::unwrap_used, reason = "the whole file is tests")]

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
