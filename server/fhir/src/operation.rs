//! Operations, <http://hl7.org/fhir/R4/operations.html>: one file each, one row each in the route table.

pub(crate) mod expand;
pub(crate) mod lookup;
pub(crate) mod parameters;
mod subject;
pub(crate) mod subsumes;
pub(crate) mod translate;
pub(crate) mod validate;
pub(crate) mod validate_code;
