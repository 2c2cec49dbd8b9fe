//! All SQL of ISA-95: batches here, the rest by table.

pub(crate) mod chunk;
pub(crate) mod edge;
pub(crate) mod equipment;
pub(crate) mod index;
pub(crate) mod limit;
pub(crate) mod property;
pub(crate) mod resource;
pub(crate) mod retention;
pub(crate) mod run;
pub(crate) mod search;
pub(crate) mod tail;

use std::collections::HashMap;
use theriac_access::Rows;
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// A batch, as it came; it waits in the tail until it is part of the chunks.
pub(crate) fn insert_batch(unit: &mut Unit, db: &TenantDb, key: i64, received: i64, count: usize, body: Vec<u8>) {
    let sql = "INSERT INTO isa95_batch (tenant_id, key, received, count, body) VALUES ($1, $2, $3, $4, $5)";
    let params = vec![db.tenant(), key.into(), received.into(), (count as i64).into(), body.into()];
    unit.push(Statement::new("isa95_batch", sql, params));
    let sql = "INSERT INTO isa95_tail (tenant_id, batch) VALUES ($1, $2)";
    unit.push(Statement::new("isa95_tail", sql, vec![db.tenant(), key.into()]));
}

/// The bodies of batches, in the order of the keys.
pub(crate) async fn bodies(db: &TenantDb, keys: &[i64]) -> Result<Vec<Vec<u8>>> {
    let sql = match db.engine() {
        Engine::Postgres => "SELECT key, body FROM isa95_batch WHERE tenant_id = $1 AND key = ANY($2)",
        Engine::Sqlite => {
            "SELECT key, body FROM isa95_batch WHERE tenant_id = $1 AND key IN (SELECT value FROM json_each($2))"
        }
    };
    let rows = db.rows(Statement::new("isa95_batch", sql, vec![db.tenant(), list(db, keys)])).await?;
    let mut found: HashMap<i64, Vec<u8>> = HashMap::with_capacity(rows.len());
    for mut row in rows {
        found.insert(row.int(0)?, row.bytes(1)?);
    }
    let missing = |key: &i64| Error::internal(format!("the batch {key} of readings is missing"));
    keys.iter().map(|key| found.remove(key).ok_or_else(|| missing(key))).collect()
}

/// A list of numbers as one parameter of a query: an array, or for SQLite's `json_each` a JSON text.
pub(crate) fn list(db: &TenantDb, numbers: &[i64]) -> Value {
    match db.engine() {
        Engine::Postgres => Value::Ints(numbers.to_vec()),
        Engine::Sqlite => Value::Text(serde_json::Value::from(numbers).to_string()),
    }
}

/// A number that means NULL where an array cannot hold one: SQLite itself stores it as NULL.
pub(crate) fn nullable(number: Option<f64>) -> f64 {
    number.unwrap_or(f64::NAN)
}

/// The condition under which a row of `isa95_resource` exists for the caller, its parameters appended; `None` where
/// none does.
fn seen(alias: &str, rows: &Rows, params: &mut Vec<Value>) -> Option<String> {
    match rows {
        Rows::All => Some(String::new()),
        Rows::Nothing => None,
        Rows::Labels(labels) => {
            let sites = labels.iter().filter_map(|label| label.strip_prefix("site/"));
            let bound: Vec<String> = sites
                .map(|site| {
                    params.push(site.into());
                    format!("${}", params.len())
                })
                .collect();
            (!bound.is_empty()).then(|| format!(" AND {alias}.site IN ({})", bound.join(", ")))
        }
    }
}
