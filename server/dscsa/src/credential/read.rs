//! A credential taken apart and checked. W3C Verifiable Credentials Data Model 1.1, 6.3.1 (JWT); RFC 7519. Pure.
//!
//! A presentation is signed by the holder, whose key must stand in the credential (`cnf`, RFC 7800) or in the holder's own
//! identifier (`did:jwk`): nothing is fetched.

use super::{Holder, refused};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use theriac_access::jose::{self, Algorithm, ES256, ES384, Key, KeySet, Parts, RS256};
use theriac_core::Result;
use theriac_core::json::{self, Node};

/// What issuers and holders sign with.
static ALGORITHMS: [&Algorithm; 3] = [&ES256, &ES384, &RS256];

pub(super) const KIND: &str = "DSCSAATPCredential";

/// Clocks differ by so much.
const LEEWAY_S: i64 = 60;

/// The credential in what was shown: itself, or the one in a presentation.
pub(super) fn credential(shown: &str) -> Result<(String, bool)> {
    let parts = Parts::of(shown).map_err(|_| refused("it is no signed token"))?;
    let claims = claims(parts.unverified())?;
    let Some(presentation) = claims.get("vp") else { return Ok((shown.to_owned(), false)) };
    let held = presentation.get("verifiableCredential");
    let one = match held {
        Some(Node::Array(list)) if list.len() == 1 => list[0].as_str(),
        Some(node) => node.as_str(),
        None => None,
    };
    one.map(|one| (one.to_owned(), true))
        .ok_or_else(|| refused("the presentation holds exactly one credential, as JWT"))
}

/// Who issued it, by its own word: good for choosing whose keys to look at, and nothing else.
pub(super) fn claimed_issuer(credential: &str) -> Result<String> {
    let parts = Parts::of(credential).map_err(|_| refused("it is no signed token"))?;
    text(&claims(parts.unverified())?, "iss")
}

/// Whose it is, if it was issued under one of these keys and is good at this time.
pub(super) fn holder(credential: &str, keys: &KeySet, now_s: i64) -> Result<(Holder, Option<Key>)> {
    let parts = Parts::of(credential).map_err(|_| refused("it is no signed token"))?;
    let payload = jose::open(&parts, keys, &ALGORITHMS).map_err(|_| refused("its signature is not of its issuer"))?;
    let claims = claims(payload)?;
    timely(&claims, now_s)?;
    let body = claims.get("vc").ok_or_else(|| refused("it holds no 'vc'"))?;
    let types = body.get("type").map_or(&[][..], Node::items);
    if !types.iter().any(|kind| kind.as_str() == Some(KIND)) {
        return Err(refused("it is of another type than DSCSAATPCredential"));
    }
    let subject = body.get("credentialSubject");
    let gln = subject.and_then(|subject| subject.text("gln")).map(str::to_owned);
    let holder = Holder { did: text(&claims, "sub")?, gln, issuer: text(&claims, "iss")? };
    if subject.and_then(|subject| subject.text("id")).is_some_and(|id| id != holder.did) {
        return Err(refused("its sub and the id of its subject differ"));
    }
    let bound = claims.get("cnf").and_then(|cnf| cnf.get("jwk")).map(Key::read).transpose();
    let bound = bound.map_err(|_| refused("its cnf holds no usable key"))?;
    Ok((holder, bound))
}

/// Did the holder sign the presentation?
pub(super) fn presented(shown: &str, holder: &Holder, bound: Option<&Key>, now_s: i64) -> Result<()> {
    let parts = Parts::of(shown).map_err(|_| refused("it is no signed token"))?;
    let own = bound.is_none().then(|| of_did(&holder.did)).flatten();
    let key =
        bound.or(own.as_ref()).ok_or_else(|| refused("the holder's key is neither in its cnf nor in its did:jwk"))?;
    let algorithm = ALGORITHMS.iter().find(|known| known.name == parts.header.alg);
    let algorithm = algorithm.ok_or_else(|| refused("the presentation is signed by ES256, ES384 or RS256"))?;
    let payload = parts.payload(algorithm, key).map_err(|_| refused("the presentation is not signed by its holder"))?;
    let claims = claims(payload)?;
    if text(&claims, "iss")? != holder.did {
        return Err(refused("it is presented by another than its holder"));
    }
    timely(&claims, now_s)
}

/// The key in `did:jwk:{base64url of a JWK}`.
fn of_did(did: &str) -> Option<Key> {
    let bytes = URL_SAFE_NO_PAD.decode(did.strip_prefix("did:jwk:")?).ok()?;
    Key::read(&json::parse(&bytes).ok()?).ok()
}

fn claims(bytes: &[u8]) -> Result<Node<'_>> {
    json::parse(bytes)
        .ok()
        .filter(|node| node.as_object().is_some())
        .ok_or_else(|| refused("its claims are no JSON object"))
}

fn text(claims: &Node<'_>, name: &str) -> Result<String> {
    let text = claims.text(name).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| refused(&format!("it has no '{name}'")))
}

/// `exp` must be there: what never ends is not taken back.
fn timely(claims: &Node<'_>, now_s: i64) -> Result<()> {
    let seconds = |name: &str| claims.get(name).map(|at| at.as_number().and_then(|at| at.parse::<i64>().ok()));
    match seconds("exp") {
        Some(Some(until)) if until > now_s - LEEWAY_S => {}
        Some(Some(_)) => return Err(refused("it has expired")),
        _ => return Err(refused("it has no 'exp' in whole seconds")),
    }
    match seconds("nbf") {
        None => Ok(()),
        Some(Some(from)) if from <= now_s + LEEWAY_S => Ok(()),
        Some(_) => Err(refused("it is not good yet")),
    }
}

#[cfg(test)]
mod tests;
