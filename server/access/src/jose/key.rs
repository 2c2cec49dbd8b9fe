//! Public keys as JWK and JWK sets (RFC 7517, RFC 7518 section 6).

use super::Algorithm;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use std::fmt;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Error, Result};

/// Most keys of a set.
const MOST: usize = 50;

/// Members that only a private or a symmetric key has.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Curve and the bytes of a coordinate.
const CURVES: &[(&str, usize)] = &[("P-256", 32), ("P-384", 48)];

/// A public key.
#[derive(Clone)]
pub struct Key {
    pub kid: Option<String>,
    kty: &'static str,
    crv: Option<&'static str>,
    /// The one algorithm it is for, when it says so.
    alg: Option<String>,
    decoding: DecodingKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).field("kty", &self.kty).finish_non_exhaustive()
    }
}

impl Key {
    /// # Errors
    /// `Invalid`, saying what would be right.
    pub fn read(node: &Node<'_>) -> Result<Self> {
        let wrong = |why: &str| Error::invalid(format!("a key {why}"));
        let object = node.as_object().ok_or_else(|| wrong("is an object"))?;
        if PRIVATE.iter().any(|name| object.get(name).is_some()) {
            return Err(wrong("is public: it holds nothing of a private or shared one; if it was private, replace it"));
        }
        if object.text("use").is_some_and(|purpose| purpose != "sig") {
            return Err(wrong("is for signatures: its use is sig"));
        }
        let verifies = |operations: &Node<'_>| {
            operations.as_array().is_some_and(|all| all.iter().any(|operation| operation.as_str() == Some("verify")))
        };
        if !object.get("key_ops").is_none_or(verifies) {
            return Err(wrong("is for verifying: its key_ops hold verify"));
        }
        let (kty, crv, decoding) = match object.text("kty") {
            Some("RSA") => ("RSA", None, rsa(object)?),
            Some("EC") => {
                let (crv, decoding) = elliptic(object)?;
                ("EC", Some(crv), decoding)
            }
            _ => return Err(wrong("has the kty RSA or EC")),
        };
        let text = |name: &str| object.text(name).map(str::to_owned);
        let key = Self { kid: text("kid").filter(|kid| !kid.is_empty()), kty, crv, alg: text("alg"), decoding };
        let fits = |alg: &String| Algorithm::find(alg).is_some_and(|algorithm| key.suits(algorithm));
        if key.alg.as_ref().is_none_or(fits) { Ok(key) } else { Err(wrong("has an alg that fits its kty and crv")) }
    }

    pub fn suits(&self, algorithm: &Algorithm) -> bool {
        let same = self.kty == algorithm.kty && self.crv == algorithm.crv;
        same && self.alg.as_deref().is_none_or(|alg| alg == algorithm.name)
    }

    pub(super) fn holds(&self, algorithm: &Algorithm, message: &[u8], signature: &[u8]) -> bool {
        (DEFAULT_PROVIDER.verifier_factory)(&algorithm.kind, &self.decoding)
            .is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }
}

fn rsa(object: &Object<'_>) -> Result<DecodingKey> {
    let wrong = |why: &str| Error::invalid(format!("an RSA key {why}"));
    let (n, e) = (object.text("n").unwrap_or_default(), object.text("e").unwrap_or_default());
    let bytes =
        |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong("has n and e as base64url without padding"));
    let (modulus, exponent) = (bytes(n)?, bytes(e)?);
    let bits = modulus
        .iter()
        .position(|b| *b != 0)
        .map_or(0, |at| (modulus.len() - at) * 8 - modulus[at].leading_zeros() as usize);
    if !(2_048..=8_192).contains(&bits) {
        return Err(wrong("has 2048 to 8192 bits"));
    }
    if exponent.len() > 4 || exponent.last().is_none_or(|last| last % 2 == 0) || exponent == [1] {
        return Err(wrong("has an odd exponent from 3 up to 32 bits"));
    }
    if is_roca(&modulus) {
        return Err(wrong("is made anew: this one can be factored (CVE-2017-15361)"));
    }
    DecodingKey::from_rsa_components(n, e).map_err(|_| wrong("has n and e"))
}

/// Small primes by which the moduli of the faulty generator are powers of 65537: by chance all are for one in 2^28 others.
/// M. Nemec and others, "The Return of Coppersmith's Attack", ACM CCS 2017, section 2.3
const ROCA_PRIMES: &[u32] = &[11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

fn is_roca(modulus: &[u8]) -> bool {
    let is_power = |prime: &u32| {
        let rest = modulus.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let powers = std::iter::successors(Some(1), |power| Some(power * (65_537 % prime) % prime));
        powers.take(*prime as usize).any(|power| power == rest)
    };
    ROCA_PRIMES.iter().all(is_power)
}

fn elliptic(object: &Object<'_>) -> Result<(&'static str, DecodingKey)> {
    let wrong = |why: &str| Error::invalid(format!("an EC key {why}"));
    let named = CURVES.iter().find(|(name, _)| object.text("crv") == Some(name));
    let (crv, size) = named.ok_or_else(|| wrong("has the crv P-256 or P-384"))?;
    let (x, y) = (object.text("x").unwrap_or_default(), object.text("y").unwrap_or_default());
    let whole = |text: &str| URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == *size);
    if !whole(x) || !whole(y) {
        return Err(wrong("has x and y of the curve's full length as base64url"));
    }
    Ok((crv, DecodingKey::from_ec_components(x, y).map_err(|_| wrong("has x and y"))?))
}

/// The keys of one party.
#[derive(Debug, Clone, Default)]
pub struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a set whose keys must all be usable: what somebody registers here.
    ///
    /// # Errors
    /// `Invalid`, saying which key and what would be right.
    pub fn strict(text: &[u8]) -> Result<Self> {
        let set = Self::each(text, |at, key| key.map_err(|e| e.at(format!("keys[{at}]"))).map(Some))?;
        let unnamed = |key: &Key| key.kid.is_none();
        if set.0.is_empty() || set.0.iter().any(unnamed) {
            return Err(Error::invalid("a key set holds at least one key, and each has a kid"));
        }
        let twice =
            |(at, key): (usize, &Key)| set.0[..at].iter().any(|other| other.kid == key.kid && other.kty == key.kty);
        if set.0.iter().enumerate().any(twice) {
            return Err(Error::invalid("two keys of one kty have the same kid"));
        }
        Ok(set)
    }

    /// Reads a set as others publish it, which may hold keys for other uses: these are passed over.
    ///
    /// # Errors
    /// `Malformed` if it is no key set.
    pub fn lenient(text: &[u8]) -> Result<Self> {
        Self::each(text, |_, key| Ok(key.ok()))
    }

    fn each(text: &[u8], mut take: impl FnMut(usize, Result<Key>) -> Result<Option<Key>>) -> Result<Self> {
        let wrong = || Error::malformed("a key set is an object with a list 'keys' of at most 50 keys (RFC 7517, 5)");
        let document = json::parse(text).map_err(|_| wrong())?;
        let keys = document.as_object().and_then(|set| set.get("keys")).and_then(Node::as_array);
        let keys = keys.filter(|keys| keys.len() <= MOST).ok_or_else(wrong)?;
        let read = keys.iter().enumerate().map(|(at, key)| take(at, Key::read(key)));
        Ok(Self(read.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect()))
    }

    /// The one key of this name that suits the algorithm; none if there are several.
    pub fn find(&self, kid: &str, algorithm: &Algorithm) -> Option<&Key> {
        let mut found = self.0.iter().filter(|key| key.kid.as_deref() == Some(kid) && key.suits(algorithm));
        found.next().filter(|_| found.next().is_none())
    }

    pub fn has(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
