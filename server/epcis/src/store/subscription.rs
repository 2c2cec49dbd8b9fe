//! Subscriptions and what they could not deliver. A row is changed only from the revision it was read at.

use theriac_core::{Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb, Unit};

#[derive(Debug, Clone, Default)]
pub(crate) struct Subscription {
    pub id: String,
    /// Of the query; see [`crate::queries::owner`].
    pub owner: String,
    pub query: String,
    pub created: Instant,
    pub dest: String,
    /// Sealed.
    pub signature_token: Option<String>,
    /// JSON of [`crate::subscription::Controls`].
    pub controls: String,
    /// Who subscribed, with the rights that hold for what is delivered.
    pub origin: String,
    pub initial: Option<Instant>,
    /// Up to here, in the tenant's ledger, everything was delivered.
    pub position: i64,
    /// Where the batch ends that is on its way; not beyond `position` if none is.
    pub batch_end: i64,
    pub batch_at: Instant,
    /// Events that the subscriber takes at once.
    pub most: i64,
    /// Not before; of a schedule the next run.
    pub due: Instant,
    /// Until then one process is at it.
    pub lease: Instant,
    pub failures: i64,
    pub failure: Option<String>,
    pub notified: Option<Instant>,
    pub executed: Option<Instant>,
    pub revision: i64,
}

const COLUMNS: &str = "id, owner, query, created, dest, signature_token, controls, origin, initial, position, \
                       batch_end, batch_at, most, due, lease, failures, failure, notified, executed, revision";

/// Only of a query that is there.
pub(crate) fn create(db: &TenantDb, sub: &Subscription, unit: &mut Unit) {
    let sql = format!(
        "INSERT INTO epcis_subscription (tenant_id, {COLUMNS}) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21 \
         WHERE EXISTS (SELECT 1 FROM epcis_query WHERE tenant_id = $1 AND owner = $3 AND name = $4)"
    );
    let sql = typed(db, sql);
    let params = vec![
        db.tenant(),
        sub.id.as_str().into(),
        sub.owner.as_str().into(),
        sub.query.as_str().into(),
        sub.created.into(),
        sub.dest.as_str().into(),
        sub.signature_token.clone().into(),
        sub.controls.as_str().into(),
        sub.origin.as_str().into(),
        sub.initial.into(),
        sub.position.into(),
        sub.batch_end.into(),
        sub.batch_at.into(),
        sub.most.into(),
        sub.due.into(),
        sub.lease.into(),
        sub.failures.into(),
        sub.failure.clone().into(),
        sub.notified.into(),
        sub.executed.into(),
        sub.revision.into(),
    ];
    unit.push(Statement::new("epcis_subscription", sql, params).expect(1));
}

/// PostgreSQL wants the types of parameters that are selected, not inserted.
fn typed(db: &TenantDb, sql: String) -> String {
    const TYPES: [&str; 21] = [
        "int", "text", "text", "text", "bigint", "text", "text", "text", "text", "bigint", "bigint", "bigint",
        "bigint", "bigint", "bigint", "bigint", "bigint", "text", "bigint", "bigint", "bigint",
    ];
    if db.engine() == theriac_platform::db::Engine::Sqlite {
        return sql;
    }
    let plain: Vec<String> = (1..=21).map(|n| format!("${n}")).collect();
    let cast: Vec<String> = (1..=21).map(|n| format!("${n}::{}", TYPES[n - 1])).collect();
    sql.replace(&plain.join(", "), &cast.join(", "))
}

/// What delivery changes.
pub(crate) fn change(db: &TenantDb, sub: &Subscription, unit: &mut Unit) {
    let sql = "UPDATE epcis_subscription SET position = $3, batch_end = $4, batch_at = $5, most = $6, due = $7, \
               lease = $8, failures = $9, failure = $10, notified = $11, executed = $12, revision = revision + 1 \
               WHERE tenant_id = $1 AND id = $2 AND revision = $13";
    let params = vec![
        db.tenant(),
        sub.id.as_str().into(),
        sub.position.into(),
        sub.batch_end.into(),
        sub.batch_at.into(),
        sub.most.into(),
        sub.due.into(),
        sub.lease.into(),
        sub.failures.into(),
        sub.failure.clone().into(),
        sub.notified.into(),
        sub.executed.into(),
        sub.revision.into(),
    ];
    unit.push(Statement::new("epcis_subscription", sql, params).expect(1));
}

pub(crate) async fn find(db: &TenantDb, id: &str) -> Result<Option<Subscription>> {
    let sql = format!("SELECT {COLUMNS} FROM epcis_subscription WHERE tenant_id = $1 AND id = $2");
    db.row(Statement::new("epcis_subscription", sql, vec![db.tenant(), id.into()])).await?.map(read).transpose()
}

/// Of one query, behind an id, in the order of ids.
pub(crate) async fn list(db: &TenantDb, owner: &str, query: &str, after: &str, most: i64) -> Result<Vec<Subscription>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM epcis_subscription WHERE tenant_id = $1 AND owner = $2 AND query = $3 AND id > $4 \
         ORDER BY id LIMIT $5"
    );
    let params = vec![db.tenant(), owner.into(), query.into(), after.into(), most.into()];
    db.rows(Statement::new("epcis_subscription", sql, params)).await?.into_iter().map(read).collect()
}

/// Those of the whole tenant.
pub(crate) async fn ids(db: &TenantDb) -> Result<Vec<String>> {
    let sql = "SELECT id FROM epcis_subscription WHERE tenant_id = $1 ORDER BY id";
    let rows = db.rows(Statement::new("epcis_subscription", sql, vec![db.tenant()])).await?;
    rows.into_iter().map(|mut row| row.text(0)).collect()
}

pub(crate) fn delete(db: &TenantDb, id: &str, unit: &mut Unit) {
    let own = || vec![db.tenant(), id.into()];
    let sql = "DELETE FROM epcis_dead_letter WHERE tenant_id = $1 AND subscription = $2";
    unit.push(Statement::new("epcis_dead_letter", sql, own()));
    let sql = "DELETE FROM epcis_subscription WHERE tenant_id = $1 AND id = $2";
    unit.push(Statement::new("epcis_subscription", sql, own()).expect(1));
}

/// A batch that the subscriber refused for good.
pub(crate) struct DeadLetter {
    pub position: i64,
    pub batch_end: i64,
    pub at: Instant,
    pub why: String,
}

pub(crate) fn bury(db: &TenantDb, id: &str, letter: &DeadLetter, unit: &mut Unit) {
    let sql = "INSERT INTO epcis_dead_letter (tenant_id, subscription, position, batch_end, at, why) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let DeadLetter { position, batch_end, at, why } = letter;
    let params =
        vec![db.tenant(), id.into(), (*position).into(), (*batch_end).into(), (*at).into(), why.as_str().into()];
    unit.push(Statement::new("epcis_dead_letter", sql, params));
}

pub(crate) async fn dead_letters(db: &TenantDb, id: &str, most: i64) -> Result<Vec<DeadLetter>> {
    let sql = "SELECT position, batch_end, at, why FROM epcis_dead_letter \
               WHERE tenant_id = $1 AND subscription = $2 ORDER BY position DESC LIMIT $3";
    let rows = db.rows(Statement::new("epcis_dead_letter", sql, vec![db.tenant(), id.into(), most.into()])).await?;
    let letter = |mut row: Row| {
        Ok(DeadLetter { position: row.int(0)?, batch_end: row.int(1)?, at: row.instant(2)?, why: row.text(3)? })
    };
    rows.into_iter().map(letter).collect()
}

fn read(mut row: Row) -> Result<Subscription> {
    Ok(Subscription {
        id: row.text(0)?,
        owner: row.text(1)?,
        query: row.text(2)?,
        created: row.instant(3)?,
        dest: row.text(4)?,
        signature_token: row.maybe_text(5)?,
        controls: row.text(6)?,
        origin: row.text(7)?,
        initial: row.maybe_int(8)?.map(Instant),
        position: row.int(9)?,
        batch_end: row.int(10)?,
        batch_at: row.instant(11)?,
        most: row.int(12)?,
        due: row.instant(13)?,
        lease: row.instant(14)?,
        failures: row.int(15)?,
        failure: row.maybe_text(16)?,
        notified: row.maybe_int(17)?.map(Instant),
        executed: row.maybe_int(18)?.map(Instant),
        revision: row.int(19)?,
    })
}
