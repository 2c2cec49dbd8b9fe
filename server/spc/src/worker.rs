//! The worker that watches readings: feeds charts, checks limits, raises alerts, in the order of the ledger.
//!
//! States, sides and alerts are in the unit that moves the cursor, so that a worker that dies anywhere goes on as if
//! it had not. Charts and limits are taken from the ledger entries that define them, in their place between the
//! readings: how late the worker is, changes nothing.

mod alert;
mod joined;
mod watching;

use crate::service::CHARTS;
use serde::Deserialize;
use std::sync::Arc;
use theriac_core::{Error, Result};
use theriac_isa95::{EQUIPMENT, LIMITS, READINGS};
use theriac_ledger::{Follower, Record, Watcher};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use watching::Watching;

/// Batches held in memory at a time.
const GROUP: usize = 64;

pub(crate) struct Spc;

#[async_trait::async_trait]
impl Watcher for Spc {
    fn name(&self) -> &'static str {
        "spc"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[READINGS, EQUIPMENT, LIMITS, CHARTS]
    }

    async fn open(&self, context: &Context) -> Result<Box<dyn Follower>> {
        Ok(Box::new(Watching::open(context).await?))
    }
}

/// The data of a batch's ledger entry.
#[derive(Deserialize)]
struct Stored {
    batch: i64,
}

#[async_trait::async_trait]
impl Follower for Watching {
    async fn take(&mut self, context: &Context, records: &[Arc<Record>], unit: &mut Unit) -> Result<()> {
        let mut alerts = Vec::new();
        for run in records.chunk_by(|a, b| (a.topic == READINGS) == (b.topic == READINGS)) {
            if run[0].topic != READINGS {
                self.define(context, run, unit).await?;
                continue;
            }
            for group in run.chunks(GROUP) {
                let keys = group.iter().map(|record| key_of(record)).collect::<Result<Vec<i64>>>()?;
                for columns in theriac_isa95::batches(&context.db, &keys).await? {
                    self.feed(&columns, &mut alerts);
                    tokio::task::yield_now().await;
                }
            }
        }
        self.save(context, unit);
        let alerts = joined::join(context, self, alerts).await?;
        theriac_alerts::raise(unit, context, alerts).await
    }
}

fn key_of(record: &Record) -> Result<i64> {
    let data = record.data.as_ref().map(|data| data.get()).unwrap_or("{}");
    let stored: Stored = serde_json::from_str(data).map_err(Error::internal)?;
    Ok(stored.batch)
}
