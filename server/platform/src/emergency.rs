//! Patients whose records are open to a person in an emergency ("breaking the glass", BTG of v3-ActReason,
//! <http://terminology.hl7.org/CodeSystem/v3-ActReason>): what every road asks before it compiles a grant.
//!
//! Why they were opened, and whether that was right, is kept above. An access ends at its time wherever it is asked for,
//! without anybody doing anything; ended early, it is over when the policy's [`crate::revision`] moved.

use crate::context::Context;
use crate::db::{TenantDb, Unit};
use crate::revision;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::{Instant, Result};

/// One access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub id: String,
    /// The subject of the person's tokens.
    pub person: String,
    /// `Patient/1`
    pub patient: String,
    /// `BTG` or `ETREAT`: the purpose of what is read under it.
    pub purpose: String,
    pub until: Instant,
}

/// The revision it was read at, and what is open.
type Known = (i64, Arc<Vec<Open>>);

/// Of all tenants of this process.
#[derive(Default)]
struct Kept(RwLock<HashMap<i32, Known>>);

/// Puts the beginning into the unit.
pub fn begin(unit: &mut Unit, db: &TenantDb, open: &Open) {
    unit.push(db.new_emergency(open));
    revision::moved(unit, db);
}

/// Puts the end into the unit.
pub fn end(unit: &mut Unit, db: &TenantDb, id: &str) {
    unit.push(db.ended_emergency(id));
    revision::moved(unit, db);
}

/// What is open to the caller now, and the context in which it is; without anything open, the context as it was.
///
/// # Errors
/// The database's.
pub async fn opened(context: &Context) -> Result<(Context, Vec<Open>)> {
    let nothing = || Ok((context.clone(), Vec::new()));
    if !context.grant.breaks_glass() {
        return nothing();
    }
    let now = context.now();
    let all = all(&context.db, now).await?;
    let own = |open: &&Open| open.person == context.grant.subject && open.until > now;
    let mut open: Vec<Open> = all.iter().filter(own).cloned().collect();
    let Some(grant) = context.grant.opening(open.iter().map(|open| open.patient.clone())) else { return nothing() };
    open.retain(|open| grant.opened.contains(&open.patient));
    Ok((context.acting(grant), open))
}

async fn all(db: &TenantDb, now: Instant) -> Result<Arc<Vec<Open>>> {
    let (kept, revision) = (db.server().kept::<Kept>(), revision::read(db, now).await?);
    if let Some((known, open)) = kept.0.read().get(&db.tenant_key())
        && *known == revision
    {
        return Ok(open.clone());
    }
    let open = Arc::new(db.stored_emergencies().await?);
    kept.0.write().insert(db.tenant_key(), (revision, open.clone()));
    Ok(open)
}
