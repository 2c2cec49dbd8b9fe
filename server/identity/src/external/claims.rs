//! A signed token of a provider, read: signature first, then issuer, audience and times, each by its type.

use super::discovery;
use crate::keyset;
use crate::provider::Provider;
use crate::service::Identity;
use serde_json::{Map, Value};
use theriac_access::jose::{self, Parts};
use theriac_access::token::LEEWAY_S;
use theriac_core::{Code, Error, Result};

pub(crate) type Claims = Map<String, Value>;

/// The claims of a token that this provider signed for this audience, and that holds now.
///
/// # Errors
/// `Unauthenticated`, saying which check failed.
pub(crate) async fn verified(
    identity: &Identity,
    provider: &Provider,
    token: &str,
    audience: &str,
    now_s: i64,
) -> Result<Claims> {
    let parts = Parts::of(token)?;
    if parts.header.jku.is_some() {
        return Err(wrong("its header names keys of its own"));
    }
    let document = discovery::of(identity, provider, now_s).await?;
    let kid = parts.header.kid.as_deref().unwrap_or_default();
    let keys = keyset::at(identity, &document.jwks_uri, kid, now_s).await?;
    let payload = jose::open(&parts, &keys, &provider.algorithms())?;
    // Strict as everywhere: one object, no member twice.
    theriac_core::json::parse(payload).map_err(|_| wrong("its claims are not one JSON object"))?;
    let claims: Claims = serde_json::from_slice(payload).map_err(|_| wrong("its claims are not one JSON object"))?;
    check(&claims, &provider.issuer, audience, now_s)?;
    Ok(claims)
}

fn check(claims: &Claims, issuer: &str, audience: &str, now_s: i64) -> Result<()> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(wrong("its iss is not the provider"));
    }
    if text(claims, "sub").is_none() {
        return Err(wrong("its sub is a text"));
    }
    let meant = match claims.get("aud") {
        Some(Value::String(one)) => one == audience,
        // Several audiences: it must have been given to us (OpenID Connect Core, 3.1.3.7).
        Some(Value::Array(many)) => {
            many.iter().any(|one| one == audience)
                && (many.len() == 1 || claims.get("azp").and_then(Value::as_str) == Some(audience))
        }
        _ => false,
    };
    if !meant {
        return Err(wrong("its aud is another"));
    }
    match seconds(claims, "exp")? {
        Some(exp) if exp > now_s => {}
        _ => return Err(wrong("it has expired, or has no exp")),
    }
    for name in ["iat", "nbf"] {
        if seconds(claims, name)?.is_some_and(|at| at > now_s + LEEWAY_S) {
            return Err(wrong("its iat and nbf do not lie ahead"));
        }
    }
    Ok(())
}

pub(crate) fn seconds(claims: &Claims, name: &str) -> Result<Option<i64>> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_i64().filter(|s| (1..=253_402_300_799).contains(s)) {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(wrong("its times are whole numbers of seconds")),
        },
    }
}

pub(crate) fn text<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty() && text.len() <= 512)
}

pub(crate) fn wrong(why: &str) -> Error {
    Error::new(Code::Unauthenticated, format!("the provider's token is refused: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_are_checked_by_type_and_value() {
        let good = json!({ "iss": "https://p.example", "sub": "ada", "aud": "us", "exp": 2_000, "iat": 1_000 });
        let outcome = |name: &str, value: Value| {
            let mut claims = good.as_object().unwrap().clone();
            match value {
                Value::Null => drop(claims.remove(name)),
                value => drop(claims.insert(name.to_owned(), value)),
            }
            check(&claims, "https://p.example", "us", 1_000).is_ok()
        };
        for (name, value) in
            [("aud", json!(["us"])), ("iat", json!(1_060)), ("iat", json!(null)), ("exp", json!(1_001))]
        {
            assert!(outcome(name, value.clone()), "{name}: {value}");
        }
        for (name, value) in [
            ("iss", json!(null)),
            ("iss", json!("https://p.example/")),
            ("sub", json!(null)),
            ("sub", json!("")),
            ("sub", json!(1)),
            ("aud", json!(null)),
            ("aud", json!("them")),
            ("aud", json!(["them", "us"])),
            ("aud", json!([])),
            ("exp", json!(null)),
            ("exp", json!(1_000)),
            ("exp", json!("2000")),
            ("exp", json!(2_000.5)),
            ("iat", json!(1_061)),
            ("nbf", json!(1_061)),
            ("nbf", json!("1")),
        ] {
            assert!(!outcome(name, value.clone()), "{name}: {value}");
        }
    }
}
