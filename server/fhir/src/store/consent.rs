//! The tenant's consents: where they stand, and those that have to be read.

use super::read::{COLUMNS, Version, token_list, version};
use crate::kind;
use theriac_core::Result;
use theriac_platform::db::{Engine, Statement, TenantDb, Value};

fn number() -> Value {
    i64::from(kind::number("Consent").unwrap_or(-1)).into()
}

/// Key and version of each.
pub(crate) async fn heads(db: &TenantDb) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT r.key, r.version FROM fhir_resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.deleted = 0";
    let rows = db.rows(Statement::new("fhir_consent", sql, vec![db.tenant(), number()])).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// Those with these keys, whatever their version is by now.
pub(crate) async fn bodies(db: &TenantDb, keys: &[i64]) -> Result<Vec<(i64, Version)>> {
    let mut found = Vec::with_capacity(keys.len());
    for some in keys.chunks(500) {
        let among = match db.engine() {
            Engine::Postgres => "r.key = ANY ($3)",
            Engine::Sqlite => "r.key IN (SELECT value FROM json_each($3))",
        };
        let sql = format!(
            "SELECT {COLUMNS}, r.key FROM fhir_resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.deleted = 0 AND {among}"
        );
        let params = vec![db.tenant(), number(), token_list(db, some)];
        for mut row in db.rows(Statement::new("fhir_consent", sql, params)).await? {
            found.push((row.int(7)?, version(&mut row)?));
        }
    }
    Ok(found)
}
