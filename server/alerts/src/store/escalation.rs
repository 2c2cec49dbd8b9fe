//! The steps of escalation: one row a tenant.

use crate::escalation::Escalation;
use theriac_core::{Error, Result};
use theriac_platform::db::{Statement, TenantDb};

/// The steps with their version.
pub(crate) async fn find(db: &TenantDb) -> Result<Option<(i64, Escalation)>> {
    let sql = "SELECT version, document FROM alerts_escalation WHERE tenant_id = $1";
    let Some(mut row) = db.row(Statement::new("alerts_escalation", sql, vec![db.tenant()])).await? else {
        return Ok(None);
    };
    let escalation = serde_json::from_str(&row.text(1)?).map_err(Error::internal)?;
    Ok(Some((row.int(0)?, escalation)))
}

/// The first version is inserted, a later one takes the place of the one before it.
pub(crate) fn put(db: &TenantDb, version: i64, escalation: &Escalation) -> Result<Statement> {
    let document = serde_json::to_string(escalation).map_err(Error::internal)?;
    let sql = if version == 1 {
        "INSERT INTO alerts_escalation (tenant_id, version, document) VALUES ($1, $2, $3)"
    } else {
        "UPDATE alerts_escalation SET version = $2, document = $3 WHERE tenant_id = $1 AND version = $2 - 1"
    };
    Ok(Statement::new("alerts_escalation", sql, vec![db.tenant(), version.into(), document.into()]).expect(1))
}
