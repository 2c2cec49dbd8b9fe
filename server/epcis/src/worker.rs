//! The worker that makes events of captured documents. Small jobs that wait are taken together; a large document is
//! taken alone, in as many units as it needs ([`large`]).
//!
//! A small job is done or not done as one: what it stores and its end stand in one unit, and the end is
//! guarded, so that a job which another worker finished meanwhile undoes the unit. Many jobs are cut
//! into several units; those committed before the last one are simply found done when the worker has
//! to begin again.

mod large;
mod reading;

use crate::append::{Batch, Outcome, Source, append};
use crate::capture::job_key;
use crate::job::finished;
use crate::master::{self, Element};
use crate::origin::Origin;
use crate::store::job::{self, Waiting};
use reading::{Cutting, Reading};
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::Arc;
use theriac_core::{Keys, Result};
use theriac_ledger::{Follower, Record, Watcher};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// Events, and bytes of documents, after which a unit is committed.
const EVENTS: u64 = 5_000;
const BYTES: u64 = 32 * 1024 * 1024;

/// How long, in microseconds, a document may be on its way in.
const ORPHANED: i64 = 24 * 3_600 * 1_000_000;

pub struct Capture;

#[async_trait::async_trait]
impl Watcher for Capture {
    fn name(&self) -> &'static str {
        "epcis-capture"
    }

    fn topics(&self) -> &'static [&'static str] {
        &["epcis.job"]
    }

    async fn open(&self, context: &Context) -> Result<Box<dyn Follower>> {
        let mut unit = Unit::new();
        job::drop_orphans(&context.db, (context.now().0 - ORPHANED).saturating_mul(Keys::STEP), &mut unit);
        context.db.commit(unit).await?;
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
#[derive(Debug, Deserialize, Default, Clone, Copy)]
struct Size {
    events: u64,
    bytes: u64,
}

impl Size {
    fn is_large(self) -> bool {
        self.events > EVENTS || self.bytes > BYTES
    }
}

type Group = Vec<(i64, Size)>;

fn grouped(records: &[Arc<Record>]) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![Vec::new()];
    let mut sum = Size::default();
    for record in records {
        let Some(key) = record.subject.strip_prefix("job/").and_then(job_key) else { continue };
        let data = record.data.as_ref().and_then(|data| serde_json::from_str::<Size>(data.get()).ok());
        let size = data.unwrap_or_default();
        sum = Size { events: sum.events + size.events, bytes: sum.bytes + size.bytes };
        match groups.last_mut() {
            Some(group) if !sum.is_large() || group.is_empty() => group.push((key, size)),
            _ => {
                groups.push(vec![(key, size)]);
                sum = size;
            }
        }
    }
    groups
}

async fn work(context: &Context, group: &Group, unit: &mut Unit) -> Result<()> {
    let keys: Vec<i64> = group.iter().map(|(key, _)| *key).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let jobs = job::waiting(&context.db, &keys).await?;
    let any_order = crate::capture::any_order(context).await?;
    let size = |job: &Waiting| group.iter().find(|(key, _)| *key == job.key).map(|(_, size)| *size).unwrap_or_default();
    // Those that were begun in several units are ended so.
    let (large, small): (Vec<Waiting>, Vec<Waiting>) =
        jobs.into_iter().partition(|job| size(job).is_large() || job.done > 0 || job.phase > 0);
    for job in large {
        large::work(context, job, any_order).await?;
    }
    let mut documents = Vec::with_capacity(small.len());
    let mut bodies = job::first_parts(&context.db, &small.iter().map(|job| job.key).collect::<Vec<_>>()).await?;
    for job in small {
        let mut body = bodies.remove(&job.key).unwrap_or_default();
        let mut part = 1;
        // One part more is asked for only where there may be one.
        while let Some(more) = more(context, &job, size(&job), body.len(), part).await? {
            body.extend(more);
            part += 1;
        }
        documents.push((job, body));
    }
    if documents.is_empty() { Ok(()) } else { together(context, documents, any_order, unit).await }
}

async fn more(context: &Context, job: &Waiting, size: Size, have: usize, part: i64) -> Result<Option<Vec<u8>>> {
    match size.bytes > have as u64 {
        true => job::read_part(&context.db, job.key, part).await,
        false => Ok(None),
    }
}

/// A document that was read as a whole, with its events.
type Opened = Result<(Reading, Vec<Cutting>)>;

async fn together(
    context: &Context,
    documents: Vec<(Waiting, Vec<u8>)>,
    any_order: bool,
    unit: &mut Unit,
) -> Result<()> {
    let opened: Vec<(Waiting, Opened)> = crate::append::heavy(|| {
        let open = |(job, body): (Waiting, Vec<u8>)| {
            let opened = reading::whole(&job, &body, any_order);
            (job, opened)
        };
        documents.into_iter().map(open).collect()
    });
    let (mut batches, mut masters) = (Vec::with_capacity(opened.len()), Vec::with_capacity(opened.len()));
    for (job, opened) in &opened {
        if let Ok((reading, cuttings)) = opened {
            let mut batch = crate::append::heavy(|| reading.batch(cuttings, 0));
            let elements = reading.master().unwrap_or_else(|issues| {
                batch.issues.extend(issues);
                Vec::new()
            });
            batches.push((job, batch));
            masters.push(elements);
        }
    }
    let mut sources = Vec::with_capacity(batches.len());
    for (job, batch) in &batches {
        sources.push(source(context, job, batch)?);
    }
    let outcomes = append(context, &sources, unit).await?;
    let mut described = Vec::new();
    for ((source, outcome), elements) in sources.iter().zip(&outcomes).zip(masters) {
        if outcome.issues.is_empty() || source.proceed {
            described.push((source.sender.clone(), elements));
        }
    }
    describe(described, unit).await?;
    let mut outcomes = outcomes.into_iter();
    let done = opened.iter().map(|(job, opened)| match opened {
        Ok(_) => finished(job.key, &outcomes.next().unwrap_or_default()),
        Err(error) => finished(job.key, &Outcome { issues: error.issues.clone(), ..Outcome::default() }),
    });
    let done = done.collect();
    job::finish(&context.db, done, context.now(), unit);
    Ok(())
}

/// Master data, of each document by its sender; of two that describe one thing the later counts.
async fn describe(described: Vec<(Context, Vec<Element>)>, unit: &mut Unit) -> Result<()> {
    let mut later: HashSet<(String, String)> = HashSet::new();
    for (sender, mut elements) in described.into_iter().rev() {
        elements.retain(|element| !later.contains(&(element.vocabulary.clone(), element.id.clone())));
        later.extend(elements.iter().map(|element| (element.vocabulary.clone(), element.id.clone())));
        if !elements.is_empty() {
            master::capture(&sender, elements, unit).await?;
        }
    }
    Ok(())
}

fn source<'a>(context: &Context, job: &Waiting, batch: &'a Batch<'a>) -> Result<Source<'a>> {
    let sender = Origin::read(&job.origin)?.context(context);
    Ok(Source { batch, sender, proceed: job.behaviour == "proceed" })
}
