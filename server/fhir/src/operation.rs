//! Operations, <http://hl7.org/fhir/R4/operations.html>: one file each, one row each in the route table.

pub mod diff;
pub mod everything;
pub mod meta;
pub mod parameters;
