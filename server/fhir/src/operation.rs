//! Operations, <http://hl7.org/fhir/R4/operations.html>: one file each, one row each in the route table.

pub(crate) mod diff;
pub(crate) mod everything;
pub mod graphql;
pub(crate) mod meta;
pub mod parameters;
