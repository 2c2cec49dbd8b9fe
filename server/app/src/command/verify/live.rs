//! A running server's ledger: all entries are read and hashed here; a fault is then narrowed down with the
//! server's own consistency proofs, which must lead from every true beginning to the signed root.

use super::saved::Writer;
use super::{FromDisplay, settle};
use std::path::Path;
use theriac_core::{Error, Result};
use theriac_sdk::Client;
use theriac_sdk::verify::{Checkpoint, Failure, TreeHasher, VerifierKey, verify_consistency};

/// Entries asked for at once.
const PAGE: u64 = 1_000;

pub async fn verify(
    address: &str,
    token: Option<&str>,
    expected: Option<&VerifierKey>,
    save: Option<&Path>,
) -> Result<(Checkpoint, VerifierKey)> {
    let (base, tenant) = split(address)?;
    let token = token.ok_or_else(|| Error::invalid("a live ledger wants a token: --token or THERIAC_TOKEN"))?;
    let client = Client::new(base, tenant, token).map_err(Error::from_display)?;
    let key = settle(client.ledger().key().await.map_err(Error::from_display)?, expected)?;
    let note = client.ledger().checkpoint().await.map_err(Error::from_display)?;
    let checkpoint = key.open_checkpoint(&note).map_err(|e| Error::invalid(format!("checkpoint: {e}")))?;
    let mut writer = save.map(|folder| Writer::create(folder, &key, &note)).transpose()?;
    let trees = read(&client, checkpoint.size, writer.as_mut()).await?;
    if let Some(writer) = writer {
        println!("saved in {}", writer.finish()?.display());
    }
    let whole = trees.last().cloned().unwrap_or_default();
    match whole.check(&checkpoint) {
        Ok(()) => Ok((checkpoint, key)),
        Err(failure) => Err(locate(&client, &checkpoint, &trees, &failure).await),
    }
}

/// `http://host/tenant/ledger` in server and tenant.
fn split(address: &str) -> Result<(&str, &str)> {
    let trimmed = address.trim_end_matches('/');
    let tenant = trimmed.strip_suffix("/ledger").unwrap_or(trimmed).rsplit_once('/');
    tenant.filter(|(base, tenant)| !base.ends_with('/') && !tenant.is_empty()).ok_or_else(|| {
        Error::invalid(format!("'{address}' is not the address of a ledger; write http://host/tenant/ledger"))
    })
}

/// Hashes all entries; gives the tree as it stood after each page.
async fn read(client: &Client, size: u64, mut writer: Option<&mut Writer>) -> Result<Vec<TreeHasher>> {
    let mut trees = vec![TreeHasher::default()];
    let mut tree = TreeHasher::default();
    while tree.size() < size {
        for entry in page(client, tree.size(), size).await? {
            tree.append(entry.as_bytes());
            writer.as_mut().map_or(Ok(()), |writer| writer.entry(&entry))?;
        }
        trees.push(tree.clone());
    }
    Ok(trees)
}

async fn page(client: &Client, from: u64, size: u64) -> Result<Vec<String>> {
    let wanted = PAGE.min(size - from);
    let mut page = client.ledger().entries(from, wanted).await.map_err(Error::from_display)?;
    if page.entries.is_empty() || page.from != from {
        return Err(Error::invalid(format!(
            "the server gives no entries from {from} on; the checkpoint covers {size}"
        )));
    }
    page.entries.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    Ok(page.entries)
}

/// The first page whose tree no proof leads on from, and in it the first entry.
async fn locate(client: &Client, checkpoint: &Checkpoint, trees: &[TreeHasher], failure: &Failure) -> Error {
    let (mut good, mut bad) = (0, trees.len() - 1);
    while good + 1 < bad {
        let middle = usize::midpoint(good, bad);
        match holds(client, checkpoint, &trees[middle]).await {
            true => good = middle,
            false => bad = middle,
        }
    }
    let (from, to) = (trees[good].size(), trees[bad].size());
    match first_bad(client, checkpoint, trees[good].clone()).await {
        Some(entry) => Error::invalid(format!("entry {entry} is not what was signed: {failure}")),
        None => Error::invalid(format!("something in entries {from} to {to} is not what was signed: {failure}")),
    }
}

async fn first_bad(client: &Client, checkpoint: &Checkpoint, mut tree: TreeHasher) -> Option<u64> {
    for entry in page(client, tree.size(), checkpoint.size).await.ok()? {
        tree.append(entry.as_bytes());
        if tree.size() < checkpoint.size && !holds(client, checkpoint, &tree).await {
            return Some(tree.size() - 1);
        }
    }
    (tree.size() == checkpoint.size).then_some(checkpoint.size - 1)
}

/// Is this tree a beginning of the signed one?
async fn holds(client: &Client, checkpoint: &Checkpoint, tree: &TreeHasher) -> bool {
    let Ok(proof) = client.ledger().consistency(tree.size(), checkpoint.size).await else { return false };
    verify_consistency(tree.size(), checkpoint.size, &tree.root(), &checkpoint.root, &proof).is_ok()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_address_names_server_and_tenant() {
        assert_eq!(split("http://h:1/mercy/ledger").unwrap(), ("http://h:1", "mercy"));
        assert_eq!(split("https://h/gate/mercy/ledger/").unwrap(), ("https://h/gate", "mercy"));
        assert_eq!(split("http://h/mercy").unwrap(), ("http://h", "mercy"));
        assert!(split("http://h").is_err());
    }
}
