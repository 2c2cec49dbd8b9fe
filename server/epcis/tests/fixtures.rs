//! The published examples: valid documents pass, invalid ones are refused, hash ids match.
//!
//! The small set under `fixtures/` always runs; the whole collection runs where it is laid out beside
//! the repository (`../shared/data/epcis`), and says so when it is not.

#![allow(clippy::unwrap_used, reason = "the whole file is tests")]

use proptest::prelude::*;
use std::path::{Path, PathBuf};
use theriac_core::Result;
use theriac_epcis::query::Query;
use theriac_epcis::{Document, Namespaces, event_id, index, item};

/// GS1's example names `eventID` twice in one object; RFC 8259 leaves the meaning open, so it is refused.
const REPEATED_MEMBER: &[&str] = &["AssociationEvent/AssociationEvent-h.jsonld"];

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

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        match entry.extension().and_then(|e| e.to_str()) {
            _ if entry.is_dir() => files(&entry, found),
            Some("json" | "jsonld") => found.push(entry),
            _ => {}
        }
    }
    found.sort();
}

fn documents(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(folder, &mut found);
    // Folders named Queries hold queries, not documents.
    found.retain(|p| wanted(p.to_str().unwrap()) && !p.to_str().unwrap().contains("/Queries/"));
    found
}

fn check(path: &Path) -> Result<usize> {
    let bytes = std::fs::read(path).unwrap();
    let document = Document::parse(&bytes)?;
    document.check()?;
    Ok(document.len())
}

fn all_pass(paths: &[PathBuf]) {
    for path in paths.iter().filter(|p| !REPEATED_MEMBER.iter().any(|name| p.ends_with(name))) {
        match check(path) {
            Ok(events) => assert!(events > 0, "{} has no events", path.display()),
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
}

fn all_are_refused(paths: &[PathBuf]) {
    for path in paths {
        let error = check(path).expect_err(path.to_str().unwrap());
        assert!(error.issues.iter().all(|i| i.path.starts_with('$') && !i.message.is_empty()), "{error}");
        assert_eq!(error.status(), 400);
    }
}

fn ids_match(folder: &Path) -> usize {
    let mut compared = 0;
    for path in documents(folder, |_| true) {
        let expected = std::fs::read_to_string(path.with_extension("hashes")).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let document = Document::parse(&bytes).unwrap();
        let ignored = document.ignored_fields();
        let ids: Vec<String> = document
            .nodes()
            .map(|(at, node)| match theriac_epcis::Event::read(node, at, &document.namespaces) {
                Ok(event) => event_id::event_id(&event, &ignored),
                Err(error) => panic!("{}: {error}", path.display()),
            })
            .collect();
        assert_eq!(ids, expected.split_whitespace().collect::<Vec<_>>(), "{}", path.display());
        compared += ids.len();
    }
    compared
}

#[test]
fn valid_fixtures_pass() {
    let paths = documents(&fixtures(), |p| !p.contains("/Invalid/"));
    assert_eq!(paths.len(), 17);
    all_pass(&paths);
}

#[test]
fn invalid_fixtures_are_refused_with_their_path() {
    let paths = documents(&fixtures(), |p| p.contains("/Invalid/"));
    assert_eq!(paths.len(), 10);
    all_are_refused(&paths);
}

#[test]
fn every_fault_of_a_document_is_named() {
    let error = check(&fixtures().join("openepcis/Invalid/Combination_of_multiple_invalid_fields.json")).unwrap_err();
    let paths: Vec<&str> = error.issues.iter().map(|i| i.path.as_str()).collect();
    let list = "$.epcisBody.eventList";
    for path in [
        "[0].bizStep",
        "[1].disposition",
        "[2].sourceList[0].type",
        "[3].ilmd.materialType",
        "[4].eventTime",
        "[4].action",
    ] {
        assert!(paths.contains(&format!("{list}{path}").as_str()), "{path} is not in {paths:?}");
    }
    assert_eq!(paths.len(), 6);
}

#[test]
fn hash_ids_are_those_of_the_reference() {
    assert_eq!(ids_match(&fixtures().join("hash-vectors")), 24);
}

#[test]
fn the_whole_collection_behaves() {
    let Some(folder) = shared() else { return };
    let folders = ["openepcis/2.0", "gs1/JSON", "hash-vectors/examples"].map(|f| folder.join(f));
    for folder in &folders {
        all_pass(&documents(folder, |p| !p.contains("/Invalid/")));
        all_are_refused(&documents(folder, |p| p.contains("/Invalid/")));
    }
    assert!(ids_match(&folders[2]) >= 30);
    invalid_queries_are_refused(&folders[0].join("EPCIS/JSON/Query/Queries/Invalid"));
}

fn invalid_queries_are_refused(folder: &Path) {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    assert!(!paths.is_empty());
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let node = theriac_core::json::parse(&bytes).unwrap();
        let error = Query::from_json(&node, &Namespaces::default()).expect_err(path.to_str().unwrap());
        assert_eq!(error.status(), 400);
    }
}

/// Everything that is done to a document on its way in.
fn take_in(bytes: &[u8]) {
    let Ok(document) = Document::parse(bytes) else { return };
    let ignored = document.ignored_fields();
    let mut items = std::collections::HashMap::new();
    for event in document.events().flatten() {
        let id = event_id::event_id(&event, &ignored);
        let stored = event.stored(&id, event.time);
        let again = theriac_core::json::parse(&stored).unwrap();
        let again = theriac_epcis::Event::read(&again, "$", &Namespaces::default()).unwrap();
        assert_eq!(event_id::event_id(&again, &ignored), id, "a stored event keeps its id");
        assert_eq!(index::index(&again, &id), index::index(&event, &id), "and its index");
        item::apply(&event, &id, &mut items);
    }
}

#[test]
fn stored_events_keep_id_and_index() {
    for path in documents(&fixtures(), |p| !p.contains("/Invalid/")) {
        take_in(&std::fs::read(path).unwrap());
    }
    if let Some(folder) = shared() {
        for path in documents(&folder, |p| !p.contains("templates")) {
            take_in(&std::fs::read(path).unwrap());
        }
    }
}

proptest! {
    #[test]
    fn damaged_documents_are_refused_or_taken_but_never_break_anything(
        which in 0usize..17,
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(br#"{}[]",:.*%0-aTZ/ "#.to_vec())), 1..4),
    ) {
        let paths = documents(&fixtures(), |p| !p.contains("/Invalid/"));
        let mut bytes = std::fs::read(&paths[which % paths.len()]).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        take_in(&bytes);
    }
}
