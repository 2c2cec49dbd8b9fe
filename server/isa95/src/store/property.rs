//! `isa95_property`: the watched properties, by address. An address keeps its key for ever.

use super::{list, nullable};
use crate::catalogue::Known;
use crate::limits::Limits;
use theriac_core::Result;
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Value};

const COLUMNS: &str = "address, key, site, unit, low, high, watched";

fn known(mut row: Row) -> Result<Known> {
    Ok(Known {
        address: row.text(0)?,
        key: row.int(1)?,
        site: row.maybe_text(2)?,
        unit: Some(row.text(3)?).filter(|unit| !unit.is_empty()),
        limits: Limits { low: row.maybe_real(4)?, high: row.maybe_real(5)? },
        watched: row.int(6)? != 0,
    })
}

pub(crate) async fn by_address(db: &TenantDb, addresses: &[String]) -> Result<Vec<Known>> {
    let among = match db.engine() {
        Engine::Postgres => "= ANY($2)",
        Engine::Sqlite => "IN (SELECT value FROM json_each($2))",
    };
    let sql = format!("SELECT {COLUMNS} FROM isa95_property WHERE tenant_id = $1 AND address {among}");
    let params = vec![db.tenant(), Value::Texts(addresses.to_vec())];
    let rows = db.rows(Statement::new("isa95_property", sql, params)).await?;
    rows.into_iter().map(known).collect()
}

pub(crate) async fn by_key(db: &TenantDb, keys: &[i64]) -> Result<Vec<Known>> {
    let among = match db.engine() {
        Engine::Postgres => "= ANY($2)",
        Engine::Sqlite => "IN (SELECT value FROM json_each($2))",
    };
    let sql = format!("SELECT {COLUMNS} FROM isa95_property WHERE tenant_id = $1 AND key {among}");
    let rows = db.rows(Statement::new("isa95_property", sql, vec![db.tenant(), list(db, keys)])).await?;
    rows.into_iter().map(known).collect()
}

/// Writes the properties of one piece of equipment; an address that was there before keeps its key.
pub(crate) fn put(db: &TenantDb, equipment: &str, site: Option<&str>, properties: &[Known]) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO isa95_property (tenant_id, equipment, site, address, key, unit, low, high, watched) \
             SELECT $1, $2, $3, u.address, u.key, u.unit, nullif(u.low, 'NaN'), nullif(u.high, 'NaN'), 1 \
             FROM unnest($4::text[], $5::bigint[], $6::text[], $7::float8[], $8::float8[]) \
             AS u(address, key, unit, low, high) \
             ON CONFLICT (tenant_id, address) DO UPDATE SET equipment = excluded.equipment, site = excluded.site, \
             unit = excluded.unit, low = excluded.low, high = excluded.high, watched = 1"
        }
        Engine::Sqlite => {
            "INSERT INTO isa95_property (tenant_id, equipment, site, address, key, unit, low, high, watched) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) \
             ON CONFLICT (tenant_id, address) DO UPDATE SET equipment = excluded.equipment, site = excluded.site, \
             unit = excluded.unit, low = excluded.low, high = excluded.high, watched = 1"
        }
    };
    let params = vec![
        db.tenant(),
        equipment.into(),
        site.map(str::to_owned).into(),
        Value::Texts(properties.iter().map(|p| p.address.clone()).collect()),
        Value::Ints(properties.iter().map(|p| p.key).collect()),
        Value::Texts(properties.iter().map(|p| p.unit.clone().unwrap_or_default()).collect()),
        Value::Reals(properties.iter().map(|p| nullable(p.limits.low)).collect()),
        Value::Reals(properties.iter().map(|p| nullable(p.limits.high)).collect()),
    ];
    Statement::new("isa95_property", sql, params).each()
}

/// The equipment's properties are no longer watched; those that still are, are put again after it.
pub(crate) fn retire(db: &TenantDb, equipment: &str) -> Statement {
    let sql = "UPDATE isa95_property SET watched = 0 WHERE tenant_id = $1 AND equipment = $2";
    Statement::new("isa95_property", sql, vec![db.tenant(), equipment.into()])
}

/// Equipment came under another site, and its properties with it. An empty site is none.
pub(crate) fn set_sites(db: &TenantDb, equipment: Vec<String>, sites: Vec<String>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE isa95_property p SET site = nullif(u.site, '') FROM unnest($2::text[], $3::text[]) \
             AS u(equipment, site) WHERE p.tenant_id = $1 AND p.equipment = u.equipment"
        }
        Engine::Sqlite => "UPDATE isa95_property SET site = nullif($3, '') WHERE tenant_id = $1 AND equipment = $2",
    };
    let params = vec![db.tenant(), Value::Texts(equipment), Value::Texts(sites)];
    Statement::new("isa95_property", sql, params).each()
}
