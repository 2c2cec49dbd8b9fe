//! Checkpoints as signed notes, so that anyone's tools can check them: C2SP `signed-note` and
//! `tlog-checkpoint`, <https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>.
//!
//! Ed25519 (RFC 8032) only; signatures of other keys are passed over, as the format wants.

mod checkpoint;
mod key;

pub use checkpoint::Checkpoint;
pub use key::{Signer, Verifier};

use theriac_core::{Code, Error, Result};

/// One signature line: who, the first bytes of the key's hash, and the signature.
struct Signature {
    name: String,
    key_hash: [u8; 4],
    bytes: Vec<u8>,
}

/// More lines than this are refused unread (the format asks for at least 16).
const SIGNATURES_MAX: usize = 100;

fn malformed(why: impl Into<String>) -> Error {
    Error::new(Code::Malformed, why)
}

/// The text (with its last newline) and the signature lines.
fn split(note: &str) -> Result<(&str, Vec<Signature>)> {
    if let Some(bad) = note.chars().find(|c| *c < ' ' && *c != '\n') {
        return Err(malformed(format!("a signed note may not hold the control character U+{:04X}", u32::from(bad))));
    }
    let blank = note.rfind("\n\n").ok_or_else(|| malformed("a signed note has a blank line before its signatures"))?;
    let (text, rest) = (&note[..=blank], &note[blank + 2..]);
    let lines =
        rest.strip_suffix('\n').ok_or_else(|| malformed("a signed note ends with a signature line and a newline"))?;
    if lines.split('\n').count() > SIGNATURES_MAX {
        return Err(malformed(format!("a signed note has at most {SIGNATURES_MAX} signatures here")));
    }
    Ok((text, lines.split('\n').map(signature).collect::<Result<_>>()?))
}

fn signature(line: &str) -> Result<Signature> {
    let bad = || malformed(format!("a signature line is \"\u{2014} name base64\", not {line:?}"));
    let (name, encoded) = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or_else(bad)?;
    let decoded = key::decode(encoded).ok_or_else(bad)?;
    let (key_hash, bytes) = decoded.split_first_chunk::<4>().ok_or_else(bad)?;
    if !key::is_name(name) || bytes.is_empty() {
        return Err(bad());
    }
    Ok(Signature { name: name.to_owned(), key_hash: *key_hash, bytes: bytes.to_vec() })
}

#[cfg(test)]
mod tests;
