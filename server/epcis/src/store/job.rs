//! Capture jobs and the documents that wait for them.

use super::{Packer, unpack};
use crate::split::Form;
use std::collections::HashMap;
use theriac_core::{Instant, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

/// A job as `GET /capture/{captureID}` shows it.
#[derive(Debug)]
pub(crate) struct Job {
    pub key: i64,
    pub created: Instant,
    pub finished: Option<Instant>,
    pub running: bool,
    pub success: bool,
    pub behaviour: String,
    /// A JSON array.
    pub errors: String,
}

/// A job that is not done yet.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub key: i64,
    pub behaviour: String,
    pub origin: String,
    pub form: Form,
    /// The document without its events, JSON; nothing for documents that came before this was kept.
    pub frame: Option<Vec<u8>>,
    /// What prefixes stand for around the events, a JSON array of pairs.
    pub scope: String,
    /// Events that are done, of a document that is done in several units.
    pub done: u64,
    pub phase: i64,
    pub success: bool,
    pub errors: String,
}

pub(crate) struct NewJob<'a> {
    pub key: i64,
    pub created: Instant,
    pub behaviour: &'a str,
    pub actor: &'a str,
    pub origin: String,
    pub form: Form,
    pub frame: &'a [u8],
    pub scope: String,
    pub events: u64,
}

pub(crate) struct Finished {
    pub key: i64,
    pub success: bool,
    pub errors: String,
}

pub(crate) fn create(db: &TenantDb, job: &NewJob<'_>, unit: &mut Unit) -> Result<()> {
    let sql = "INSERT INTO epcis_job \
               (tenant_id, key, created, running, success, behaviour, errors, actor, origin, form, frame, scope, events) \
               VALUES ($1, $2, $3, 1, 1, $4, '[]', $5, $6, $7, $8, $9, $10)";
    let params = vec![
        db.tenant(),
        job.key.into(),
        job.created.into(),
        job.behaviour.into(),
        job.actor.into(),
        job.origin.as_str().into(),
        word(job.form).into(),
        Packer::new()?.pack(job.frame)?.into(),
        job.scope.as_str().into(),
        i64::try_from(job.events).unwrap_or(i64::MAX).into(),
    ];
    unit.push(Statement::new("epcis_job", sql, params));
    Ok(())
}

fn word(form: Form) -> &'static str {
    if form == Form::Xml { "xml" } else { "json" }
}

/// Part of a document; the first has a table of its own.
pub(crate) fn part(db: &TenantDb, job: i64, part: i64, body: &[u8]) -> Result<Statement> {
    let body = Packer::new()?.pack(body)?;
    Ok(match part {
        0 => {
            let sql = "INSERT INTO epcis_document (tenant_id, job, body) VALUES ($1, $2, $3)";
            Statement::new("epcis_document", sql, vec![db.tenant(), job.into(), body.into()])
        }
        part => {
            let sql = "INSERT INTO epcis_part (tenant_id, job, part, body) VALUES ($1, $2, $3, $4)";
            Statement::new("epcis_part", sql, vec![db.tenant(), job.into(), part.into(), body.into()])
        }
    })
}

/// A part of a document; nothing after the last.
pub(crate) async fn read_part(db: &TenantDb, job: i64, part: i64) -> Result<Option<Vec<u8>>> {
    let statement = match part {
        0 => {
            let sql = "SELECT body FROM epcis_document WHERE tenant_id = $1 AND job = $2";
            Statement::new("epcis_document", sql, vec![db.tenant(), job.into()])
        }
        part => {
            let sql = "SELECT body FROM epcis_part WHERE tenant_id = $1 AND job = $2 AND part = $3";
            Statement::new("epcis_part", sql, vec![db.tenant(), job.into(), part.into()])
        }
    };
    db.row(statement).await?.map(|mut row| unpack(&row.bytes(0)?)).transpose()
}

/// The first parts of documents, by their jobs.
pub(crate) async fn first_parts(db: &TenantDb, jobs: &[i64]) -> Result<HashMap<i64, Vec<u8>>> {
    let sql = format!("SELECT job, body FROM epcis_document WHERE tenant_id = $1 AND job {}", among(db));
    let rows = db.rows(Statement::new("epcis_document", sql, vec![db.tenant(), these(db, jobs)])).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, unpack(&row.bytes(1)?)?))).collect()
}

pub(crate) fn drop_parts(db: &TenantDb, jobs: &[i64], unit: &mut Unit) {
    for (name, sql) in [
        ("epcis_document", "DELETE FROM epcis_document WHERE tenant_id = $1 AND job = "),
        ("epcis_part", "DELETE FROM epcis_part WHERE tenant_id = $1 AND job = "),
    ] {
        let which = if db.engine() == Engine::Postgres { "ANY($2::bigint[])" } else { "$2" };
        let params = vec![db.tenant(), Value::Ints(jobs.to_vec())];
        unit.push(Statement::new(name, format!("{sql}{which}"), params).each());
    }
}

/// Takes away parts older than this that never became a job: their sender went away.
pub(crate) fn drop_orphans(db: &TenantDb, before: i64, unit: &mut Unit) {
    for name in ["epcis_document", "epcis_part"] {
        let sql = format!(
            "DELETE FROM {name} WHERE tenant_id = $1 AND job < $2 \
             AND NOT EXISTS (SELECT 1 FROM epcis_job j WHERE j.tenant_id = {name}.tenant_id AND j.key = {name}.job)"
        );
        unit.push(Statement::new("epcis_part", sql, vec![db.tenant(), before.into()]));
    }
}

/// How far a large document came; from `from`, or the unit is undone.
pub(crate) struct Advance<'a> {
    pub key: i64,
    pub from: u64,
    pub to: u64,
    pub phase: i64,
    pub success: bool,
    pub errors: &'a str,
}

pub(crate) fn advance(db: &TenantDb, advance: &Advance<'_>, unit: &mut Unit) {
    let sql = "UPDATE epcis_job SET done = $4, phase = $5, success = $6, errors = $7 \
               WHERE tenant_id = $1 AND key = $2 AND running = 1 AND done = $3";
    let count = |n: u64| Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    let params = vec![
        db.tenant(),
        advance.key.into(),
        count(advance.from),
        count(advance.to),
        advance.phase.into(),
        i64::from(advance.success).into(),
        advance.errors.into(),
    ];
    unit.push(Statement::new("epcis_job", sql, params).expect(1));
}

/// Is a large document being judged or stored as a whole?
pub(crate) async fn is_storing(db: &TenantDb) -> Result<bool> {
    let sql = "SELECT 1 FROM epcis_job WHERE tenant_id = $1 AND phase > 0 LIMIT 1";
    Ok(db.row(Statement::new("epcis_job", sql, vec![db.tenant()])).await?.is_some())
}

/// Ends jobs; a job that another worker ended already undoes the unit.
pub(crate) fn finish(db: &TenantDb, jobs: Vec<Finished>, at: Instant, unit: &mut Unit) {
    let count = jobs.len() as u64;
    let keys: Vec<i64> = jobs.iter().map(|j| j.key).collect();
    let successes: Vec<i64> = jobs.iter().map(|j| i64::from(j.success)).collect();
    let errors: Vec<String> = jobs.into_iter().map(|j| j.errors).collect();
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE epcis_job SET running = 0, phase = 0, finished = $2, success = u.success, errors = u.errors \
             FROM unnest($3::bigint[], $4::bigint[], $5::text[]) AS u(key, success, errors) \
             WHERE epcis_job.tenant_id = $1 AND epcis_job.key = u.key AND epcis_job.running = 1"
        }
        Engine::Sqlite => {
            "UPDATE epcis_job SET running = 0, phase = 0, finished = $2, success = $4, errors = $5 \
             WHERE tenant_id = $1 AND key = $3 AND running = 1"
        }
    };
    let params = vec![db.tenant(), at.into(), Value::Ints(keys.clone()), Value::Ints(successes), Value::Texts(errors)];
    unit.push(Statement::new("epcis_job", sql, params).each().expect(count));
    drop_parts(db, &keys, unit);
}

fn among(db: &TenantDb) -> &'static str {
    match db.engine() {
        Engine::Postgres => "= ANY($2::bigint[])",
        Engine::Sqlite => "IN (SELECT value FROM json_each($2))",
    }
}

fn these(db: &TenantDb, keys: &[i64]) -> Value {
    match db.engine() {
        Engine::Postgres => Value::Ints(keys.to_vec()),
        Engine::Sqlite => Value::Text(serde_json::json!(keys).to_string()),
    }
}

/// Those of the jobs that are still to be done, oldest first.
pub(crate) async fn waiting(db: &TenantDb, keys: &[i64]) -> Result<Vec<Waiting>> {
    let sql = format!(
        "SELECT key, behaviour, origin, form, frame, scope, done, phase, success, errors FROM epcis_job \
         WHERE tenant_id = $1 AND key {} AND running = 1 ORDER BY key",
        among(db)
    );
    let rows = db.rows(Statement::new("epcis_job", sql, vec![db.tenant(), these(db, keys)])).await?;
    rows.into_iter().map(read_waiting).collect()
}

fn read_waiting(mut row: Row) -> Result<Waiting> {
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(Waiting {
        key: row.int(0)?,
        behaviour: row.text(1)?,
        origin: row.text(2)?,
        form: if row.text(3)? == "xml" { Form::Xml } else { Form::Json },
        frame: row.maybe_bytes(4)?.map(|frame| unpack(&frame)).transpose()?,
        scope: row.text(5)?,
        done: count(row.int(6)?),
        phase: row.int(7)?,
        success: row.int(8)? != 0,
        errors: row.text(9)?,
    })
}

/// Jobs older than `before`, newest first; only those of `actor` if one is given.
pub(crate) async fn list(db: &TenantDb, actor: Option<&str>, before: i64, most: i64) -> Result<Vec<Job>> {
    let sql = "SELECT key, created, finished, running, success, behaviour, errors FROM epcis_job \
               WHERE tenant_id = $1 AND key < $2 AND ($3::text IS NULL OR actor = $3) ORDER BY key DESC LIMIT $4";
    let params = vec![db.tenant(), before.into(), actor.into(), most.into()];
    let rows = db.rows(Statement::new("epcis_job", portable(db, sql), params)).await?;
    rows.into_iter().map(job).collect()
}

pub(crate) async fn find(db: &TenantDb, actor: Option<&str>, key: i64) -> Result<Option<Job>> {
    let sql = "SELECT key, created, finished, running, success, behaviour, errors FROM epcis_job \
               WHERE tenant_id = $1 AND key = $2 AND ($3::text IS NULL OR actor = $3)";
    let params = vec![db.tenant(), key.into(), actor.into()];
    db.row(Statement::new("epcis_job", portable(db, sql), params)).await?.map(job).transpose()
}

/// PostgreSQL wants the type of a parameter that may be null; SQLite has no such cast.
fn portable(db: &TenantDb, sql: &str) -> String {
    if db.engine() == Engine::Sqlite { sql.replace("::text", "") } else { sql.to_owned() }
}

fn job(mut row: Row) -> Result<Job> {
    Ok(Job {
        key: row.int(0)?,
        created: row.instant(1)?,
        finished: row.maybe_int(2)?.map(Instant),
        running: row.int(3)? != 0,
        success: row.int(4)? != 0,
        behaviour: row.text(5)?,
        errors: row.text(6)?,
    })
}
