//! Signatures of others (RFC 7515, 7517, 7518): client assertions, tokens of foreign issuers.
//!
//! The algorithm is never the token's to choose: the caller names those it takes, the key must be of that algorithm's
//! type and curve, and both are compared with the header. Keys come from a set known beforehand; what a header
//! carries of its own (`jwk`, `x5u`, `x5c`) is refused.

mod key;

pub use key::{Key, KeySet};

use crate::check::Check;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm as Kind;
use theriac_core::Result;
use theriac_core::json::{self, Object};

/// Longest token looked at.
pub(crate) const MOST_BYTES: usize = 16 * 1024;

/// Header members with a meaning here. `crit`, `jwk`, `x5u` and the like would move trust into the token.
const MEMBERS: &[&str] = &["alg", "kid", "typ", "jku", "cty"];

/// A signature algorithm (RFC 7518, 3.1), the type of its keys, and their curve.
#[derive(Debug)]
pub struct Algorithm {
    pub name: &'static str,
    pub(crate) kty: &'static str,
    pub(crate) crv: Option<&'static str>,
    pub(crate) kind: Kind,
}

macro_rules! algorithms {
    ($($constant:ident $kty:literal $crv:expr;)*) => {
        $(pub static $constant: Algorithm =
            Algorithm { name: stringify!($constant), kty: $kty, crv: $crv, kind: Kind::$constant };)*

        /// All there are. None is symmetric: a public key can never be taken for a secret.
        pub static ALGORITHMS: &[&Algorithm] = &[$(&$constant),*];
    };
}

algorithms! {
    RS256 "RSA" None;
    RS384 "RSA" None;
    RS512 "RSA" None;
    PS256 "RSA" None;
    PS384 "RSA" None;
    PS512 "RSA" None;
    ES256 "EC" Some("P-256");
    ES384 "EC" Some("P-384");
}

impl Algorithm {
    pub fn find(name: &str) -> Option<&'static Self> {
        ALGORITHMS.iter().copied().find(|own| own.name == name)
    }
}

/// A token taken apart; nothing of it is believed yet.
#[derive(Debug)]
pub struct Parts<'t> {
    pub header: Header,
    message: &'t str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Debug, Default, Clone)]
pub struct Header {
    pub alg: String,
    pub kid: Option<String>,
    pub typ: Option<String>,
    pub jku: Option<String>,
}

impl<'t> Parts<'t> {
    /// # Errors
    /// `Unauthenticated`, guarded by `token_shape` or `token_header`.
    pub fn of(token: &'t str) -> Result<Self> {
        let three = token.len() <= MOST_BYTES && token.bytes().filter(|b| *b == b'.').count() == 2;
        let (message, signature) =
            three.then(|| token.rsplit_once('.')).flatten().ok_or_else(|| Check::Shape.failed())?;
        let (header, payload) = message.split_once('.').ok_or_else(|| Check::Shape.failed())?;
        let header = read_header(&decode(header)?)?;
        Ok(Self { header, message, payload: decode(payload)?, signature: decode(signature)? })
    }

    /// The payload, if the signature is by this key and of this algorithm.
    ///
    /// # Errors
    /// `Unauthenticated`, guarded by `token_alg` or `token_signature`.
    pub fn payload(&self, algorithm: &Algorithm, key: &Key) -> Result<&[u8]> {
        if self.header.alg != algorithm.name || !key.suits(algorithm) {
            return Err(Check::Algorithm.failed());
        }
        if key.holds(algorithm, self.message.as_bytes(), &self.signature) {
            Ok(&self.payload)
        } else {
            Err(Check::Signature.failed())
        }
    }

    /// What the payload says before the signature was looked at: good for choosing whose keys to ask, and nothing else.
    pub fn unverified(&self) -> &[u8] {
        &self.payload
    }
}

fn decode(part: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Check::Shape.failed())
}

fn read_header(bytes: &[u8]) -> Result<Header> {
    let document = json::parse(bytes).map_err(|_| Check::Header.failed())?;
    let header = document.as_object().ok_or_else(|| Check::Header.failed())?;
    if header.iter().any(|(name, value)| !MEMBERS.contains(&name) || value.as_str().is_none()) {
        return Err(Check::Header.failed());
    }
    let text = |header: &Object<'_>, name: &str| header.text(name).map(str::to_owned);
    let alg = text(header, "alg").ok_or_else(|| Check::Algorithm.failed())?;
    Ok(Header { alg, kid: text(header, "kid"), typ: text(header, "typ"), jku: text(header, "jku") })
}

/// Opens a token with the one key of the set that its header names: exactly one of that `kid` and the algorithm's
/// type, or none.
///
/// # Errors
/// `Unauthenticated`, guarded by the check that failed.
pub fn open<'p>(parts: &'p Parts<'_>, keys: &KeySet, allowed: &[&'static Algorithm]) -> Result<&'p [u8]> {
    let algorithm = allowed.iter().find(|own| own.name == parts.header.alg).ok_or_else(|| Check::Algorithm.failed())?;
    let kid = parts.header.kid.as_deref().ok_or_else(|| Check::Key.failed())?;
    parts.payload(algorithm, keys.find(kid, algorithm).ok_or_else(|| Check::Key.failed())?)
}

#[cfg(test)]
mod tests;
