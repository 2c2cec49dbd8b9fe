//! The grant `refresh_token` (OAuth 2.1, 4.3): every use gives a new one and ends the old; a token that comes a second
//! time was stolen, and ends the whole line (OAuth 2.1, 4.3.1).

use super::authenticate::Authenticated;
use super::error::refused;
use super::form::Form;
use super::granted::{Granted, actor};
use super::{line, scope};
use crate::client::REFRESH;
use crate::secret;
use crate::service::Identity;
use crate::store::once::{self, Kind, Once};
use serde_json::json;
use theriac_core::Result;
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::Response;

pub(crate) async fn grant(identity: &Identity, context: &Context, by: Authenticated, form: &Form) -> Result<Response> {
    if !by.record.document.has_grant(REFRESH) {
        return Err(refused("unauthorized_client", "the client is not registered for refresh_token"));
    }
    let hash = secret::hash(form.need("refresh_token")?);
    let found: Option<Once<Granted>> = once::find(&context.db, Kind::Refresh, &hash).await?;
    let found = found.filter(|found| found.document.client == by.record.id).ok_or_else(unknown)?;
    let granted = &found.document;
    if found.used {
        line::end(context, &found.line, granted, "refresh-reused").await?;
        return Err(unknown());
    }
    if found.expires <= context.now() {
        return Err(unknown());
    }
    if granted.certificate.is_some() && granted.certificate != by.certificate {
        return Err(unknown());
    }
    let narrowed = match form.get("scope") {
        None => granted.scope.clone(),
        Some(asked) => scope::exact(Some(asked), &granted.scope)?.unwrap_or_default(),
    };
    let mut unit = Unit::new();
    unit.push(once::consume(&context.db, Kind::Refresh, &hash, context.now()));
    let (body, claims) = granted.answer(&mut unit, identity, context, &by, &found.line, &narrowed).await?;
    let entry = Entry {
        topic: "auth.token".to_owned(),
        action: "refresh",
        subject: format!("users/{}", granted.user),
        data: Some(json!({ "grant": REFRESH, "scope": claims.scope, "token": claims.jti, "session": found.line })),
        ..Entry::default()
    };
    theriac_ledger::record(&mut unit, &context.acting(actor(context, &claims)), &[entry])?;
    match context.db.commit(unit).await {
        Err(e) if e.guard == Some(Kind::Refresh.guard()) => {
            line::end(context, &found.line, granted, "refresh-reused").await?;
            Err(unknown())
        }
        Err(e) => Err(e),
        Ok(_) => Response::json(200, &body),
    }
}

fn unknown() -> theriac_core::Error {
    refused(
        "invalid_grant",
        "the refresh token is not good: each works once, for its client, until its sign-in is over",
    )
}
