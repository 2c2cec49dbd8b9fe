//! Tracing: whoever investigates product asks its partners for the transactions they know of it. FD&C Act, 582(b)(1)(B) and
//! its like for the other sectors: answered within one business day, and 48 hours at most.
//!
//! [`answer`] is the responder, [`ask`] the requester.

pub(crate) mod answer;
pub(crate) mod ask;

use crate::record::Kind;
use theriac_core::{Error, Result};
use theriac_epcis::identifier::Identifier;

pub(crate) static KIND: Kind =
    Kind { segment: "traces", topic: "dscsa.trace", states: &["asked", "answered", "unanswered"] };

/// Why product is traced.
pub(crate) const REASONS: &[&str] = &["suspect", "illegitimate", "recall", "audit", "inspection"];

fn reason(text: &str) -> Result<&'static str> {
    let known = REASONS.iter().copied().find(|known| *known == text);
    let message = || format!("'{text}' is no reason to trace; there are {}", REASONS.join(", "));
    known.ok_or_else(|| Error::invalid(message()).at("reason"))
}

/// The serialised item, in canonical spelling.
fn item(text: &str) -> Result<String> {
    let wrong = || Error::invalid("'epc' is a GTIN with its serial number, in any of GS1's spellings").at("epc");
    let item = Identifier::parse_any(text.trim()).map_err(|_| wrong())?;
    if item.key.scheme == "sgtin" && item.qualifier.is_some() { Ok(item.link()) } else { Err(wrong()) }
}

fn short(text: Option<&String>, place: &'static str) -> Result<()> {
    match text {
        Some(text) if text.len() > 2_000 => Err(Error::invalid(format!("'{place}' has at most 2000 bytes")).at(place)),
        _ => Ok(()),
    }
}
