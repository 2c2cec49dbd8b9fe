//! `private_key_jwt` (RFC 7523, 2.2; SMART App Launch 2.2, client-confidential-asymmetric): the client signs who it
//! is, for this address, for five minutes at most, and once.

use super::authenticate::find;
use super::error::refused;
use crate::client::{Client, Method};
use crate::keyset;
use crate::record::Record;
use crate::service::Identity;
use crate::{secret, store};
use theriac_access::jose::{self, Algorithm, ES384, Parts, RS384};
use theriac_access::token::LEEWAY_S;
use theriac_core::json::{self, Object};
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// What clients sign with.
pub(crate) static ALGORITHMS: [&Algorithm; 2] = [&RS384, &ES384];

const LONGEST_S: i64 = 300;

struct Assertion {
    issuer: String,
    expires_s: i64,
    id: String,
}

/// The client that signed it.
///
/// # Errors
/// `invalid_client`.
pub(crate) async fn check(identity: &Identity, context: &Context, assertion: &str) -> Result<Record<Client>> {
    let parts = Parts::of(assertion).map_err(as_refusal)?;
    if !parts.header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")) {
        return Err(refused("invalid_client", "the assertion's typ is JWT"));
    }
    let record = find(context, &claimed(&parts)?).await?;
    if record.document.method()? != Method::PrivateKeyJwt {
        return Err(refused("invalid_client", "the client is registered with another way to prove itself"));
    }
    let keys = keyset::find(identity, context, &record.document, &parts.header).await?;
    let payload = jose::open(&parts, &keys, &ALGORITHMS).map_err(as_refusal)?;
    let said = read(payload, &format!("{}/auth/token", context.trail.base), context.now().0 / 1_000_000)?;
    if said.issuer != record.id {
        return Err(refused("invalid_client", "the assertion's iss is not the client"));
    }
    remember(context, &said).await?;
    Ok(record)
}

/// Whose keys to ask: nothing else is believed of it before the signature holds.
fn claimed(parts: &Parts<'_>) -> Result<String> {
    let document = json::parse(parts.unverified()).map_err(|_| wrong("its claims are not one JSON object"))?;
    let object = document.as_object().ok_or_else(|| wrong("its claims are not one JSON object"))?;
    text(object, "iss")
}

fn read(payload: &[u8], address: &str, now_s: i64) -> Result<Assertion> {
    let document = json::parse(payload).map_err(|_| wrong("its claims are not one JSON object"))?;
    let object = document.as_object().ok_or_else(|| wrong("its claims are not one JSON object"))?;
    let issuer = text(object, "iss")?;
    if text(object, "sub")? != issuer {
        return Err(wrong("iss and sub are both the client_id"));
    }
    if text(object, "aud")? != address {
        return Err(wrong("its aud is the address of this token endpoint, as one string"));
    }
    let expires_s = seconds(object, "exp")?.ok_or_else(|| wrong("exp is needed"))?;
    if expires_s <= now_s {
        return Err(wrong("it has expired"));
    }
    if expires_s > now_s + LONGEST_S + LEEWAY_S {
        return Err(wrong("its exp is at most five minutes ahead"));
    }
    for name in ["iat", "nbf"] {
        if seconds(object, name)?.is_some_and(|at| at > now_s + LEEWAY_S) {
            return Err(wrong("its iat and nbf do not lie ahead"));
        }
    }
    let id = text(object, "jti")?;
    if id.len() > 256 {
        Err(wrong("its jti is at most 256 bytes long"))
    } else {
        Ok(Assertion { issuer, expires_s, id })
    }
}

fn text(object: &Object<'_>, name: &str) -> Result<String> {
    let text = object.text(name).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| wrong(&format!("{name} is a string that is not empty")))
}

fn seconds(object: &Object<'_>, name: &str) -> Result<Option<i64>> {
    let Some(node) = object.get(name) else { return Ok(None) };
    let digits = node.as_number().filter(|number| number.len() < 12 && number.bytes().all(|b| b.is_ascii_digit()));
    let seconds = digits.and_then(|digits| digits.parse().ok());
    seconds.map(Some).ok_or_else(|| wrong(&format!("{name} is a whole number of seconds since 1970")))
}

/// The store is what all nodes share, and what is left after a restart: an id is taken there once.
async fn remember(context: &Context, said: &Assertion) -> Result<()> {
    let hash = secret::hash(&format!("{}|{}", said.issuer, said.id));
    let expires = Instant((said.expires_s + LEEWAY_S) * 1_000_000);
    let mut unit = Unit::new();
    unit.push(store::assertion::insert(&context.db, &hash, expires));
    match context.db.commit(unit).await {
        Err(e) if e.code == Code::Conflict => Err(wrong("its jti was used before")),
        other => other.map(drop),
    }
}

fn wrong(why: &str) -> Error {
    refused("invalid_client", format!("the assertion is refused: {why}"))
}

fn as_refusal(error: Error) -> Error {
    let check = error.guard.unwrap_or_default().trim_start_matches("token_");
    refused("invalid_client", format!("the assertion is refused by the check of its {check}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const HERE: &str = "https://theriac.example/mercy/auth/token";
    const NOW_S: i64 = 1_800_000_000;

    fn refused_by(name: &str, value: Value) -> bool {
        let mut claims = json!({ "iss": "app", "sub": "app", "aud": HERE, "exp": NOW_S + 300, "jti": "1", "iat": NOW_S, "nbf": NOW_S });
        assert!(read(claims.to_string().as_bytes(), HERE, NOW_S).is_ok());
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        read(claims.to_string().as_bytes(), HERE, NOW_S).is_err_and(|e| e.guard == Some("invalid_client"))
    }

    #[test]
    fn claims_are_checked_by_type_and_value() {
        let cases: &[(&str, &[Value])] = &[
            ("iss", &[json!(null), json!(""), json!(1), json!("other")]),
            ("sub", &[json!(null), json!(""), json!("other"), json!(["app"])]),
            (
                "aud",
                &[
                    json!(null),
                    json!([HERE]),
                    json!(format!("{HERE}/")),
                    json!("https://theriac.example/acme/auth/token"),
                    json!("https://theriac.example/mercy/fhir"),
                    json!("https://theriac.example"),
                    json!(HERE.to_uppercase()),
                ],
            ),
            (
                "exp",
                &[
                    json!(null),
                    json!(NOW_S),
                    json!(NOW_S - 1),
                    json!(NOW_S + 361),
                    json!("1800000300"),
                    json!(1_800_000_300.5),
                    json!(-1),
                    json!(u64::MAX),
                    json!(true),
                    json!([NOW_S + 60]),
                ],
            ),
            ("iat", &[json!(NOW_S + 61), json!("1800000000"), json!(-1)]),
            ("nbf", &[json!(NOW_S + 61), json!("1800000000"), json!(1.5)]),
            ("jti", &[json!(null), json!(""), json!(1), json!("x".repeat(257))]),
        ];
        for (name, values) in cases {
            for value in *values {
                assert!(refused_by(name, value.clone()), "{name}: {value}");
            }
        }
    }
}
