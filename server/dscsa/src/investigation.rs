//! `/investigations`: suspect product, and what is found to be illegitimate. FD&C Act, 581(8) and (21), 582(b)(4), (c)(4),
//! (d)(4), (e)(4); Form FDA 3911.
//!
//! Suspect product is investigated and cleared, or found illegitimate; then FDA and all immediate trading partners are
//! told within 24 hours ([`notice`]), until FDA agrees that it is over. What follows what is a table ([`step`]);
//! [`form`] drafts the form. While it lasts, a verification says so of every item concerned.

mod change;
mod form;
pub(crate) mod notice;
mod step;

pub(crate) use change::{Suspicion, create, opened, transition};
pub(crate) use form::form;

use crate::record::{Kind, Record};
use crate::store::record as store;
use theriac_core::Result;
use theriac_epcis::identifier::class_of;
use theriac_platform::Context;

pub(crate) static KIND: Kind = Kind {
    segment: "investigations",
    topic: "dscsa.investigation",
    states: &["suspect", "cleared", "illegitimate", "notified", "terminating", "terminated"],
};

/// What a verification says of items under an investigation in that state.
const STANDINGS: &[(&str, &str)] = &[
    ("illegitimate", "Illegitimate"),
    ("notified", "Illegitimate"),
    ("terminating", "Illegitimate"),
    ("suspect", "Suspect"),
];

/// The worst that is said of an item: of itself, of its lot, or of its trade item.
pub(crate) async fn standing(context: &Context, epc: &str, lot: Option<String>) -> Result<Option<&'static str>> {
    let own = [Some(epc.to_owned()), class_of(epc), lot];
    let open = store::about(&context.db, &KIND, own.into_iter().flatten().collect()).await?;
    Ok(worst(&open))
}

pub(crate) fn is_open(record: &Record) -> bool {
    STANDINGS.iter().any(|(state, _)| *state == record.state)
}

fn worst(records: &[Record]) -> Option<&'static str> {
    let is_open = |state: &str| records.iter().any(|record| record.state == state);
    STANDINGS.iter().find(|(state, _)| is_open(state)).map(|(_, said)| *said)
}
