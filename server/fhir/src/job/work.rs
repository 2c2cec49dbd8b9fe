//! What a job does: its request once more, as its caller; of a batch entry by entry, so that it goes on where it stood.

use super::origin::{Asked, Origin};
use crate::body;
use crate::bundle::Writer;
use crate::interaction::batch::{self, Entry, Kind};
use crate::policy;
use crate::service::Fhir;
use crate::store::job::{self as store, Taken};
use futures_util::StreamExt;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::{Code, Result};
use theriac_platform::Context;
use theriac_platform::http::{Facade, Method, Request, Response};

/// Entries of one batch in work at the same time.
const AT_ONCE: usize = 4;

/// How far it is, in words for `X-Progress`.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<(usize, usize)>>);

impl Progress {
    pub fn text(&self) -> String {
        match *self.0.lock() {
            (_, 0) => "in work".to_owned(),
            (done, all) => format!("{done} of {all} entries"),
        }
    }

    fn of(&self, all: usize) {
        *self.0.lock() = (0, all);
    }

    fn step(&self) {
        self.0.lock().0 += 1;
    }
}

/// The Bundle that answers.
///
/// # Errors
/// What lets it be tried again: the database's own failures. A request that is refused is an answer.
pub async fn carry_out(fhir: &Fhir, worker: &Context, taken: &Taken, progress: &Progress) -> Result<Vec<u8>> {
    let response = rendered(worker, asked_again(fhir, worker, taken, progress).await)?;
    let mut writer = Writer::new("batch-response", None, &[]);
    writer.finished(&batch::answered(&response));
    Ok(writer.finish())
}

async fn asked_again(fhir: &Fhir, worker: &Context, taken: &Taken, progress: &Progress) -> Result<Response> {
    let context = Origin::context(&taken.origin, worker)?;
    policy::refresh(&context).await?;
    let request = Asked::read(&body::unpack(body::DICTIONARY, &taken.request)?)?;
    let is_bundle = request.method == Method::Post && request.path.trim_end_matches('/').ends_with("/fhir");
    match is_bundle.then(|| batch::read(&request)).transpose()? {
        Some((Kind::Batch, entries)) => batched(fhir, &context, taken, entries, progress).await,
        Some((Kind::Transaction, _)) => transacted(fhir, &context, taken, request).await,
        None => batch::route(fhir, &context, request).await,
    }
}

/// A refusal is an answer too, unless the database could not be reached.
fn rendered(context: &Context, result: Result<Response>) -> Result<Response> {
    match result {
        Err(error) if error.code == Code::Unavailable => Err(error),
        Err(error) => Ok(Facade::Fhir.render(&error, &context.trail.request_id)),
        answered => answered,
    }
}

/// The mark stands in the transaction's own unit: it was carried out, or it was not.
async fn transacted(fhir: &Fhir, context: &Context, taken: &Taken, request: Request) -> Result<Response> {
    if store::entries(&context.db, taken.key).await?.contains_key(&0) {
        return Ok(lost());
    }
    let marked = Context { db: context.db.riding(store::mark(&context.db, taken.key, 0)), ..context.clone() };
    batch::route(fhir, &marked, request).await
}

/// The process ended between the change and the keeping of its answer.
fn lost() -> Response {
    let text = "it was carried out; the process ended before its answer was kept, the ledger names what it wrote";
    crate::interaction::told(200, text)
}

async fn batched(
    fhir: &Fhir,
    context: &Context,
    taken: &Taken,
    entries: Vec<Entry>,
    progress: &Progress,
) -> Result<Response> {
    let known = store::entries(&context.db, taken.key).await?;
    progress.of(entries.len());
    let answers = futures_util::stream::iter(entries)
        .map(|entry| one(fhir, context, taken.key, entry, &known, progress))
        .buffered(AT_ONCE);
    let answers: Vec<Result<Vec<u8>>> = answers.collect().await;
    let mut writer = Writer::new("batch-response", None, &[]);
    for answer in answers {
        writer.finished(&answer?);
    }
    Ok(writer.respond())
}

async fn one(
    fhir: &Fhir,
    context: &Context,
    job: i64,
    entry: Entry,
    known: &HashMap<usize, Option<Vec<u8>>>,
    progress: &Progress,
) -> Result<Vec<u8>> {
    let index = entry.index;
    let answer = match known.get(&index) {
        Some(Some(answer)) => body::unpack(body::DICTIONARY, answer)?,
        Some(None) => batch::answered(&lost()),
        None if matches!(entry.method, Method::Get | Method::Head) => {
            batch::answered(&batch::single(fhir, context, entry).await)
        }
        None => {
            let marked = Context { db: context.db.riding(store::mark(&context.db, job, index)), ..context.clone() };
            let answer = batch::answered(&batch::single(fhir, &marked, entry).await);
            context.db.commit(store::answered(&context.db, job, index, body::pack(&answer)?)).await?;
            answer
        }
    };
    progress.step();
    Ok(answer)
}
