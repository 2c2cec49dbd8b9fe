//! `PUT /{tenant}/admin/providers/{id}/secret`: our secret at the provider. It must be sent there, so it is kept sealed
//! rather than hashed, and shown to nobody.

use crate::admin::{commit, find};
use crate::provider::Provider;
use crate::record::Record;
use crate::service::Identity;
use crate::store;
use serde::Deserialize;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    client_secret: String,
}

fn bound(context: &Context, id: &str) -> String {
    format!("provider|{}|{id}", context.tenant.name)
}

/// No client has such an id.
fn kept_as(id: &str) -> String {
    format!("provider:{id}")
}

pub(crate) async fn put(identity: Identity, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let body: Body = request.json()?;
    if body.client_secret.is_empty() || body.client_secret.len() > 1_000 {
        return Err(Error::invalid("a secret has 1 to 1000 characters").at("client_secret"));
    }
    let record: Record<Provider> = find::<Provider>(&context, request.param("id")).await?.next(&context);
    let sealed = identity.seals.conceal(&bound(&context, &record.id), body.client_secret.as_bytes())?;
    let statement = store::secret::put(&context.db, &kept_as(&record.id), &sealed, context.now());
    commit(&context, &record, "secret", vec![statement]).await?;
    Ok(Response::new(204))
}

pub(crate) async fn find_secret(identity: &Identity, context: &Context, id: &str) -> Result<Option<String>> {
    let Some(sealed) = store::secret::find(&context.db, &kept_as(id)).await? else { return Ok(None) };
    let secret = identity
        .seals
        .reveal(&bound(context, id), &sealed)
        .map_err(|_| Error::internal("a secret that cannot be opened"))?;
    String::from_utf8(secret).map(Some).map_err(Error::internal)
}
