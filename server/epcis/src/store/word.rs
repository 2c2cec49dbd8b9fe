//! The words that events use: each business step, disposition, event type, read point and location once.

use crate::query::AnyOf;
use std::collections::BTreeSet;
use theriac_core::Result;
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

/// A word of a field, with the index term of both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    pub field: &'static str,
    pub hash: i64,
    pub value: String,
}

/// Adds those that are not there yet; in one order, so that two writers never wait for each other.
pub(crate) fn add(db: &TenantDb, words: BTreeSet<Word>, unit: &mut Unit) {
    if words.is_empty() {
        return;
    }
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO epcis_word (tenant_id, field, hash, value) \
             SELECT $1, u.field, u.hash, u.value FROM unnest($2::text[], $3::bigint[], $4::text[]) \
             AS u(field, hash, value) ON CONFLICT DO NOTHING"
        }
        Engine::Sqlite => {
            "INSERT INTO epcis_word (tenant_id, field, hash, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
        }
    };
    let (mut fields, mut hashes, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for word in words {
        fields.push(word.field.to_owned());
        hashes.push(word.hash);
        values.push(word.value);
    }
    let params = vec![db.tenant(), Value::Texts(fields), Value::Ints(hashes), Value::Texts(values)];
    unit.push(Statement::new("epcis_word", sql, params).each());
}

/// The words of a field behind a hash, in the order of their hashes; of a caller who sees some events only, those
/// that its events use.
pub(crate) async fn list(
    db: &TenantDb,
    field: &'static str,
    after: Option<i64>,
    sight: Option<&AnyOf>,
    most: i64,
) -> Result<Vec<Word>> {
    let mut params = vec![db.tenant(), field.into(), after.is_some().into(), after.unwrap_or(0).into(), most.into()];
    let seen = sight.map_or(String::new(), |terms| format!(" AND {}", seen(db, "w.hash", terms, &mut params)));
    let sql = format!(
        "SELECT w.hash, w.value FROM epcis_word w WHERE w.tenant_id = $1 AND w.field = $2 \
         AND ($3 = 0 OR w.hash > $4){seen} ORDER BY w.hash LIMIT $5"
    );
    let rows = db.rows(Statement::new("epcis_word", portable(db, sql), params)).await?;
    rows.into_iter().map(|mut row| Ok(Word { field, hash: row.int(0)?, value: row.text(1)? })).collect()
}

/// Which of these terms stand in the index of an event that the caller sees.
pub(crate) async fn used(db: &TenantDb, hashes: Vec<i64>, sight: Option<&AnyOf>) -> Result<BTreeSet<i64>> {
    let list = match db.engine() {
        Engine::Postgres => Value::Ints(hashes),
        Engine::Sqlite => Value::Text(serde_json::json!(hashes).to_string()),
    };
    let mut params = vec![db.tenant(), list];
    let sql = match (db.engine(), sight) {
        (Engine::Postgres, None) => {
            "SELECT h FROM unnest($2::bigint[]) AS h WHERE EXISTS (SELECT 1 FROM epcis_captured e \
             WHERE e.tenant_id = $1 AND e.tokens @> ARRAY[h])"
                .to_owned()
        }
        (Engine::Postgres, Some(terms)) => {
            let seen = seen(db, "h", terms, &mut params);
            format!("SELECT h FROM unnest($2::bigint[]) AS h WHERE {seen}")
        }
        (Engine::Sqlite, None) => "SELECT j.value FROM json_each($2) j WHERE EXISTS (SELECT 1 FROM epcis_token t \
             WHERE t.tenant_id = $1 AND t.hash = j.value)"
            .to_owned(),
        (Engine::Sqlite, Some(terms)) => {
            let seen = seen(db, "j.value", terms, &mut params);
            format!("SELECT j.value FROM json_each($2) j WHERE {seen}")
        }
    };
    let rows = db.rows(Statement::new("epcis_event", sql, params)).await?;
    rows.into_iter().map(|mut row| row.int(0)).collect()
}

/// SQL: an event with the term `hash` and with one of the terms.
fn seen(db: &TenantDb, hash: &str, terms: &AnyOf, params: &mut Vec<Value>) -> String {
    if db.engine() == Engine::Postgres {
        params.push(terms.terms.clone().into());
        let own = params.len();
        return format!(
            "EXISTS (SELECT 1 FROM epcis_captured e WHERE e.tenant_id = $1 AND e.tokens @> ARRAY[{hash}] \
             AND e.tokens && ${own}::bigint[])"
        );
    }
    let first = params.len() + 1;
    params.extend(terms.terms.iter().map(|term| Value::Int(*term)));
    let own: Vec<String> = (first..=params.len()).map(|n| format!("${n}")).collect();
    format!(
        "EXISTS (SELECT 1 FROM epcis_token t JOIN epcis_token p ON p.tenant_id = $1 AND p.hash IN ({}) \
         AND p.key = t.key WHERE t.tenant_id = $1 AND t.hash = {hash})",
        own.join(", ")
    )
}

/// PostgreSQL wants the type of a parameter that stands beside a literal alone.
fn portable(db: &TenantDb, sql: String) -> String {
    if db.engine() == Engine::Postgres { sql.replace("$3 = 0", "$3::bigint = 0") } else { sql }
}

/// EPCs of items behind one, in their order.
pub(crate) async fn epcs(db: &TenantDb, after: &str, most: i64) -> Result<Vec<String>> {
    let sql = "SELECT epc FROM epcis_item WHERE tenant_id = $1 AND epc > $2 ORDER BY epc LIMIT $3";
    let rows = db.rows(Statement::new("epcis_item", sql, vec![db.tenant(), after.into(), most.into()])).await?;
    rows.into_iter().map(|mut row: Row| row.text(0)).collect()
}
