//! Reads in the ledger: only those under an emergency access are, each before its answer leaves.

use crate::entry::{self, Entry};
use serde_json::json;
use std::sync::Arc;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::context::Trail;
use theriac_platform::db::Unit;
use theriac_platform::emergency::Open;

/// The topic of all that has to do with emergency accesses.
pub const TOPIC: &str = "emergency";

/// Of what was given, so many are named; all are counted.
const NAMED: usize = 1_000;

/// Records what was read under each access, and by which road; nothing, if nothing was.
///
/// # Errors
/// The database's: what cannot be recorded is not told.
pub async fn record(context: &Context, road: &str, reads: Vec<(&Open, Vec<String>)>) -> Result<()> {
    if reads.is_empty() {
        return Ok(());
    }
    let mut unit = Unit::new();
    for (open, mut given) in reads {
        let count = given.len();
        given.truncate(NAMED);
        let read = Entry {
            topic: TOPIC.to_owned(),
            action: "read",
            subject: format!("emergencies/{}", open.id),
            data: Some(json!({ "patient": open.patient, "road": road, "count": count, "given": given })),
            ..Entry::default()
        };
        let trail = Trail { purpose: Some(open.purpose.clone()), ..(*context.trail).clone() };
        let context = Context { trail: Arc::new(trail), ..context.clone() };
        entry::record(&mut unit, &context, &[read])?;
    }
    context.db.commit(unit).await.map(drop)
}
