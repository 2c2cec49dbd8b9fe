//! The revision of a tenant's policy. Whoever writes what grants are compiled from (a consent, an assignment, an
//! emergency access) moves it in the same unit; whoever compiles asks whether it moved. A change made by this process is
//! seen at once, one by another process within [`PATIENCE_US`].

use crate::db::{TenantDb, Unit};
use parking_lot::RwLock;
use std::collections::HashMap;
use theriac_core::{Instant, Result};

/// How long a change by another process may go unseen, in microseconds: less than the second that is promised.
pub const PATIENCE_US: i64 = 500_000;

const MARK: &str = "platform.revision";

/// Revision, touches and when it was looked at, by tenant.
#[derive(Default)]
struct Kept(RwLock<HashMap<i32, (i64, u64, i64)>>);

/// Puts the next revision into the unit.
pub fn moved(unit: &mut Unit, db: &TenantDb) {
    unit.push(db.next_revision());
    unit.touch(MARK);
}

/// The revision as it is now, from memory where that is not old.
///
/// # Errors
/// The database's.
pub async fn read(db: &TenantDb, now: Instant) -> Result<i64> {
    let (kept, touches) = (db.server().kept::<Kept>(), db.touches(MARK));
    let known = kept.0.read().get(&db.tenant_key()).copied();
    if let Some((revision, seen, at)) = known
        && seen == touches
        && (0..PATIENCE_US).contains(&(now.0 - at))
    {
        return Ok(revision);
    }
    let revision = db.stored_revision().await?;
    kept.0.write().insert(db.tenant_key(), (revision, touches, now.0));
    Ok(revision)
}
