//! Requests that are answered later: `Prefer: respond-async`, <http://hl7.org/fhir/R4/async.html>.
//!
//! The request is kept, and 202 names the address where it is asked how far it is. A worker takes it up under a lease,
//! so that another one goes on where a process died. What a request changes is committed together with the mark that
//! it did, so that it is done once, however often it is begun. The answer is a Bundle of type batch-response with one
//! entry: status and body as they would have come at once.

mod origin;
mod run;
mod work;

use crate::body;
use crate::bundle::FHIR_JSON;
use crate::service::{self, Fhir};
use crate::store::job::{self as store, NewJob, State};
use origin::{Asked, Origin};
use theriac_core::{Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

pub use run::run;

/// How long answers are kept.
const KEPT: i64 = 24 * 3_600 * 1_000_000;
/// Seconds after which it is worth asking again.
const AGAIN: &str = "1";

/// Keeps the request if its caller wants so, and says where the answer will be.
///
/// # Errors
/// The database's.
pub async fn defer(fhir: &Fhir, context: &Context, request: &Request) -> Result<Option<Response>> {
    let mut words = request.header("prefer").into_iter().flat_map(|field| field.split([',', ';'])).map(str::trim);
    if !words.any(|word| word == "respond-async") {
        return Ok(None);
    }
    let (key, mut unit) = (context.key(), Unit::new());
    let job = NewJob {
        key,
        created: context.now(),
        actor: &context.grant.subject,
        origin: Origin::of(context).write()?,
        request: body::pack(&Asked::of(request).write()?)?,
    };
    store::create(&context.db, &job, &mut unit);
    theriac_ledger::record(&mut unit, context, &[entry("create", key)])?;
    context.db.commit(unit).await?;
    fhir.jobs.ring(context.db.tenant_key());
    Ok(Some(Response::new(202).with("content-location", address(context, key)).with("retry-after", AGAIN)))
}

fn address(context: &Context, key: i64) -> String {
    format!("{}/_job/{key:x}", service::base(context))
}

fn entry(action: &'static str, key: i64) -> Entry {
    Entry { topic: "fhir.job".to_owned(), action, subject: format!("job/{key:x}"), ..Entry::default() }
}

/// 202 with how far it is, or the answer.
pub async fn status(_: Fhir, context: Context, request: Request) -> Result<Response> {
    request.query_known(&["_format", "_pretty"])?;
    let job = find(&context, &request).await?;
    match (job.state, job.answer) {
        (State::Done, Some(answer)) => Ok(Response::new(200)
            .with("content-type", FHIR_JSON)
            .with("expires", Instant(job.updated.0 + KEPT).http_date())
            .body(body::unpack(body::DICTIONARY, &answer)?)),
        (State::Cancelled, _) | (State::Done, None) => Err(missing(&request)),
        (State::Waiting | State::Running, _) => {
            let progress = if job.progress.is_empty() { "waiting".to_owned() } else { job.progress };
            Ok(Response::new(202).with("x-progress", progress).with("retry-after", AGAIN))
        }
    }
}

/// 202: what is not done yet will not be done, and the answer is forgotten.
pub async fn cancel(_: Fhir, context: Context, request: Request) -> Result<Response> {
    let job = find(&context, &request).await?;
    if job.state == State::Cancelled {
        return Err(missing(&request));
    }
    let mut unit = Unit::new();
    store::cancel(&context.db, job.key, context.now(), &mut unit);
    theriac_ledger::record(&mut unit, &context, &[entry("cancel", job.key)])?;
    context.db.commit(unit).await?;
    Ok(Response::new(202))
}

/// A job exists for who began it.
async fn find(context: &Context, request: &Request) -> Result<store::Job> {
    let key = i64::from_str_radix(request.param("job"), 16).map_err(|_| missing(request))?;
    let found = store::find(&context.db, key, &context.grant.subject).await?;
    found.ok_or_else(|| missing(request))
}

fn missing(request: &Request) -> Error {
    Error::not_found("_job", request.param("job"))
}
