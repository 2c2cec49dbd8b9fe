//! The keys of signed notes: who signs, and how a verifier key is written.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use theriac_core::hash::hex;
use theriac_core::{Error, Result};

use super::{malformed, split};

/// Signature type of Ed25519 in the signed-note format.
const ED25519_TYPE: u8 = 1;

/// A key name: not empty, without white space and plus signs.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c < ' ')
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn checked_name(name: &str) -> Result<String> {
    if is_name(name) {
        return Ok(name.to_owned());
    }
    Err(malformed(format!("a key name is not empty and has no white space and no +, unlike {name:?}")))
}

/// SHA-256(name || newline || type || key), its first four bytes.
fn key_hash(name: &str, key: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name).chain_update([b'\n', ED25519_TYPE]).chain_update(key).finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Signs notes with a private key; the name is what verifiers look for.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl Signer {
    pub fn generate(name: &str) -> Result<Self> {
        Self::of(name, Ed25519KeyPair::generate().map_err(Error::internal)?)
    }

    /// Reads a private key in PKCS#8 (RFC 5958, RFC 8410), with or without its public key.
    pub fn from_pkcs8(name: &str, document: &[u8]) -> Result<Self> {
        let refused = |why| Error::internal(format!("the ledger's signing key cannot be read: {why}"));
        Self::of(name, Ed25519KeyPair::from_pkcs8_maybe_unchecked(document).map_err(refused)?)
    }

    pub fn to_pkcs8(&self) -> Result<Vec<u8>> {
        Ok(self.pair.to_pkcs8().map_err(Error::internal)?.as_ref().to_vec())
    }

    fn of(name: &str, pair: Ed25519KeyPair) -> Result<Self> {
        let key = pair.public_key().as_ref().try_into().map_err(Error::internal)?;
        Ok(Self { verifier: Verifier::new(name, key)?, pair })
    }

    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The text with its signature line; the text ends with a newline and is kept as it is.
    pub fn sign(&self, text: &str) -> Result<String> {
        if !text.ends_with('\n') || text.contains(|c: char| c < ' ' && c != '\n') {
            return Err(malformed("the text of a note ends with a newline and has no other control characters"));
        }
        let mut bytes = self.verifier.key_hash().to_vec();
        bytes.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        Ok(format!("{text}\n\u{2014} {} {}\n", self.verifier.name, STANDARD.encode(bytes)))
    }
}

/// Checks notes with a public key. Its text form is `name+hash+base64(0x01 || key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: [u8; 32],
}

impl Verifier {
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self> {
        Ok(Self { name: checked_name(name)?, key })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn public_key(&self) -> &[u8; 32] {
        &self.key
    }

    pub fn key_hash(&self) -> [u8; 4] {
        key_hash(&self.name, &self.key)
    }

    /// The note's text, if this key signed it.
    pub fn open<'n>(&self, note: &'n str) -> Result<&'n str> {
        let (text, signatures) = split(note)?;
        let ours = signatures.iter().find(|s| s.name == self.name && s.key_hash == self.key_hash());
        let ours = ours.ok_or_else(|| malformed(format!("the note has no signature of {self}")))?;
        UnparsedPublicKey::new(&ED25519, self.key)
            .verify(text.as_bytes(), &ours.bytes)
            .map_err(|_| malformed(format!("the signature of {} does not fit the note's text", self.name)))?;
        Ok(text)
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519_TYPE];
        key.extend_from_slice(&self.key);
        write!(f, "{}+{}+{}", self.name, hex(&self.key_hash()), STANDARD.encode(key))
    }
}

impl FromStr for Verifier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = |why: &str| malformed(format!("a verifier key is name+hash+key: {why}"));
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("a part is missing"));
        };
        let key = decode(key).ok_or_else(|| bad("the key is not base64"))?;
        let [ED25519_TYPE, key @ ..] = key.as_slice() else {
            return Err(bad("only Ed25519 (type 1) is known"));
        };
        let key = key.try_into().map_err(|_| bad("an Ed25519 key has 32 bytes"))?;
        let verifier = Self::new(name, key)?;
        if hex(&verifier.key_hash()) != hash {
            return Err(bad("the hash does not fit name and key"));
        }
        Ok(verifier)
    }
}
