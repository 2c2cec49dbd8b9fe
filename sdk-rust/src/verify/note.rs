//! Verifier keys and the opening of signed notes, <https://c2sp.org/signed-note>.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Checkpoint, Failure};

/// Ed25519's signature type in the format.
const ED25519_TYPE: u8 = 1;
const SIGNATURES_MAX: usize = 100;

/// The public key of a ledger. Its text form is `name+hash+base64(0x01 || key)`; keep it where the
/// server cannot change it, for it is what the evidence rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    hash: [u8; 4],
    key: [u8; 32],
}

impl VerifierKey {
    /// The ledger's name, which is also the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The note's text, if this key signed it. Signatures by other keys are passed over.
    pub fn open<'n>(&self, note: &'n str) -> Result<&'n str, Failure> {
        let (text, signatures) = divide(note)?;
        let mut ours = None;
        for line in signatures.split('\n') {
            let (name, blob) = read_line(line)?;
            if name == self.name && blob[..4] == self.hash && ours.is_none() {
                ours = Some(blob);
            }
        }
        let blob = ours.ok_or_else(|| Failure::Unsigned(self.to_string()))?;
        UnparsedPublicKey::new(&ED25519, self.key)
            .verify(text.as_bytes(), &blob[4..])
            .map_err(|_| Failure::BadSignature(self.name.clone()))?;
        Ok(text)
    }

    /// The checkpoint in the note, if this key signed it and it is of this key's ledger.
    pub fn open_checkpoint(&self, note: &str) -> Result<Checkpoint, Failure> {
        let checkpoint: Checkpoint = self.open(note)?.parse()?;
        if checkpoint.origin != self.name {
            return Err(Failure::OtherLedger { expected: self.name.clone(), found: checkpoint.origin });
        }
        Ok(checkpoint)
    }
}

/// The text, and the signature lines without their last newline.
fn divide(note: &str) -> Result<(&str, &str), Failure> {
    let bad = |why: &str| Failure::Note(why.to_owned());
    if note.bytes().any(|b| b < b' ' && b != b'\n') {
        return Err(bad("it has a control character"));
    }
    let blank = note.rfind("\n\n").ok_or_else(|| bad("no blank line stands before its signatures"))?;
    let signatures = note[blank + 2..].strip_suffix('\n').ok_or_else(|| bad("its last line does not end"))?;
    if signatures.split('\n').count() > SIGNATURES_MAX {
        return Err(bad("it has more than 100 signatures"));
    }
    Ok((&note[..=blank], signatures))
}

fn read_line(line: &str) -> Result<(&str, Vec<u8>), Failure> {
    let bad = || Failure::Note(format!("{line:?} is not a signature line"));
    let (name, encoded) = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or_else(bad)?;
    let blob = STANDARD.decode(encoded).map_err(|_| bad())?;
    if blob.len() < 5 || !is_name(name) {
        return Err(bad());
    }
    Ok((name, blob))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+')
}

impl FromStr for VerifierKey {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let bad = |why: &str| Failure::Key(format!("{why}; it is written name+hash+key"));
        // Base64 may hold plus signs, so only the first two divide.
        let [name, hash, encoded] = text.trim_end().splitn(3, '+').collect::<Vec<_>>()[..] else {
            return Err(bad("it has fewer than three parts"));
        };
        if !is_name(name) {
            return Err(bad("its name is empty or has white space"));
        }
        let blob = STANDARD.decode(encoded).map_err(|_| bad("its key is not base64"))?;
        let (ED25519_TYPE, key) = blob.split_first().map(|(kind, key)| (*kind, key)).unwrap_or_default() else {
            return Err(bad("it is not an Ed25519 key"));
        };
        let key: [u8; 32] = key.try_into().map_err(|_| bad("an Ed25519 key has 32 bytes"))?;
        let digest = Sha256::new_with_prefix(name).chain_update("\n").chain_update(&blob).finalize();
        let own = [digest[0], digest[1], digest[2], digest[3]];
        if format!("{:08x}", u32::from_be_bytes(own)) != hash {
            return Err(bad("its hash does not fit name and key"));
        }
        Ok(Self { name: name.to_owned(), hash: own, key })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&[ED25519_TYPE], self.key.as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.hash), STANDARD.encode(blob))
    }
}
