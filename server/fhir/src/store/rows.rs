//! Index entries as statements: tokens, and the dictionaries of texts and values behind them. The ordered tables have a
//! file of their own.

use super::ordered;
use crate::search::hash::text_hash;
use crate::search::index::Index;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use theriac_core::hash::index_hash;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

fn packed(index: &Index) -> Vec<u8> {
    index.tokens.iter().flat_map(|t| t.to_le_bytes()).collect()
}

/// A PostgreSQL array literal: rows of arrays cannot be unnested, texts can.
pub(super) fn literal(numbers: &[i64]) -> String {
    let mut text = String::with_capacity(2 + numbers.len() * 20);
    text.push('{');
    for (i, number) in numbers.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = write!(text, "{}{number}", if i > 0 { "," } else { "" });
    }
    text.push('}');
    text
}

/// Hashes and texts, each once and in one order, so that writers of the same texts wait for one another in turn.
fn texts<'i>(indexes: &[&'i Index]) -> impl Iterator<Item = (i64, &'i str)> + use<'i> {
    let all: BTreeSet<&str> = indexes.iter().flat_map(|index| index.texts.iter().map(String::as_str)).collect();
    all.into_iter().map(|text| (text_hash(text), text))
}

/// Those that are not known to be there.
pub(super) fn fresh_texts(db: &TenantDb, unit: &mut Unit, indexes: &[&Index]) -> Option<(Value, Value)> {
    // The same hash stands for a value in `fhir_value`.
    let known = index_hash(&["fhir_text"]);
    let fresh: Vec<(i64, &str)> = texts(indexes).filter(|(hash, _)| !db.is_known(hash ^ known)).collect();
    unit.makes_known(&fresh.iter().map(|(hash, _)| hash ^ known).collect::<Vec<_>>());
    columns(fresh)
}

/// All, whatever is known: for rows that are made anew.
pub(super) fn all_texts(indexes: &[&Index]) -> Option<(Value, Value)> {
    columns(texts(indexes).collect())
}

fn columns(rows: Vec<(i64, &str)>) -> Option<(Value, Value)> {
    let (hashes, texts): (Vec<i64>, Vec<String>) = rows.into_iter().map(|(hash, text)| (hash, text.to_owned())).unzip();
    (!hashes.is_empty()).then_some((Value::Ints(hashes), Value::Texts(texts)))
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

/// SQLite's index rows, one statement a table.
pub(super) fn index_rows(db: &TenantDb, unit: &mut Unit, indexes: &[&Index], keys: &[i64]) {
    let tokens: Vec<(i64, i64)> =
        indexes.iter().zip(keys).flat_map(|(index, key)| index.tokens.iter().map(|token| (*token, *key))).collect();
    let (hashes, owners) = tokens.into_iter().unzip();
    let token = "INSERT INTO fhir_token (tenant_id, hash, key) VALUES ($1, $2, $3)";
    unit.push(Statement::new("fhir_token", token, vec![db.tenant(), Value::Ints(hashes), Value::Ints(owners)]).each());
    ordered::insert(db, unit, indexes, keys);
}

/// Rows of texts, in a statement of their own.
pub(super) fn text_rows(db: &TenantDb, unit: &mut Unit, texts: Option<(Value, Value)>) {
    if let Some((hashes, texts)) = texts {
        let sql = if db.engine() == Engine::Postgres { TEXT } else { TEXT_SQLITE };
        unit.push(Statement::new("fhir_text", sql, vec![db.tenant(), hashes, texts]).each());
    }
}

/// SQLite: takes out exactly these tokens, each with its resource's key.
pub(super) fn forget(db: &TenantDb, unit: &mut Unit, tokens: &[(i64, i64)]) {
    let (hashes, owners) = tokens.iter().copied().unzip();
    let sql = "DELETE FROM fhir_token WHERE tenant_id = $1 AND hash = $2 AND key = $3";
    unit.push(Statement::new("fhir_token", sql, vec![db.tenant(), Value::Ints(hashes), Value::Ints(owners)]).each());
}

/// Tokens as the column holds them: an array literal, or packed where a clustered table is searched instead and the
/// column only says what to take out of it.
pub(super) fn tokens(db: &TenantDb, indexes: &[&Index]) -> Value {
    match db.engine() {
        Engine::Postgres => Value::Texts(indexes.iter().map(|index| literal(&index.tokens)).collect()),
        Engine::Sqlite => Value::Blobs(indexes.iter().map(|index| packed(index)).collect()),
    }
}

const TEXT: &str = "INSERT INTO fhir_text (tenant_id, hash, folded) \
    SELECT $1, u.* FROM unnest($2::bigint[], $3::text[]) AS u ON CONFLICT DO NOTHING";
const TEXT_SQLITE: &str = "INSERT OR IGNORE INTO fhir_text (tenant_id, hash, folded) VALUES ($1, $2, $3)";
const VALUE: &str = "INSERT INTO fhir_value (tenant_id, hash, value) \
    SELECT $1, u.* FROM unnest($2::bigint[], $3::text[]) AS u ON CONFLICT DO NOTHING";
const VALUE_SQLITE: &str = "INSERT OR IGNORE INTO fhir_value (tenant_id, hash, value) VALUES ($1, $2, $3)";
