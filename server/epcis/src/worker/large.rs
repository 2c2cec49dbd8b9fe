//! A large document: as many units as it needs, each with the number of events that are done, so that a worker that
//! dies goes on where it was, and no more than one chunk of events stands in memory.
//!
//! With `rollback` the document is judged as a whole before anything of it is stored: one pass that only reads, one
//! that stores. What could come between the two is an event captured by itself under an eventID of the document;
//! such events wait until the job is done ([`crate::events`]).

use super::reading::{Cutting, Reading};
use super::{EVENTS, source};
use crate::append::{Claims, append, judge};
use crate::job::{tells, told};
use crate::master;
use crate::origin::Origin;
use crate::split::Splitter;
use crate::store::job::{self, Advance, Finished, Waiting};
use std::collections::VecDeque;
use theriac_core::{Code, Error, Issue, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// Bytes of events in a unit.
const BYTES: usize = 16 * 1024 * 1024;

/// How often a unit is tried when others write the same items.
const TRIES: u32 = 8;

const JUDGING: i64 = 1;
const STORING: i64 = 2;

pub(super) async fn work(context: &Context, job: Waiting, any_order: bool) -> Result<()> {
    let mut progress = Progress {
        key: job.key,
        done: job.done,
        phase: job.phase,
        success: job.success,
        errors: job.errors.clone(),
        ended: false,
    };
    let frame = match &job.frame {
        Some(frame) => frame.clone(),
        None => return progress.end(context, &[unreadable("it came before large documents were taken")]).await,
    };
    let reading = match Reading::of(&job, &frame, any_order) {
        Ok(reading) => reading,
        Err(error) => return progress.end(context, &error.issues).await,
    };
    let elements = match (reading.master(), job.behaviour.as_str()) {
        (Ok(elements), _) => elements,
        (Err(issues), "proceed") if progress.done == 0 => {
            progress.commit(context, 0, &issues, Unit::new()).await?;
            Vec::new()
        }
        (Err(_), "proceed") => Vec::new(),
        (Err(issues), _) => return progress.end(context, &issues).await,
    };
    if job.behaviour != "proceed" && job.phase < STORING {
        let issues = judged(context, &job, &reading, &mut progress).await?;
        if !issues.is_empty() {
            return progress.end(context, &issues).await;
        }
        progress.phase = STORING;
    }
    if progress.done == 0 && !elements.is_empty() {
        let sender = Origin::read(&job.origin)?.context(context);
        let mut unit = Unit::new();
        master::capture(&sender, elements, &mut unit).await?;
        progress.commit(context, 0, &[], unit).await?;
    }
    stored(context, &job, &reading, &mut progress).await
}

fn unreadable(why: &str) -> Issue {
    Issue::new(Code::Internal, "$", format!("the document cannot be read any more: {why}; send it again"))
}

/// The pass that only reads: what is wrong with any event of the document.
async fn judged(context: &Context, job: &Waiting, reading: &Reading, progress: &mut Progress) -> Result<Vec<Issue>> {
    if progress.phase != JUDGING {
        progress.phase = JUDGING;
        progress.commit(context, 0, &[], Unit::new()).await?;
    }
    let (mut issues, mut claims) = (Vec::new(), Claims::default());
    let mut chunks = Chunks::new(job);
    while let Some(chunk) = chunks.next(context).await? {
        let batch = crate::append::heavy(|| reading.batch(&chunk.events, chunk.first));
        let source = source(context, job, &batch)?;
        let found = judge(context, &source, &mut claims).await?;
        let room = tells().saturating_sub(issues.len());
        issues.extend(found.into_iter().take(room));
        if issues.len() >= tells() {
            break;
        }
    }
    Ok(issues)
}

/// The pass that stores, from the first event that is not done.
async fn stored(context: &Context, job: &Waiting, reading: &Reading, progress: &mut Progress) -> Result<()> {
    let mut chunks = Chunks::new(job);
    while let Some(chunk) = chunks.next(context).await? {
        let end = chunk.first + chunk.events.len() as u64;
        if end <= progress.done && !chunk.events.is_empty() {
            continue;
        }
        let from = usize::try_from(progress.done.saturating_sub(chunk.first)).unwrap_or(usize::MAX);
        let events = chunk.events.get(from.min(chunk.events.len())..).unwrap_or_default();
        let batch = crate::append::heavy(|| reading.batch(events, chunk.first + from as u64));
        unit_of(context, job, &batch, end, chunk.last, progress).await?;
        if progress.ended {
            return Ok(());
        }
    }
    progress.end(context, &[]).await
}

/// One unit; tried again where a single event came between.
async fn unit_of(
    context: &Context,
    job: &Waiting,
    batch: &crate::append::Batch<'_>,
    end: u64,
    last: bool,
    progress: &mut Progress,
) -> Result<()> {
    let source = source(context, job, batch)?;
    for tried in 1..=TRIES {
        let mut unit = Unit::new();
        let outcome = append(context, std::slice::from_ref(&source), &mut unit).await?.pop().unwrap_or_default();
        // Judged as a whole before, and still: an event of its ids came in another way. What is stored stays.
        let broken = job.behaviour != "proceed" && !outcome.issues.is_empty();
        let committed = match last || broken {
            true => progress.finish(context, end, &outcome.issues, unit).await,
            false => progress.commit(context, end, &outcome.issues, unit).await,
        };
        match committed {
            Err(error) if error.code == Code::Conflict && error.guard != Some("epcis_job") && tried < TRIES => {
                tokio::time::sleep(std::time::Duration::from_millis(2 << tried)).await;
            }
            other => return other,
        }
    }
    Err(Error::new(Code::Conflict, "others are writing the same items"))
}

/// How far the job came, as its row says.
struct Progress {
    key: i64,
    done: u64,
    phase: i64,
    success: bool,
    errors: String,
    ended: bool,
}

impl Progress {
    fn advance(&self, context: &Context, end: u64, issues: &[Issue], unit: &mut Unit) -> Result<(bool, String)> {
        let (success, errors) = (self.success && issues.is_empty(), told(&self.errors, issues)?);
        let advance = Advance { key: self.key, from: self.done, to: end, phase: self.phase, success, errors: &errors };
        job::advance(&context.db, &advance, unit);
        Ok((success, errors))
    }

    async fn commit(&mut self, context: &Context, end: u64, issues: &[Issue], mut unit: Unit) -> Result<()> {
        let (success, errors) = self.advance(context, end, issues, &mut unit)?;
        context.db.commit(unit).await?;
        (self.done, self.success, self.errors) = (end, success, errors);
        Ok(())
    }

    async fn finish(&mut self, context: &Context, end: u64, issues: &[Issue], mut unit: Unit) -> Result<()> {
        let (success, errors) = self.advance(context, end, issues, &mut unit)?;
        let finished = Finished { key: self.key, success, errors };
        job::finish(&context.db, vec![finished], context.now(), &mut unit);
        context.db.commit(unit).await?;
        self.ended = true;
        Ok(())
    }

    async fn end(&mut self, context: &Context, issues: &[Issue]) -> Result<()> {
        self.finish(context, self.done, issues, Unit::new()).await
    }
}

struct Chunk {
    first: u64,
    events: Vec<Cutting>,
    /// Nothing comes after it.
    last: bool,
}

/// The events of a stored document, a unit's worth at a time.
struct Chunks {
    job: i64,
    splitter: Splitter,
    part: i64,
    first: u64,
    ready: VecDeque<Cutting>,
    bytes: usize,
    ended: bool,
}

impl Chunks {
    fn new(job: &Waiting) -> Self {
        let splitter = Splitter::new(job.form);
        Self { job: job.key, splitter, part: 0, first: 0, ready: VecDeque::new(), bytes: 0, ended: false }
    }

    async fn next(&mut self, context: &Context) -> Result<Option<Chunk>> {
        let most = usize::try_from(EVENTS).unwrap_or(usize::MAX);
        // One more than fits tells that this is not the last.
        while !self.ended && self.ready.len() <= most && self.bytes < BYTES {
            match job::read_part(&context.db, self.job, self.part).await? {
                None => self.ended = true,
                Some(part) => {
                    self.part += 1;
                    let Self { splitter, ready, bytes, .. } = self;
                    let mut keep = |cut: crate::split::Cut<'_>| {
                        *bytes += cut.bytes.len();
                        ready.push_back(Cutting::of(&cut));
                        Ok(())
                    };
                    crate::append::heavy(|| splitter.push(&part, &mut keep))?;
                }
            }
        }
        if self.ready.is_empty() {
            return Ok(None);
        }
        let events: Vec<Cutting> = self.ready.drain(..most.min(self.ready.len())).collect();
        self.bytes -= events.iter().map(|event| event.bytes.len()).sum::<usize>();
        let first = self.first;
        self.first += events.len() as u64;
        Ok(Some(Chunk { first, events, last: self.ended && self.ready.is_empty() }))
    }
}
