//! `PUT /credential`: the credential that this tenant shows to others, as its wallet made it. Kept sealed, never given out
//! but to the partners that are asked.

use crate::Dscsa;
use crate::record::{Kind, Record, body};
use crate::store::record as store;
use serde::Deserialize;
use serde_json::json;
use theriac_access::jose::Parts;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub(crate) static KIND: Kind = Kind { segment: "credential", topic: "dscsa.credential", states: &["shown"] };

const ID: &str = "own";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    credential: String,
}

pub(crate) async fn put(dscsa: Dscsa, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let own: Own = body(&request)?;
    Parts::of(own.credential.trim())
        .map_err(|_| Error::invalid("'credential' is a signed token of three parts (JWT)").at("credential"))?;
    let sealed = dscsa.seals.conceal(&bound(&context), own.credential.trim().as_bytes())?;
    let document = json!({ "sealed": sealed, "since": context.now().rfc3339() });
    let record = match store::find(&context.db, &KIND, ID).await? {
        Some(before) => Record { version: before.version + 1, document, ..before },
        None => Record::new(&context, &KIND, ID.to_owned(), "shown", document),
    };
    record.commit(&context, "put", json!({})).await?;
    Response::json(200, &record.shown())
}

fn bound(context: &Context) -> String {
    format!("dscsa.credential/{}", context.tenant.name)
}

/// What we show, if anything.
pub(crate) async fn own(dscsa: &Dscsa, context: &Context) -> Result<Option<String>> {
    let Some(record) = store::find(&context.db, &KIND, ID).await? else { return Ok(None) };
    let sealed = record.document["sealed"].as_str().unwrap_or_default();
    let shown = dscsa.seals.reveal(&bound(context), sealed).map_err(|e| Error::internal(e.message))?;
    String::from_utf8(shown).map(Some).map_err(Error::internal)
}
