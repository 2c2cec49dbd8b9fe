//! The grant `authorization_code` (OAuth 2.1, 4.1.3) with PKCE (RFC 7636, S256): a code is good for a minute and once.
//! A code that comes a second time was stolen, before or after: what came from it is over.

use super::authenticate::Authenticated;
use super::error::refused;
use super::form::Form;
use super::granted::{Granted, actor};
use super::line;
use crate::client::{CODE, Method};
use crate::secret;
use crate::service::Identity;
use crate::store::once::{self, Kind, Once};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use theriac_core::hash::sha256;
use theriac_core::{Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::{Statement, Unit};
use theriac_platform::http::Response;

pub(crate) const LIFE_US: i64 = 60_000_000;

/// A new code: the code, and the statement that keeps it.
pub(crate) fn new(context: &Context, granted: &Granted) -> Result<(String, Statement)> {
    let code = secret::new()?;
    let (line, expires) = (uuid::Uuid::new_v4().to_string(), Instant(context.now().0 + LIFE_US));
    let statement = once::insert(&context.db, Kind::Code, &secret::hash(&code), expires, &line, granted)?;
    Ok((code, statement))
}

pub(crate) async fn grant(identity: &Identity, context: &Context, by: Authenticated, form: &Form) -> Result<Response> {
    if !by.record.document.has_grant(CODE) {
        return Err(refused("unauthorized_client", "the client is not registered for authorization_code"));
    }
    let hash = secret::hash(form.need("code")?);
    let found: Option<Once<Granted>> = once::find(&context.db, Kind::Code, &hash).await?;
    let found = found.filter(|found| found.document.client == by.record.id).ok_or_else(unknown)?;
    if found.used {
        line::end(context, &found.line, &found.document, "code-reused").await?;
        return Err(unknown());
    }
    check(&found, form, context.now())?;
    let mut unit = Unit::new();
    unit.push(once::consume(&context.db, Kind::Code, &hash, context.now()));
    let public = by.record.document.method()? == Method::None;
    let granted = &Granted { certificate: by.certificate.clone().filter(|_| public), ..found.document.clone() };
    let (body, claims) = granted.answer(&mut unit, identity, context, &by, &found.line, &granted.scope).await?;
    let entry = Entry {
        topic: "auth.token".to_owned(),
        action: "issue",
        subject: format!("users/{}", granted.user),
        data: Some(json!({ "grant": CODE, "scope": claims.scope, "token": claims.jti, "session": found.line })),
        ..Entry::default()
    };
    theriac_ledger::record(&mut unit, &context.acting(actor(context, &claims)), &[entry])?;
    match context.db.commit(unit).await {
        Err(e) if e.guard == Some(Kind::Code.guard()) => {
            line::end(context, &found.line, &found.document, "code-reused").await?;
            Err(unknown())
        }
        Err(e) => Err(e),
        Ok(_) => Response::json(200, &body),
    }
}

fn check(found: &Once<Granted>, form: &Form, now: Instant) -> Result<()> {
    if found.expires <= now {
        return Err(unknown());
    }
    if form.need("redirect_uri")? != found.document.redirect_uri {
        return Err(refused("invalid_grant", "redirect_uri is not the one the code was asked with"));
    }
    let verifier = form.need("code_verifier")?;
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
        return Err(refused("invalid_grant", "code_verifier has 43 to 128 letters, digits, '-', '.', '_' or '~'"));
    }
    let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
    match verify_slices_are_equal(challenge.as_bytes(), found.document.challenge.as_bytes()) {
        Ok(()) => Ok(()),
        Err(_) => Err(refused("invalid_grant", "code_verifier does not belong to the code's challenge")),
    }
}

fn unknown() -> theriac_core::Error {
    refused("invalid_grant", "the code is not good: a code works once, within a minute, for the client that asked")
}
