//! `/{tenant}/admin/keys`: the keys that sign tokens. They are the installation's, and a token is good for one tenant;
//! so whoever changes them does no harm to others: what the old key signed holds until it ends.

use crate::service::Identity;
use serde_json::json;
use theriac_core::Result;
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub(crate) async fn list(identity: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    Response::json(200, &json!({ "keys": identity.keys.list(context.now().0 / 1_000_000) }))
}

pub(crate) async fn rotate(identity: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    identity.keys.rotate(context.now().0 / 1_000_000)?;
    let entry = Entry {
        topic: "admin.key".to_owned(),
        action: "rotate",
        subject: format!("keys/{}", identity.keys.kid()),
        ..Entry::default()
    };
    let mut unit = Unit::new();
    theriac_ledger::record(&mut unit, &context, &[entry])?;
    context.db.commit(unit).await?;
    Response::json(201, &json!({ "keys": identity.keys.list(context.now().0 / 1_000_000) }))
}

/// `GET /{tenant}/auth/jwks.json` (RFC 7517): the keys that verify tokens, also those that sign no more.
pub(crate) async fn published(identity: Identity, context: Context, _: Request) -> Result<Response> {
    let response = Response::json(200, &identity.keys.jwks(context.now().0 / 1_000_000))?;
    Ok(response.with("cache-control", "public, max-age=300").with("access-control-allow-origin", "*"))
}
