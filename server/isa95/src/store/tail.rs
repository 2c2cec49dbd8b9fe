//! `isa95_tail`: batches that are not yet part of the chunks. `position` is that of their ledger entry, once the
//! worker has taken it: the order in which readings of the same instant give way to each other.

use theriac_core::Result;
use theriac_platform::db::{Engine, Statement, TenantDb, Value};

/// Taken, but not yet written as chunks.
pub(crate) fn mark(db: &TenantDb, keys: Vec<i64>, positions: Vec<i64>) -> Statement {
    let count = keys.len() as u64;
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE isa95_tail t SET position = u.position FROM unnest($2::bigint[], $3::bigint[]) AS u(batch, position) \
             WHERE t.tenant_id = $1 AND t.batch = u.batch"
        }
        Engine::Sqlite => "UPDATE isa95_tail SET position = $3 WHERE tenant_id = $1 AND batch = $2",
    };
    let params = vec![db.tenant(), Value::Ints(keys), Value::Ints(positions)];
    Statement::new("isa95_tail", sql, params).each().expect(count)
}

/// Now part of the chunks.
pub(crate) fn remove(db: &TenantDb, keys: Vec<i64>) -> Statement {
    let count = keys.len() as u64;
    let sql = match db.engine() {
        Engine::Postgres => "DELETE FROM isa95_tail WHERE tenant_id = $1 AND batch = ANY($2)",
        Engine::Sqlite => "DELETE FROM isa95_tail WHERE tenant_id = $1 AND batch = $2",
    };
    Statement::new("isa95_tail", sql, vec![db.tenant(), Value::Ints(keys)]).each().expect(count)
}

/// Batches that were taken before, in the order in which they were.
pub(crate) async fn taken(db: &TenantDb) -> Result<Vec<i64>> {
    let sql = "SELECT batch FROM isa95_tail WHERE tenant_id = $1 AND position IS NOT NULL ORDER BY position";
    let rows = db.rows(Statement::new("isa95_tail", sql, vec![db.tenant()])).await?;
    rows.into_iter().map(|mut row| row.int(0)).collect()
}

/// All bodies of the tail in the order in which they count; the newest, not yet in the ledger's order, last.
pub(crate) async fn bodies(db: &TenantDb) -> Result<Vec<Vec<u8>>> {
    let sql = "SELECT b.body FROM isa95_tail t JOIN isa95_batch b ON b.tenant_id = t.tenant_id AND b.key = t.batch \
               WHERE t.tenant_id = $1 ORDER BY coalesce(t.position, 9223372036854775807), t.batch";
    let rows = db.rows(Statement::new("isa95_tail", sql, vec![db.tenant()])).await?;
    rows.into_iter().map(|mut row| row.bytes(0)).collect()
}
