//! Changing a record: `POST` makes one, `PUT` gives it a new version, `POST .../transition` moves its state.

use crate::kind::{self, Kind};
use crate::list::{tag, visible};
use crate::store::{self, Stored};
use serde::Deserialize;
use serde_json::Value;
use theriac_access::label;
use theriac_core::hash::sha256;
use theriac_core::{Code, Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const REASON_MOST: usize = 2_000;

/// The kind that the address names.
pub fn kind_of(request: &Request) -> Result<&'static Kind> {
    let segment = request.param("kind");
    let names = || kind::KINDS.map(|kind| kind.segment).join(", ");
    kind::find(segment).ok_or_else(|| Error::not_found("quality", &format!("{segment}; there are {}", names())))
}

pub(crate) async fn create(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let kind = kind_of(&request)?;
    let document = (kind.read)(&request.body)?;
    references(&context, kind, &document).await?;
    let now = context.now();
    let stored = Stored {
        kind,
        id: uuid::Uuid::now_v7().to_string(),
        key: context.key(),
        version: 1,
        state: kind.first_state(),
        opened_by: context.grant.subject.clone(),
        opened_at: now,
        changed_by: context.grant.subject.clone(),
        changed_at: now,
        reason: None,
        document,
    };
    commit(&context, stored, "create").await
}

pub(crate) async fn put(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let kind = kind_of(&request)?;
    let before = visible(&context, kind, request.param("id")).await?;
    request.check_version(Some(before.version))?;
    if kind.settled.contains(&before.state) {
        return Err(Error::conflict(format!(
            "{}/{} is {}; what is settled is not edited",
            kind.segment, before.id, before.state
        )));
    }
    let document = (kind.read)(&request.body)?;
    references(&context, kind, &document).await?;
    commit(&context, next(&context, Stored { document, reason: None, ..before }), "update").await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    to: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn transition(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let kind = kind_of(&request)?;
    let asked: Move = request.json()?;
    let before = visible(&context, kind, request.param("id")).await?;
    request.check_version(Some(before.version))?;
    let step = kind.step(before.state, &asked.to, &before.document)?;
    if step.by_another && before.opened_by == context.grant.subject {
        let message = format!("{} made this record; '{}' is for somebody else to say", before.opened_by, step.to);
        return Err(Error::new(Code::Forbidden, message));
    }
    open_actions(&context, kind, &before, step.to).await?;
    let reason = Some(reason(&asked.reason)?);
    commit(&context, next(&context, Stored { state: step.to, reason, ..before }), "transition").await
}

/// A deviation closes after every action that answers it.
async fn open_actions(context: &Context, kind: &Kind, stored: &Stored, to: &str) -> Result<()> {
    if to != "closed" || kind.segment != crate::deviation::KIND.segment {
        return Ok(());
    }
    let open = store::answering(&context.db, &stored.id).await?;
    if open.is_empty() {
        return Ok(());
    }
    let message = format!("{} still open: {}; a deviation closes after its actions", open.len(), open.join(", "));
    Err(Error::conflict(message))
}

fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    match text.chars().count() {
        1..=REASON_MOST => Ok(text.to_owned()),
        0 => Err(Error::invalid("a reason is needed: {\"to\":\"...\",\"reason\":\"...\"}").at("reason")),
        n => Err(Error::invalid(format!("the reason has {n} characters; at most {REASON_MOST}")).at("reason")),
    }
}

fn next(context: &Context, stored: Stored) -> Stored {
    let changed_by = context.grant.subject.clone();
    Stored { version: stored.version + 1, changed_by, changed_at: context.now(), ..stored }
}

/// What is named must be there, for this caller.
async fn references(context: &Context, kind: &Kind, document: &Value) -> Result<()> {
    for (other, id) in (kind.references)(document) {
        if visible(context, other, &id).await.is_err() {
            let message = format!("there is no {}/{id}; name records that exist", other.segment);
            return Err(Error::new(Code::Unprocessable, message).at(other.segment));
        }
    }
    let site = document["site"].as_str().map(label::site);
    if context.grant.sees(&site.into_iter().collect::<Vec<_>>()) {
        return Ok(());
    }
    Err(Error::new(Code::Forbidden, "the record would be of a site that is not yours; name your site").at("site"))
}

async fn commit(context: &Context, stored: Stored, action: &'static str) -> Result<Response> {
    let shown = stored.shown();
    let entry = Entry {
        topic: stored.kind.topic.to_owned(),
        action,
        subject: stored.subject(),
        version: stored.version,
        hash: Some(sha256(shown.to_string().as_bytes())),
        labels: stored.labels(),
        data: Some(shown.clone()),
    };
    let mut unit = Unit::new();
    for statement in store::put(&context.db, &stored) {
        unit.push(statement);
    }
    theriac_ledger::record(&mut unit, context, &[entry])?;
    context.db.commit(unit).await.map_err(|error| match error.guard {
        Some("quality_record") => Error::conflict("it was changed at the same moment; read it again and repeat"),
        _ => error,
    })?;
    let status = if stored.version == 1 { 201 } else { 200 };
    let mut response = Response::json(status, &shown)?.with("etag", tag(&stored));
    if status == 201 {
        response.set("location", format!("{}/quality/{}", context.trail.base, stored.subject()));
    }
    Ok(response)
}
