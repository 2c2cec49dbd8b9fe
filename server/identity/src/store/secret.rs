//! The hash of a client's secret: one a client, a new one takes the old one's place.

use theriac_core::{Instant, Result};
use theriac_platform::db::{Statement, TenantDb};

const NAME: &str = "identity_secret";

pub(crate) async fn find(db: &TenantDb, client: &str) -> Result<Option<String>> {
    let sql = "SELECT hash FROM identity_secret WHERE tenant_id = $1 AND client = $2";
    let row = db.row(Statement::new(NAME, sql, vec![db.tenant(), client.into()])).await?;
    row.map(|mut row| row.text(0)).transpose()
}

pub(crate) fn put(db: &TenantDb, client: &str, hash: &str, now: Instant) -> Statement {
    let sql = "INSERT INTO identity_secret (tenant_id, client, hash, created) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (tenant_id, client) DO UPDATE SET hash = excluded.hash, created = excluded.created";
    Statement::new(NAME, sql, vec![db.tenant(), client.into(), hash.into(), now.into()])
}
