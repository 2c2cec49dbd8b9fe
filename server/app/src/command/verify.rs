//! `theriac verify`: a ledger, live or saved, checked by the SDK's verifier, which shares no code with the server.
//!
//! Signature of the checkpoint, hash of every entry, root of the tree (RFC 9162). A saved ledger is a folder with
//! `checkpoint`, `key` and `entries.ndjson`, as `--save` writes it; it is checked without any server.

mod live;
mod saved;

use theriac_core::{Error, Result};
use theriac_sdk::verify::{Checkpoint, VerifierKey};

/// `expected` is the verifier key as it was kept aside; without it the key beside the ledger is believed.
pub async fn run(
    address: &str,
    token: Option<&str>,
    expected: Option<&str>,
    save: Option<&std::path::Path>,
) -> Result<()> {
    let expected = expected.map(str::parse::<VerifierKey>).transpose().map_err(Error::from_display)?;
    let (checkpoint, key) = match address.starts_with("http://") || address.starts_with("https://") {
        true => live::verify(address, token, expected.as_ref(), save).await?,
        false => saved::verify(std::path::Path::new(address), expected.as_ref())?,
    };
    report(address, &checkpoint, &key, expected.is_some());
    Ok(())
}

fn report(address: &str, checkpoint: &Checkpoint, key: &VerifierKey, kept: bool) {
    let root: String = checkpoint.root.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{address} verifies");
    println!("  entries  {}", checkpoint.size);
    println!("  root     {root}");
    println!("  key      {key}");
    if !kept {
        println!("  the key came with the ledger; keep it elsewhere and give it with --key to rely on it");
    }
}

/// The key that came with the ledger, which must be the one kept aside if there is one.
fn settle(found: VerifierKey, expected: Option<&VerifierKey>) -> Result<VerifierKey> {
    match expected {
        Some(expected) if *expected != found => {
            Err(Error::invalid(format!("the ledger comes with the key {found}, the key kept aside is {expected}")))
        }
        _ => Ok(found),
    }
}

/// An SDK error in this program's words.
trait FromDisplay {
    fn from_display(cause: impl std::fmt::Display) -> Self;
}

impl FromDisplay for Error {
    fn from_display(cause: impl std::fmt::Display) -> Self {
        Self::invalid(cause.to_string())
    }
}
