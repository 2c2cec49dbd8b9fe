//! The worker that turns batches into chunks: what came as it came, becomes the history of each property.
//!
//! Batches are gathered in memory and written as chunks when there are enough of them; until then they stand in
//! the tail, where questions find them and a restart takes them up. A new chunk swallows smaller ones before it
//! (as a log-structured tree does), so that a reading is rewritten a few times at most and chunks become large.

mod stack;

use crate::batch::Columns;
use crate::chunk::Point;
use crate::service::{READINGS, batches};
use crate::store;
use serde::Deserialize;
use stack::Stacks;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::{Error, Instant, Result};
use theriac_ledger::{Follower, Record, Watcher};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// Readings gathered at most before chunks are written; a question about the present reads them all.
const READINGS_MAX: usize = 200_000;
const BATCHES_MAX: usize = 500;
/// Longest time between the first reading gathered and the next writing, if more come.
const PATIENCE_MICROS: i64 = 5_000_000;

pub(crate) struct Chunks;

#[async_trait::async_trait]
impl Watcher for Chunks {
    fn name(&self) -> &'static str {
        "isa95-chunks"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[READINGS]
    }

    async fn open(&self, context: &Context) -> Result<Box<dyn Follower>> {
        let mut gathering = Gathering::default();
        let keys = store::tail::taken(&context.db).await?;
        gathering.add(context.now(), &batches(&context.db, &keys).await?);
        gathering.keys = keys;
        Ok(Box::new(gathering))
    }
}

#[derive(Default)]
struct Gathering {
    /// By property, in the order of the ledger.
    points: HashMap<i64, Vec<Point>>,
    count: usize,
    /// The batches they are of.
    keys: Vec<i64>,
    since: Option<Instant>,
    stacks: Stacks,
}

/// The data of a batch's ledger entry.
#[derive(Deserialize)]
struct Stored {
    batch: i64,
}

#[async_trait::async_trait]
impl Follower for Gathering {
    async fn take(&mut self, context: &Context, records: &[Arc<Record>], unit: &mut Unit) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let keys = records.iter().map(|record| key_of(record)).collect::<Result<Vec<i64>>>()?;
        self.add(context.now(), &batches(&context.db, &keys).await?);
        self.keys.extend(&keys);
        if self.is_due(context.now()) {
            return self.write(context, unit).await;
        }
        let positions = records.iter().map(|record| i64::try_from(record.position).unwrap_or(i64::MAX)).collect();
        unit.push(store::tail::mark(&context.db, keys, positions));
        Ok(())
    }
}

fn key_of(record: &Record) -> Result<i64> {
    let data = record.data.as_ref().map(|data| data.get()).unwrap_or("{}");
    let stored: Stored = serde_json::from_str(data).map_err(Error::internal)?;
    Ok(stored.batch)
}

impl Gathering {
    fn add(&mut self, now: Instant, batches: &[Columns]) {
        for columns in batches {
            let (rows, starts) = columns.by_property();
            for (property, range) in columns.properties.iter().zip(starts.windows(2)) {
                let point = |row: &u32| {
                    let row = *row as usize;
                    Point { time: columns.times[row], value: columns.values[row], quality: columns.qualities[row] }
                };
                self.points.entry(*property).or_default().extend(rows[range[0]..range[1]].iter().map(point));
            }
            self.count += columns.len();
        }
        if self.count > 0 {
            self.since.get_or_insert(now);
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        let waited = self.since.is_some_and(|since| now.0.saturating_sub(since.0) > PATIENCE_MICROS);
        self.count >= READINGS_MAX || self.keys.len() >= BATCHES_MAX || waited
    }

    async fn write(&mut self, context: &Context, unit: &mut Unit) -> Result<()> {
        let points = std::mem::take(&mut self.points);
        self.stacks.write(context, points, unit).await?;
        unit.push(store::tail::remove(&context.db, std::mem::take(&mut self.keys)));
        (self.count, self.since) = (0, None);
        Ok(())
    }
}
