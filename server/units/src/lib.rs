//! Units of measure: the Unified Code for Units of Measure (UCUM) and the calendar durations beside it. Pure: no IO,
//! no clock.
//!
//! - [`Unit::parse`] reads a code and says what is wrong with it; [`Unit::cached`] is the same for hot paths.
//! - [`Unit::canonical`] brings a value to base units, so that `1 g/L` and `100 mg/dL` compare and index alike.
//! - [`Unit::convert`] is exact to 28 digits; [`Unit::scale_to`] is the factor for many values of one pair of units.
//! - [`Calendar`] names the durations that are no fixed number of seconds (`year`, `month`).
//!
//! <https://ucum.org/ucum>; clauses are cited as `UCUM §n`. The tables come with the `octofhir-ucum` crate; its interface is
//! used in `unit.rs` and `exact.rs` only. The notice that UCUM asks for stands in `NOTICE`.

mod cache;
mod calendar;
mod exact;
mod unit;

pub use calendar::Calendar;
pub use exact::Exact;
pub use unit::{Scale, Unit};

/// The code system of UCUM units in FHIR.
pub const SYSTEM: &str = "http://unitsofmeasure.org";
