//! Attempts to guess: counted before they are judged, so that many at once are not one.

use theriac_core::{Instant, Result};
use theriac_platform::db::{Statement, TenantDb};

const NAME: &str = "identity_attempt";

/// Counts one more failure; refused while the last one's delay runs. Three are free, then the delay doubles from two
/// seconds to a quarter of an hour.
pub(crate) fn count(db: &TenantDb, subject: &str, now: Instant) -> Statement {
    let sql = "INSERT INTO identity_attempt (tenant_id, subject, failures, until) VALUES ($1, $2, 1, $3) \
               ON CONFLICT (tenant_id, subject) DO UPDATE SET failures = identity_attempt.failures + 1, \
               until = $3 + 1000000 * CASE WHEN identity_attempt.failures < 3 THEN 0 \
                   WHEN identity_attempt.failures > 11 THEN 900 ELSE 1 << (identity_attempt.failures - 2) END \
               WHERE identity_attempt.until <= $3";
    Statement::new(NAME, sql, vec![db.tenant(), subject.into(), now.into()]).expect(1)
}

/// Until when nothing is looked at.
pub(crate) async fn until(db: &TenantDb, subject: &str) -> Result<Instant> {
    let sql = "SELECT until FROM identity_attempt WHERE tenant_id = $1 AND subject = $2";
    let row = db.row(Statement::new(NAME, sql, vec![db.tenant(), subject.into()])).await?;
    row.map_or(Ok(Instant(0)), |mut row| row.instant(0))
}

pub(crate) fn forget(db: &TenantDb, subject: &str) -> Statement {
    let sql = "DELETE FROM identity_attempt WHERE tenant_id = $1 AND subject = $2";
    Statement::new(NAME, sql, vec![db.tenant(), subject.into()])
}

/// A day after the last delay it is as if nothing had been.
pub(crate) fn sweep(db: &TenantDb, now: Instant) -> Statement {
    let sql = "DELETE FROM identity_attempt WHERE tenant_id = $1 AND until <= $2";
    Statement::new(NAME, sql, vec![db.tenant(), (now.0 - 86_400_000_000).into()])
}
