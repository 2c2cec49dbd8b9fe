//! Rows of what resources contain: written with a version of the container, and never changed (docs/adr/0004).

use super::rows;
use super::writing::Writing;
use crate::search::index::Index;
use crate::{kind, store::ordered};
use theriac_core::{Keys, Result};
use theriac_platform::Context;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// The rows of what these contain, if they contain anything: containers by key and version, each with its index.
pub(super) fn insert(context: &Context, unit: &mut Unit, containers: &[(i64, i64)], indexes: &[&Index]) {
    let all =
        || containers.iter().zip(indexes).flat_map(|(of, index)| index.contained.iter().map(move |inner| (of, inner)));
    let indexes: Vec<&Index> = all().map(|(_, inner)| &inner.index).collect();
    if indexes.is_empty() {
        return;
    }
    let db = &context.db;
    let first = context.keys.range(&context.clock, indexes.len());
    let keys: Vec<i64> = (0..indexes.len() as i64).map(|i| first + i * Keys::STEP).collect();
    let number = |name: &str| i64::from(kind::number(name).unwrap_or(-1));
    let columns = [
        (Value::Ints(all().map(|(of, _)| of.0).collect()), "bigint[]"),
        (Value::Ints(all().map(|(of, _)| of.1).collect()), "int[]"),
        (Value::Texts(indexes.iter().map(|index| index.id.clone()).collect()), "text[]"),
        (keys.clone().into(), "bigint[]"),
        (Value::Ints(all().map(|(_, inner)| number(&inner.resource_type)).collect()), "int[]"),
        (Value::Ints(indexes.iter().map(|index| index.own).collect()), "bigint[]"),
        (rows::tokens(db, &indexes), "text[]"),
    ];
    match db.engine() {
        Engine::Postgres => {
            let mut writing = Writing::new(db.tenant());
            let arrays = writing.bind_all(columns);
            writing.part(
                "c",
                &format!("{INSERT} FROM unnest({arrays}) AS u(container, version, id, key, type, self, tokens)"),
            );
            writing.insert(&indexes, &keys);
            if let Some(texts) = rows::all_texts(&indexes) {
                writing.texts(texts);
            }
            unit.push(writing.end("fhir_contained", "SELECT 1"));
        }
        Engine::Sqlite => {
            let params = [db.tenant()].into_iter().chain(columns.map(|(value, _)| value)).collect();
            unit.push(Statement::new("fhir_contained", INSERT_SQLITE, params).each());
            rows::index_rows(db, unit, &indexes, &keys);
            rows::text_rows(db, unit, rows::all_texts(&indexes));
        }
    }
}

/// A row that is there, and on SQLite its tokens.
pub(super) struct Inside {
    pub container: i64,
    pub version: i64,
    key: i64,
    tokens: Vec<i64>,
}

/// What these contain, in all their versions.
pub(super) async fn of(db: &TenantDb, containers: &[i64]) -> Result<Vec<Inside>> {
    let (tokens, among, list) = match db.engine() {
        Engine::Postgres => ("'{}'::bigint[]", "= ANY ($2::bigint[])", Value::from(containers.to_vec())),
        Engine::Sqlite => {
            ("tokens", "IN (SELECT value FROM json_each($2))", serde_json::json!(containers).to_string().into())
        }
    };
    let sql = format!(
        "SELECT container, version, key, {tokens} FROM fhir_contained WHERE tenant_id = $1 AND container {among}"
    );
    let rows = db.rows(Statement::new("fhir_contained", sql, vec![db.tenant(), list])).await?;
    let inside = |mut row: theriac_platform::db::Row| {
        Ok(Inside { container: row.int(0)?, version: row.int(1)?, key: row.int(2)?, tokens: row.ints(3)? })
    };
    rows.into_iter().map(inside).collect()
}

/// Takes these out, with all that they are found by.
pub(super) fn forget(db: &TenantDb, unit: &mut Unit, all: &[&Inside]) {
    if all.is_empty() {
        return;
    }
    let keys: Vec<i64> = all.iter().map(|one| one.key).collect();
    match db.engine() {
        Engine::Postgres => {
            let mut writing = Writing::new(db.tenant());
            let owned = writing.bind(keys.into(), "bigint[]");
            writing.forget(&ordered::among([ordered::ALL]).collect::<Vec<_>>(), &owned);
            writing.part("c", &format!("DELETE FROM fhir_contained WHERE tenant_id = $1 AND key = ANY ({owned})"));
            unit.push(writing.end("fhir_contained", "SELECT 1"));
        }
        Engine::Sqlite => {
            let tokens: Vec<_> = all.iter().flat_map(|one| one.tokens.iter().map(|t| (*t, one.key))).collect();
            rows::forget(db, unit, &tokens);
            ordered::forget(unit, [ordered::ALL], &keys);
            let sql = "DELETE FROM fhir_contained WHERE key = $1";
            unit.push(Statement::new("fhir_contained", sql, vec![keys.into()]).each());
        }
    }
}

const INSERT: &str = "INSERT INTO fhir_contained (tenant_id, container, version, id, key, type, self, tokens) \
    SELECT $1, u.container, u.version, u.id, u.key, u.type, u.self, u.tokens::bigint[]";
const INSERT_SQLITE: &str = "INSERT INTO fhir_contained (tenant_id, container, version, id, key, type, self, tokens) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
