//! The ledger of every tenant of this run, checked by the verifier of the SDK, which shares no code with the server:
//! RFC 9162, <https://www.rfc-editor.org/rfc/rfc9162>.

use super::Outcome;
use crate::run::{FHIR, Run, Tenant, text};
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};
use theriac_sdk::verify::{Checkpoint, leaf_hash, verify_consistency, verify_inclusion};

/// Sealing follows writing at some distance.
const SEALED_WITHIN: Duration = Duration::from_secs(60);
/// Inclusion proofs asked for in each ledger.
const LEAVES: u64 = 25;
/// Of its own, so that the suite has something to check when it is run alone.
const OWN: u64 = 40;

pub async fn run(run: &Run) -> Result<Outcome, String> {
    write(run).await?;
    let mut outcome = Outcome::default();
    outcome.note("the ledger of every tenant that the run made: all entries, random leaves, all checkpoints kept");
    let (mut entries, mut leaves, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    for tenant in run.tenants() {
        entries.push(of(&tenant, every_entry(&tenant).await));
        leaves.push(of(&tenant, inclusion(&tenant).await));
        pairs.push(of(&tenant, consistency(&tenant).await));
    }
    outcome.case("every acknowledged change is an entry, and all entries make up the signed root", first(entries));
    outcome.case("random leaves are proved to be included, and an altered one is not", first(leaves));
    outcome.case("every checkpoint goes on from the ones before, and from no forged one", first(pairs));
    Ok(outcome)
}

fn of(tenant: &Tenant, result: Result<(), String>) -> Result<(), String> {
    result.map_err(|why| format!("{}: {why}", tenant.name))
}

fn first(results: Vec<Result<(), String>>) -> Result<(), String> {
    results.into_iter().collect()
}

async fn write(run: &Run) -> Result<(), String> {
    let tenant = run.tenant("ledger").await?;
    for n in 0..OWN {
        let patient = format!(r#"{{"resourceType":"Patient","id":"p{n}","birthDate":"1970-05-17"}}"#);
        tenant.ask("PUT", &format!("fhir/Patient/p{n}"), FHIR, patient.into_bytes()).await?;
        tenant.wrote(1);
        tenant.mark().await?;
    }
    Ok(())
}

async fn every_entry(tenant: &Tenant) -> Result<(), String> {
    let started = Instant::now();
    while tenant.checkpoint().await?.size < tenant.written() {
        if started.elapsed() > SEALED_WITHIN {
            let size = tenant.checkpoint().await?.size;
            return Err(format!("{} changes were acknowledged, {size} are sealed", tenant.written()));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tenant.client.ledger().verify(&tenant.key).await.map(drop).map_err(text)
}

async fn inclusion(tenant: &Tenant) -> Result<(), String> {
    let checkpoint = tenant.checkpoint().await?;
    let ledger = tenant.client.ledger();
    let random = RandomState::new();
    for n in 0..LEAVES.min(checkpoint.size) {
        let leaf = random.hash_one(n) % checkpoint.size;
        let page = ledger.entries(leaf, 1).await.map_err(text)?;
        let entry = page.entries.first().ok_or_else(|| format!("there is no entry {leaf}"))?;
        let proof = ledger.inclusion(leaf, checkpoint.size).await.map_err(text)?;
        let check = |entry: &str| {
            verify_inclusion(&leaf_hash(entry.as_bytes()), leaf, checkpoint.size, &checkpoint.root, &proof)
        };
        check(entry).map_err(|why| format!("leaf {leaf} of {}: {why}", checkpoint.size))?;
        if check(&format!("{entry} ")).is_ok() {
            return Err(format!("leaf {leaf}: an altered entry is proved as well"));
        }
    }
    Ok(())
}

async fn consistency(tenant: &Tenant) -> Result<(), String> {
    let mut kept = tenant.kept();
    kept.push(tenant.checkpoint().await?);
    let newest = kept.last().cloned().into_iter().cycle();
    let neighbours = kept.iter().zip(kept.iter().skip(1).cloned());
    for (old, new) in neighbours.chain(kept.iter().zip(newest)) {
        goes_on(tenant, old, &new).await.map_err(|why| format!("from {} to {}: {why}", old.size, new.size))?;
    }
    Ok(())
}

async fn goes_on(tenant: &Tenant, old: &Checkpoint, new: &Checkpoint) -> Result<(), String> {
    let proof = match old.size {
        size if size == 0 || size == new.size => Vec::new(),
        size => tenant.client.ledger().consistency(size, new.size).await.map_err(text)?,
    };
    verify_consistency(old.size, new.size, &old.root, &new.root, &proof).map_err(text)?;
    let mut forged = old.root;
    forged[0] ^= 1;
    if verify_consistency(old.size, new.size, &forged, &new.root, &proof).is_ok() {
        return Err("a forged checkpoint is proved as well".into());
    }
    Ok(())
}
