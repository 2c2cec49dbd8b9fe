//! The tenant's definitional resources: which there are, in which version, and their bodies.

use super::read::token_list;
use std::collections::HashMap;
use theriac_core::Result;
use theriac_platform::db::{Engine, Statement, TenantDb};

/// Something that every change of such a resource changes.
pub(crate) type Stamp = (i64, i64, i64);

fn of_types(db: &TenantDb) -> &'static str {
    match db.engine() {
        Engine::Postgres => "r.tenant_id = $1 AND r.type = ANY ($2::int[])",
        Engine::Sqlite => "r.tenant_id = $1 AND r.type IN (SELECT value FROM json_each($2))",
    }
}

/// Number, versions and newest key: each write raises one of them.
pub(crate) async fn stamp(db: &TenantDb, types: &[i64]) -> Result<Stamp> {
    let of_types = of_types(db);
    let sql = format!(
        "SELECT count(*), coalesce(sum(r.version), 0), coalesce(max(r.key), 0) FROM fhir_resource r WHERE {of_types}"
    );
    let row = db.row(Statement::new("fhir_canonical", sql, vec![db.tenant(), token_list(db, types)])).await?;
    row.map_or(Ok((0, 0, 0)), |mut row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)))
}

/// Where one stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Stand {
    pub kind: i16,
    pub id: String,
    pub version: i64,
}

/// All that are not deleted.
pub(crate) async fn stands(db: &TenantDb, types: &[i64]) -> Result<Vec<Stand>> {
    let of_types = of_types(db);
    let sql = format!("SELECT r.type, r.id, r.version FROM fhir_resource r WHERE {of_types} AND r.deleted = 0");
    let rows = db.rows(Statement::new("fhir_canonical", sql, vec![db.tenant(), token_list(db, types)])).await?;
    rows.into_iter()
        .map(|mut row| Ok(Stand { kind: row.int(0)? as i16, id: row.text(1)?, version: row.int(2)? }))
        .collect()
}

/// A body as it is stored, with its dictionary and the time of its version.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    pub dictionary: i16,
    pub updated: i64,
    pub body: Vec<u8>,
}

/// The present bodies of these, by where they stand: one that has changed meanwhile is missing.
pub(crate) async fn bodies(db: &TenantDb, wanted: &[Stand]) -> Result<HashMap<Stand, Packed>> {
    let mut found = HashMap::new();
    for some in wanted.chunks(500) {
        let list = some.iter().map(|s| serde_json::json!([s.kind, s.id])).collect::<Vec<_>>();
        let columns = "r.type, r.id, r.version, r.dictionary, r.updated, r.body";
        let (from, each) = match db.engine() {
            Engine::Postgres => {
                ("jsonb_array_elements($2::text::jsonb) u(value)", ("(u.value ->> 0)::int", "u.value ->> 1"))
            }
            Engine::Sqlite => ("json_each($2) u", ("u.value ->> 0", "u.value ->> 1")),
        };
        let sql = format!(
            "SELECT {columns} FROM {from} CROSS JOIN fhir_resource r \
             WHERE r.tenant_id = $1 AND r.type = {} AND r.id = {} AND r.deleted = 0",
            each.0, each.1
        );
        let list = serde_json::Value::Array(list).to_string();
        for mut row in db.rows(Statement::new("fhir_canonical", sql, vec![db.tenant(), list.into()])).await? {
            let stand = Stand { kind: row.int(0)? as i16, id: row.text(1)?, version: row.int(2)? };
            let packed = Packed { dictionary: row.int(3)? as i16, updated: row.int(4)?, body: row.bytes(5)? };
            found.insert(stand, packed);
        }
    }
    Ok(found)
}
