//! A checkpoint: the tree's size and root, bound to the name of the ledger (its origin).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use theriac_core::Result;

use super::{Signer, Verifier, malformed};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the ledger, for all time: one line, not empty.
    pub origin: String,
    pub size: u64,
    pub root: [u8; 32],
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// The signed note.
    pub fn sign(&self, signer: &Signer) -> Result<String> {
        signer.sign(&self.text())
    }

    /// Checks the signature and the origin, which must be the verifier's name.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self> {
        let checkpoint = Self::parse(verifier.open(note)?)?;
        if checkpoint.origin != verifier.name() {
            return Err(malformed(format!("the checkpoint is of {}, not of {}", checkpoint.origin, verifier.name())));
        }
        Ok(checkpoint)
    }

    /// Reads the signed text; extension lines after the root are allowed and passed over.
    pub fn parse(text: &str) -> Result<Self> {
        let body = text.strip_suffix('\n').ok_or_else(|| malformed("a checkpoint ends with a newline"))?;
        let lines: Vec<&str> = body.split('\n').collect();
        let [origin, size, root, extensions @ ..] = lines.as_slice() else {
            return Err(malformed("a checkpoint has three lines: origin, size, root"));
        };
        if origin.is_empty() || extensions.iter().any(|line| line.is_empty()) {
            return Err(malformed("a checkpoint has no empty lines"));
        }
        Ok(Self { origin: (*origin).to_owned(), size: read_size(size)?, root: read_root(root)? })
    }
}

/// Decimal digits without leading zeros, so that one size has one spelling.
fn read_size(text: &str) -> Result<u64> {
    let number: Option<u64> = text.parse().ok();
    number
        .filter(|n| n.to_string() == text)
        .ok_or_else(|| malformed(format!("line 2 of a checkpoint is the size in decimal digits, not {text:?}")))
}

fn read_root(text: &str) -> Result<[u8; 32]> {
    let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| malformed(format!("line 3 of a checkpoint is 32 bytes in base64, not {text:?}")))
}
