//! Operations, <http://hl7.org/fhir/R4/operations.html>: one file each, one row each in the route table.

pub(crate) mod diff;
pub(crate) mod everything;
pub(crate) mod expand;
pub mod graphql;
pub(crate) mod lastn;
pub(crate) mod lookup;
pub(crate) mod meta;
pub(crate) mod package;
pub mod parameters;
pub(crate) mod status;
mod subject;
pub(crate) mod subsumes;
pub(crate) mod translate;
pub(crate) mod validate;
pub(crate) mod validate_code;
