//! All SQL of this crate, a file for each thing kept.

pub(crate) mod assertion;
pub(crate) mod assignment;
pub(crate) mod credential;
pub(crate) mod record;
pub(crate) mod secret;

use theriac_core::Instant;
use theriac_platform::db::{Statement, TenantDb};

/// Takes away what has run out.
pub(crate) fn sweep(db: &TenantDb, now: Instant) -> Vec<Statement> {
    vec![assertion::sweep(db, now)]
}
