//! Events and their index terms.
//!
//! On PostgreSQL the terms stand in the row as an array under a GIN index; on SQLite they are rows of
//! their own, clustered by term.

use super::unpack;
use crate::index::Index;
use std::fmt::Write;
use theriac_core::Result;
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

pub(crate) struct NewEvent {
    pub key: i64,
    pub event_time: i64,
    /// 0, or the time of an error declaration: one event may be declared wrong again and again.
    pub declared: i64,
    pub event_id: String,
    pub index: Index,
    /// Packed.
    pub body: Vec<u8>,
}

pub(crate) fn insert(db: &TenantDb, events: Vec<NewEvent>, unit: &mut Unit) {
    if events.is_empty() {
        return;
    }
    let tokens = match db.engine() {
        Engine::Postgres => Value::Texts(events.iter().map(|e| literal(&e.index.terms)).collect()),
        Engine::Sqlite => Value::Bytes(Vec::new()),
    };
    if db.engine() == Engine::Sqlite {
        unit.push(tokens_by_row(db, &events));
    }
    values(db, events.iter().map(|e| (e.key, &e.index)), unit);
    let (mut keys, mut times, mut declared) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ids, mut bodies) = (Vec::new(), Vec::new());
    for event in events {
        keys.push(event.key);
        times.push(event.event_time);
        declared.push(event.declared);
        ids.push(event.event_id);
        bodies.push(event.body);
    }
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO epcis_event (tenant_id, key, event_time, declared, event_id, tokens, body) \
             SELECT $1, u.key, u.event_time, u.declared, u.event_id, u.tokens::bigint[], u.body \
             FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bytea[]) \
             AS u(key, event_time, declared, event_id, tokens, body)"
        }
        Engine::Sqlite => {
            "INSERT INTO epcis_event (tenant_id, key, event_time, declared, event_id, tokens, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        }
    };
    let params = vec![
        db.tenant(),
        Value::Ints(keys),
        Value::Ints(times),
        Value::Ints(declared),
        Value::Texts(ids),
        tokens,
        Value::Blobs(bodies),
    ];
    unit.push(Statement::new("epcis_event", sql, params).each());
}

/// An array in PostgreSQL's text form: arrays of arrays cannot be unnested row by row.
pub(super) fn literal(tokens: &[i64]) -> String {
    let mut text = String::with_capacity(tokens.len() * 21 + 2);
    text.push('{');
    for (i, token) in tokens.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = write!(text, "{}{token}", if i == 0 { "" } else { "," });
    }
    text.push('}');
    text
}

/// In the order of the index, so that neighbours go to one page.
fn tokens_by_row(db: &TenantDb, events: &[NewEvent]) -> Statement {
    let mut pairs: Vec<(i64, i64)> = events.iter().flat_map(|e| e.index.terms.iter().map(|t| (*t, e.key))).collect();
    pairs.sort_unstable();
    let (hashes, keys) = pairs.into_iter().unzip();
    let sql = "INSERT INTO epcis_token (tenant_id, hash, key) VALUES ($1, $2, $3)";
    Statement::new("epcis_token", sql, vec![db.tenant(), Value::Ints(hashes), Value::Ints(keys)]).each()
}

/// The numbers of events, in the order of their index.
pub(super) fn values<'i>(db: &TenantDb, events: impl Iterator<Item = (i64, &'i Index)>, unit: &mut Unit) {
    let mut rows: Vec<(i64, f64, i64)> = events
        .flat_map(|(key, index)| index.values.iter().map(move |(field, number)| (*field, *number, key)))
        .collect();
    if rows.is_empty() {
        return;
    }
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let (mut fields, mut numbers, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for (field, number, key) in rows {
        fields.push(field);
        numbers.push(number);
        keys.push(key);
    }
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO epcis_value (tenant_id, field, number, key) SELECT $1, u.field, u.number, u.key              FROM unnest($2::bigint[], $3::float8[], $4::bigint[]) AS u(field, number, key)"
        }
        Engine::Sqlite => "INSERT INTO epcis_value (tenant_id, field, number, key) VALUES ($1, $2, $3, $4)",
    };
    let params = vec![db.tenant(), Value::Ints(fields), Value::Reals(numbers), Value::Ints(keys)];
    unit.push(Statement::new("epcis_value", sql, params).each());
}

/// An event that is there already.
pub(crate) struct Known {
    pub event_id: String,
    pub declared: i64,
    pub body: Vec<u8>,
}

pub(crate) async fn known(db: &TenantDb, ids: Vec<String>) -> Result<Vec<Known>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = match db.engine() {
        Engine::Postgres => {
            "SELECT event_id, declared, body FROM epcis_event WHERE tenant_id = $1 AND event_id = ANY($2::text[])"
        }
        Engine::Sqlite => {
            "SELECT event_id, declared, body FROM epcis_event \
             WHERE tenant_id = $1 AND event_id IN (SELECT value FROM json_each($2))"
        }
    };
    let rows = db.rows(Statement::new("epcis_event", sql, vec![db.tenant(), Value::Texts(ids)])).await?;
    let read =
        |mut row: Row| Ok(Known { event_id: row.text(0)?, declared: row.int(1)?, body: unpack(&row.bytes(2)?)? });
    rows.into_iter().map(read).collect()
}
