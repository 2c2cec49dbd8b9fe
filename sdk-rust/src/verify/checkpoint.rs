//! A checkpoint: which ledger, how many entries, which root. <https://c2sp.org/tlog-checkpoint>

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Failure, Hash};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl FromStr for Checkpoint {
    type Err = Failure;

    /// Reads the text of a note whose signature was checked before; extension lines are passed over.
    fn from_str(text: &str) -> Result<Self, Failure> {
        let bad = |why: &str| Failure::Note(format!("{why}; a checkpoint is origin, size and root, a line each"));
        let mut lines = text.strip_suffix('\n').ok_or_else(|| bad("the last line does not end"))?.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or_else(|| bad("the origin is missing"))?;
        let size = lines.next().and_then(decimal).ok_or_else(|| bad("the size is not a plain decimal number"))?;
        let root = lines.next().and_then(|line| STANDARD.decode(line).ok()).and_then(|bytes| bytes.try_into().ok());
        let root = root.ok_or_else(|| bad("the root is not 32 bytes in base64"))?;
        if lines.any(str::is_empty) {
            return Err(bad("an extension line is empty"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

/// One size has one spelling: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()));
    plain.then(|| text.parse().ok()).flatten()
}
