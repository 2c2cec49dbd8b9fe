//! All SQL of FHIR.

pub(crate) mod canonical;
pub(crate) mod claim;
pub(crate) mod consent;
mod contained;
pub(crate) mod history;
pub(crate) mod job;
pub(crate) mod meta;
mod ordered;
pub(crate) mod package;
pub(crate) mod parameter;
pub(crate) mod read;
pub(crate) mod reindex;
mod rows;
pub(crate) mod search;
pub(crate) mod write;
mod writing;
