//! The events of the ledger, in its order, as subscriptions read them: fetched once for all who read them at about the
//! same time, and matched by the query's own meaning.

use crate::event::Event;
use crate::index::{self, Index};
use crate::namespaces::Namespaces;
use crate::query::{Query, resolve};
use crate::store::event;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use theriac_access::Rows;
use theriac_core::hash::{hex, sha256};
use theriac_core::{Instant, Result, json};
use theriac_ledger::{Ledger, Record};
use theriac_platform::Context;

/// Entries whose events are fetched together.
const TOGETHER: usize = 500;

/// Bytes of events that are kept for others who read the same.
const KEPT: usize = 32 << 20;

/// Bytes after which a batch is full.
const FULL: usize = 4 << 20;

/// An event of the ledger.
pub(crate) struct Taken {
    pub body: Vec<u8>,
    pub event_time: Instant,
    pub record_time: Instant,
    index: Index,
}

/// Events that were fetched lately, by tenant and position.
#[derive(Default)]
struct Recent {
    events: BTreeMap<(i32, u64), Option<Arc<Taken>>>,
    bytes: usize,
}

/// All subscriptions of a server read by one of these.
pub(crate) struct Line {
    pub ledger: Arc<Ledger>,
    recent: Mutex<Recent>,
}

/// What a subscriber wants and may see.
pub(crate) struct Wanted {
    pub query: Query,
    pub rows: Rows,
    pub initial: Option<Instant>,
}

/// What was found, and up to where was looked.
pub(crate) struct Gathered {
    pub events: Vec<Arc<Taken>>,
    pub end: u64,
}

impl Line {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger, recent: Mutex::default() }
    }

    /// The next events from a position on, at most so many, and none behind `until`.
    pub(crate) async fn gather(
        &self,
        context: &Context,
        wanted: &Wanted,
        from: u64,
        until: Option<u64>,
        most: usize,
    ) -> Result<Gathered> {
        let mut query = wanted.query.clone();
        resolve(&context.db, &mut query).await?;
        let mut gathered = Gathered { events: Vec::new(), end: from };
        let mut bytes = 0;
        loop {
            let segments = self.ledger.read(&context.db, gathered.end).await?;
            let inside = |r: &&Arc<Record>| r.position >= gathered.end && until.is_none_or(|until| r.position < until);
            let records: Vec<&Arc<Record>> = segments.iter().flat_map(|s| &s.records).filter(inside).collect();
            let Some(last) = records.last().map(|r| r.position) else { return Ok(gathered) };
            for chunk in records.chunks(TOGETHER) {
                let mine: Vec<&Arc<Record>> = chunk.iter().copied().filter(|r| concerns(r, &wanted.rows)).collect();
                let events = self.events(context, &mine).await?;
                for (record, event) in mine.iter().zip(events) {
                    let Some(event) = event.filter(|e| wants(&query, wanted.initial, e)) else { continue };
                    bytes += event.body.len();
                    gathered.events.push(event);
                    if gathered.events.len() >= most || bytes >= FULL {
                        gathered.end = record.position + 1;
                        return Ok(gathered);
                    }
                }
            }
            gathered.end = last + 1;
        }
    }

    /// The events of entries; none where one cannot be read any more.
    async fn events(&self, context: &Context, records: &[&Arc<Record>]) -> Result<Vec<Option<Arc<Taken>>>> {
        let tenant = context.tenant.key;
        let mut found: HashMap<u64, Option<Arc<Taken>>> = {
            let recent = self.recent.lock();
            let known = |r: &&Arc<Record>| Some((r.position, recent.events.get(&(tenant, r.position))?.clone()));
            records.iter().filter_map(known).collect()
        };
        let missing: Vec<&Arc<Record>> = records.iter().copied().filter(|r| !found.contains_key(&r.position)).collect();
        if !missing.is_empty() {
            let fetched = fetch(context, &missing).await?;
            self.keep(tenant, &fetched);
            found.extend(fetched);
        }
        Ok(records.iter().map(|r| found.remove(&r.position).flatten()).collect())
    }

    fn keep(&self, tenant: i32, fetched: &[(u64, Option<Arc<Taken>>)]) {
        let size = |event: &Option<Arc<Taken>>| event.as_ref().map_or(0, |e| e.body.len()) + 200;
        let mut recent = self.recent.lock();
        for (position, event) in fetched {
            recent.bytes += size(event);
            if let Some(old) = recent.events.insert((tenant, *position), event.clone()) {
                recent.bytes -= size(&old);
            }
        }
        while recent.bytes > KEPT
            && let Some((_, old)) = recent.events.pop_first()
        {
            recent.bytes -= size(&old);
        }
    }

    /// The position from which on entries may be as late as this; an hour is left for clocks and long transactions.
    pub(crate) async fn position_at(&self, context: &Context, time: Instant) -> Result<u64> {
        const LATE_US: i64 = 3_600_000_000;
        let size = *self.ledger.watch(&context.db).await?.borrow();
        let (mut low, mut high) = (0, size);
        while low < high {
            let middle = low + (high - low) / 2;
            let segments = self.ledger.read(&context.db, middle).await?;
            let record = segments.iter().flat_map(|s| &s.records).find(|r| r.position >= middle);
            let before = record.and_then(|r| Instant::parse(&r.time)).is_some_and(|at| at.0 < time.0 - LATE_US);
            if before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

fn concerns(record: &Record, rows: &Rows) -> bool {
    record.topic == "epcis.event" && record.action == "capture" && rows.admits(&record.labels)
}

fn wants(query: &Query, initial: Option<Instant>, event: &Taken) -> bool {
    initial.is_none_or(|initial| event.record_time >= initial)
        && query.matches(&event.index, event.event_time, event.record_time)
}

/// An event's id is shared by its error declarations; the hash in the entry tells which of them it is.
async fn fetch(context: &Context, records: &[&Arc<Record>]) -> Result<Vec<(u64, Option<Arc<Taken>>)>> {
    let ids = records.iter().map(|r| r.subject.clone()).collect();
    let mut bodies: HashMap<String, Vec<u8>> = HashMap::new();
    for known in event::known(&context.db, ids).await? {
        bodies.insert(hex(&sha256(&known.body)), known.body);
    }
    Ok(records
        .iter()
        .map(|record| {
            let body = record.hash.as_ref().and_then(|hash| bodies.remove(hash));
            let taken = body.and_then(taken).map(Arc::new);
            if taken.is_none() {
                tracing::error!(position = record.position, "the event of an entry cannot be read");
            }
            (record.position, taken)
        })
        .collect())
}

fn taken(body: Vec<u8>) -> Option<Taken> {
    let (index, event_time, record_time) = {
        let node = json::parse(&body).ok()?;
        let event = Event::read(&node, "$", &Namespaces::default()).ok()?;
        let record_time = event.text("recordTime").and_then(Instant::parse)?;
        (index::index(&event, event.event_id().unwrap_or_default()), event.time, record_time)
    };
    Some(Taken { body, event_time, record_time, index })
}
