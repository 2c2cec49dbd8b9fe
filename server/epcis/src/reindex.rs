//! The index made anew from the stored events, after a change of how it is made.
//!
//! Online: events are queried and captured meanwhile, each found by whichever index it has. Resumable: every batch
//! commits what it made together with how far it has come. What an older index held beyond the present one stays.

use crate::event::Event;
use crate::index;
use crate::namespaces::Namespaces;
use crate::store::reindex::{self as store, Again};
use std::collections::BTreeSet;
use theriac_core::{Result, json};
use theriac_platform::Context;
use theriac_platform::db::{Db, Unit};

/// How the index is made now.
const VERSION: i64 = 2;

/// Events in one transaction.
const BATCH: i64 = 500;

/// Brings the index of all tenants to what this program makes; how many events that took.
///
/// # Errors
/// The database's.
pub async fn bring_up_all(db: &Db) -> Result<u64> {
    let mut events = 0;
    for tenant in db.tenants().await? {
        let here = bring_up(&Context::internal(db, &tenant, "reindex")).await?;
        if here > 0 {
            tracing::info!(tenant = %tenant.name, events = here, "the index of events was made anew");
        }
        events += here;
    }
    Ok(events)
}

/// As [`bring_up_all`], of one tenant.
///
/// # Errors
/// The database's.
pub async fn bring_up(context: &Context) -> Result<u64> {
    let mut events = 0;
    let Some(mut after) = store::progress(&context.db, VERSION).await? else { return Ok(0) };
    loop {
        let stored = store::behind(&context.db, after, BATCH).await?;
        let last = stored.last().map(|(key, _)| *key);
        let mut words = BTreeSet::new();
        let mut again = Vec::with_capacity(stored.len());
        for (key, body) in &stored {
            let node = json::parse(body)?;
            match Event::read(&node, "$", &Namespaces::default()) {
                Ok(event) => {
                    words.extend(index::words(&event));
                    again.push(Again { key: *key, index: index::index(&event, event.event_id().unwrap_or("")) });
                }
                Err(error) => tracing::error!(%error, key, "a stored event cannot be read; its index stays as it was"),
            }
        }
        events += again.len() as u64;
        let mut unit = Unit::new();
        store::replace(&context.db, again, words, &mut unit);
        let done = stored.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        store::keep(&context.db, if done { VERSION } else { 0 }, last.unwrap_or(after), &mut unit);
        context.db.commit(unit).await?;
        match last.filter(|_| !done) {
            Some(last) => after = last,
            None => return Ok(events),
        }
    }
}
