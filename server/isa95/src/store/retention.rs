//! `isa95_retention`, the tenant's policy; `isa95_rollup`, what stays of dropped readings; and what of chunks and batches is old.

use super::list;
use crate::retention::Retention;
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Value};

pub(crate) async fn find(db: &TenantDb) -> Result<Option<(i64, Retention)>> {
    let sql = "SELECT version, document FROM isa95_retention WHERE tenant_id = $1";
    let Some(mut row) = db.row(Statement::new("isa95_retention", sql, vec![db.tenant()])).await? else {
        return Ok(None);
    };
    Ok(Some((row.int(0)?, serde_json::from_str(&row.text(1)?).map_err(Error::internal)?)))
}

/// The first version is inserted, a later one takes the place of the one before it.
pub(crate) fn put(db: &TenantDb, version: i64, retention: &Retention) -> Result<Statement> {
    let document = serde_json::to_string(retention).map_err(Error::internal)?;
    let sql = if version == 1 {
        "INSERT INTO isa95_retention (tenant_id, version, document) VALUES ($1, $2, $3)"
    } else {
        "UPDATE isa95_retention SET version = $2, document = $3 WHERE tenant_id = $1 AND version = $2 - 1"
    };
    Ok(Statement::new("isa95_retention", sql, vec![db.tenant(), version.into(), document.into()]).expect(1))
}

/// Properties that have chunks which begin before that time, by key.
pub(crate) async fn with_chunks_before(db: &TenantDb, before: i64, after: i64, most: i64) -> Result<Vec<i64>> {
    let sql = "SELECT DISTINCT property FROM isa95_chunk WHERE tenant_id = $1 AND first < $2 AND property > $3 \
               ORDER BY property LIMIT $4";
    ints(db, "isa95_chunk", sql, vec![db.tenant(), before.into(), after.into(), most.into()]).await
}

async fn ints(db: &TenantDb, table: &'static str, sql: &'static str, params: Vec<Value>) -> Result<Vec<i64>> {
    let rows = db.rows(Statement::new(table, sql, params)).await?;
    rows.into_iter().map(|mut row| row.int(0)).collect()
}

/// A roll-up about to be written.
pub(crate) struct Fresh {
    pub property: i64,
    pub width: i64,
    pub first: i64,
    /// Start of the last bucket.
    pub last: i64,
    pub count: usize,
    pub body: Vec<u8>,
}

/// Several widths of one property, under one key.
pub(crate) fn insert(db: &TenantDb, key: i64, fresh: Vec<Fresh>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO isa95_rollup (tenant_id, key, property, width, first, last, count, body) \
             SELECT $1, $2, u.property, u.width, u.first, u.last, u.count, u.body \
             FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::int[], $8::bytea[]) \
             AS u(property, width, first, last, count, body)"
        }
        Engine::Sqlite => {
            "INSERT INTO isa95_rollup (tenant_id, key, property, width, first, last, count, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        }
    };
    let ints = |of: fn(&Fresh) -> i64| Value::Ints(fresh.iter().map(of).collect());
    let mut params = vec![
        db.tenant(),
        key.into(),
        ints(|f| f.property),
        ints(|f| f.width),
        ints(|f| f.first),
        ints(|f| f.last),
        ints(|f| f.count as i64),
    ];
    params.push(Value::Blobs(fresh.into_iter().map(|f| f.body).collect()));
    Statement::new("isa95_rollup", sql, params).each()
}

/// The widths that a property has, finest first, each with the start of its first bucket.
pub(crate) async fn widths(db: &TenantDb, property: i64) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT width, min(first) FROM isa95_rollup WHERE tenant_id = $1 AND property = $2 GROUP BY width ORDER BY width";
    let rows = db.rows(Statement::new("isa95_rollup", sql, vec![db.tenant(), property.into()])).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// A stored roll-up.
pub(crate) struct Stored {
    pub key: i64,
    pub first: i64,
    pub body: Vec<u8>,
}

/// Roll-ups of one width that have buckets starting in `from..to`, by (first, key), after the one given.
pub(crate) async fn overlapping(
    db: &TenantDb,
    (property, width): (i64, i64),
    (from, to): (i64, i64),
    after: Option<(i64, i64)>,
    most: i64,
) -> Result<Vec<Stored>> {
    let sql = "SELECT key, first, body FROM isa95_rollup WHERE tenant_id = $1 AND property = $2 AND width = $3 \
               AND last >= $4 AND first < $5 AND (first, key) > ($6, $7) ORDER BY first, key LIMIT $8";
    let (first, key) = after.unwrap_or((i64::MIN, i64::MIN));
    let mut params = vec![db.tenant(), property.into(), width.into(), from.into(), to.into(), first.into()];
    params.extend([key.into(), most.into()]);
    let rows = db.rows(Statement::new("isa95_rollup", sql, params)).await?;
    rows.into_iter().map(|mut row| Ok(Stored { key: row.int(0)?, first: row.int(1)?, body: row.bytes(2)? })).collect()
}

/// The start of the last bucket that roll-ups of one width have in `from..to`, as near as their rows tell.
pub(crate) async fn last(db: &TenantDb, (property, width): (i64, i64), (from, to): (i64, i64)) -> Result<Option<i64>> {
    let sql = "SELECT max(last) FROM isa95_rollup WHERE tenant_id = $1 AND property = $2 AND width = $3 AND last >= $4 AND first < $5";
    let params = vec![db.tenant(), property.into(), width.into(), from.into(), to.into()];
    match db.row(Statement::new("isa95_rollup", sql, params)).await? {
        Some(mut row) => row.maybe_int(0),
        None => Ok(None),
    }
}

/// Property, width and the end of the oldest roll-up of each.
pub(crate) async fn levels(db: &TenantDb) -> Result<Vec<(i64, i64, i64)>> {
    let sql = "SELECT property, width, min(last) FROM isa95_rollup WHERE tenant_id = $1 GROUP BY property, width";
    let rows = db.rows(Statement::new("isa95_rollup", sql, vec![db.tenant()])).await?;
    let level = |mut row: Row| Ok((row.int(0)?, row.int(1)?, row.int(2)?));
    rows.into_iter().map(level).collect()
}

pub(crate) fn remove_rollups(db: &TenantDb, property: i64, width: i64, before: i64) -> Statement {
    let sql = "DELETE FROM isa95_rollup WHERE tenant_id = $1 AND property = $2 AND width = $3 AND last < $4";
    Statement::new("isa95_rollup", sql, vec![db.tenant(), property.into(), width.into(), before.into()])
}

/// Batches that came before that time and are part of the chunks.
pub(crate) async fn old_batches(db: &TenantDb, before: i64, most: i64) -> Result<Vec<i64>> {
    let sql = "SELECT b.key FROM isa95_batch b WHERE b.tenant_id = $1 AND b.received < $2 AND NOT EXISTS \
               (SELECT 1 FROM isa95_tail t WHERE t.tenant_id = $1 AND t.batch = b.key) ORDER BY b.received LIMIT $3";
    ints(db, "isa95_batch", sql, vec![db.tenant(), before.into(), most.into()]).await
}

pub(crate) fn remove_batches(db: &TenantDb, keys: Vec<i64>) -> Statement {
    let count = keys.len() as u64;
    let (sql, keys) = match db.engine() {
        Engine::Postgres => ("DELETE FROM isa95_batch WHERE tenant_id = $1 AND key = ANY($2)", Value::Ints(keys)),
        Engine::Sqlite => (
            "DELETE FROM isa95_batch WHERE tenant_id = $1 AND key IN (SELECT value FROM json_each($2))",
            list(db, &keys),
        ),
    };
    Statement::new("isa95_batch", sql, vec![db.tenant(), keys]).expect(count)
}
