//! The row of a tenant's policy revision.

use super::{Statement, TenantDb};
use theriac_core::Result;

impl TenantDb {
    pub(crate) async fn stored_revision(&self) -> Result<i64> {
        let sql = "SELECT r.revision FROM platform_revision r WHERE r.tenant_id = $1";
        let row = self.row(Statement::new("platform_revision", sql, vec![self.tenant()])).await?;
        row.map_or(Ok(0), |mut row| row.int(0))
    }

    pub(crate) fn next_revision(&self) -> Statement {
        let sql = "INSERT INTO platform_revision (tenant_id, revision) VALUES ($1, 1) \
                   ON CONFLICT (tenant_id) DO UPDATE SET revision = platform_revision.revision + 1";
        Statement::new("platform_revision", sql, vec![self.tenant()])
    }
}
