//! The ledger over HTTP: what the offline verifier needs, and the verification of a live ledger.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{Client, query};
use crate::error::{Error, Result};
use crate::verify::{Checkpoint, Hash, TreeHasher, VerifierKey, verify_consistency};

/// Entries asked for in one request when a whole ledger is read.
const PAGE: u64 = 1000;

impl Client {
    pub fn ledger(&self) -> Ledger<'_> {
        Ledger { client: self }
    }
}

pub struct Ledger<'c> {
    client: &'c Client,
}

/// A run of leaves; a leaf's bytes are the UTF-8 of its string.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entries {
    pub from: u64,
    /// Of the whole ledger, when it was asked.
    pub size: u64,
    pub entries: Vec<String>,
}

impl Ledger<'_> {
    /// The latest checkpoint, a signed note.
    pub async fn checkpoint(&self) -> Result<String> {
        self.text("ledger/checkpoint").await
    }

    /// The key that the server says is its own. Evidence needs a copy kept elsewhere.
    pub async fn key(&self) -> Result<VerifierKey> {
        Ok(self.text("ledger/key").await?.trim_end().parse()?)
    }

    pub async fn entries(&self, from: u64, count: u64) -> Result<Entries> {
        let path = format!("ledger/entries?from={from}&count={count}");
        self.client.request(Method::GET, &path, &[("accept", "application/json")], "").await?.success()?.json()
    }

    /// The proof that the leaf (from 0) is in the tree of this size.
    pub async fn inclusion(&self, leaf: u64, size: u64) -> Result<Vec<Hash>> {
        self.proof("inclusion", &[("leaf", leaf), ("size", size)]).await
    }

    /// The proof that the tree of size `to` begins with the tree of size `from`.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>> {
        self.proof("consistency", &[("from", from), ("to", to)]).await
    }

    /// Checks the newest checkpoint's signature, reads every entry and recomputes the root.
    ///
    /// ```no_run
    /// # async fn example(client: theriac_sdk::Client) -> Result<(), theriac_sdk::Error> {
    /// let key = std::fs::read_to_string("mercy.key").expect("the key kept aside").parse()?;
    /// let checkpoint = client.ledger().verify(&key).await?;
    /// println!("{} entries are as they were signed", checkpoint.size);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify(&self, key: &VerifierKey) -> Result<Checkpoint> {
        let checkpoint = key.open_checkpoint(&self.checkpoint().await?)?;
        let mut tree = TreeHasher::default();
        while tree.size() < checkpoint.size {
            let page = self.entries(tree.size(), PAGE.min(checkpoint.size - tree.size())).await?;
            if page.entries.is_empty() || page.from != tree.size() {
                return Err(Error::Unexpected(format!("the server gives no entries from {} on", tree.size())));
            }
            let wanted = usize::try_from(checkpoint.size - tree.size()).unwrap_or(usize::MAX);
            page.entries.iter().take(wanted).for_each(|entry| tree.append(entry.as_bytes()));
        }
        tree.check(&checkpoint)?;
        Ok(checkpoint)
    }

    /// Checks that the newest checkpoint goes on from one that was kept: nothing before was altered.
    pub async fn verify_since(&self, key: &VerifierKey, kept: &Checkpoint) -> Result<Checkpoint> {
        let now = key.open_checkpoint(&self.checkpoint().await?)?;
        let proof = match kept.size {
            size if size == 0 || size >= now.size => Vec::new(),
            size => self.consistency(size, now.size).await?,
        };
        verify_consistency(kept.size, now.size, &kept.root, &now.root, &proof)?;
        Ok(now)
    }

    async fn text(&self, path: &str) -> Result<String> {
        let answer = self.client.request(Method::GET, path, &[("accept", "text/plain")], "").await?.success()?;
        Ok(answer.text()?.to_owned())
    }

    async fn proof(&self, kind: &str, parameters: &[(&str, u64)]) -> Result<Vec<Hash>> {
        let values: Vec<String> = parameters.iter().map(|(_, value)| value.to_string()).collect();
        let pairs: Vec<(&str, &str)> =
            parameters.iter().zip(&values).map(|((name, _), value)| (*name, value.as_str())).collect();
        let answer = self.client.get(&format!("ledger/proofs/{kind}{}", query(&pairs))).await?;
        let hashes = answer["hashes"].as_array().ok_or_else(|| Error::Unexpected("the proof has no hashes".into()))?;
        hashes.iter().map(hash).collect()
    }
}

fn hash(value: &Value) -> Result<Hash> {
    let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Error::Unexpected(format!("{value} is not 32 bytes in base64")))
}
