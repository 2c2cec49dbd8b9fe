//! Reads under emergency accesses, as the ledger has them, kept beside each access for who judges it.

use crate::store::read;
use std::sync::Arc;
use theriac_core::Result;
use theriac_ledger::{Follower, Record, Watcher, reads};
use theriac_platform::Context;
use theriac_platform::db::Unit;

struct Reads;

pub fn workers() -> Vec<Arc<dyn Watcher>> {
    vec![Arc::new(Reads)]
}

#[async_trait::async_trait]
impl Watcher for Reads {
    fn name(&self) -> &'static str {
        "oversight"
    }

    fn topics(&self) -> &'static [&'static str] {
        &[reads::TOPIC]
    }

    async fn open(&self, _: &Context) -> Result<Box<dyn Follower>> {
        Ok(Box::new(Self))
    }
}

#[async_trait::async_trait]
impl Follower for Reads {
    async fn take(&mut self, context: &Context, records: &[Arc<Record>], unit: &mut Unit) -> Result<()> {
        for record in records.iter().filter(|record| record.action == "read") {
            let Some(emergency) = record.subject.strip_prefix("emergencies/") else { continue };
            unit.push(read::insert(&context.db, emergency, record)?);
        }
        Ok(())
    }
}
