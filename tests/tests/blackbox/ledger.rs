//! The ledger, checked with the offline verifier: RFC 9162, <https://c2sp.org/tlog-checkpoint>.

use theriac_sdk::verify::{
    Checkpoint, Failure, VerifierKey, leaf_hash, verify_consistency, verify_entries, verify_inclusion,
};
use theriac_tests::sample::patient;
use theriac_tests::{World, expect};

/// Writes patients and waits for a checkpoint that covers at least as many more entries.
async fn write_and_seal(world: &World, count: u64, key: &VerifierKey) -> Checkpoint {
    let latest = async || key.open_checkpoint(&world.administrator.ledger().checkpoint().await.unwrap()).unwrap();
    let wanted = latest().await.size + count;
    for n in 0..count {
        world.administrator.fhir().update(&patient(&format!("p{n}"), "Lovelace")).await.unwrap();
    }
    expect::soon("checkpoint", async || Some(latest().await).filter(|checkpoint| checkpoint.size >= wanted)).await
}

async fn entries(world: &World, size: u64) -> Vec<String> {
    let mut entries = Vec::new();
    while (entries.len() as u64) < size {
        let page = world.administrator.ledger().entries(entries.len() as u64, 7).await.unwrap();
        assert!(!page.entries.is_empty(), "the entries end at {}", entries.len());
        entries.extend(page.entries);
    }
    entries.truncate(size as usize);
    entries
}

#[tokio::test]
async fn a_live_ledger_verifies() {
    let world = World::new("mercy").await;
    let key = world.administrator.ledger().key().await.unwrap();
    let sealed = write_and_seal(&world, 10, &key).await;
    let verified = world.administrator.ledger().verify(&key).await.unwrap();
    assert!(verified.size >= sealed.size);
    assert!(key.name().contains(&world.tenant), "{key}");
}

#[tokio::test]
async fn every_entry_is_proved_and_a_changed_one_is_not() {
    let world = World::new("mercy").await;
    let ledger = world.administrator.ledger();
    let key = ledger.key().await.unwrap();
    let sealed = write_and_seal(&world, 9, &key).await;
    let entries = entries(&world, sealed.size).await;
    for (leaf, entry) in (0..).zip(&entries) {
        let proof = ledger.inclusion(leaf, sealed.size).await.unwrap();
        let check = |text: &str| verify_inclusion(&leaf_hash(text.as_bytes()), leaf, sealed.size, &sealed.root, &proof);
        assert_eq!(check(entry), Ok(()));
        assert!(check(&format!("{entry} ")).is_err());
    }
    assert_eq!(verify_entries(&entries, &sealed), Ok(()));
    let mut altered = entries;
    altered[3] = altered[3].replacen('a', "b", 1);
    assert!(matches!(verify_entries(&altered, &sealed), Err(Failure::RootMismatch { .. })));
}

#[tokio::test]
async fn each_checkpoint_goes_on_from_the_ones_before() {
    let world = World::new("mercy").await;
    let ledger = world.administrator.ledger();
    let key = ledger.key().await.unwrap();
    let mut kept: Vec<Checkpoint> = Vec::new();
    for count in [1, 3, 4, 9] {
        let now = write_and_seal(&world, count, &key).await;
        for old in &kept {
            let proof = ledger.consistency(old.size, now.size).await.unwrap();
            assert_eq!(verify_consistency(old.size, now.size, &old.root, &now.root, &proof), Ok(()));
            let mut forged = old.root;
            forged[0] ^= 1;
            assert!(verify_consistency(old.size, now.size, &forged, &now.root, &proof).is_err());
        }
        kept.push(now);
    }
    assert!(ledger.verify_since(&key, &kept[0]).await.is_ok());
}

#[tokio::test]
async fn an_entry_says_who_did_what_and_under_which_correlation() {
    let world = World::new("mercy").await;
    let headers = [("content-type", "application/fhir+json"), ("x-correlation-id", "batch-4711")];
    let body = patient("p", "Lovelace").to_string();
    let put = world.administrator.request(reqwest::Method::PUT, "fhir/Patient/p", &headers, body).await.unwrap();
    assert_eq!(put.status, 201, "{}", put.refusal().body);
    let found = async || {
        let page = world.administrator.ledger().entries(0, 100).await.unwrap();
        page.entries.into_iter().find(|entry| entry.contains("Patient/p"))
    };
    let entry = expect::soon("entry", found).await;
    assert!(entry.contains("batch-4711"), "{entry}");
    assert!(!entry.contains("Lovelace"), "an entry holds the content's hash, not the content: {entry}");
}

#[tokio::test]
async fn proofs_that_cannot_be_are_refused_by_parameter() {
    let world = World::new("mercy").await;
    let key = world.administrator.ledger().key().await.unwrap();
    let size = write_and_seal(&world, 2, &key).await.size;
    for (path, parameter) in [
        (format!("ledger/proofs/inclusion?leaf={size}&size={size}"), "leaf"),
        (format!("ledger/proofs/inclusion?leaf=0&size={}", size + 1_000_000), "size"),
        ("ledger/proofs/inclusion?leaf=-1&size=1".into(), "leaf"),
        ("ledger/proofs/inclusion?size=1".into(), "leaf"),
        ("ledger/proofs/consistency?from=2&to=1".into(), "from"),
        ("ledger/proofs/consistency?from=x&to=1".into(), "from"),
        ("ledger/entries?from=x".into(), "from"),
    ] {
        let answer = world.administrator.request(reqwest::Method::GET, &path, &[], "").await.unwrap();
        let refusal = answer.refusal();
        assert_eq!(answer.status, 400, "{path}: {}", refusal.body);
        assert!(refusal.body.contains(parameter), "{path}: {}", refusal.body);
    }
}
