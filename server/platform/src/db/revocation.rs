//! The rows of what was taken back: they belong to the server, so that a node reads those of all tenants at once.

use super::{Db, Statement};
use crate::revocation::Row;
use theriac_core::{Instant, Result};

const NAME: &str = "platform_revocation";

pub(crate) fn new_revocation(row: &Row) -> Statement {
    let sql = "INSERT INTO platform_revocation (key, tenant, mark, revoked, until) VALUES ($1, $2, $3, $4, $5)";
    let params =
        vec![row.key.into(), row.tenant.into(), row.mark.as_str().into(), row.revoked_s.into(), row.until_s.into()];
    Statement::new(NAME, sql, params)
}

impl Db {
    pub(crate) async fn revocations(&self, after: i64) -> Result<Vec<Row>> {
        let sql = "SELECT key, tenant, mark, revoked, until FROM platform_revocation WHERE key > $1 ORDER BY key";
        let rows = self.system().rows(Statement::new(NAME, sql, vec![after.into()])).await?;
        let read = |mut row: super::Row| {
            let tenant = i32::try_from(row.int(1)?).map_err(theriac_core::Error::internal)?;
            Ok(Row { key: row.int(0)?, tenant, mark: row.text(2)?, revoked_s: row.int(3)?, until_s: row.int(4)? })
        };
        rows.into_iter().map(read).collect()
    }

    /// Forgets what nobody can show any more.
    ///
    /// # Errors
    /// `Unavailable` or `Internal`.
    pub async fn forget_revocations(&self, now: Instant) -> Result<()> {
        let sql = "DELETE FROM platform_revocation WHERE until <= $1";
        let mut unit = super::Unit::new();
        unit.push(Statement::new(NAME, sql, vec![(now.0 / 1_000_000).into()]));
        self.system().commit(unit).await.map(drop)
    }
}
