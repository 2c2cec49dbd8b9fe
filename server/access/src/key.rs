//! The keys that sign access tokens: RSA 2048 in `token-signing.pem` (PKCS#8, RFC 5958), and their public halves as a
//! JWK set (RFC 7517). The `kid` is the key's RFC 7638 thumbprint, so the same key has the same name everywhere.
//!
//! One key signs; those before it verify until the last token they signed is over ([`rotation`]). Other processes
//! see a new key within a second, or when they meet its name.

mod file;
mod rotation;

use crate::jws::{self, PublicKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use theriac_core::hash::sha256;
use theriac_core::{Error, Result};

/// Name of the key's file in the directory for keys.
pub const FILE: &str = "token-signing.pem";

/// How long a key that another process made may go unseen.
const PATIENCE: Duration = Duration::from_secs(1);

/// The signing key, its public half, and the public halves of those before it.
pub struct SigningKeys {
    ring: RwLock<Arc<Ring>>,
    /// None: the keys are kept nowhere.
    folder: Option<PathBuf>,
    looked: Mutex<Instant>,
}

pub(crate) struct Ring {
    private: EncodingKey,
    pub public: PublicKey,
    retired: Vec<Retired>,
}

struct Retired {
    key: PublicKey,
    until_s: i64,
}

impl Ring {
    fn new(pem: &str, retired: Vec<Retired>) -> Result<Self> {
        let pair = RsaKeyPair::from_pkcs8(&der_of(pem)?).map_err(|e| Error::internal(e.to_string()))?;
        let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let private = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(Error::internal)?;
        let (n, e) = (URL_SAFE_NO_PAD.encode(&parts.n), URL_SAFE_NO_PAD.encode(&parts.e));
        Ok(Self { private, public: PublicKey::new(thumbprint(&n, &e), n, e)?, retired })
    }

    /// The key of that name, if what it signed may still hold.
    pub fn find(&self, kid: &str, now_s: i64) -> Option<&PublicKey> {
        let old = self.retired.iter().filter(|old| old.until_s > now_s).map(|old| &old.key);
        std::iter::once(&self.public).chain(old).find(|key| key.kid == kid)
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys").field("kid", &self.ring.read().public.kid).finish_non_exhaustive()
    }
}

impl SigningKeys {
    /// Reads the key in `dir`; makes directory and key when they are not there yet. Processes that start at the same
    /// time end up with the same key.
    ///
    /// # Errors
    /// `Internal`, saying which file and what to do.
    pub fn load_or_create(dir: &Path) -> Result<Self> {
        file::load_or_create(&dir.join(FILE), generate_pem)?;
        Ok(Self::of(rotation::read(dir)?, Some(dir.to_owned())))
    }

    /// A key that is kept nowhere: for tests, and servers that live for one run.
    ///
    /// # Errors
    /// `Internal` when the machine has no randomness to give.
    pub fn generate() -> Result<Self> {
        Ok(Self::of(Ring::new(&generate_pem()?, Vec::new())?, None))
    }

    fn of(ring: Ring, folder: Option<PathBuf>) -> Self {
        Self { ring: RwLock::new(Arc::new(ring)), folder, looked: Mutex::new(Instant::now()) }
    }

    /// The keys as they are now.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.look_after(PATIENCE);
        self.ring.read().clone()
    }

    /// Looks at once, but not for every guess of a name; did it look?
    pub(crate) fn look_again(&self) -> bool {
        self.look_after(Duration::from_millis(50))
    }

    fn look_after(&self, pause: Duration) -> bool {
        let mut looked = self.looked.lock();
        if self.folder.is_none() || looked.elapsed() < pause {
            return false;
        }
        *looked = Instant::now();
        drop(looked);
        self.refresh();
        true
    }

    /// Looks whether another process made a new key. What cannot be read leaves the keys as they are: the next look tells.
    pub(crate) fn refresh(&self) {
        if let Some(Ok(ring)) = self.folder.as_deref().map(rotation::read) {
            *self.ring.write() = Arc::new(ring);
        }
    }

    /// The name of the key that signs.
    pub fn kid(&self) -> String {
        self.ring().public.kid.clone()
    }

    /// Signs a token of this type by the present key.
    ///
    /// # Errors
    /// `Internal` when signing fails.
    pub fn sign(&self, typ: &str, payload: &[u8]) -> Result<String> {
        let ring = self.ring();
        let header = json!({"typ": typ, "alg": "RS256", "kid": ring.public.kid});
        jws::sign(&ring.private, header.to_string().as_bytes(), payload)
    }

    /// Signs under a header of the caller's making.
    pub(crate) fn sign_under(&self, header: &[u8], payload: &[u8]) -> Result<String> {
        jws::sign(&self.ring().private, header, payload)
    }

    /// The public halves as `jwks.json` shows them, the one that signs first.
    pub fn jwks(&self, now_s: i64) -> Value {
        let ring = self.ring();
        let old = ring.retired.iter().filter(|old| old.until_s > now_s).map(|old| &old.key);
        let keys: Vec<Value> = std::iter::once(&ring.public).chain(old).map(PublicKey::jwk).collect();
        json!({ "keys": keys })
    }

    /// The names of the keys, and until when those that sign no more verify; seconds since 1970.
    pub fn list(&self, now_s: i64) -> Vec<Value> {
        let ring = self.ring();
        let old = ring.retired.iter().filter(|old| old.until_s > now_s);
        let old = old.map(|old| json!({ "kid": old.key.kid, "state": "verifies", "until": old.until_s }));
        std::iter::once(json!({ "kid": ring.public.kid, "state": "signs" })).chain(old).collect()
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
