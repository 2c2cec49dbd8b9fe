//! The tenant's own search parameters and how far their index is; and the index rows that are added to what is stored.

mod components;

use super::ordered::{TABLES, Table};
use super::read::token_list;
use super::rows::literal;
use crate::kind;
use crate::search::index::Index;
use crate::search::parameter::{Kind, Parameter};
use crate::search::tenant::Own;
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// The mark that a unit touches when what can be indexed or searched changes.
pub(crate) const MARK: &str = "fhir.parameter";

/// A parameter with its progress.
#[derive(Debug, Clone)]
pub(crate) struct Building {
    pub own: Own,
    pub total: i64,
    pub done: i64,
    /// The key up to which resources are indexed.
    pub at: i64,
    pub started: i64,
    pub finished: i64,
}

pub(crate) async fn all(db: &TenantDb) -> Result<Vec<Building>> {
    let sql = "SELECT type, seed, code, url, kind, expression, targets, ready, total, done, at, started, finished, \
               components FROM fhir_parameter WHERE tenant_id = $1 ORDER BY code, type, seed";
    let rows = db.rows(Statement::new(MARK, sql, vec![db.tenant()])).await?;
    rows.into_iter()
        .map(|mut row| {
            let resource_type = kind::name(row.int(0)? as i16).to_owned();
            let (seed, code, url) = (row.text(1)?, row.text(2)?, row.text(3)?);
            let unknown = || Error::internal("a search parameter of an unknown type");
            let kind = Kind::from_code(&row.text(4)?).ok_or_else(unknown)?;
            let (expression, targets) = (row.text(5)?, row.text(6)?);
            let targets = targets.split(' ').filter(|t| !t.is_empty()).map(str::to_owned).collect();
            let components = components::read(&row.text(13)?)?;
            let parameter = Parameter { code, kind, expression, targets, components };
            let own = Own { resource_type, url, parameter, seed, ready: row.int(7)? != 0 };
            let (total, done, at) = (row.int(8)?, row.int(9)?, row.int(10)?);
            Ok(Building { own, total, done, at, started: row.int(11)?, finished: row.int(12)? })
        })
        .collect()
}

/// Something that changes when a parameter comes, goes or becomes ready.
pub(crate) async fn stamp(db: &TenantDb) -> Result<(i64, i64, i64)> {
    let sql =
        "SELECT count(*), coalesce(sum(ready), 0), coalesce(max(started), 0) FROM fhir_parameter WHERE tenant_id = $1";
    let row = db.row(Statement::new(MARK, sql, vec![db.tenant()])).await?;
    row.map_or(Ok((0, 0, 0)), |mut row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)))
}

fn number(own: &Own) -> Value {
    i64::from(kind::number(&own.resource_type).unwrap_or(-1)).into()
}

/// A parameter whose index is to be built.
pub(crate) fn begin(db: &TenantDb, unit: &mut Unit, own: &Own, total: i64, now: i64) {
    let sql = "INSERT INTO fhir_parameter (tenant_id, type, seed, code, url, kind, expression, targets, ready, total, done, at, \
               started, finished, components) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 0, 0, $10, 0, $11)";
    let parameter = &own.parameter;
    let params = vec![
        db.tenant(),
        number(own),
        own.seed.as_str().into(),
        parameter.code.as_str().into(),
        own.url.as_str().into(),
        parameter.kind.code().into(),
        parameter.expression.as_str().into(),
        parameter.targets.join(" ").into(),
        total.into(),
        now.into(),
        components::written(&parameter.components).into(),
    ];
    unit.push(Statement::new(MARK, sql, params)).touch(MARK);
}

pub(crate) fn drop(db: &TenantDb, unit: &mut Unit, own: &Own) {
    let sql = "DELETE FROM fhir_parameter WHERE tenant_id = $1 AND type = $2 AND seed = $3";
    unit.push(Statement::new(MARK, sql, vec![db.tenant(), number(own), own.seed.as_str().into()])).touch(MARK);
}

/// Its index is whole from now on.
pub(crate) fn ready(db: &TenantDb, unit: &mut Unit, own: &Own, now: i64) {
    let sql = "UPDATE fhir_parameter SET ready = 1, finished = $4 WHERE tenant_id = $1 AND type = $2 AND seed = $3 AND ready = 0";
    let params = vec![db.tenant(), number(own), own.seed.as_str().into(), now.into()];
    unit.push(Statement::new(MARK, sql, params).expect(1)).touch(MARK);
}

/// Moves on, if nobody else did since.
pub(crate) fn advance(db: &TenantDb, unit: &mut Unit, building: &Building, at: i64, done: i64) {
    let sql = "UPDATE fhir_parameter SET at = $5, done = done + $6 WHERE tenant_id = $1 AND type = $2 AND seed = $3 AND at = $4";
    let own = &building.own;
    let params = vec![db.tenant(), number(own), own.seed.as_str().into(), building.at.into(), at.into(), done.into()];
    unit.push(Statement::new(MARK, sql, params).expect(1));
}

pub(crate) async fn count(db: &TenantDb, kind: i16) -> Result<i64> {
    let sql = "SELECT count(*) FROM fhir_resource WHERE tenant_id = $1 AND type = $2 AND deleted = 0";
    let row = db.row(Statement::new(MARK, sql, vec![db.tenant(), i64::from(kind).into()])).await?;
    row.map_or(Ok(0), |mut row| row.int(0))
}

/// A stored resource on its way to more index rows.
#[derive(Debug)]
pub(crate) struct Present {
    pub key: i64,
    pub version: i64,
    pub updated: i64,
    pub dictionary: i16,
    pub body: Vec<u8>,
    pub tokens: Vec<i64>,
}

/// The next resources of a type above that key, changed at that time or later.
pub(crate) async fn above(db: &TenantDb, kind: i16, key: i64, since: i64, limit: i64) -> Result<Vec<Present>> {
    let sql = "SELECT r.key, r.version, r.updated, r.dictionary, r.body, r.tokens FROM fhir_resource r WHERE r.tenant_id = $1 \
               AND r.type = $2 AND r.key > $3 AND r.updated >= $4 AND r.deleted = 0 ORDER BY r.key LIMIT $5";
    let params = vec![db.tenant(), i64::from(kind).into(), key.into(), since.into(), limit.into()];
    let rows = db.rows(Statement::new(MARK, sql, params)).await?;
    rows.into_iter()
        .map(|mut row| {
            let (key, version, updated) = (row.int(0)?, row.int(1)?, row.int(2)?);
            let (dictionary, body) = (row.int(3)? as i16, row.bytes(4)?);
            Ok(Present { key, version, updated, dictionary, body, tokens: row.ints(5)? })
        })
        .collect()
}

/// Adds to what resources are found by, if they still stand at the version that was read. `numbers` are the ordered
/// indexes of the parameters: what was there of them is replaced.
pub(crate) fn add(db: &TenantDb, unit: &mut Unit, kind: i16, numbers: &[i64], all: &[(&Present, Index)]) {
    if all.is_empty() {
        return;
    }
    let ints = |of: &dyn Fn(&(&Present, Index)) -> i64| Value::Ints(all.iter().map(of).collect());
    let (keys, versions) = (ints(&|(p, _)| p.key), ints(&|(p, _)| p.version));
    let kind = Value::Int(i64::from(kind));
    match db.engine() {
        Engine::Postgres => {
            let tokens = Value::Texts(all.iter().map(|(p, index)| literal(&fresh(p, index))).collect());
            let sql = "UPDATE fhir_resource r SET tokens = r.tokens || u.add::bigint[], parts = 15 \
                       FROM unnest($3::bigint[], $4::int[], $5::text[]) AS u(key, version, add) \
                       WHERE r.tenant_id = $1 AND r.type = $2 AND r.key = u.key AND r.version = u.version";
            unit.push(Statement::new(
                "fhir_token",
                sql,
                vec![db.tenant(), kind.clone(), keys.clone(), versions, tokens],
            ));
        }
        Engine::Sqlite => {
            let tokens = all.iter().map(|(p, index)| fresh(p, index).iter().flat_map(|t| t.to_le_bytes()).collect());
            let sql = "UPDATE fhir_resource SET tokens = CAST(tokens || $5 AS BLOB), parts = 15 \
                       WHERE tenant_id = $1 AND type = $2 AND key = $3 AND version = $4";
            let params =
                vec![db.tenant(), kind.clone(), keys.clone(), versions, Value::Blobs(tokens.collect::<Vec<Vec<u8>>>())];
            unit.push(Statement::new("fhir_token", sql, params).each());
            let pairs = || all.iter().flat_map(|(p, index)| fresh(p, index).into_iter().map(|t| (t, p.key, p.version)));
            let sql = "INSERT OR IGNORE INTO fhir_token (tenant_id, hash, key) SELECT $1, $3, $4 WHERE EXISTS \
                       (SELECT 1 FROM fhir_resource WHERE tenant_id = $1 AND type = $2 AND key = $4 AND version = $5)";
            let params = vec![
                db.tenant(),
                kind.clone(),
                Value::Ints(pairs().map(|p| p.0).collect()),
                Value::Ints(pairs().map(|p| p.1).collect()),
                Value::Ints(pairs().map(|p| p.2).collect()),
            ];
            unit.push(Statement::new("fhir_token", sql, params).each());
        }
    }
    ordered(db, unit, &kind, &keys, numbers, all);
}

/// SQLite: takes out what a write left behind that had read its resource before rows were added to it: tokens of a
/// version that ended since then, which the resource no longer has. PostgreSQL has them in the resource's own row.
pub(crate) fn sweep(db: &TenantDb, unit: &mut Unit, left: &[(i64, i64)], kind: i16) {
    let (hashes, keys): (Vec<i64>, Vec<i64>) = left.iter().copied().unzip();
    let sql = "DELETE FROM fhir_token WHERE tenant_id = $1 AND hash = $2 AND key = $3 AND NOT EXISTS (SELECT 1 \
               FROM fhir_resource r, json_each(ints_json(r.tokens)) n \
               WHERE r.tenant_id = $1 AND r.type = $4 AND r.key = $3 AND n.value = $2)";
    let params = vec![db.tenant(), Value::Ints(hashes), Value::Ints(keys), i64::from(kind).into()];
    unit.push(Statement::new("fhir_token", sql, params).each());
}

/// SQLite: tokens, with their keys, of versions that ended since then and are not of the version that stands.
pub(crate) async fn left_behind(db: &TenantDb, kind: i16, since: i64) -> Result<Vec<(i64, i64)>> {
    if db.engine() == Engine::Postgres {
        return Ok(Vec::new());
    }
    let sql = "SELECT DISTINCT t.value, h.key FROM fhir_history h, json_each(ints_json(h.tokens)) t \
               JOIN fhir_token k ON k.tenant_id = $1 AND k.hash = t.value AND k.key = h.key \
               WHERE h.tenant_id = $1 AND h.type = $2 AND h.ended >= $3 AND h.tokens IS NOT NULL AND NOT EXISTS (SELECT 1 \
               FROM fhir_resource r, json_each(ints_json(r.tokens)) n \
               WHERE r.tenant_id = $1 AND r.type = $2 AND r.key = h.key AND n.value = t.value)";
    let params = vec![db.tenant(), i64::from(kind).into(), since.into()];
    let rows = db.rows(Statement::new(MARK, sql, params)).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// What is not there yet.
fn fresh(present: &Present, index: &Index) -> Vec<i64> {
    index.tokens.iter().filter(|t| !present.tokens.contains(t)).copied().collect()
}

fn ordered(db: &TenantDb, unit: &mut Unit, kind: &Value, keys: &Value, numbers: &[i64], all: &[(&Present, Index)]) {
    let found: Vec<&Index> = all.iter().map(|(_, index)| index).collect();
    let beside = [
        all.iter().map(|(present, _)| present.key).collect::<Vec<_>>(),
        all.iter().map(|(present, _)| present.version).collect(),
    ];
    for table in TABLES {
        // A position has no parameter of its own, and `near` is no parameter that is made at run time.
        if table.columns.iter().any(|column| column.name == "param") {
            unit.push(forget(db, table, keys, numbers));
            insert(db, unit, kind, table, table.rows(&found, &[&beside[0], &beside[1]]));
        }
    }
}

fn forget(db: &TenantDb, table: &Table, keys: &Value, numbers: &[i64]) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            format!("DELETE FROM {} WHERE key = ANY ($1::bigint[]) AND param = ANY ($2::int[])", table.name)
        }
        Engine::Sqlite => {
            format!("DELETE FROM {} WHERE key = $1 AND param IN (SELECT value FROM json_each($2))", table.name)
        }
    };
    Statement::new("fhir_index", sql, vec![keys.clone(), token_list(db, numbers)]).each()
}

/// Rows of one ordered index, for resources that stand at the version that was read.
fn insert(db: &TenantDb, unit: &mut Unit, kind: &Value, table: &Table, (columns, owners): (Vec<Value>, Vec<Value>)) {
    if columns.is_empty() {
        return;
    }
    let (name, names) = (table.name, table.names(""));
    let sql = match db.engine() {
        Engine::Postgres => {
            let types: String =
                table.columns.iter().enumerate().map(|(i, column)| format!(", ${}::{}[]", i + 5, column.sql)).collect();
            format!(
                "INSERT INTO {name} (tenant_id, {names}, key) SELECT $1, {}, u.key \
                 FROM unnest($3::bigint[], $4::int[]{types}) AS u(key, version, {names}) JOIN fhir_resource r \
                 ON r.tenant_id = $1 AND r.type = $2 AND r.key = u.key AND r.version = u.version",
                table.names("u.")
            )
        }
        Engine::Sqlite => {
            let values: String = (0..columns.len()).map(|i| format!(", ${}", i + 5)).collect();
            format!(
                "INSERT OR IGNORE INTO {name} (tenant_id, {names}, key) SELECT $1{values}, $3 WHERE EXISTS \
                 (SELECT 1 FROM fhir_resource WHERE tenant_id = $1 AND type = $2 AND key = $3 AND version = $4)"
            )
        }
    };
    let params = [db.tenant(), kind.clone()].into_iter().chain(owners).chain(columns).collect();
    unit.push(Statement::new("fhir_index", sql, params).each());
}
