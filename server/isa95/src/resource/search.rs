//! `GET /{tenant}/isa95/{resource}`, a search, and `GET /{tenant}/isa95/danglingReferences`, page by page.
//!
//! A page ends where a signed cursor says; it is good for the caller and the question that it was given for.

use super::answer::{self, Media};
use super::question;
use super::types::Type;
use crate::service::Isa95;
use crate::store;
use serde_json::json;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// What a cursor is good for: the question without its paging.
fn bound(context: &Context, request: &Request) -> String {
    let kept = |(name, _): &(String, String)| name != "from" && name != "count";
    let asked: Vec<(String, String)> = request.query_pairs().into_iter().filter(kept).collect();
    let (grant, path) = (&context.grant, request.path.rsplit('/').next().unwrap_or_default());
    format!("isa95|{}|{}|{}|{path}|{asked:?}", context.tenant.name, grant.subject, grant.role.as_str())
}

fn open(isa95: &Isa95, bound: &str, cursor: &str) -> Result<String> {
    let bytes = isa95.cursors.open(bound, cursor).map_err(|e| e.at("from"))?;
    String::from_utf8(bytes).map_err(|_| Error::invalid("this cursor is not of this list; begin again").at("from"))
}

pub(crate) async fn search(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let row = Type::find(request.param("resource"))?;
    let mut question = question::question(row, &request)?;
    let (_, media) = answer::accepted(&request)?;
    let bound = bound(&context, &request);
    question.after = question.from.as_deref().map(|cursor| open(&isa95, &bound, cursor)).transpose()?;
    let count = usize::try_from(question.count).unwrap_or(usize::MAX);
    let mut found = store::search::search(&context.db, &context.grant.rows(), &question).await?;
    let more = found.len() > count;
    found.truncate(count);
    let last = found.last().filter(|_| more);
    let next = last.map(|stored| isa95.cursors.seal(&bound, stored.id.as_bytes()));
    // The schema has no message that shows nothing.
    if found.is_empty() && media != Media::Plain {
        return Ok(Response::new(204));
    }
    answer::listing(&context, &request, row, &found, next)
}

/// Places that name records which are not there.
pub(crate) async fn dangling(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let (mut count, mut from) = (100, None);
    for (name, value) in request.query_known(&["from", "count"])? {
        match name.as_str() {
            "count" => count = question::count(&value)?,
            _ => from = Some(value),
        }
    }
    let bound = bound(&context, &request);
    let after = from.map(|cursor| open(&isa95, &bound, &cursor)).transpose()?.unwrap_or_default();
    let mut parts = after.split('\n');
    let mut part = || parts.next().unwrap_or_default();
    let after = (part(), part(), part());
    let mut found = store::index::dangling(&context.db, &context.grant.rows(), after, count + 1).await?;
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    let place = |d: &store::index::Dangling| format!("{}\n{}\n{}", d.kind, d.id, d.path);
    let next = found.last().filter(|_| more).map(|last| isa95.cursors.seal(&bound, place(last).as_bytes()));
    let listed: Vec<_> = found
        .iter()
        .map(|d| {
            let (record, target) = (format!("{}/{}", d.kind, d.id), format!("{}/{}", d.target_type, d.target));
            json!({ "record": record, "path": d.path, "target": target })
        })
        .collect();
    let mut body = json!({ "danglingReferences": listed });
    if let Some(next) = next {
        body["next"] = next.into();
    }
    Response::json(200, &body)
}
