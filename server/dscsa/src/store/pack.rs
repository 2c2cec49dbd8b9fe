//! Packs that were ever decommissioned. A row is changed only from the version before its own.

use crate::fmd::Pack;
use theriac_core::{Error, Result};
use theriac_platform::db::{Statement, TenantDb, Unit, Value};

pub(crate) async fn find(db: &TenantDb, epc: &str) -> Result<Option<Pack>> {
    let sql = "SELECT version, document FROM dscsa_pack WHERE tenant_id = $1 AND epc = $2";
    let Some(mut row) = db.row(Statement::new("dscsa_pack", sql, vec![db.tenant(), epc.into()])).await? else {
        return Ok(None);
    };
    let version = row.int(0)?;
    let pack: Pack = serde_json::from_str(&row.text(1)?).map_err(Error::internal)?;
    Ok(Some(Pack { version, ..pack }))
}

pub(crate) fn put(db: &TenantDb, pack: &Pack, document: String, unit: &mut Unit) {
    let sql = if pack.version == 1 {
        "INSERT INTO dscsa_pack (tenant_id, epc, state, version, document) VALUES ($1, $2, $3, $4, $5)"
    } else {
        "UPDATE dscsa_pack SET state = $3, version = $4, document = $5 \
         WHERE tenant_id = $1 AND epc = $2 AND version = $4 - 1"
    };
    let params = vec![
        db.tenant(),
        pack.epc.as_str().into(),
        pack.state.as_str().into(),
        Value::Int(pack.version),
        document.into(),
    ];
    unit.push(Statement::new("dscsa_pack", sql, params).expect(1));
}
