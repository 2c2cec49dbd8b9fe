//! `POST /{tenant}/deid/projects/{id}/reidentify`: who stands behind a pseudonym. Asked by a steward, with a reason;
//! the question is in the ledger before it is answered, the answer never is.

use crate::input;
use crate::lens::Views;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use theriac_core::{Error, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::context::Trail;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    pseudonym: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn reidentify(views: Views, mut context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let (id, body) = (request.param("id"), request.json::<Body>()?);
    let reason = input::reason(&body.reason)?;
    let lens = views.of_project(&context, id).await?;
    let found = lens.vault.behind(&context.db, &body.pseudonym).await?;
    let trail = &context.trail;
    context.trail = Arc::new(Trail {
        request_id: trail.request_id.clone(),
        correlation_id: trail.correlation_id.clone(),
        traceparent: trail.traceparent.clone(),
        purpose: trail.purpose.clone(),
        reason: Some(reason),
        base: trail.base.clone(),
    });
    let entry = Entry {
        topic: "deid.project".to_owned(),
        action: "reidentify",
        subject: format!("projects/{id}"),
        data: Some(json!({ "pseudonym": shortened(&body.pseudonym), "found": found.is_some() })),
        ..Entry::default()
    };
    let mut unit = Unit::new();
    theriac_ledger::record(&mut unit, &context, &[entry])?;
    context.db.commit(unit).await?;
    let (kind, value) = found.ok_or_else(|| Error::not_found("pseudonyms", "of this project"))?;
    let reference = if kind == crate::walk::VALUE { value } else { format!("{kind}/{value}") };
    Response::json(200, &json!({ "pseudonym": body.pseudonym, "identity": reference }))
}

/// What is no pseudonym could be anything.
fn shortened(text: &str) -> &str {
    if text.len() == 32 && text.bytes().all(|b| b.is_ascii_lowercase()) { text } else { "of another form" }
}
