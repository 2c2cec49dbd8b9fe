//! All SQL of this crate, a file for each thing kept.

pub(crate) mod campaign;
pub(crate) mod emergency;
pub(crate) mod read;

use crate::emergency::Emergency;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;

/// The access in its new version, with its entry, into the unit.
pub(crate) fn move_on(unit: &mut Unit, context: &Context, after: &Emergency, action: &'static str) -> Result<()> {
    unit.push(emergency::moved(&context.db, after));
    theriac_ledger::record(unit, context, &[after.entry(action)])
}

/// Whoever was first has won.
pub(crate) fn settled(outcome: Result<Vec<u64>>) -> Result<()> {
    match outcome {
        Err(error) if error.guard == Some(emergency::NAME) => {
            Err(Error::conflict("somebody else changed it at the same moment; read it again"))
        }
        other => other.map(drop),
    }
}
