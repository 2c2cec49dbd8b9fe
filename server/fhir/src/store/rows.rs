//! Index entries as rows: arrays for PostgreSQL's `unnest`, one statement a table on SQLite.

use crate::search::hash::text_hash;
use crate::search::index::{Index, NumberRow, Place, Range};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

fn packed(index: &Index) -> Vec<u8> {
    index.tokens.iter().flat_map(|t| t.to_le_bytes()).collect()
}

/// A PostgreSQL array literal: rows of arrays cannot be unnested, texts can.
fn literal(numbers: &[i64]) -> String {
    let mut text = String::with_capacity(2 + numbers.len() * 20);
    text.push('{');
    for (i, number) in numbers.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = write!(text, "{}{number}", if i > 0 { "," } else { "" });
    }
    text.push('}');
    text
}

/// Rows of the ordered indexes, flattened, each with its resource's key: dates, numbers, strings; then texts.
pub(super) fn ordered(indexes: &[&Index], keys: &[i64]) -> Vec<Value> {
    let mut values = dates(indexes, keys);
    values.extend(numbers(indexes, keys));
    values.extend(strings(indexes, keys));
    values.extend(texts(indexes));
    values
}

fn flat<'d, R: 'd>(indexes: &'d [&Index], keys: &'d [i64], of: fn(&'d Index) -> &'d [R]) -> Vec<(i64, &'d R)> {
    indexes.iter().zip(keys).flat_map(|(index, key)| of(index).iter().map(move |row| (*key, row))).collect()
}

fn dates(indexes: &[&Index], keys: &[i64]) -> Vec<Value> {
    let rows = flat(indexes, keys, |i| &i.dates);
    let ints = |of: &dyn Fn(&(i64, &Range)) -> i64| Value::Ints(rows.iter().map(of).collect());
    vec![ints(&|r| i64::from(r.1.param)), ints(&|r| r.1.lo), ints(&|r| r.1.hi), ints(&|r| r.0)]
}

fn numbers(indexes: &[&Index], keys: &[i64]) -> Vec<Value> {
    let rows = flat(indexes, keys, |i| &i.numbers);
    let reals = |of: &dyn Fn(&NumberRow) -> f64| Value::Reals(rows.iter().map(|r| of(r.1)).collect());
    vec![
        Value::Ints(rows.iter().map(|r| i64::from(r.1.param)).collect()),
        Value::Ints(rows.iter().map(|r| i64::from(r.1.code)).collect()),
        Value::Ints(rows.iter().map(|r| r.1.unit).collect()),
        reals(&|r| r.lo),
        reals(&|r| r.hi),
        reals(&|r| r.low),
        reals(&|r| r.high),
        Value::Ints(rows.iter().map(|r| r.0).collect()),
    ]
}

/// Hashes and texts, each once and in one order, so that writers of the same texts wait for one another in turn.
fn texts(indexes: &[&Index]) -> Vec<Value> {
    let all: BTreeSet<&str> = indexes.iter().flat_map(|index| index.texts.iter().map(String::as_str)).collect();
    let hashes = all.iter().map(|text| text_hash(text)).collect();
    vec![Value::Ints(hashes), Value::Texts(all.into_iter().map(str::to_owned).collect())]
}

/// Few resources have a position: those that have one get a statement of their own.
pub(super) fn places(db: &TenantDb, unit: &mut Unit, indexes: &[&Index], keys: &[i64]) {
    let rows = flat(indexes, keys, |i| &i.places);
    if rows.is_empty() {
        return;
    }
    let reals = |of: &dyn Fn(&Place) -> f64| Value::Reals(rows.iter().map(|r| of(r.1)).collect());
    let owners = Value::Ints(rows.iter().map(|r| r.0).collect());
    let params = vec![db.tenant(), reals(&|p| p.x), reals(&|p| p.y), reals(&|p| p.z), owners];
    unit.push(match db.engine() {
        Engine::Postgres => Statement::new("fhir_place", PLACE, params),
        Engine::Sqlite => Statement::new("fhir_place", PLACE_SQLITE, params).each(),
    });
}

/// What hashes were made of, where it is not known to be there: in one order, so that writers of the same wait for one
/// another in turn.
pub(super) fn values(db: &TenantDb, unit: &mut Unit, indexes: &[&Index]) {
    let all = indexes.iter().flat_map(|index| &index.values).filter(|(hash, _)| !db.is_known(*hash));
    let fresh: BTreeMap<i64, &str> = all.map(|(hash, value)| (*hash, value.as_str())).collect();
    if fresh.is_empty() {
        return;
    }
    let sql = if db.engine() == Engine::Postgres { VALUE } else { VALUE_SQLITE };
    let hashes: Vec<i64> = fresh.keys().copied().collect();
    let texts = Value::Texts(fresh.into_values().map(str::to_owned).collect());
    unit.makes_known(&hashes);
    unit.push(Statement::new("fhir_value", sql, vec![db.tenant(), hashes.into(), texts]).each());
}

fn strings(indexes: &[&Index], keys: &[i64]) -> Vec<Value> {
    let rows = flat(indexes, keys, |i| &i.strings);
    vec![
        Value::Ints(rows.iter().map(|r| i64::from(r.1.param)).collect()),
        Value::Texts(rows.iter().map(|r| r.1.folded.clone()).collect()),
        Value::Ints(rows.iter().map(|r| r.1.exact).collect()),
        Value::Ints(rows.iter().map(|r| r.0).collect()),
    ]
}

/// SQLite's index rows, one statement a table.
pub(super) fn index_rows(db: &TenantDb, unit: &mut Unit, indexes: &[&Index], keys: &[i64]) {
    let tokens = flat(indexes, keys, |i| &i.tokens);
    let hashes = Value::Ints(tokens.iter().map(|t| *t.1).collect());
    let owners = Value::Ints(tokens.iter().map(|t| t.0).collect());
    let token = "INSERT INTO fhir_token (tenant_id, hash, key) VALUES ($1, $2, $3)";
    unit.push(Statement::new("fhir_token", token, vec![db.tenant(), hashes, owners]).each());
    for (sql, columns) in [
        (DATE_SQLITE, dates(indexes, keys)),
        (NUMBER_SQLITE, numbers(indexes, keys)),
        (STRING_SQLITE, strings(indexes, keys)),
        (TEXT_SQLITE, texts(indexes)),
    ] {
        let mut params = vec![db.tenant()];
        params.extend(columns);
        unit.push(Statement::new("fhir_index", sql, params).each());
    }
}

/// SQLite: takes out exactly these tokens, each with its resource's key, and all ordered rows of the keys.
pub(super) fn forget(db: &TenantDb, unit: &mut Unit, tokens: &[(i64, i64)], keys: &[i64]) {
    let hashes = Value::Ints(tokens.iter().map(|p| p.0).collect());
    let owners = Value::Ints(tokens.iter().map(|p| p.1).collect());
    let sql = "DELETE FROM fhir_token WHERE tenant_id = $1 AND hash = $2 AND key = $3";
    unit.push(Statement::new("fhir_token", sql, vec![db.tenant(), hashes, owners]).each());
    for sql in FORGET_SQLITE {
        unit.push(Statement::new("fhir_index", *sql, vec![keys.to_vec().into()]).each());
    }
}

/// Tokens as the column holds them: an array literal, or packed where a clustered table is searched instead and the
/// column only says what to take out of it.
pub(super) fn tokens(db: &TenantDb, indexes: &[&Index]) -> Value {
    match db.engine() {
        Engine::Postgres => Value::Texts(indexes.iter().map(|index| literal(&index.tokens)).collect()),
        Engine::Sqlite => Value::Blobs(indexes.iter().map(|index| packed(index)).collect()),
    }
}

const FORGET_SQLITE: &[&str] = &[
    "DELETE FROM fhir_date WHERE key = $1",
    "DELETE FROM fhir_number WHERE key = $1",
    "DELETE FROM fhir_string WHERE key = $1",
    "DELETE FROM fhir_place WHERE key = $1",
];

const DATE_SQLITE: &str = "INSERT OR IGNORE INTO fhir_date (tenant_id, param, lo, hi, key) VALUES ($1, $2, $3, $4, $5)";
const NUMBER_SQLITE: &str = "INSERT OR IGNORE INTO fhir_number (tenant_id, param, code, unit, lo, hi, low, high, key) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const TEXT_SQLITE: &str = "INSERT OR IGNORE INTO fhir_text (tenant_id, hash, folded) VALUES ($1, $2, $3)";
const VALUE: &str = "INSERT INTO fhir_value (tenant_id, hash, value) \
    SELECT $1, u.* FROM unnest($2::bigint[], $3::text[]) AS u ON CONFLICT DO NOTHING";
const VALUE_SQLITE: &str = "INSERT OR IGNORE INTO fhir_value (tenant_id, hash, value) VALUES ($1, $2, $3)";
const PLACE_SQLITE: &str = "INSERT INTO fhir_place (tenant_id, x, y, z, key) VALUES ($1, $2, $3, $4, $5)";
const PLACE: &str = "INSERT INTO fhir_place (tenant_id, x, y, z, key) \
    SELECT $1, u.* FROM unnest($2::float8[], $3::float8[], $4::float8[], $5::bigint[]) AS u";
const STRING_SQLITE: &str =
    "INSERT OR IGNORE INTO fhir_string (tenant_id, param, folded, exact, key) VALUES ($1, $2, $3, $4, $5)";
