//! Index rows of stored resources, made anew from their bodies (docs/adr/0004).

use super::contained::{self, Inside};
use super::writing::Writing;
use super::{ordered, read, rows};
use crate::search::index::Index;
use crate::store::read::Version;
use std::collections::HashMap;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// How far: everything up to this type and key is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    pub kind: i16,
    pub key: i64,
}

/// A current resource with what it contains, and on SQLite the tokens it has now.
pub(crate) struct Stored {
    pub version: Version,
    pub key: i64,
    tokens: Vec<i64>,
    inside: Vec<Inside>,
}

impl Stored {
    pub fn point(&self) -> Point {
        Point { kind: self.version.kind, key: self.key }
    }
}

/// The next resources behind the point, in its order.
pub(crate) async fn behind(db: &TenantDb, point: Point, limit: usize) -> Result<Vec<Stored>> {
    let tokens = if db.engine() == Engine::Postgres { "'{}'::bigint[]" } else { "r.tokens" };
    let sql = format!(
        "SELECT {}, r.key, {tokens} FROM fhir_resource r WHERE r.tenant_id = $1 AND r.deleted = 0 \
         AND (r.type, r.key) > ($2, $3) ORDER BY r.type, r.key LIMIT {limit}",
        read::COLUMNS
    );
    let params = vec![db.tenant(), i64::from(point.kind).into(), point.key.into()];
    let found = db.rows(Statement::new("fhir_resource", sql, params)).await?;
    let stored = |mut row| {
        let (version, key, tokens) = (read::version(&mut row)?, row.int(7)?, row.ints(8)?);
        Ok(Stored { version, key, tokens, inside: Vec::new() })
    };
    let mut all: Vec<Stored> = found.into_iter().map(stored).collect::<Result<_>>()?;
    let mut places: HashMap<i64, &mut Stored> = all.iter_mut().map(|one| (one.key, one)).collect();
    for inside in contained::of(db, &places.keys().copied().collect::<Vec<_>>()).await? {
        if let Some(stored) = places.get_mut(&inside.container).filter(|one| one.version.version == inside.version) {
            stored.inside.push(inside);
        }
    }
    Ok(all)
}

/// Exchanges the rows of resources that still stand at the version that was read; the unit fails with a conflict if
/// one of them does not.
pub(crate) fn replace(context: &Context, unit: &mut Unit, stored: &[Stored], indexes: &[&Index]) {
    if stored.is_empty() {
        return;
    }
    let db = &context.db;
    let ints = |of: &dyn Fn(&Stored) -> i64| Value::Ints(stored.iter().map(of).collect());
    let keys: Vec<i64> = stored.iter().map(|s| s.key).collect();
    let columns = [
        (ints(&|s| i64::from(s.version.kind)), "int[]"),
        (ints(&|s| s.key), "bigint[]"),
        (ints(&|s| s.version.version), "int[]"),
        (rows::tokens(db, indexes), "text[]"),
        (ordered::parts_of(indexes), "int[]"),
    ];
    match db.engine() {
        Engine::Postgres => {
            let mut writing = Writing::new(db.tenant());
            let owned = writing.bind(keys.clone().into(), "bigint[]");
            let arrays = writing.bind_all(columns);
            writing
                .part("fhir_next", &format!("SELECT * FROM unnest({arrays}) AS u(type, key, version, tokens, parts)"));
            writing.part("fhir_changed", REPLACE);
            writing.forget(&ordered::among([ordered::ALL]).collect::<Vec<_>>(), &owned);
            writing.insert(indexes, &keys);
            if let Some(texts) = rows::all_texts(indexes) {
                writing.texts(texts);
            }
            let expected = writing.bind((stored.len() as i64).into(), "bigint");
            let last = format!("SELECT platform_expect((SELECT count(*) FROM fhir_changed), {expected})");
            unit.push(writing.end("fhir_reindex", &last));
        }
        Engine::Sqlite => {
            let tokens: Vec<_> = stored.iter().flat_map(|s| s.tokens.iter().map(|t| (*t, s.key))).collect();
            rows::forget(db, unit, &tokens);
            ordered::forget(unit, [ordered::ALL], &keys);
            let params = [db.tenant()].into_iter().chain(columns.map(|(value, _)| value)).collect();
            unit.push(Statement::new("fhir_reindex", REPLACE_SQLITE, params).each().expect(stored.len() as u64));
            rows::index_rows(db, unit, indexes, &keys);
            rows::text_rows(db, unit, rows::all_texts(indexes));
        }
    }
    rows::values(db, unit, indexes);
    contained::forget(db, unit, &stored.iter().flat_map(|one| &one.inside).collect::<Vec<_>>());
    let containers: Vec<(i64, i64)> = stored.iter().map(|one| (one.key, one.version.version)).collect();
    contained::insert(context, unit, &containers, indexes);
}

/// How far a tenant's index has been made anew; nothing if it is as this program makes it.
pub(crate) async fn progress(db: &TenantDb) -> Result<Option<Point>> {
    let sql = "SELECT type, key FROM fhir_generation WHERE tenant_id = $1";
    let row = db.row(Statement::new("fhir_generation", sql, vec![db.tenant()])).await?;
    row.map(|mut row| Ok(Point { kind: row.int(0)? as i16, key: row.int(1)? })).transpose()
}

/// The next point, if nobody else has gone on from the one before.
pub(crate) fn advance(db: &TenantDb, unit: &mut Unit, from: Point, to: Point) {
    let sql = "UPDATE fhir_generation SET type = $2, key = $3 WHERE tenant_id = $1 AND type = $4 AND key = $5";
    let params =
        vec![db.tenant(), i64::from(to.kind).into(), to.key.into(), i64::from(from.kind).into(), from.key.into()];
    unit.push(Statement::new("fhir_generation", sql, params).expect(1));
}

/// The whole index is as this program makes it.
pub(crate) fn finish(db: &TenantDb, unit: &mut Unit) {
    let sql = "DELETE FROM fhir_generation WHERE tenant_id = $1";
    unit.push(Statement::new("fhir_generation", sql, vec![db.tenant()]));
}

const REPLACE: &str = "UPDATE fhir_resource r SET tokens = u.tokens::bigint[], parts = u.parts FROM fhir_next u \
    WHERE r.tenant_id = $1 AND r.type = u.type AND r.key = u.key AND r.version = u.version RETURNING 1";

const REPLACE_SQLITE: &str =
    "UPDATE fhir_resource SET tokens = $5, parts = $6 WHERE tenant_id = $1 AND type = $2 AND key = $3 AND version = $4";
