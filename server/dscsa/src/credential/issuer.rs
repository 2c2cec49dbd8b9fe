//! `/issuers/{id}`: whose credentials are believed, with their keys; and the check against them, which asks nobody.

use super::{Authority, Holder, read, refused};
use crate::record::{self, Kind, Record, body, present};
use crate::store::record as store;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_access::jose::KeySet;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub(crate) static KIND: Kind = Kind { segment: "issuers", topic: "dscsa.issuer", states: &["trusted", "removed"] };

const MOST: i64 = 1_000;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Issuer {
    name: String,
    /// Its decentralised identifier, as credentials name it.
    did: String,
    jwks: Value,
}

/// `PUT /issuers/{id}` with `{"name","did","jwks"}`
pub(crate) async fn put(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = request.param("id").to_owned();
    if !(1..=64).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
        return Err(Error::invalid("an id has 1 to 64 letters, digits, '-', '.' or '_'").at("id"));
    }
    let issuer: Issuer = body(&request)?;
    if !issuer.did.starts_with("did:") || issuer.did.len() > 1_000 {
        return Err(Error::invalid("'did' is a decentralised identifier: did:web:example.org").at("did"));
    }
    KeySet::strict(issuer.jwks.to_string().as_bytes())?;
    let before = store::find(&context.db, &KIND, &id).await?;
    request.check_version(before.as_ref().map(|before| before.version))?;
    let document = serde_json::to_value(&issuer).map_err(Error::internal)?;
    let told = json!({ "name": issuer.name, "did": issuer.did });
    let record = match before {
        Some(before) => Record { version: before.version + 1, state: "trusted", document, ..before },
        None => Record::new(&context, &KIND, id, "trusted", document),
    };
    record.commit(&context, "trust", present(told)).await?;
    let status = if record.version == 1 { 201 } else { 200 };
    Ok(Response::json(status, &record.shown())?.with("etag", format!("W/\"{}\"", record.version)))
}

/// `DELETE /issuers/{id}`: its credentials hold no longer
pub(crate) async fn delete(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let before = record::find(&context, &KIND, request.param("id")).await?;
    request.check_version(Some(before.version))?;
    let record = Record { version: before.version + 1, state: "removed", ..before };
    record.commit(&context, "distrust", json!({})).await?;
    Ok(Response::new(204))
}

/// Credentials of the tenant's issuers, checked offline.
pub(crate) struct Issuers;

#[async_trait::async_trait]
impl Authority for Issuers {
    async fn holder(&self, context: &Context, shown: &str) -> Result<Holder> {
        let (credential, is_presented) = read::credential(shown)?;
        let issuer = read::claimed_issuer(&credential)?;
        let keys = keys(context, &issuer).await?;
        let now_s = context.now().0 / 1_000_000;
        let (holder, bound) = read::holder(&credential, &keys, now_s)?;
        if is_presented {
            read::presented(shown, &holder, bound.as_ref(), now_s)?;
        }
        Ok(holder)
    }
}

async fn keys(context: &Context, did: &str) -> Result<KeySet> {
    let question = store::Question { state: Some("trusted"), subject: None, before: i64::MAX, most: MOST };
    let trusted = store::list(&context.db, &KIND, &question).await?;
    let issuer = trusted.iter().find(|record| record.document["did"] == did);
    let issuer = issuer.ok_or_else(|| refused("its issuer is none that is trusted here"))?;
    KeySet::strict(issuer.document["jwks"].to_string().as_bytes())
}
