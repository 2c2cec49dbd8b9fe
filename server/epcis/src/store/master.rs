//! Master data: elements, their versions, the hierarchy, and the terms of attributes.

use crate::master::Element;
use std::collections::HashMap;
use theriac_core::Result;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// An element as it is.
pub(crate) struct Present {
    pub version: i64,
    pub body: String,
}

/// Those of the elements that are there, by vocabulary and id.
pub(crate) async fn present(db: &TenantDb, ids: Vec<String>) -> Result<HashMap<(String, String), Present>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql =
        format!("SELECT vocabulary, id, version, body FROM epcis_master WHERE tenant_id = $1 AND id {}", among(db, 2));
    let rows = db.rows(Statement::new("epcis_master", sql, vec![db.tenant(), Value::Texts(ids)])).await?;
    let read = |mut row: theriac_platform::db::Row| {
        Ok(((row.text(0)?, row.text(1)?), Present { version: row.int(2)?, body: row.text(3)? }))
    };
    rows.into_iter().map(read).collect()
}

fn among(db: &TenantDb, parameter: usize) -> String {
    match db.engine() {
        Engine::Postgres => format!("= ANY(${parameter}::text[])"),
        Engine::Sqlite => format!("IN (SELECT value FROM json_each(${parameter}))"),
    }
}

/// The newest version of an element; one that another unit wrote meanwhile undoes this.
pub(crate) fn save(db: &TenantDb, element: &Element, version: i64, key: i64, unit: &mut Unit) {
    let place = || vec![db.tenant(), element.vocabulary.as_str().into(), element.id.as_str().into()];
    let with = |more: Vec<Value>| place().into_iter().chain(more).collect::<Vec<_>>();
    let sql = "INSERT INTO epcis_master_version (tenant_id, vocabulary, id, version, key, body) VALUES ($1, $2, $3, $4, $5, $6)";
    let row = with(vec![version.into(), key.into(), element.body.as_str().into()]);
    unit.push(Statement::new("epcis_master_version", sql, row));
    let sql = "INSERT INTO epcis_master (tenant_id, vocabulary, id, version, key, gln, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, vocabulary, id) \
               DO UPDATE SET version = excluded.version, key = excluded.key, body = excluded.body";
    let row = with(vec![version.into(), key.into(), element.gln.as_str().into(), element.body.as_str().into()]);
    unit.push(Statement::new("epcis_master", sql, row));
    for (name, sql) in [
        (
            "epcis_master_child",
            "DELETE FROM epcis_master_child WHERE tenant_id = $1 AND vocabulary = $2 AND parent = $3",
        ),
        ("epcis_master_term", "DELETE FROM epcis_master_term WHERE tenant_id = $1 AND vocabulary = $2 AND id = $3"),
    ] {
        unit.push(Statement::new(name, sql, place()));
    }
    let each = |postgres: &'static str, sqlite: &'static str| match db.engine() {
        Engine::Postgres => postgres,
        Engine::Sqlite => sqlite,
    };
    if !element.children.is_empty() {
        let sql = each(
            "INSERT INTO epcis_master_child (tenant_id, vocabulary, parent, child) SELECT $1, $2, $3, unnest($4::text[])",
            "INSERT INTO epcis_master_child (tenant_id, vocabulary, parent, child) \
             SELECT $1, $2, $3, value FROM json_each($4)",
        );
        unit.push(Statement::new("epcis_master_child", sql, with(vec![Value::Texts(element.children.clone())])));
    }
    if !element.terms.is_empty() {
        let sql = each(
            "INSERT INTO epcis_master_term (tenant_id, vocabulary, id, hash) SELECT $1, $2, $3, unnest($4::bigint[])",
            "INSERT INTO epcis_master_term (tenant_id, vocabulary, id, hash) VALUES ($1, $2, $3, $4)",
        );
        unit.push(Statement::new("epcis_master_term", sql, with(vec![Value::Ints(element.terms.clone())])).each());
    }
}

/// These elements and all that is under them in these vocabularies; ids in and out are canonical.
pub(crate) async fn descendants(db: &TenantDb, vocabularies: &[&str], ids: Vec<String>) -> Result<Vec<String>> {
    let (from, among) = match db.engine() {
        Engine::Postgres => ("SELECT unnest($2::text[]) COLLATE \"C\"", "= ANY($3::text[])"),
        Engine::Sqlite => ("SELECT value FROM json_each($2)", "IN (SELECT value FROM json_each($3))"),
    };
    let sql = format!(
        "WITH RECURSIVE beneath(id) AS ({from} UNION SELECT c.child FROM beneath b JOIN epcis_master_child c \
         ON c.tenant_id = $1 AND c.parent = b.id AND c.vocabulary {among}) SELECT id FROM beneath ORDER BY id"
    );
    let names = vocabularies.iter().map(|name| (*name).to_owned()).collect();
    let params = vec![db.tenant(), Value::Texts(ids), Value::Texts(names)];
    let rows = db.rows(Statement::new("epcis_master_child", sql, params)).await?;
    rows.into_iter().map(|mut row| row.text(0)).collect()
}

/// What is asked of master data; every list that is there narrows.
#[derive(Debug, Default, Clone)]
pub(crate) struct Asked {
    pub vocabularies: Option<Vec<String>>,
    pub ids: Option<Vec<String>>,
    /// Each a list of terms of which one must be there.
    pub terms: Vec<Vec<i64>>,
    pub glns: Option<Vec<String>>,
    pub after: i64,
    pub most: i64,
}

pub(crate) struct Found {
    pub key: i64,
    pub vocabulary: String,
    pub id: String,
    pub body: String,
}

/// In the order in which they were written last.
pub(crate) async fn find(db: &TenantDb, asked: &Asked) -> Result<Vec<Found>> {
    let mut params = vec![db.tenant(), asked.after.into(), asked.most.into()];
    let mut conditions = String::new();
    for (column, list) in [("vocabulary", &asked.vocabularies), ("id", &asked.ids), ("gln", &asked.glns)] {
        if let Some(list) = list {
            params.push(Value::Texts(list.clone()));
            conditions.push_str(&format!(" AND m.{column} {}", among(db, params.len())));
        }
    }
    for terms in &asked.terms {
        let which = match db.engine() {
            Engine::Postgres => {
                params.push(Value::Ints(terms.clone()));
                format!("= ANY(${}::bigint[])", params.len())
            }
            Engine::Sqlite => {
                params.push(Value::Text(serde_json::json!(terms).to_string()));
                format!("IN (SELECT value FROM json_each(${}))", params.len())
            }
        };
        conditions.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM epcis_master_term t WHERE t.tenant_id = $1 AND t.vocabulary = m.vocabulary \
             AND t.id = m.id AND t.hash {which})"
        ));
    }
    let sql = format!(
        "SELECT m.key, m.vocabulary, m.id, m.body FROM epcis_master m \
         WHERE m.tenant_id = $1 AND m.key > $2{conditions} ORDER BY m.key LIMIT $3"
    );
    let rows = db.rows(Statement::new("epcis_master", sql, params).planned_anew()).await?;
    let read = |mut row: theriac_platform::db::Row| {
        Ok(Found { key: row.int(0)?, vocabulary: row.text(1)?, id: row.text(2)?, body: row.text(3)? })
    };
    rows.into_iter().map(read).collect()
}
