//! The rows of what is open in an emergency: few, and read whole.

use super::{Statement, TenantDb};
use crate::emergency::Open;
use theriac_core::{Instant, Result};

const NAME: &str = "platform_emergency";

impl TenantDb {
    pub(crate) async fn stored_emergencies(&self) -> Result<Vec<Open>> {
        let sql = "SELECT id, person, patient, purpose, until FROM platform_emergency WHERE tenant_id = $1 ORDER BY id";
        let rows = self.rows(Statement::new(NAME, sql, vec![self.tenant()])).await?;
        let read = |mut row: super::Row| {
            Ok(Open {
                id: row.text(0)?,
                person: row.text(1)?,
                patient: row.text(2)?,
                purpose: row.text(3)?,
                until: Instant(row.int(4)?),
            })
        };
        rows.into_iter().map(read).collect()
    }

    pub(crate) fn new_emergency(&self, open: &Open) -> Statement {
        let sql = "INSERT INTO platform_emergency (tenant_id, id, person, patient, purpose, until) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let texts = [&open.id, &open.person, &open.patient, &open.purpose].map(|text| text.as_str().into());
        Statement::new(NAME, sql, [self.tenant()].into_iter().chain(texts).chain([open.until.into()]).collect())
    }

    pub(crate) fn ended_emergency(&self, id: &str) -> Statement {
        let sql = "DELETE FROM platform_emergency WHERE tenant_id = $1 AND id = $2";
        Statement::new(NAME, sql, vec![self.tenant(), id.into()])
    }
}
