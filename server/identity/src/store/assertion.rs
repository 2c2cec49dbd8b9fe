//! Assertions that were used, by hash: the key refuses the second use, on whichever node.

use theriac_core::Instant;
use theriac_platform::db::{Statement, TenantDb};

const NAME: &str = "identity_assertion";

pub(crate) fn insert(db: &TenantDb, hash: &str, expires: Instant) -> Statement {
    let sql = "INSERT INTO identity_assertion (tenant_id, hash, expires) VALUES ($1, $2, $3)";
    Statement::new(NAME, sql, vec![db.tenant(), hash.into(), expires.into()])
}

pub(crate) fn sweep(db: &TenantDb, now: Instant) -> Statement {
    let sql = "DELETE FROM identity_assertion WHERE tenant_id = $1 AND expires <= $2";
    Statement::new(NAME, sql, vec![db.tenant(), now.into()])
}
