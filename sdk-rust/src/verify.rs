//! The offline verifier: entries, proofs and checkpoints, checked from bytes alone.
//!
//! It shares no code with the server on purpose: two writings of RFC 9162
//! (<https://www.rfc-editor.org/rfc/rfc9162>) and C2SP signed notes (<https://c2sp.org/signed-note>)
//! that agree are evidence, one is not.
//!
//! ```no_run
//! # fn example(note: &str, entries: Vec<String>) -> Result<(), theriac_sdk::verify::Failure> {
//! use theriac_sdk::verify::{VerifierKey, verify_entries};
//! let key: VerifierKey = "theriac.example/mercy+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse()?;
//! let checkpoint = key.open_checkpoint(note)?;
//! verify_entries(&entries, &checkpoint)?;
//! # Ok(())
//! # }
//! ```

mod checkpoint;
mod merkle;
mod note;

pub use checkpoint::Checkpoint;
pub use merkle::{Hash, TreeHasher, empty_root, leaf_hash, node_hash, verify_consistency, verify_inclusion};
pub use note::VerifierKey;

/// Why something does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("leaf {leaf} is not in a tree of size {size}")]
    NoSuchLeaf { leaf: u64, size: u64 },
    #[error("a tree of size {from} cannot be the beginning of one of size {to}")]
    NoSuchSizes { from: u64, to: u64 },
    #[error("the proof has {found} hashes; for these sizes it has {expected}")]
    ProofLength { expected: usize, found: usize },
    #[error("the {what} does not match: what is there gives {found}, it should be {expected}")]
    RootMismatch { what: &'static str, expected: String, found: String },
    #[error("there are {found} entries, the checkpoint is over {expected}")]
    SizeMismatch { expected: u64, found: u64 },
    #[error("the verifier key cannot be read: {0}")]
    Key(String),
    #[error("the signed note cannot be read: {0}")]
    Note(String),
    #[error("the note has no signature of {0}")]
    Unsigned(String),
    #[error("the signature of {0} does not fit the note's text")]
    BadSignature(String),
    #[error("the checkpoint is of {found}, the key is of {expected}")]
    OtherLedger { expected: String, found: String },
}

/// Checks that these entries, first to last, are exactly what the checkpoint covers.
pub fn verify_entries<L: AsRef<[u8]>>(
    leaves: impl IntoIterator<Item = L>,
    checkpoint: &Checkpoint,
) -> Result<(), Failure> {
    let mut tree = TreeHasher::default();
    for leaf in leaves {
        tree.append(leaf.as_ref());
    }
    tree.check(checkpoint)
}

#[cfg(test)]
mod tests;
