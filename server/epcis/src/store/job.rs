//! Capture jobs and the documents that wait for them.

use super::{Packer, unpack};
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

/// A job that was not worked on yet.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub key: i64,
    pub behaviour: String,
    pub origin: String,
    pub body: Vec<u8>,
}

pub(crate) struct NewJob<'a> {
    pub key: i64,
    pub created: Instant,
    pub behaviour: &'a str,
    pub actor: &'a str,
    pub origin: String,
    pub body: &'a [u8],
}

pub(crate) struct Finished {
    pub key: i64,
    pub success: bool,
    pub errors: String,
}

pub(crate) fn create(db: &TenantDb, job: &NewJob<'_>, unit: &mut Unit) -> Result<()> {
    let sql = "INSERT INTO epcis_job (tenant_id, key, created, running, success, behaviour, errors, actor, origin) \
               VALUES ($1, $2, $3, 1, 1, $4, '[]', $5, $6)";
    let params = vec![
        db.tenant(),
        job.key.into(),
        job.created.into(),
        job.behaviour.into(),
        job.actor.into(),
        job.origin.as_str().into(),
    ];
    unit.push(Statement::new("epcis_job", sql, params));
    let sql = "INSERT INTO epcis_document (tenant_id, job, body) VALUES ($1, $2, $3)";
    let body = Packer::new()?.pack(job.body)?;
    unit.push(Statement::new("epcis_document", sql, vec![db.tenant(), job.key.into(), body.into()]));
    Ok(())
}

/// Ends jobs; a job that another worker ended already undoes the unit.
pub(crate) fn finish(db: &TenantDb, jobs: Vec<Finished>, at: Instant, unit: &mut Unit) {
    let count = jobs.len() as u64;
    let keys: Vec<i64> = jobs.iter().map(|j| j.key).collect();
    let successes: Vec<i64> = jobs.iter().map(|j| i64::from(j.success)).collect();
    let errors: Vec<String> = jobs.into_iter().map(|j| j.errors).collect();
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE epcis_job SET running = 0, finished = $2, success = u.success, errors = u.errors \
             FROM unnest($3::bigint[], $4::bigint[], $5::text[]) AS u(key, success, errors) \
             WHERE epcis_job.tenant_id = $1 AND epcis_job.key = u.key AND epcis_job.running = 1"
        }
        Engine::Sqlite => {
            "UPDATE epcis_job SET running = 0, finished = $2, success = $4, errors = $5 \
             WHERE tenant_id = $1 AND key = $3 AND running = 1"
        }
    };
    let params = vec![db.tenant(), at.into(), Value::Ints(keys.clone()), Value::Ints(successes), Value::Texts(errors)];
    unit.push(Statement::new("epcis_job", sql, params).each().expect(count));
    let sql = match db.engine() {
        Engine::Postgres => "DELETE FROM epcis_document WHERE tenant_id = $1 AND job = ANY($2::bigint[])",
        Engine::Sqlite => "DELETE FROM epcis_document WHERE tenant_id = $1 AND job = $2",
    };
    unit.push(Statement::new("epcis_document", sql, vec![db.tenant(), Value::Ints(keys)]).each());
}

/// Those of the jobs that are still to be done, oldest first.
pub(crate) async fn waiting(db: &TenantDb, keys: &[i64]) -> Result<Vec<Waiting>> {
    let list = match db.engine() {
        Engine::Postgres => "= ANY($2::bigint[])",
        Engine::Sqlite => "IN (SELECT value FROM json_each($2))",
    };
    let sql = format!(
        "SELECT j.key, j.behaviour, j.origin, d.body FROM epcis_job j \
         JOIN epcis_document d ON d.tenant_id = j.tenant_id AND d.job = j.key \
         WHERE j.tenant_id = $1 AND j.key {list} AND j.running = 1 ORDER BY j.key"
    );
    let keys = match db.engine() {
        Engine::Postgres => Value::Ints(keys.to_vec()),
        Engine::Sqlite => Value::Text(serde_json::json!(keys).to_string()),
    };
    let rows = db.rows(Statement::new("epcis_job", sql, vec![db.tenant(), keys])).await?;
    let read = |mut row: Row| {
        Ok(Waiting { key: row.int(0)?, behaviour: row.text(1)?, origin: row.text(2)?, body: unpack(&row.bytes(3)?)? })
    };
    rows.into_iter().map(read).collect()
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
