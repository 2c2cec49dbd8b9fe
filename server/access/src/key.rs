//! The key that signs access tokens: RSA 2048 in `token-signing.pem` (PKCS#8, RFC 5958), and its public half as a
//! JWK set (RFC 7517). The `kid` is the key's RFC 7638 thumbprint, so the same key has the same name everywhere.

mod file;

use crate::jws::PublicKey;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;
use theriac_core::hash::sha256;
use theriac_core::{Error, Result};

/// Name of the key's file in the directory for keys.
pub const FILE: &str = "token-signing.pem";

/// The signing key and its public half.
pub struct SigningKeys {
    pub(crate) private: EncodingKey,
    pub(crate) public: PublicKey,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

impl SigningKeys {
    /// Reads the key in `dir`; makes directory and key when they are not there yet. Processes that start at the same
    /// time end up with the same key.
    ///
    /// # Errors
    /// `Internal`, saying which file and what to do.
    pub fn load_or_create(dir: &Path) -> Result<Self> {
        let pem = file::load_or_create(&dir.join(FILE), generate_pem)?;
        Self::from_pem(&pem).map_err(|error| {
            let path = dir.join(FILE);
            let message = format!("{} is not an RSA private key of 2048 bits or more in PKCS#8 PEM", path.display());
            Error { message, ..error }
        })
    }

    /// A key that is kept nowhere: for tests, and servers that live for one run.
    ///
    /// # Errors
    /// `Internal` when the machine has no randomness to give.
    pub fn generate() -> Result<Self> {
        Self::from_pem(&generate_pem()?)
    }

    fn from_pem(pem: &str) -> Result<Self> {
        let pair = RsaKeyPair::from_pkcs8(&der_of(pem)?).map_err(|e| Error::internal(e.to_string()))?;
        let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let private = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(Error::internal)?;
        let (n, e) = (URL_SAFE_NO_PAD.encode(&parts.n), URL_SAFE_NO_PAD.encode(&parts.e));
        Ok(Self { private, public: PublicKey::new(thumbprint(&n, &e), n, e)? })
    }

    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    /// The public half as `jwks.json` shows it.
    pub fn jwks(&self) -> Value {
        let PublicKey { kid, n, e, .. } = &self.public;
        json!({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e}]})
    }
}

/// SHA-256 thumbprint of an RSA key (RFC 7638, 3.1).
fn thumbprint(n: &str, e: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes()))
}

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

fn generate_pem() -> Result<String> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::internal("no RSA key could be generated"))?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| Error::internal("the RSA key could not be written"))?;
    let text = STANDARD.encode(der.as_ref());
    let mut pem = format!("{BEGIN}\n");
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    Ok(format!("{pem}\n{END}\n"))
}

fn der_of(pem: &str) -> Result<Vec<u8>> {
    let body = pem.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
    let body: String = body.unwrap_or_default().split_ascii_whitespace().collect();
    STANDARD.decode(body).map_err(Error::internal)
}

#[cfg(test)]
mod tests;
