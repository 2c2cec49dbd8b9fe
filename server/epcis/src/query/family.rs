//! `WD_readPoint` and `WD_bizLocation`: places with all below them. EPCIS 2.0, 6.5 and 8.2.7.1.
//!
//! The hierarchy is one of master data. Without any, a place has nothing below it.

use super::{AnyOf, Family, Query};
use crate::index::term;
use theriac_core::Result;
use theriac_platform::db::TenantDb;

/// Turns families into sets of terms.
///
/// # Errors
/// The database's.
pub(crate) async fn resolve(_: &TenantDb, query: &mut Query) -> Result<()> {
    for Family { parameter, field, roots } in std::mem::take(&mut query.families) {
        let mut terms: Vec<i64> = roots.iter().map(|place| term(field, place)).collect();
        terms.sort_unstable();
        terms.dedup();
        query.all_of.push(AnyOf { parameter, terms });
    }
    Ok(())
}
