//! The rows of which rights were used by whom, when first and when last.

use super::{Statement, TenantDb};
use crate::usage::Use;
use theriac_core::{Instant, Result};

const NAME: &str = "platform_use";

impl TenantDb {
    /// What was ever used, by subject and client.
    ///
    /// # Errors
    /// The database's.
    pub async fn uses(&self) -> Result<Vec<Use>> {
        let sql = "SELECT subject, client, role, permission, first_used, last_used FROM platform_use WHERE tenant_id = $1 \
                   ORDER BY subject, client, role, permission";
        let rows = self.rows(Statement::new(NAME, sql, vec![self.tenant()])).await?;
        let read = |mut row: super::Row| {
            let client = Some(row.text(1)?).filter(|client| !client.is_empty());
            Ok(Use {
                subject: row.text(0)?,
                client,
                role: row.text(2)?,
                permission: row.text(3)?,
                first: Instant(row.int(4)?),
                last: Instant(row.int(5)?),
            })
        };
        rows.into_iter().map(read).collect()
    }

    pub(crate) fn used(&self, one: &Use) -> Statement {
        let sql = "INSERT INTO platform_use (tenant_id, subject, client, role, permission, first_used, last_used) \
                   VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (tenant_id, subject, client, role, permission) \
                   DO UPDATE SET last_used = excluded.last_used WHERE platform_use.last_used < excluded.last_used";
        let texts = [one.subject.as_str(), one.client.as_deref().unwrap_or_default(), &one.role, &one.permission];
        let texts = texts.map(|text| text.into());
        Statement::new(NAME, sql, [self.tenant()].into_iter().chain(texts).chain([one.last.into()]).collect())
    }
}
