//! The worker that makes events of captured documents. All jobs that wait are taken together.
//!
//! A job is done or not done as one: what it stores and its end stand in one unit, and the end is
//! guarded, so that a job which another worker finished meanwhile undoes the unit. Many jobs are cut
//! into several units; those committed before the last one are simply found done when the worker has
//! to begin again.

use crate::append::{Outcome, Source, append};
use crate::capture::job_key;
use crate::document::Document;
use crate::job::finished;
use crate::origin::Origin;
use crate::store::job::{self, Waiting};
use serde::Deserialize;
use std::sync::Arc;
use theriac_core::Result;
use theriac_ledger::{Follower, Record, Watcher};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// Events, and bytes of documents, after which a unit is committed.
const EVENTS: u64 = 5_000;
const BYTES: u64 = 32 * 1024 * 1024;

pub struct Capture;

#[async_trait::async_trait]
impl Watcher for Capture {
    fn name(&self) -> &'static str {
        "epcis-capture"
    }

    fn topics(&self) -> &'static [&'static str] {
        &["epcis.job"]
    }

    async fn open(&self, _: &Context) -> Result<Box<dyn Follower>> {
        Ok(Box::new(Jobs))
    }
}

struct Jobs;

#[async_trait::async_trait]
impl Follower for Jobs {
    async fn take(&mut self, context: &Context, records: &[Arc<Record>], unit: &mut Unit) -> Result<()> {
        let mut groups = grouped(records);
        let last = groups.pop().unwrap_or_default();
        for group in groups {
            let mut own = Unit::new();
            work(context, &group, &mut own).await?;
            context.db.commit(own).await?;
        }
        work(context, &last, unit).await
    }
}

/// What the entry of a job says of its size.
#[derive(Deserialize, Default)]
struct Size {
    events: u64,
    bytes: u64,
}

fn grouped(records: &[Arc<Record>]) -> Vec<Vec<i64>> {
    let mut groups: Vec<Vec<i64>> = vec![Vec::new()];
    let mut sum = Size::default();
    for record in records {
        let Some(key) = record.subject.strip_prefix("job/").and_then(job_key) else { continue };
        let data = record.data.as_ref().and_then(|data| serde_json::from_str::<Size>(data.get()).ok());
        let size = data.unwrap_or_default();
        sum = Size { events: sum.events + size.events, bytes: sum.bytes + size.bytes };
        let full = sum.events > EVENTS || sum.bytes > BYTES;
        match groups.last_mut() {
            Some(group) if !full || group.is_empty() => group.push(key),
            _ => {
                groups.push(vec![key]);
                sum = size;
            }
        }
    }
    groups
}

async fn work(context: &Context, keys: &[i64], unit: &mut Unit) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let jobs = job::waiting(&context.db, keys).await?;
    if jobs.is_empty() {
        return Ok(());
    }
    let documents: Vec<Result<Document<'_>>> =
        crate::append::heavy(|| jobs.iter().map(|job| Document::parse(&job.body)).collect());
    let mut sources = Vec::with_capacity(jobs.len());
    for (job, document) in jobs.iter().zip(&documents) {
        if let Ok(document) = document {
            sources.push(source(context, job, document)?);
        }
    }
    let mut outcomes = append(context, &sources, unit).await?.into_iter();
    let done = jobs.iter().zip(&documents).map(|(job, document)| match document {
        Ok(_) => finished(job.key, &outcomes.next().unwrap_or_default()),
        Err(error) => finished(job.key, &Outcome { issues: error.issues.clone(), ..Outcome::default() }),
    });
    let done = done.collect();
    job::finish(&context.db, done, context.now(), unit);
    Ok(())
}

fn source<'a>(context: &Context, job: &Waiting, document: &'a Document<'a>) -> Result<Source<'a>> {
    let sender = Origin::read(&job.origin)?.context(context);
    Ok(Source { document, sender, proceed: job.behaviour == "proceed" })
}
