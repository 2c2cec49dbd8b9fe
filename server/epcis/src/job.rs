//! `GET /capture` and `GET /capture/{captureID}`: what became of captured documents.

use crate::Epcis;
use crate::append::Outcome;
use crate::capture::{job_id, job_key};
use crate::store::job::{self, Finished, Job};
use crate::view::versions;
use serde_json::{Value, json};
use theriac_access::Rows;
use theriac_core::{Error, Issue, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

/// Errors a job tells; a document of a hundred thousand events can have as many.
const TOLD: usize = 1_000;

pub(crate) async fn read(context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let id = request.param("captureID");
    let missing = || Error::not_found("capture", id);
    let key = job_key(id).ok_or_else(missing)?;
    let job = job::find(&context.db, own(&context), key).await?.ok_or_else(missing)?;
    Response::json(200, &document(&job)?).map(versions)
}

pub(crate) async fn list(epcis: Epcis, context: Context, request: Request) -> Result<Response> {
    let page = crate::page::Page::asked(&epcis, &context, &request)?;
    let before = page.position.as_ref().and_then(|p| p.first().copied()).unwrap_or(i64::MAX);
    let mut jobs = job::list(&context.db, own(&context), before, page.size + 1).await?;
    let more = jobs.len() as i64 > page.size;
    jobs.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    let documents = jobs.iter().map(document).collect::<Result<Vec<_>>>()?;
    let mut response = Response::json(200, &documents)?;
    if let Some(last) = jobs.last().filter(|_| more) {
        response = page.next(response, &[last.key]);
    }
    Ok(versions(response))
}

/// Whoever does not see all rows sees the jobs it sent.
fn own(context: &Context) -> Option<&str> {
    (context.grant.rows() != Rows::All).then_some(context.grant.subject.as_str())
}

fn document(job: &Job) -> Result<Value> {
    let errors: Value = serde_json::from_str(&job.errors).map_err(Error::internal)?;
    let mut value = json!({
        "captureID": job_id(job.key),
        "createdAt": job.created.rfc3339(),
        "running": job.running,
        "success": job.success,
        "captureErrorBehaviour": job.behaviour,
        "errors": errors,
    });
    if let Some(finished) = job.finished {
        value["finishedAt"] = finished.rfc3339().into();
    }
    Ok(value)
}

/// A job's row once its document was worked through.
pub(crate) fn finished(key: i64, outcome: &Outcome) -> Finished {
    let told: Vec<Value> = outcome.issues.iter().take(TOLD).map(problem).collect();
    Finished { key, success: outcome.issues.is_empty(), errors: Value::Array(told).to_string() }
}

/// Errors a job tells at most.
pub(crate) fn tells() -> usize {
    TOLD
}

/// A job's errors with more of them.
pub(crate) fn told(errors: &str, issues: &[Issue]) -> Result<String> {
    if issues.is_empty() {
        return Ok(errors.to_owned());
    }
    let mut told: Vec<Value> = serde_json::from_str(errors).map_err(Error::internal)?;
    let room = TOLD.saturating_sub(told.len());
    told.extend(issues.iter().take(room).map(problem));
    Ok(Value::Array(told).to_string())
}

/// RFC 7807, as in answers; `instance` says where in the document.
fn problem(issue: &Issue) -> Value {
    let meaning = issue.code.meaning();
    json!({
        "type": format!("epcisException:{}", meaning.epcis),
        "title": meaning.title,
        "status": meaning.status,
        "detail": issue.message,
        "instance": issue.path,
    })
}
