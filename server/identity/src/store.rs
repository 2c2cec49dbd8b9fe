//! All SQL of this crate, a file for each thing kept.

pub(crate) mod assertion;
pub(crate) mod assignment;
pub(crate) mod attempt;
pub(crate) mod credential;
pub(crate) mod once;
pub(crate) mod record;
pub(crate) mod secret;
pub(crate) mod session;

use theriac_core::Instant;
use theriac_platform::db::{Statement, TenantDb};

/// Takes away what has run out.
pub(crate) fn sweep(db: &TenantDb, now: Instant) -> Vec<Statement> {
    let own = [assertion::sweep(db, now), attempt::sweep(db, now), session::sweep(db, now)];
    own.into_iter().chain(once::sweep(db, now)).collect()
}
