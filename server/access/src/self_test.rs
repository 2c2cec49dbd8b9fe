//! What a server proves to itself before it listens: that it accepts its own token, and refuses five forgeries.
//!
//! A library that was built without its crypto, or that reads a date in a string as no date (CVE-2026-25537), would
//! otherwise be found out by the first attacker.

use crate::claims::Claims;
use crate::key::SigningKeys;
use crate::role::Role;
use crate::token::{Verifier, issue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::Arc;
use theriac_core::{Error, Result};

const TENANT: &str = "self-test";
const NOW_S: i64 = 1_800_000_000;

/// Runs the self-test.
///
/// # Errors
/// `Internal`, naming what failed; the server must not start.
pub fn self_test(keys: &Arc<SigningKeys>, issuer: &str) -> Result<()> {
    let verifier = Verifier::new(Arc::clone(keys), issuer);
    let claims = Claims::new(verifier.issuer(), TENANT, Role::Steward, "self-test", "self-test", NOW_S, 60);
    let token = issue(keys, &claims)?;
    verifier.verify(&token, TENANT, NOW_S).map_err(|error| failed("a good token was refused", &error.message))?;
    for (name, forged) in forgeries(keys, &claims, &token)? {
        if verifier.verify(&forged, TENANT, NOW_S).is_ok() {
            return Err(failed("a forged token was accepted", name));
        }
    }
    Ok(())
}

fn forgeries(keys: &SigningKeys, claims: &Claims, token: &str) -> Result<Vec<(&'static str, String)>> {
    let (message, signature) = token.rsplit_once('.').unwrap_or_default();
    let payload = message.split_once('.').unwrap_or_default().1;
    let unsigned = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "kid": keys.kid(), "typ": "at+jwt"}).to_string());
    let raised =
        serde_json::to_vec(&Claims { role: Role::Administrator, ..claims.clone() }).map_err(Error::internal)?;
    let header = message.split_once('.').unwrap_or_default().0;
    Ok(vec![
        ("no algorithm", format!("{unsigned}.{payload}.")),
        ("no signature", format!("{message}.")),
        ("another payload", format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(raised))),
        ("expiry as a string", resigned(keys, claims, json!("1800000060"))?),
        ("expired", resigned(keys, claims, json!(NOW_S))?),
    ])
}

fn resigned(keys: &SigningKeys, claims: &Claims, exp: Value) -> Result<String> {
    let mut claims = serde_json::to_value(claims).map_err(Error::internal)?;
    claims["exp"] = exp;
    let header = json!({"alg": "RS256", "kid": keys.kid(), "typ": "at+jwt"}).to_string();
    keys.sign_under(header.as_bytes(), claims.to_string().as_bytes())
}

fn failed(what: &str, which: &str) -> Error {
    Error { message: format!("token self-test: {what}: {which}"), ..Error::internal("token self-test") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_build_passes() {
        let keys = Arc::new(SigningKeys::generate().unwrap());
        self_test(&keys, "http://127.0.0.1:8080/").unwrap();
    }
}
