//! One file an interaction. <http://hl7.org/fhir/R4/http.html>

pub mod batch;
pub mod capabilities;
pub mod conditional;
pub mod create;
pub mod delete;
pub mod history;
pub mod outcome;
pub mod patch;
pub mod read;
pub mod search;
pub mod transaction;
pub mod update;

pub use outcome::told;
