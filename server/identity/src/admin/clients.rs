//! What only clients have: secrets, and the approval of those that registered themselves.

use super::records::{commit, find, fresh, shown, shown_with};
use crate::client::Client;
use crate::record::{self, Record, State};
use crate::service::Identity;
use crate::{secret, store};
use serde_json::json;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Registers a client under a new id or the one given; gives the record, and its secret if it has one.
pub(crate) async fn new_client(
    context: &Context,
    id: Option<&str>,
    client: Client,
    state: State,
) -> Result<(Record<Client>, Option<String>)> {
    record::Registered::check(&client)?;
    let id = id.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    record::check_id(&id)?;
    if store::record::find::<Client>(&context.db, &id).await?.is_some() {
        return Err(Error::conflict(format!("clients/{id} exists already")));
    }
    let secret = if client.method()?.has_secret() { Some(secret::new()?) } else { None };
    let record = fresh(context, &id, state, client);
    let kept = secret.iter().map(|secret| store::secret::put(&context.db, &id, &secret::hash(secret), context.now()));
    commit(context, &record, "create", kept.collect()).await?;
    Ok((record, secret))
}

pub(crate) async fn create(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let client: Client = record::read(&request.body, None)?;
    let (record, secret) = new_client(&context, None, client, State::Active).await?;
    let address = format!("{}/admin/clients/{}", context.trail.base, record.id);
    let once = secret.map_or_else(|| json!({}), |secret| json!({ "client_secret": secret }));
    Ok(shown_with(201, &record, once)?.with("location", address))
}

/// A new secret, shown this once; the old one is over.
pub(crate) async fn new_secret(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let record: Record<Client> = find::<Client>(&context, request.param("id")).await?.next(&context);
    if !record.document.method()?.has_secret() {
        let message = format!("a client with {} has no secret", record.document.token_endpoint_auth_method);
        return Err(Error::conflict(message));
    }
    let secret = secret::new()?;
    let kept = store::secret::put(&context.db, &record.id, &secret::hash(&secret), context.now());
    commit(&context, &record, "secret", vec![kept]).await?;
    shown_with(201, &record, json!({ "client_secret": secret }))
}

pub(crate) async fn approve(_: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let present = find::<Client>(&context, request.param("id")).await?;
    if present.state != State::Pending {
        return Err(Error::conflict(format!("it is {} and awaits no approval", present.state.as_str())));
    }
    let record = Record { state: State::Active, ..present.next(&context) };
    commit(&context, &record, "approve", vec![]).await?;
    shown(200, &record)
}
