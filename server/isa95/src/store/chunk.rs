//! `isa95_chunk`: the history of each property. Of two chunks the one with the greater key came later.

use super::list;
use theriac_core::Result;
use theriac_platform::db::{Engine, Statement, TenantDb, Value};

/// A chunk about to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fresh {
    pub property: i64,
    pub key: i64,
    pub first: i64,
    pub last: i64,
    pub count: usize,
    pub body: Vec<u8>,
}

pub(crate) fn insert(db: &TenantDb, chunks: Vec<Fresh>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO isa95_chunk (tenant_id, property, key, first, last, count, body) \
             SELECT $1, u.property, u.key, u.first, u.last, u.count, u.body \
             FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::bytea[]) \
             AS u(property, key, first, last, count, body)"
        }
        Engine::Sqlite => {
            "INSERT INTO isa95_chunk (tenant_id, property, key, first, last, count, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        }
    };
    let ints = |of: fn(&Fresh) -> i64| Value::Ints(chunks.iter().map(of).collect());
    let mut params = vec![
        db.tenant(),
        ints(|c| c.property),
        ints(|c| c.key),
        ints(|c| c.first),
        ints(|c| c.last),
        ints(|c| c.count as i64),
    ];
    params.push(Value::Blobs(chunks.into_iter().map(|c| c.body).collect()));
    Statement::new("isa95_chunk", sql, params).each()
}

/// Removes chunks that are part of greater ones now: (property, key).
pub(crate) fn remove(db: &TenantDb, chunks: &[(i64, i64)]) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "DELETE FROM isa95_chunk c USING unnest($2::bigint[], $3::bigint[]) AS u(property, key) \
             WHERE c.tenant_id = $1 AND c.property = u.property AND c.key = u.key"
        }
        Engine::Sqlite => "DELETE FROM isa95_chunk WHERE tenant_id = $1 AND property = $2 AND key = $3",
    };
    let (properties, keys): (Vec<i64>, Vec<i64>) = chunks.iter().copied().unzip();
    let params = vec![db.tenant(), Value::Ints(properties), Value::Ints(keys)];
    Statement::new("isa95_chunk", sql, params).each().expect(chunks.len() as u64)
}

/// The newest chunks of each property, in the order of their keys: (property, key, count).
pub(crate) async fn newest(db: &TenantDb, properties: &[i64]) -> Result<Vec<(i64, i64, usize)>> {
    // CROSS JOIN keeps SQLite from beginning with the table.
    let given = match db.engine() {
        Engine::Postgres => "unnest($2::bigint[]) AS j(value) JOIN",
        Engine::Sqlite => "json_each($2) j CROSS JOIN",
    };
    let sql = format!(
        "SELECT c.property, c.key, c.count FROM {given} isa95_chunk c \
         ON c.tenant_id = $1 AND c.property = j.value AND c.key >= coalesce((SELECT d.key FROM isa95_chunk d \
         WHERE d.tenant_id = $1 AND d.property = j.value ORDER BY d.key DESC LIMIT 1 OFFSET 11), 0) \
         ORDER BY c.property, c.key"
    );
    let rows = db.rows(Statement::new("isa95_chunk", sql, vec![db.tenant(), list(db, properties)])).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, row.int(1)?, row.int(2)? as usize))).collect()
}

/// The bodies of chunks (property, key), in any order: key, body.
pub(crate) async fn bodies(db: &TenantDb, chunks: &[(i64, i64)]) -> Result<Vec<(i64, i64, Vec<u8>)>> {
    let (properties, keys): (Vec<i64>, Vec<i64>) = chunks.iter().copied().unzip();
    let sql = match db.engine() {
        Engine::Postgres => {
            "SELECT c.property, c.key, c.body FROM unnest($2::bigint[], $3::bigint[]) AS u(property, key) \
             JOIN isa95_chunk c ON c.tenant_id = $1 AND c.property = u.property AND c.key = u.key"
        }
        Engine::Sqlite => {
            "SELECT c.property, c.key, c.body FROM json_each($2) p JOIN json_each($3) k ON k.key = p.key \
             CROSS JOIN isa95_chunk c ON c.tenant_id = $1 AND c.property = p.value AND c.key = k.value"
        }
    };
    let params = vec![db.tenant(), list(db, &properties), list(db, &keys)];
    let rows = db.rows(Statement::new("isa95_chunk", sql, params)).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, row.int(1)?, row.bytes(2)?))).collect()
}

/// One stored chunk, as a question about a stretch of time finds it.
pub(crate) struct Found {
    pub key: i64,
    pub first: i64,
    pub body: Vec<u8>,
}

/// Chunks that touch `from..to`, by (first, key), after the one given.
pub(crate) async fn overlapping(
    db: &TenantDb,
    property: i64,
    (from, to): (i64, i64),
    after: Option<(i64, i64)>,
    most: i64,
) -> Result<Vec<Found>> {
    let sql = "SELECT key, first, body FROM isa95_chunk WHERE tenant_id = $1 AND property = $2 AND last >= $3 AND first < $4 \
               AND (first, key) > ($5, $6) ORDER BY first, key LIMIT $7";
    let (first, key) = after.unwrap_or((i64::MIN, i64::MIN));
    let params = vec![db.tenant(), property.into(), from.into(), to.into(), first.into(), key.into(), most.into()];
    let rows = db.rows(Statement::new("isa95_chunk", sql, params)).await?;
    rows.into_iter().map(|mut row| Ok(Found { key: row.int(0)?, first: row.int(1)?, body: row.bytes(2)? })).collect()
}
