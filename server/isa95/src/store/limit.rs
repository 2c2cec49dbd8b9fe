//! `isa95_limit`: the versions of limits, by address and version.

use crate::limits::{Limits, Said, State, Version};
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Value};

const COLUMNS: &str =
    "address, version, state, low, high, effective, reason, proposed_by, proposed_at, decision, decided_by, decided_at";

pub(crate) fn insert(db: &TenantDb, version: &Version) -> Statement {
    let sql = format!(
        "INSERT INTO isa95_limit (tenant_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL, NULL)"
    );
    let params = vec![
        db.tenant(),
        version.address.clone().into(),
        version.version.into(),
        version.state.name().into(),
        version.limits.low.into(),
        version.limits.high.into(),
        version.effective.into(),
        version.proposed.reason.clone().into(),
        version.proposed.by.clone().into(),
        version.proposed.at.into(),
    ];
    Statement::new("isa95_limit", sql, params).expect(1)
}

/// A proposal is decided once.
pub(crate) fn decide(db: &TenantDb, version: &Version) -> Statement {
    let sql = "UPDATE isa95_limit SET state = $4, effective = $5, decision = $6, decided_by = $7, decided_at = $8 \
               WHERE tenant_id = $1 AND address = $2 AND version = $3 AND state = 'proposed'";
    let decided = version.decided.as_ref();
    let params = vec![
        db.tenant(),
        version.address.clone().into(),
        version.version.into(),
        version.state.name().into(),
        version.effective.into(),
        decided.map(|said| said.reason.clone()).into(),
        decided.map(|said| said.by.clone()).into(),
        decided.map(|said| said.at).into(),
    ];
    Statement::new("isa95_limit", sql, params).expect(1)
}

/// All versions of these addresses, each address's in their order.
pub(crate) async fn versions(db: &TenantDb, addresses: &[String]) -> Result<Vec<Version>> {
    let among = match db.engine() {
        Engine::Postgres => "= ANY($2)",
        Engine::Sqlite => "IN (SELECT value FROM json_each($2))",
    };
    read(db, &format!("address {among}"), addresses).await
}

/// All versions of what is or was a property of this equipment.
pub(crate) async fn of_equipment(db: &TenantDb, equipment: &[String]) -> Result<Vec<Version>> {
    let among = match db.engine() {
        Engine::Postgres => "= ANY($2)",
        Engine::Sqlite => "IN (SELECT value FROM json_each($2))",
    };
    let own = format!("address IN (SELECT address FROM isa95_property WHERE tenant_id = $1 AND equipment {among})");
    read(db, &own, equipment).await
}

async fn read(db: &TenantDb, which: &str, names: &[String]) -> Result<Vec<Version>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {COLUMNS} FROM isa95_limit WHERE tenant_id = $1 AND {which} ORDER BY address, version");
    let rows = db.rows(Statement::new("isa95_limit", sql, vec![db.tenant(), Value::Texts(names.to_vec())])).await?;
    rows.into_iter().map(version).collect()
}

fn version(mut row: Row) -> Result<Version> {
    let state = row.text(2)?;
    Ok(Version {
        address: row.text(0)?,
        version: row.int(1)?,
        state: State::from_name(&state).ok_or_else(|| Error::internal(format!("limits are {state}")))?,
        limits: Limits { low: row.maybe_real(3)?, high: row.maybe_real(4)? },
        effective: row.maybe_int(5)?,
        proposed: Said { reason: row.text(6)?, by: row.text(7)?, at: row.int(8)? },
        decided: match (row.maybe_text(9)?, row.maybe_text(10)?, row.maybe_int(11)?) {
            (Some(reason), Some(by), Some(at)) => Some(Said { by, at, reason }),
            _ => None,
        },
    })
}
