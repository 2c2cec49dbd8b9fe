//! Workers: each follows the sealed line from its own cursor, and commits what it made together with it.
//!
//! A follower that loses a race, or fails, forgets what it held in memory and opens again from the
//! database; so it may die at any moment and goes on as if nothing had happened.

use crate::entry::Record;
use crate::ledger::Ledger;
use crate::store;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Code, Result, Tenant};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use tokio::sync::watch;

/// A kind of worker.
#[async_trait::async_trait]
pub trait Watcher: Send + Sync + 'static {
    /// Names its cursor; never changes.
    fn name(&self) -> &'static str;
    /// What it reads; other entries are passed over.
    fn topics(&self) -> &'static [&'static str];
    /// Begins for one tenant, from what the database holds.
    async fn open(&self, context: &Context) -> Result<Box<dyn Follower>>;
}

/// A worker at work for one tenant.
#[async_trait::async_trait]
pub trait Follower: Send {
    /// Takes the next entries and puts what comes of them into the unit.
    async fn take(&mut self, context: &Context, records: &[Arc<Record>], unit: &mut Unit) -> Result<()>;
}

/// Runs the watcher for every tenant, also for those created later, until told to stop.
pub async fn run(ledger: Arc<Ledger>, watcher: Arc<dyn Watcher>, mut stop: watch::Receiver<bool>) {
    let mut known = BTreeSet::new();
    let mut tasks = tokio::task::JoinSet::new();
    while !*stop.borrow() {
        match ledger.db().tenants().await {
            Ok(tenants) => {
                for tenant in tenants {
                    if known.insert(tenant.key) {
                        tasks.spawn(tenant_line(ledger.clone(), watcher.clone(), tenant, stop.clone()));
                    }
                }
            }
            Err(error) => tracing::warn!(%error, worker = watcher.name(), "the tenants could not be listed"),
        }
        let _woken = tokio::time::timeout(Duration::from_millis(250), stop.wait_for(|stop| *stop)).await;
    }
    while tasks.join_next().await.is_some() {}
}

async fn tenant_line(ledger: Arc<Ledger>, watcher: Arc<dyn Watcher>, tenant: Tenant, mut stop: watch::Receiver<bool>) {
    let context = Context::internal(ledger.db(), &tenant, watcher.name());
    let mut patience = Patience::default();
    while !*stop.borrow() {
        match follow(&ledger, watcher.as_ref(), &context, &mut patience, &mut stop).await {
            Ok(()) => return,
            Err(error) if error.code == Code::Conflict => {}
            Err(error) => {
                let pause = patience.pause();
                tracing::error!(%error, cause = ?error.cause, worker = watcher.name(), ?pause, "a worker begins again");
                let _woken = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
            }
        }
    }
}

/// How long a failing worker waits before it begins again: longer each time, until it gets something done.
#[derive(Default)]
struct Patience {
    failures: u32,
}

impl Patience {
    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(30);

    fn pause(&mut self) -> Duration {
        let doubled = Self::FIRST.saturating_mul(2_u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        doubled.min(Self::LONGEST)
    }

    fn done(&mut self) {
        self.failures = 0;
    }
}

async fn follow(
    ledger: &Ledger,
    watcher: &dyn Watcher,
    context: &Context,
    patience: &mut Patience,
    stop: &mut watch::Receiver<bool>,
) -> Result<()> {
    let stored = store::position(&context.db, watcher.name()).await?;
    let mut place = Place { position: stored, stored };
    let mut size = ledger.watch(&context.db).await?;
    let mut follower = watcher.open(context).await?;
    loop {
        tokio::select! {
            grown = size.wait_for(|size| *size > place.position) => drop(grown),
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        }
        let before = place.stored;
        step(ledger, watcher, context, follower.as_mut(), &mut place).await?;
        if place.stored != before {
            patience.done();
        }
    }
}

/// Where a follower stands, and what of that the database knows.
struct Place {
    position: u64,
    stored: u64,
}

/// Entries passed over before the cursor is written although nothing was done.
const IDLE: u64 = 1_000;

/// Takes what is there; the cursor moves in the same unit as the outcome, and only from where it stood.
async fn step(
    ledger: &Ledger,
    watcher: &dyn Watcher,
    context: &Context,
    follower: &mut dyn Follower,
    place: &mut Place,
) -> Result<()> {
    let segments = ledger.read(&context.db, place.position).await?;
    let Some(end) = segments.last().map(|s| s.end()) else { return Ok(()) };
    let fits = |r: &&Arc<Record>| r.position >= place.position && watcher.topics().iter().any(|t| r.is_about(t));
    let records: Vec<Arc<Record>> = segments.iter().flat_map(|s| &s.records).filter(fits).cloned().collect();
    place.position = end;
    if records.is_empty() && end - place.stored < IDLE {
        return Ok(());
    }
    let mut unit = Unit::new();
    follower.take(context, &records, &mut unit).await?;
    unit.push(store::advance_reader(&context.db, watcher.name(), place.stored, end)?);
    context.db.commit(unit).await?;
    place.stored = end;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_worker_waits_twice_as_long_each_time_up_to_half_a_minute() {
        let mut patience = Patience::default();
        let waits: Vec<u128> = (0..8).map(|_| patience.pause().as_millis()).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        (0..100).for_each(|_| assert_eq!(patience.pause(), Patience::LONGEST));
        patience.done();
        assert_eq!(patience.pause(), Patience::FIRST);
    }
}
