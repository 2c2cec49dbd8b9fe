//! `isa95_chunk`: the history of each property. Of two chunks the one with the greater key came later.

use super::{list, nullable};
use crate::aggregate::Totals;
use crate::chunk::{self, Point};
use theriac_core::Result;
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Value};

/// A chunk about to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fresh {
    pub property: i64,
    pub key: i64,
    pub first: i64,
    pub last: i64,
    pub count: usize,
    pub totals: Totals,
    pub body: Vec<u8>,
}

impl Fresh {
    /// Of readings in ascending order.
    pub fn of(property: i64, key: i64, points: &[Point]) -> Result<Self> {
        let (first, last) = (points.first().map_or(0, |p| p.time), points.last().map_or(0, |p| p.time));
        let (totals, body) = (Totals::of(points), chunk::encode(points)?);
        Ok(Self { property, key, first, last, count: points.len(), totals, body })
    }
}

pub(crate) fn insert(db: &TenantDb, chunks: Vec<Fresh>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO isa95_chunk (tenant_id, property, key, first, last, count, good, low, high, total, latest, body) \
             SELECT $1, u.property, u.key, u.first, u.last, u.count, u.good, nullif(u.low, 'NaN'), nullif(u.high, 'NaN'), \
             nullif(u.total, 'NaN'), nullif(u.latest, 'NaN'), u.body FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], \
             $5::bigint[], $6::int[], $7::bigint[], $8::float8[], $9::float8[], $10::float8[], $11::float8[], $12::bytea[]) \
             AS u(property, key, first, last, count, good, low, high, total, latest, body)"
        }
        Engine::Sqlite => {
            "INSERT INTO isa95_chunk (tenant_id, property, key, first, last, count, good, low, high, total, latest, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
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
        ints(|c| c.totals.count as i64),
    ];
    let real = |of: fn(&Totals) -> f64| {
        // Of nothing there is no least and no last.
        let known = |c: &Fresh| nullable(Some(of(&c.totals)).filter(|_| c.totals.count > 0));
        Value::Reals(chunks.iter().map(known).collect())
    };
    params.extend([real(|t| t.min), real(|t| t.max), real(|t| t.sum), real(|t| t.last)]);
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

/// A chunk without its readings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    pub key: i64,
    pub first: i64,
    pub last: i64,
    pub count: usize,
    /// None where the chunk must be opened to know them.
    pub totals: Option<Totals>,
}

/// The heads of chunks that touch `from..to`, by (first, key), after the one given; no chunk is opened.
pub(crate) async fn heads(
    db: &TenantDb,
    property: i64,
    (from, to): (i64, i64),
    after: Option<(i64, i64)>,
    most: i64,
) -> Result<Vec<Head>> {
    let sql = "SELECT key, first, last, count, good, low, high, total, latest FROM isa95_chunk WHERE tenant_id = $1 \
               AND property = $2 AND last >= $3 AND first < $4 AND (first, key) > ($5, $6) ORDER BY first, key LIMIT $7";
    let (first, key) = after.unwrap_or((i64::MIN, i64::MIN));
    let params = vec![db.tenant(), property.into(), from.into(), to.into(), first.into(), key.into(), most.into()];
    let rows = db.rows(Statement::new("isa95_chunk", sql, params)).await?;
    let head = |mut row: Row| {
        let (key, first, last, count) = (row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)? as usize);
        let numbers =
            (row.maybe_int(4)?, row.maybe_real(5)?, row.maybe_real(6)?, row.maybe_real(7)?, row.maybe_real(8)?);
        let totals = match numbers {
            (Some(0), ..) => Some(Totals::default()),
            (Some(good), Some(min), Some(max), Some(sum), Some(last)) => {
                Some(Totals { count: good.unsigned_abs(), min, max, sum, last })
            }
            _ => None,
        };
        Ok(Head { key, first, last, count, totals })
    };
    rows.into_iter().map(head).collect()
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
    let found = |mut row: Row| Ok(Found { key: row.int(0)?, first: row.int(1)?, body: row.bytes(2)? });
    rows.into_iter().map(found).collect()
}
