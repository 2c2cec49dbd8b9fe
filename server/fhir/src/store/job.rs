//! Jobs, their leases, and which entries of a batch are done.

use std::collections::HashMap;
use theriac_core::{Code, Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb, Unit, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Waiting,
    Running,
    Done,
    Cancelled,
}

/// Every state beside its number in the table.
const STATES: &[(State, i64)] = &[(State::Waiting, 0), (State::Running, 1), (State::Done, 2), (State::Cancelled, 3)];

pub(crate) struct NewJob<'a> {
    pub key: i64,
    pub created: Instant,
    pub actor: &'a str,
    pub origin: String,
    /// Compressed.
    pub request: Vec<u8>,
}

/// As its status is shown.
#[derive(Debug)]
pub(crate) struct Job {
    pub key: i64,
    pub state: State,
    pub updated: Instant,
    pub progress: String,
    /// Compressed.
    pub answer: Option<Vec<u8>>,
}

/// A job that this process may work on.
#[derive(Debug)]
pub(crate) struct Taken {
    pub key: i64,
    pub origin: String,
    /// Compressed.
    pub request: Vec<u8>,
}

pub(crate) fn create(db: &TenantDb, job: &NewJob<'_>, unit: &mut Unit) {
    let sql = "INSERT INTO fhir_job (tenant_id, key, created, updated, lease, state, actor, owner, origin, progress, request) \
               VALUES ($1, $2, $3, $3, 0, 0, $4, '', $5, '', $6)";
    let params = vec![
        db.tenant(),
        job.key.into(),
        job.created.into(),
        job.actor.into(),
        job.origin.as_str().into(),
        job.request.clone().into(),
    ];
    unit.push(Statement::new("fhir_job", sql, params));
}

pub(crate) async fn find(db: &TenantDb, key: i64, actor: &str) -> Result<Option<Job>> {
    let sql =
        "SELECT key, state, updated, progress, answer FROM fhir_job WHERE tenant_id = $1 AND key = $2 AND actor = $3";
    let row = db.row(Statement::new("fhir_job", sql, vec![db.tenant(), key.into(), actor.into()])).await?;
    row.map(|mut row| {
        let number = row.int(1)?;
        let state = STATES.iter().find(|(_, own)| *own == number).map_or(State::Cancelled, |(state, _)| *state);
        Ok(Job {
            key: row.int(0)?,
            state,
            updated: row.instant(2)?,
            progress: row.text(3)?,
            answer: row.maybe_bytes(4)?,
        })
    })
    .transpose()
}

/// The oldest job that waits, or whose process has died; none if there is none, or another one took it.
pub(crate) async fn take(db: &TenantDb, me: &str, now: Instant, until: Instant) -> Result<Option<Taken>> {
    let sql = "SELECT key, origin, request FROM fhir_job \
               WHERE tenant_id = $1 AND state IN (0, 1) AND lease < $2 ORDER BY key LIMIT 1";
    let row = db.row(Statement::new("fhir_job", sql, vec![db.tenant(), now.into()])).await?;
    let Some(mut row) = row else { return Ok(None) };
    let taken = Taken { key: row.int(0)?, origin: row.text(1)?, request: row.bytes(2)? };
    let sql = "UPDATE fhir_job SET state = 1, owner = $3, lease = $4 \
               WHERE tenant_id = $1 AND key = $2 AND state IN (0, 1) AND lease < $5";
    let params = vec![db.tenant(), taken.key.into(), me.into(), until.into(), now.into()];
    match db.commit(one(Statement::new("fhir_job", sql, params).expect(1))).await {
        Ok(_) => Ok(Some(taken)),
        Err(e) if e.code == Code::Conflict => Ok(None),
        Err(e) => Err(e),
    }
}

fn one(statement: Statement) -> Unit {
    let mut unit = Unit::new();
    unit.push(statement);
    unit
}

/// Holds only for the process that has the job.
pub(crate) fn renew(db: &TenantDb, key: i64, me: &str, now: Instant, until: Instant, progress: &str) -> Unit {
    let sql = "UPDATE fhir_job SET lease = $4, updated = $5, progress = $6 \
               WHERE tenant_id = $1 AND key = $2 AND owner = $3 AND state = 1";
    let params = vec![db.tenant(), key.into(), me.into(), until.into(), now.into(), progress.into()];
    one(Statement::new("fhir_job", sql, params).expect(1))
}

/// As [`renew`]; what was kept to go on is not needed any more.
pub(crate) fn finish(db: &TenantDb, key: i64, me: &str, now: Instant, answer: Vec<u8>, unit: &mut Unit) {
    let sql = "UPDATE fhir_job SET state = 2, lease = 0, updated = $4, answer = $5, request = $6 \
               WHERE tenant_id = $1 AND key = $2 AND owner = $3 AND state = 1";
    let params = vec![db.tenant(), key.into(), me.into(), now.into(), answer.into(), Value::Bytes(Vec::new())];
    unit.push(Statement::new("fhir_job", sql, params).expect(1));
    unit.push(entries_gone(db, key));
}

/// Nothing of it is kept but that it was.
pub(crate) fn cancel(db: &TenantDb, key: i64, now: Instant, unit: &mut Unit) {
    let sql = "UPDATE fhir_job SET state = 3, lease = 0, updated = $3, owner = '', answer = NULL, request = $4 \
               WHERE tenant_id = $1 AND key = $2";
    let params = vec![db.tenant(), key.into(), now.into(), Value::Bytes(Vec::new())];
    unit.push(Statement::new("fhir_job", sql, params));
    unit.push(entries_gone(db, key));
}

fn entries_gone(db: &TenantDb, key: i64) -> Statement {
    let sql = "DELETE FROM fhir_job_entry WHERE tenant_id = $1 AND job = $2";
    Statement::new("fhir_job_entry", sql, vec![db.tenant(), key.into()])
}

/// A process that stops leaves its jobs to others at once.
pub(crate) fn release(db: &TenantDb, me: &str) -> Unit {
    let sql = "UPDATE fhir_job SET lease = 0, owner = '' WHERE tenant_id = $1 AND owner = $2 AND state = 1";
    one(Statement::new("fhir_job", sql, vec![db.tenant(), me.into()]))
}

pub(crate) fn forget(db: &TenantDb, before: Instant) -> Unit {
    let sql = "DELETE FROM fhir_job WHERE tenant_id = $1 AND state IN (2, 3) AND updated < $2";
    one(Statement::new("fhir_job", sql, vec![db.tenant(), before.into()]))
}

/// Stands in the unit of what the entry does: twice it cannot.
pub(crate) fn mark(db: &TenantDb, job: i64, entry: usize) -> Statement {
    let sql = "INSERT INTO fhir_job_entry (tenant_id, job, entry) VALUES ($1, $2, $3)";
    Statement::new("fhir_job_entry", sql, vec![db.tenant(), job.into(), number(entry)])
}

/// The entry's answer, marked or not: one that was refused changed nothing.
pub(crate) fn answered(db: &TenantDb, job: i64, entry: usize, answer: Vec<u8>) -> Unit {
    let sql = "INSERT INTO fhir_job_entry (tenant_id, job, entry, answer) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (tenant_id, job, entry) DO UPDATE SET answer = excluded.answer";
    one(Statement::new("fhir_job_entry", sql, vec![db.tenant(), job.into(), number(entry), answer.into()]))
}

fn number(entry: usize) -> Value {
    i64::try_from(entry).unwrap_or(i64::MAX).into()
}

/// Entries that are done, with their answers where they were kept.
pub(crate) async fn entries(db: &TenantDb, job: i64) -> Result<HashMap<usize, Option<Vec<u8>>>> {
    let sql = "SELECT entry, answer FROM fhir_job_entry WHERE tenant_id = $1 AND job = $2";
    let rows = db.rows(Statement::new("fhir_job_entry", sql, vec![db.tenant(), job.into()])).await?;
    let read = |mut row: Row| Ok((usize::try_from(row.int(0)?).unwrap_or(usize::MAX), row.maybe_bytes(1)?));
    rows.into_iter().map(read).collect()
}
