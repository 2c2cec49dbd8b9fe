//! `GET .../{id}/_history` and `GET .../{id}/_history/{version}`: a record as it was, newest first.

use super::answer;
use super::change::visible;
use super::question;
use super::types::Type;
use crate::service::Isa95;
use crate::store;
use crate::store::resource::Version;
use serde::Serialize;
use serde_json::value::RawValue;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

async fn seen(context: &Context, row: &Type, id: &str) -> Result<()> {
    let found = store::resource::one(&context.db, row.address, id).await?;
    match found.filter(|stored| visible(context, stored)) {
        Some(_) => Ok(()),
        None => Err(Error::not_found(row.address, id)),
    }
}

pub(crate) async fn history(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let row = Type::find(request.param("resource"))?;
    let id = request.param("id");
    let (mut count, mut from) = (100, None);
    for (name, value) in request.query_known(&["from", "count"])? {
        match name.as_str() {
            "count" => count = question::count(&value)?,
            _ => from = Some(value),
        }
    }
    seen(&context, row, id).await?;
    let bound = format!("isa95|{}|{}|history|{}|{id}", context.tenant.name, context.grant.subject, row.address);
    let wrong = || Error::invalid("this cursor is not of this list; begin again without one").at("from");
    let below = match from {
        None => i64::MAX,
        Some(cursor) => {
            let bytes = isa95.cursors.open(&bound, &cursor).map_err(|e| e.at("from"))?;
            bytes.try_into().map(i64::from_le_bytes).map_err(|_| wrong())?
        }
    };
    let mut found = store::resource::versions(&context.db, (row.address, id), below, count + 1).await?;
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| more).map(|last| isa95.cursors.seal(&bound, &last.version.to_le_bytes()));
    let versions = found.into_iter().map(Entry::of).collect::<Result<_>>()?;
    Response::json(200, &Page { versions, next })
}

#[derive(Serialize)]
struct Page {
    versions: Vec<Entry>,
    /// What `from` takes for the page that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Entry {
    version: i64,
    time: String,
    action: String,
    /// None where the record was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Box<RawValue>>,
}

impl Entry {
    fn of(version: Version) -> Result<Self> {
        let Version { version, updated, action, document } = version;
        let document = (action != "delete").then(|| RawValue::from_string(document).map_err(Error::internal));
        Ok(Self { version, time: updated.rfc3339(), action, document: document.transpose()? })
    }
}

pub(crate) async fn version(_: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let row = Type::find(request.param("resource"))?;
    let (id, wanted) = (request.param("id"), request.param("version"));
    seen(&context, row, id).await?;
    let absent = || Error::not_found(&format!("{}/{id}/_history", row.address), wanted);
    let number: i64 = wanted.parse().ok().filter(|number| *number > 0).ok_or_else(absent)?;
    let found = store::resource::versions(&context.db, (row.address, id), number.saturating_add(1), 1).await?;
    let found = found.into_iter().find(|version| version.version == number).ok_or_else(absent)?;
    match found.action.as_str() {
        "delete" => Err(Error::gone(row.address, id)),
        _ => answer::one(&request, 200, row, found.version, &found.document),
    }
}
