//! JSON Web Signatures in compact form (RFC 7515), RS256 alone, by keys known beforehand.
//!
//! The algorithm is never taken from the token: its `alg` is compared with the only one there is, so that
//! neither `none` nor an HMAC keyed with the public key has a road in. The crypto provider is named here rather
//! than found by crate features, where a second feature elsewhere in the build would make it panic.

use crate::check::Check;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use theriac_core::json as tree;
use theriac_core::{Error, Result};

/// Longest token looked at.
const MOST_BYTES: usize = 16 * 1024;

/// Header members with a meaning here. `crit`, `jku`, `jwk`, `x5u` and the like would move trust into the token.
const MEMBERS: &[&str] = &["alg", "kid", "typ"];

/// A public key with its name.
#[derive(Clone)]
pub(crate) struct PublicKey {
    pub kid: String,
    pub n: String,
    pub e: String,
    decoding: DecodingKey,
}

impl PublicKey {
    /// `n` and `e` as a JWK has them.
    pub fn new(kid: String, n: String, e: String) -> Result<Self> {
        let decoding = DecodingKey::from_rsa_components(&n, &e).map_err(Error::internal)?;
        Ok(Self { kid, n, e, decoding })
    }

    pub fn jwk(&self) -> Value {
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": self.n, "e": self.e})
    }

    fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        (DEFAULT_PROVIDER.verifier_factory)(&Algorithm::RS256, &self.decoding)
            .is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }
}

/// What a token says once its signature holds.
#[derive(Debug)]
pub(crate) struct Opened {
    pub typ: Option<String>,
    pub payload: Vec<u8>,
}

/// Signs `payload` under this header.
pub(crate) fn sign(key: &EncodingKey, header: &[u8], payload: &[u8]) -> Result<String> {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signer = (DEFAULT_PROVIDER.signer_factory)(&Algorithm::RS256, key).map_err(Error::internal)?;
    let signature = signer.try_sign(message.as_bytes()).map_err(Error::internal)?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Opens a token: shape, algorithm, key, signature, in this order; nothing of the payload is read before.
pub(crate) fn open<'k>(find: impl Fn(&str) -> Option<&'k PublicKey>, token: &str) -> Result<Opened> {
    let (message, signature) = split(token).ok_or_else(|| Check::Shape.failed())?;
    let (header, payload) = message.split_once('.').ok_or_else(|| Check::Shape.failed())?;
    let (key, typ) = check_header(find, &decode(header)?)?;
    let (payload, signature) = (decode(payload)?, decode(signature)?);
    if !key.holds(message.as_bytes(), &signature) {
        return Err(Check::Signature.failed());
    }
    Ok(Opened { typ, payload })
}

/// `header.payload` and `signature`, if there are just three parts and none is long or unsigned.
fn split(token: &str) -> Option<(&str, &str)> {
    let three = token.len() <= MOST_BYTES && token.bytes().filter(|b| *b == b'.').count() == 2;
    three.then(|| token.rsplit_once('.')).flatten()
}

fn decode(part: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Check::Shape.failed())
}

/// The key that the header names, and its `typ`, when its algorithm is ours.
fn check_header<'k>(
    find: impl Fn(&str) -> Option<&'k PublicKey>,
    header: &[u8],
) -> Result<(&'k PublicKey, Option<String>)> {
    let document = tree::parse(header).map_err(|_| Check::Header.failed())?;
    let header = document.as_object().ok_or_else(|| Check::Header.failed())?;
    if header.iter().any(|(name, value)| !MEMBERS.contains(&name) || value.as_str().is_none()) {
        return Err(Check::Header.failed());
    }
    if header.text("alg") != Some("RS256") {
        return Err(Check::Algorithm.failed());
    }
    let key = header.text("kid").and_then(find).ok_or_else(|| Check::Key.failed())?;
    Ok((key, header.text("typ").map(str::to_owned)))
}

#[cfg(test)]
mod tests;
