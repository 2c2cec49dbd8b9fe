//! The published examples, through the door and the worker: the fixtures always, the whole collection
//! where it is laid out beside the repository.

use crate::house::House;
use std::path::{Path, PathBuf};

/// GS1's example names `eventID` twice in one object; RFC 8259 leaves the meaning open, so it is refused.
const REPEATED_MEMBER: &str = "AssociationEvent/AssociationEvent-h.jsonld";

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        let name = entry.to_str().unwrap();
        // Folders named Queries hold queries, not documents.
        if entry.is_dir() && !name.ends_with("/Queries") {
            documents(&entry, found);
        } else if name.ends_with(".json") || name.ends_with(".jsonld") {
            found.push(entry);
        }
    }
}

/// Stored without error, each event found by its id, and again a document that can be captured.
async fn passes(first: &House, path: &Path) -> usize {
    let house = first.neighbour().await;
    let job = house.capture(std::fs::read(path).unwrap(), "rollback").await;
    assert_eq!((&job["success"], &job["running"]), (&true.into(), &false.into()), "{}: {job}", path.display());
    let answer = house.get("/events?perPage=1000").await;
    let ids = answer.ids();
    assert!(!ids.is_empty(), "{}", path.display());
    for id in &ids {
        let address = format!("/events/{}", crate::house::encoded(id));
        assert!(house.get(&address).await.ids().contains(id), "{}: {id}", path.display());
    }
    let job = house.capture(answer.body, "rollback").await;
    assert_eq!(job["success"], true, "{} again: {job}", path.display());
    assert_eq!(house.get("/events?perPage=1000").await.ids().len(), ids.len(), "{}", path.display());
    ids.len()
}

/// Refused at the door, or by the worker with a path; nothing is stored.
async fn is_refused(first: &House, path: &Path) {
    let house = first.neighbour().await;
    let reply = house.post("/capture", std::fs::read(path).unwrap()).await;
    if reply.status == 202 {
        let id = reply.header("location").rsplit('/').next().unwrap().to_owned();
        house.work(std::slice::from_ref(&id)).await.unwrap();
        let job = house.get(&format!("/capture/{id}")).await.json();
        assert_eq!(job["success"], false, "{}", path.display());
        assert!(job["errors"][0]["instance"].as_str().unwrap().starts_with('$'), "{}: {job}", path.display());
    } else {
        assert_eq!(reply.status, 400, "{}", path.display());
    }
    assert!(house.get("/events").await.ids().is_empty(), "{}", path.display());
}

async fn all(folder: &Path) -> (usize, usize, usize) {
    let mut paths = Vec::new();
    documents(folder, &mut paths);
    paths.retain(|p| !p.ends_with(REPEATED_MEMBER));
    let (bad, good): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|p| p.to_str().unwrap().contains("/Invalid/"));
    let (mut events, house) = (0, House::new().await);
    for path in &good {
        events += passes(&house, path).await;
    }
    for path in &bad {
        is_refused(&house, path).await;
    }
    (good.len(), events, bad.len())
}

#[tokio::test]
async fn fixtures_are_captured_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let (good, _, bad) = all(&folder).await;
    assert_eq!((good, bad), (17, 10));
}

#[tokio::test]
async fn the_whole_collection_is_captured_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/epcis");
    if !folder.is_dir() {
        eprintln!("SKIPPED: no ../shared/data/epcis beside the repository");
        return;
    }
    let (mut good, mut events, mut bad) = (0, 0, 0);
    for part in ["openepcis/2.0", "gs1/JSON", "hash-vectors/examples"] {
        let found = all(&folder.join(part)).await;
        (good, events, bad) = (good + found.0, events + found.1, bad + found.2);
    }
    eprintln!("{good} documents with {events} events captured, {bad} refused");
    assert!(good >= 80 && bad >= 12);
}
