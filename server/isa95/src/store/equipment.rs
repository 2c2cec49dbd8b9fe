//! The equipment hierarchy, as `isa95_resource` holds it: what stands where, and under which site.

use crate::equipment::{EquipmentLevel, Place};
use std::collections::HashMap;
use theriac_core::{Error, Result};
use theriac_platform::db::{Statement, TenantDb};

/// Place and site of every piece of equipment.
pub(crate) async fn places(db: &TenantDb) -> Result<HashMap<String, (Place, Option<String>)>> {
    let sql = "SELECT r.id, t.value, r.parent, r.site FROM isa95_resource r JOIN isa95_term t ON t.tenant_id = $1 \
               AND t.type = 'equipment' AND t.name = 'level' AND t.id = r.id \
               WHERE r.tenant_id = $1 AND r.type = 'equipment' AND r.deleted = 0";
    let rows = db.rows(Statement::new("isa95_resource", sql, vec![db.tenant()])).await?;
    let mut places = HashMap::with_capacity(rows.len());
    for mut row in rows {
        let (id, level) = (row.text(0)?, row.text(1)?);
        let level = EquipmentLevel::from_name(&level).ok_or_else(|| Error::internal(format!("level {level}")))?;
        places.insert(id, (Place { level, parent: row.maybe_text(2)? }, row.maybe_text(3)?));
    }
    Ok(places)
}
