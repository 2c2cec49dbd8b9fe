//! Writing versions: new resources, and new versions of existing ones, many at once.
//!
//! On PostgreSQL each is one statement over arrays; on SQLite, where a statement is a function call, a few.
//! That nobody else was faster is proven by keys and guards, not looked up: the primary key of
//! `fhir_resource` on creation, the version that is replaced on change.

use crate::body::DICTIONARY;
use crate::canonical::tenant as canonical;
use crate::document::Draft;
use crate::search::index::Index;
use crate::store::contained;
use crate::store::ordered::{self, Table};
use crate::store::read::Standing;
use crate::store::rows;
use crate::store::writing::Writing;
use std::fmt::Write;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};
use theriac_platform::{Context, revision};

/// Names the guard of both forms in a lost race.
pub(crate) const RACE: &str = "fhir_resource";

/// New resources.
pub(crate) fn create(context: &Context, unit: &mut Unit, drafts: &[&Draft]) {
    if drafts.is_empty() {
        return;
    }
    let db = &context.db;
    touch(db, unit, drafts.iter());
    let first = context.keys.range(&context.clock, drafts.len());
    let keys: Vec<i64> = (0..drafts.len() as i64).map(|i| first + i * theriac_core::Keys::STEP).collect();
    let indexes = indexes(drafts);
    match db.engine() {
        Engine::Postgres => {
            let statement = creation(db, unit, drafts, &keys);
            unit.push(statement);
        }
        Engine::Sqlite => {
            let mut params = vec![db.tenant()];
            params.extend(columns(db, drafts).map(|(value, _)| value));
            params.push(keys.clone().into());
            unit.push(step_on(db));
            unit.push(Statement::new(RACE, CREATE_SQLITE, params).each());
            rows::index_rows(db, unit, &indexes, &keys);
            let texts = rows::fresh_texts(db, unit, &indexes);
            rows::text_rows(db, unit, texts);
        }
    }
    rows::values(db, unit, &indexes);
    insides(context, unit, drafts, &keys);
}

/// What versions contain is written with them.
fn insides(context: &Context, unit: &mut Unit, drafts: &[&Draft], keys: &[i64]) {
    let containers: Vec<(i64, i64)> = drafts.iter().zip(keys).map(|(draft, key)| (*key, draft.version)).collect();
    contained::insert(context, unit, &containers, &indexes(drafts));
}

/// A new version of an existing resource, and where that stood when it was read. A tombstone is a version too.
pub(crate) struct Change<'a> {
    pub draft: &'a Draft,
    pub from: &'a Standing,
}

pub(crate) fn change(context: &Context, unit: &mut Unit, changes: &[Change<'_>]) {
    if changes.is_empty() {
        return;
    }
    let db = &context.db;
    let drafts: Vec<&Draft> = changes.iter().map(|c| c.draft).collect();
    touch(db, unit, drafts.iter());
    match db.engine() {
        Engine::Postgres => {
            let statement = exchange(db, unit, changes, &drafts);
            unit.push(statement);
        }
        Engine::Sqlite => exchange_sqlite(db, unit, changes, &drafts),
    }
    rows::values(db, unit, &indexes(&drafts));
    insides(context, unit, &drafts, &changes.iter().map(|c| c.from.key).collect::<Vec<_>>());
}

/// PostgreSQL: versions and all that they are found by.
fn creation(db: &TenantDb, unit: &mut Unit, drafts: &[&Draft], keys: &[i64]) -> Statement {
    let indexes = indexes(drafts);
    let mut writing = Writing::new(db.tenant());
    let arrays = writing.bind_all(columns(db, drafts).chain([(keys.to_vec().into(), "bigint[]")]));
    writing.part(
        "r",
        &format!(
            "INSERT INTO fhir_resource (tenant_id, type, id, dictionary, version, self, updated, deleted, tokens, body, parts, key) \
             SELECT $1, u.type, u.id, u.dictionary, u.version, u.self, u.updated, u.deleted, u.tokens::bigint[], u.body, u.parts, u.key \
             FROM unnest({arrays}) AS u(type, id, dictionary, version, self, updated, deleted, tokens, body, parts, key)"
        ),
    );
    writing.insert(&indexes, keys);
    if let Some(texts) = rows::fresh_texts(db, unit, &indexes) {
        writing.texts(texts);
    }
    writing.end(RACE, "SELECT 1")
}

/// PostgreSQL: the old version goes to history with all it was found by, the new one takes its place, index rows are
/// exchanged; a resource that no longer stands at the version that was read makes the count differ, and the whole is undone.
fn exchange(db: &TenantDb, unit: &mut Unit, changes: &[Change<'_>], drafts: &[&Draft]) -> Statement {
    let indexes = indexes(drafts);
    let keys: Vec<i64> = changes.iter().map(|c| c.from.key).collect();
    let old = Value::Ints(changes.iter().map(|c| c.from.version).collect());
    let before: Vec<&Table> = ordered::among(changes.iter().map(|c| c.from.parts)).collect();
    let mut writing = Writing::new(db.tenant());
    let owned = writing.bind(keys.clone().into(), "bigint[]");
    let arrays = writing.bind_all(columns(db, drafts).chain([(old, "int[]")]));
    writing.part(
        "fhir_next",
        &format!(
            "SELECT * FROM unnest({arrays}, {owned}) \
             AS u(type, id, dictionary, version, self, updated, deleted, tokens, body, parts, old, key)"
        ),
    );
    writing.forget(&before, &owned);
    writing.part("h", &keep(&before));
    writing.part(
        "fhir_changed",
        "UPDATE fhir_resource r SET dictionary = u.dictionary, version = u.version, updated = u.updated, deleted = u.deleted, \
         tokens = u.tokens::bigint[], body = u.body, parts = u.parts, pos = DEFAULT FROM fhir_next u \
         WHERE r.tenant_id = $1 AND r.type = u.type AND r.key = u.key AND r.version = u.old RETURNING 1",
    );
    writing.insert(&indexes, &keys);
    if let Some(texts) = rows::fresh_texts(db, unit, &indexes) {
        writing.texts(texts);
    }
    let expected = writing.bind((drafts.len() as i64).into(), "bigint");
    writing.end(RACE, &format!("SELECT platform_expect((SELECT count(*) FROM fhir_changed), {expected})"))
}

/// The version that ends, with the ordered rows that were taken out, as arrays.
fn keep(before: &[&Table]) -> String {
    let (mut names, mut arrays, mut joins) = (String::new(), String::new(), String::new());
    for table in before {
        let mut collected = String::new();
        for column in table.columns {
            // Writing to a String does not fail.
            let _ = write!(names, ", {}", column.kept);
            let _ = write!(arrays, ", {}.{}", table.name, column.kept);
            let _ = write!(collected, ", array_agg({}) AS {}", column.name, column.kept);
        }
        let _ = write!(
            joins,
            " LEFT JOIN (SELECT key{collected} FROM old_{name} GROUP BY key) {name} ON {name}.key = u.key",
            name = table.name
        );
    }
    format!(
        "INSERT INTO fhir_history (tenant_id, type, id, dictionary, version, updated, deleted, body, pos, ended, key, self, \
         tokens{names}) SELECT r.tenant_id, r.type, r.id, r.dictionary, r.version, r.updated, r.deleted, r.body, r.pos, u.updated, \
         r.key, r.self, r.tokens{arrays} FROM fhir_next u \
         JOIN fhir_resource r ON r.tenant_id = $1 AND r.type = u.type AND r.key = u.key AND r.version = u.old{joins}"
    )
}

fn exchange_sqlite(db: &TenantDb, unit: &mut Unit, changes: &[Change<'_>], drafts: &[&Draft]) {
    let expected = drafts.len() as u64;
    let keys: Vec<i64> = changes.iter().map(|c| c.from.key).collect();
    let old = Value::Ints(changes.iter().map(|c| c.from.version).collect());
    let before = || changes.iter().map(|c| c.from.parts);
    let mut params = vec![db.tenant()];
    params.extend(columns(db, drafts).map(|(value, _)| value));
    params.push(old.clone());
    let ended = Value::Ints(drafts.iter().map(|d| d.updated.0).collect());
    let address = vec![params[0].clone(), params[1].clone(), params[2].clone(), old, ended];
    unit.push(step_on(db));
    unit.push(Statement::new(RACE, keep_sqlite(ordered::among(before())), address).each().expect(expected));
    let tokens: Vec<(i64, i64)> = changes.iter().flat_map(|c| c.from.tokens.iter().map(|t| (*t, c.from.key))).collect();
    rows::forget(db, unit, &tokens);
    ordered::forget(unit, before(), &keys);
    unit.push(Statement::new(RACE, CHANGE_SQLITE, params).each().expect(expected));
    rows::index_rows(db, unit, &indexes(drafts), &keys);
    let texts = rows::fresh_texts(db, unit, &indexes(drafts));
    rows::text_rows(db, unit, texts);
}

/// As [`keep`], the ordered rows as JSON.
fn keep_sqlite(before: impl Iterator<Item = &'static Table>) -> String {
    let (mut names, mut rows) = (String::new(), String::new());
    for table in before {
        let (column, row) = table.kept;
        // Writing to a String does not fail.
        let _ = write!(names, ", {column}");
        let _ =
            write!(rows, ", (SELECT json_group_array(json_array({row})) FROM {} o WHERE o.key = r.key)", table.name);
    }
    format!(
        "INSERT INTO fhir_history (tenant_id, type, id, dictionary, version, updated, deleted, body, pos, until, ended, key, self, \
         tokens{names}) SELECT tenant_id, type, id, dictionary, version, updated, deleted, body, pos, \
         (SELECT last FROM fhir_position WHERE tenant_id = $1), $5, key, self, tokens{rows} \
         FROM fhir_resource r WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $4"
    )
}

/// SQLite: the next place in the order of commits, which its one writer makes that of the changes.
fn step_on(db: &TenantDb) -> Statement {
    let sql = "INSERT INTO fhir_position (tenant_id, last) VALUES ($1, 1) ON CONFLICT (tenant_id) DO UPDATE SET last = last + 1";
    Statement::new("fhir_position", sql, vec![db.tenant()])
}

/// What is held in memory of definitions is old after such a write.
fn touch<'d>(db: &TenantDb, unit: &mut Unit, drafts: impl Iterator<Item = &'d &'d Draft> + Clone) {
    if drafts.clone().any(|draft| canonical::is_kept(draft.kind.number)) {
        unit.touch(canonical::MARK);
    }
    if drafts.clone().any(|draft| draft.kind.name == "Consent") {
        revision::moved(unit, db);
    }
}

fn indexes<'d>(drafts: &[&'d Draft]) -> Vec<&'d Index> {
    drafts.iter().map(|d| &d.index).collect()
}

/// The columns of `fhir_resource`, as arrays, and PostgreSQL's types of them.
fn columns(db: &TenantDb, drafts: &[&Draft]) -> impl Iterator<Item = (Value, &'static str)> + use<> {
    let ints = |of: &dyn Fn(&Draft) -> i64| Value::Ints(drafts.iter().map(|d| of(d)).collect());
    let indexes = indexes(drafts);
    [
        (ints(&|d| i64::from(d.kind.number)), "int[]"),
        (Value::Texts(drafts.iter().map(|d| d.id.clone()).collect()), "text[]"),
        (ints(&|_| i64::from(DICTIONARY)), "int[]"),
        (ints(&|d| d.version), "int[]"),
        (ints(&|d| d.index.own), "bigint[]"),
        (ints(&|d| d.updated.0), "bigint[]"),
        (ints(&|d| i64::from(d.is_deletion())), "int[]"),
        (rows::tokens(db, &indexes), "text[]"),
        (Value::Blobs(drafts.iter().map(|d| d.packed.clone()).collect()), "bytea[]"),
        (ordered::parts_of(&indexes), "int[]"),
    ]
    .into_iter()
}

const CREATE_SQLITE: &str = "INSERT INTO fhir_resource \
    (tenant_id, type, id, dictionary, version, self, updated, deleted, tokens, body, parts, key, pos) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, (SELECT last FROM fhir_position WHERE tenant_id = $1))";

const CHANGE_SQLITE: &str = "UPDATE fhir_resource SET dictionary = $4, version = $5, self = $6, updated = $7, deleted = $8, \
    tokens = $9, body = $10, parts = $11, pos = (SELECT last FROM fhir_position WHERE tenant_id = $1) \
    WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $12";
