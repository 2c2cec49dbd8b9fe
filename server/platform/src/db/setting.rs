//! The rows of settings: one for each version, the newest holds.

use super::{Statement, TenantDb};
use crate::setting::{Chosen, Settings};
use theriac_core::{Instant, Result};

impl TenantDb {
    pub(crate) async fn stored_settings(&self) -> Result<Settings> {
        let sql = "SELECT s.name, s.version, s.value FROM platform_setting s WHERE s.tenant_id = $1 ORDER BY s.name, s.version";
        let rows = self.rows(Statement::new("platform_setting", sql, vec![self.tenant()])).await?;
        let chosen = rows.into_iter().map(|mut row| {
            let name = row.text(0)?;
            Ok((name, Chosen { version: row.int(1)?, value: row.text(2)? }))
        });
        // The last of a name is the newest.
        Ok(Settings::of(chosen.collect::<Result<Vec<_>>>()?))
    }

    /// Two that change at once both want the same version; one of them gets it.
    pub(crate) fn new_setting(&self, name: &str, version: i64, value: &str, now: Instant) -> Statement {
        let sql = "INSERT INTO platform_setting (tenant_id, name, version, value, updated) VALUES ($1, $2, $3, $4, $5)";
        let params = vec![self.tenant(), name.into(), version.into(), value.into(), now.into()];
        Statement::new("platform_setting", sql, params)
    }
}
