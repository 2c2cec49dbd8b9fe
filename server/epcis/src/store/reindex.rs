//! Rows of the index, written again for events that are there.

use super::word::{self, Word};
use super::{event, unpack};
use crate::index::Index;
use std::collections::BTreeSet;
use theriac_core::Result;
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

/// An event's index as it is made now.
pub(crate) struct Again {
    pub key: i64,
    pub index: Index,
}

/// Where to go on; nothing if the index is of this version.
pub(crate) async fn progress(db: &TenantDb, version: i64) -> Result<Option<i64>> {
    let sql = "SELECT version, key FROM epcis_indexed WHERE tenant_id = $1";
    let Some(mut row) = db.row(Statement::new("epcis_indexed", sql, vec![db.tenant()])).await? else {
        return Ok(Some(0));
    };
    Ok(match row.int(0)? {
        made if made == version => None,
        // Of version 0 is what is on its way; any other version begins again.
        0 => Some(row.int(1)?),
        _ => Some(0),
    })
}

pub(crate) fn keep(db: &TenantDb, version: i64, key: i64, unit: &mut Unit) {
    let sql = "INSERT INTO epcis_indexed (tenant_id, version, key) VALUES ($1, $2, $3) \
               ON CONFLICT (tenant_id) DO UPDATE SET version = excluded.version, key = excluded.key";
    unit.push(Statement::new("epcis_indexed", sql, vec![db.tenant(), version.into(), key.into()]));
}

/// Keys and bodies of the next events.
pub(crate) async fn behind(db: &TenantDb, after: i64, most: i64) -> Result<Vec<(i64, Vec<u8>)>> {
    let sql = "SELECT key, body FROM epcis_event WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3";
    let rows = db.rows(Statement::new("epcis_event", sql, vec![db.tenant(), after.into(), most.into()])).await?;
    rows.into_iter().map(|mut row: Row| Ok((row.int(0)?, unpack(&row.bytes(1)?)?))).collect()
}

pub(crate) fn replace(db: &TenantDb, events: Vec<Again>, words: BTreeSet<Word>, unit: &mut Unit) {
    if events.is_empty() {
        return;
    }
    let keys: Vec<i64> = events.iter().map(|e| e.key).collect();
    let sql = match db.engine() {
        Engine::Postgres => "DELETE FROM epcis_value WHERE tenant_id = $1 AND key = ANY($2::bigint[])",
        Engine::Sqlite => "DELETE FROM epcis_value WHERE tenant_id = $1 AND key = $2",
    };
    unit.push(Statement::new("epcis_value", sql, vec![db.tenant(), Value::Ints(keys)]).each());
    unit.push(terms(db, &events));
    event::values(db, events.iter().map(|e| (e.key, &e.index)), unit);
    word::add(db, words, unit);
}

fn terms(db: &TenantDb, events: &[Again]) -> Statement {
    if db.engine() == Engine::Postgres {
        let sql = "UPDATE epcis_event SET tokens = u.tokens::bigint[] \
                   FROM unnest($2::bigint[], $3::text[]) AS u(key, tokens) \
                   WHERE epcis_event.tenant_id = $1 AND epcis_event.key = u.key";
        let keys = events.iter().map(|e| e.key).collect();
        let tokens = events.iter().map(|e| event::literal(&e.index.terms)).collect();
        return Statement::new("epcis_event", sql, vec![db.tenant(), Value::Ints(keys), Value::Texts(tokens)]);
    }
    let pairs = events.iter().flat_map(|e| e.index.terms.iter().map(|term| (*term, e.key)));
    let (hashes, keys) = pairs.unzip();
    let sql = "INSERT INTO epcis_token (tenant_id, hash, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Statement::new("epcis_token", sql, vec![db.tenant(), Value::Ints(hashes), Value::Ints(keys)]).each()
}
