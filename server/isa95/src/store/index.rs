//! `isa95_reference`, `isa95_term` and `isa95_edge`: what records are found by, replaced whole with each version.

use super::nullable;
use crate::resource::Index;
use theriac_access::Rows;
use theriac_core::Result;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// Takes out what stood there and puts in what stands there now; nothing for a record that is gone.
pub(crate) fn put(unit: &mut Unit, db: &TenantDb, (kind, id): (&'static str, &str), fresh: bool, index: &Index) {
    if !fresh {
        for (name, sql) in [
            ("isa95_reference", "DELETE FROM isa95_reference WHERE tenant_id = $1 AND type = $2 AND id = $3"),
            ("isa95_term", "DELETE FROM isa95_term WHERE tenant_id = $1 AND type = $2 AND id = $3"),
            ("isa95_edge", "DELETE FROM isa95_edge WHERE tenant_id = $1 AND type = $2 AND id = $3"),
        ] {
            unit.push(Statement::new(name, sql, vec![db.tenant(), kind.into(), id.into()]));
        }
    }
    let own = || vec![db.tenant(), kind.into(), id.into()];
    if !index.references.is_empty() {
        unit.push(references(db, own(), index));
    }
    if !index.terms.is_empty() {
        unit.push(terms(db, own(), index));
    }
    if !index.edges.is_empty() {
        unit.push(edges(db, own(), index));
    }
}

fn texts<T>(items: &[T], of: impl Fn(&T) -> &str) -> Value {
    Value::Texts(items.iter().map(|item| of(item).to_owned()).collect())
}

fn references(db: &TenantDb, mut params: Vec<Value>, index: &Index) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO isa95_reference (tenant_id, type, id, path, target_type, target) \
             SELECT $1, $2, $3, u.path, u.target_type, u.target \
             FROM unnest($4::text[], $5::text[], $6::text[]) AS u(path, target_type, target)"
        }
        Engine::Sqlite => {
            "INSERT INTO isa95_reference (tenant_id, type, id, path, target_type, target) \
             VALUES ($1, $2, $3, $4, $5, $6)"
        }
    };
    let items = &index.references;
    params.extend([texts(items, |r| &r.path), texts(items, |r| r.target_type), texts(items, |r| &r.target)]);
    Statement::new("isa95_reference", sql, params).each()
}

fn terms(db: &TenantDb, mut params: Vec<Value>, index: &Index) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO isa95_term (tenant_id, type, id, name, value, number) \
             SELECT $1, $2, $3, u.name, u.value, nullif(u.number, 'NaN') \
             FROM unnest($4::text[], $5::text[], $6::float8[]) AS u(name, value, number)"
        }
        Engine::Sqlite => {
            "INSERT INTO isa95_term (tenant_id, type, id, name, value, number) VALUES ($1, $2, $3, $4, $5, $6)"
        }
    };
    let items = &index.terms;
    let numbers = Value::Reals(items.iter().map(|term| nullable(term.number)).collect());
    params.extend([texts(items, |t| &t.name), texts(items, |t| &t.value), numbers]);
    Statement::new("isa95_term", sql, params).each()
}

fn edges(db: &TenantDb, mut params: Vec<Value>, index: &Index) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO isa95_edge (tenant_id, type, id, source_type, source, target_type, target, kind, quantity, unit) \
             SELECT $1, $2, $3, u.source_type, u.source, u.target_type, u.target, u.kind, u.quantity, u.unit \
             FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]) \
             AS u(source_type, source, target_type, target, kind, quantity, unit)"
        }
        Engine::Sqlite => {
            "INSERT INTO isa95_edge (tenant_id, type, id, source_type, source, target_type, target, kind, quantity, unit) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        }
    };
    let items = &index.edges;
    params.extend([
        texts(items, |e| e.source.0),
        texts(items, |e| &e.source.1),
        texts(items, |e| e.target.0),
        texts(items, |e| &e.target.1),
        texts(items, |e| e.kind),
        texts(items, |e| &e.quantity),
        texts(items, |e| &e.unit),
    ]);
    Statement::new("isa95_edge", sql, params).each()
}

/// A place in a record that names one which is not there.
pub(crate) struct Dangling {
    pub kind: String,
    pub id: String,
    pub path: String,
    pub target_type: String,
    pub target: String,
}

/// References to nothing, in the order of the records and places, after the one given.
pub(crate) async fn dangling(
    db: &TenantDb,
    rows: &Rows,
    after: (&str, &str, &str),
    most: i64,
) -> Result<Vec<Dangling>> {
    let mut params = vec![db.tenant(), after.0.into(), after.1.into(), after.2.into(), most.into()];
    let Some(seen) = super::seen("r", rows, &mut params) else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT f.type, f.id, f.path, f.target_type, f.target FROM isa95_reference f \
         JOIN isa95_resource r ON r.tenant_id = $1 AND r.type = f.type AND r.id = f.id{seen} \
         WHERE f.tenant_id = $1 AND (f.type, f.id, f.path) > ($2, $3, $4) AND NOT EXISTS (SELECT 1 FROM isa95_resource t \
         WHERE t.tenant_id = $1 AND t.type = f.target_type AND t.id = f.target AND (t.deleted = 0 OR t.type = 'jobOrders')) \
         ORDER BY f.type, f.id, f.path LIMIT $5"
    );
    let rows = db.rows(Statement::new("isa95_reference", sql, params)).await?;
    let of = |mut row: theriac_platform::db::Row| {
        Ok(Dangling {
            kind: row.text(0)?,
            id: row.text(1)?,
            path: row.text(2)?,
            target_type: row.text(3)?,
            target: row.text(4)?,
        })
    };
    rows.into_iter().map(of).collect()
}

/// A record that the caller sees and that names this one.
pub(crate) async fn naming(
    db: &TenantDb,
    rows: &Rows,
    (kind, id): (&'static str, &str),
) -> Result<Option<(String, String)>> {
    let mut params = vec![db.tenant(), kind.into(), id.into()];
    let Some(seen) = super::seen("r", rows, &mut params) else { return Ok(None) };
    let sql = format!(
        "SELECT f.type, f.id FROM isa95_reference f \
         JOIN isa95_resource r ON r.tenant_id = $1 AND r.type = f.type AND r.id = f.id{seen} \
         WHERE f.tenant_id = $1 AND f.target_type = $2 AND f.target = $3 ORDER BY f.type, f.id LIMIT 1"
    );
    let row = db.row(Statement::new("isa95_reference", sql, params)).await?;
    row.map(|mut row| Ok((row.text(0)?, row.text(1)?))).transpose()
}
