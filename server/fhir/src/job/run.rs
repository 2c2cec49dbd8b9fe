//! The worker: takes jobs under a lease, renews it while it works, and stops when the lease is lost or the job given up.

use super::KEPT;
use super::work::{self, Progress};
use crate::body;
use crate::service::Fhir;
use crate::store::job::{self as store, Taken};
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Error, Instant, Result, Tenant};
use theriac_platform::Context;
use theriac_platform::db::{Db, Unit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// Jobs in work at the same time in one process.
const AT_ONCE: usize = 4;
/// Who does not renew for so long has died.
const LEASE: Duration = Duration::from_secs(12);
const RENEWAL: Duration = Duration::from_secs(3);
/// How often it is looked for jobs that another process left.
const LOOK: Duration = Duration::from_secs(2);
/// How often old answers are cleared away.
const SWEEP: u32 = 300;

/// Works until told to stop; what is not finished then is left to the next one.
pub async fn run(fhir: Fhir, db: Db, mut stop: watch::Receiver<bool>) {
    let me = uuid::Uuid::new_v4().simple().to_string();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    let mut looks: u32 = 0;
    while !*stop.borrow() {
        if let Err(error) = look(&fhir, &db, &me, &room, &mut tasks, looks.is_multiple_of(SWEEP)).await {
            tracing::warn!(%error, cause = ?error.cause, "jobs could not be taken");
        }
        looks = looks.wrapping_add(1);
        tokio::select! {
            _ = fhir.jobs.wait(LOOK) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
        while tasks.try_join_next().is_some() {}
    }
    tasks.shutdown().await;
    for tenant in db.tenants().await.unwrap_or_default() {
        if let Err(error) = db.tenant(&tenant).commit(store::release(&db.tenant(&tenant), &me)).await {
            tracing::debug!(%error, "a lease runs out by itself");
        }
    }
}

async fn look(
    fhir: &Fhir,
    db: &Db,
    me: &str,
    room: &Arc<Semaphore>,
    tasks: &mut JoinSet<()>,
    sweep: bool,
) -> Result<()> {
    for tenant in db.tenants().await? {
        let handle = db.tenant(&tenant);
        if sweep {
            handle.commit(store::forget(&handle, Instant(db.clock().now().0 - KEPT))).await?;
        }
        while let Ok(permit) = room.clone().try_acquire_owned() {
            let now = db.clock().now();
            let Some(taken) = store::take(&handle, me, now, until(now)).await? else { break };
            tasks.spawn(one(fhir.clone(), db.clone(), tenant.clone(), me.to_owned(), taken, permit));
        }
    }
    Ok(())
}

fn until(now: Instant) -> Instant {
    Instant(now.0 + i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX))
}

async fn one(fhir: Fhir, db: Db, tenant: Tenant, me: String, taken: Taken, _permit: OwnedSemaphorePermit) {
    let (key, progress) = (taken.key, Progress::default());
    let worker = Context::internal(&db, &tenant, "fhir-job");
    let done = tokio::select! {
        done = work::carry_out(&fhir, &worker, &taken, &progress) => done,
        lost = keep(&worker, key, &me, &progress) => Err(lost),
    };
    let finished = match done {
        Ok(answer) => finish(&worker, key, &me, &answer).await,
        Err(error) => Err(error),
    };
    // Another process goes on, or the job was given up; a failure of the database leaves the job to the next look.
    if let Err(error) = finished {
        tracing::warn!(%error, cause = ?error.cause, job = format!("{key:x}"), "a job was left");
    }
}

async fn finish(worker: &Context, key: i64, me: &str, answer: &[u8]) -> Result<()> {
    let mut unit = Unit::new();
    store::finish(&worker.db, key, me, worker.now(), body::pack(answer)?, &mut unit);
    theriac_ledger::record(&mut unit, worker, &[super::entry("finish", key)])?;
    worker.db.commit(unit).await.map(drop)
}

/// Renews the lease until that fails.
async fn keep(worker: &Context, key: i64, me: &str, progress: &Progress) -> Error {
    loop {
        let now = worker.now();
        let renewal = store::renew(&worker.db, key, me, now, until(now), &progress.text());
        if let Err(error) = worker.db.commit(renewal).await {
            return error;
        }
        tokio::time::sleep(RENEWAL).await;
    }
}
