//! `POST /{tenant}/auth/revoke` (RFC 7009): a client gives a token back. A refresh token ends its whole sign-in.

use super::authenticate::{self, Authenticated};
use super::error::{answered, refused};
use super::form::Form;
use super::granted::Granted;
use super::line;
use crate::secret;
use crate::service::Identity;
use crate::store::once::{self, Kind, Once};
use theriac_access::{Grant, Mark};
use theriac_core::Result;
use theriac_ledger::Entry;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};
use theriac_platform::{Context, Revocations};

pub(crate) async fn revoke(identity: Identity, context: Context, request: Request) -> Result<Response> {
    answered(take(&identity, &context, &request).await)
}

async fn take(identity: &Identity, context: &Context, request: &Request) -> Result<Response> {
    let form = Form::new(request.form()?)?;
    let token = form.need("token")?;
    let by = authenticate::client(identity, context, request, &form).await?;
    let found: Option<Once<Granted>> = once::find(&context.db, Kind::Refresh, &secret::hash(token)).await?;
    if let Some(found) = found {
        check_owner(&by, &found.document.client)?;
        line::end(context, &found.line, &found.document, "revoke").await?;
        return Ok(Response::new(200));
    }
    let now_s = context.now().0 / 1_000_000;
    // What is no token, or no more, needs no taking back (RFC 7009, 2.2).
    if let Ok(claims) = identity.verifier.claims(token, &context.tenant.name, now_s) {
        check_owner(&by, claims.client_id.as_deref().unwrap_or_default())?;
        take_token(context, &by, &claims.jti).await?;
    }
    Ok(Response::new(200))
}

fn check_owner(by: &Authenticated, client: &str) -> Result<()> {
    if by.record.id == client {
        return Ok(());
    }
    Err(refused("unauthorized_client", "the token was given to another client"))
}

async fn take_token(context: &Context, by: &Authenticated, token: &str) -> Result<()> {
    let id = by.record.id.as_str();
    let entry = Entry {
        topic: "auth.token".to_owned(),
        action: "revoke",
        subject: format!("clients/{id}"),
        data: Some(serde_json::json!({ "token": token })),
        ..Entry::default()
    };
    let role = by.record.document.role()?;
    let actor = Grant { client: Some(id.to_owned()), ..Grant::new(role, id, context.tenant.name.as_ref()) };
    let mut unit = Unit::new();
    let row = Revocations::take_back(&mut unit, &context.db, Mark::Token(token));
    theriac_ledger::record(&mut unit, &context.acting(actor), &[entry])?;
    Revocations::commit(&context.db, unit, vec![row]).await.map(drop)
}
