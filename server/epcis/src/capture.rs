//! `POST /capture`: the frame is looked at, the document is put aside, the worker does the rest.
//! EPCIS 2.0 REST binding, section 12.6.

use crate::document::Document;
use crate::origin::Origin;
use crate::store::job::{self, NewJob};
use crate::view::versions;
use serde_json::json;
use theriac_core::{Code, Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response, media_type};

/// Events one document may hold.
pub const CAPTURE_LIMIT: usize = 100_000;

/// Bytes one document may have.
pub const FILE_SIZE_LIMIT: usize = 100 * 1024 * 1024;

pub const BEHAVIOURS: [&str; 2] = ["rollback", "proceed"];

pub(crate) async fn handle(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    json_body(&request)?;
    let behaviour = behaviour(&request)?;
    let id = submit(&context, &request.body, behaviour).await?;
    let location = format!("{}/epcis/capture/{id}", context.trail.base);
    let response = Response::new(202).with("location", location).with("gs1-capture-error-behaviour", behaviour);
    Ok(versions(response))
}

/// Takes a document in and gives the id of the job; also what `theriac load` calls.
///
/// # Errors
/// What is wrong with the frame, and documents over the limits.
pub async fn submit(context: &Context, body: &[u8], behaviour: &'static str) -> Result<String> {
    let events = crate::append::heavy(|| examine(body))?;
    let key = context.key();
    let id = job_id(key);
    let origin = Origin::of(context);
    let new = NewJob { key, created: context.now(), behaviour, actor: &origin.subject, origin: origin.write()?, body };
    let mut unit = Unit::new();
    job::create(&context.db, &new, &mut unit)?;
    let entry = Entry {
        topic: "epcis.job".to_owned(),
        action: "capture",
        subject: format!("job/{id}"),
        hash: Some(theriac_core::hash::sha256(body)),
        data: Some(json!({ "events": events, "bytes": body.len() })),
        ..Entry::default()
    };
    theriac_ledger::record(&mut unit, context, &[entry])?;
    context.db.commit(unit).await?;
    Ok(id)
}

/// The frame, and nothing in it; gives the number of events.
fn examine(body: &[u8]) -> Result<usize> {
    if body.len() > FILE_SIZE_LIMIT {
        let message = format!("a document has at most {FILE_SIZE_LIMIT} bytes, this one has {}", body.len());
        return Err(Error::new(Code::TooLarge, message));
    }
    let events = Document::parse(body)?.len();
    if events > CAPTURE_LIMIT {
        let message = format!("a document has at most {CAPTURE_LIMIT} events, this one has {events}; send it in parts");
        return Err(Error::new(Code::TooLarge, message));
    }
    Ok(events)
}

/// # Errors
/// `UnsupportedMedia` for a body that does not say it is JSON.
pub(crate) fn json_body(request: &Request) -> Result<()> {
    let media = request.header("content-type").map(media_type).unwrap_or_default();
    if matches!(media.as_str(), "application/json" | "application/ld+json") {
        return Ok(());
    }
    let message = format!("Content-Type is `{media}`; an EPCIS body is application/json or application/ld+json here");
    Err(Error::new(Code::UnsupportedMedia, message))
}

fn behaviour(request: &Request) -> Result<&'static str> {
    const NAME: &str = "GS1-Capture-Error-Behaviour";
    let Some(asked) = request.header("gs1-capture-error-behaviour") else { return Ok(BEHAVIOURS[0]) };
    let found = BEHAVIOURS.into_iter().find(|b| *b == asked.trim());
    found.ok_or_else(|| Error::invalid(format!("{NAME} is `rollback` or `proceed`, not `{asked}`")).at(NAME))
}

/// The captureID: the job's key.
pub(crate) fn job_id(key: i64) -> String {
    format!("{key:016x}")
}

pub(crate) fn job_key(id: &str) -> Option<i64> {
    i64::from_str_radix(id, 16).ok().filter(|key| job_id(*key) == id)
}
