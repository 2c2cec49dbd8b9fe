//! Validation by StructureDefinitions: profiles compiled into trees, a snapshot made where there is only a
//! differential, and documents walked beside them. Pure: definitions, codes and invariants are asked of traits.
//!
//! <http://hl7.org/fhir/R4/validation.html>, <http://hl7.org/fhir/R4/profiling.html>

mod check;
mod datum;
mod element;
mod fhirpath;
mod finding;
mod library;
mod options;
pub mod place;
mod read;
mod seam;
mod snapshot;
mod trail;

pub use check::Validator;
pub use datum::Datum;
pub use fhirpath::{Expressions, FhirPath};
pub use finding::{Finding, Severity};
pub use library::{Absence, Library};
pub use options::{Follow, Linked, Options, Refused, World};
pub use seam::{Focus, Invariants, NoInvariants};

#[cfg(test)]
mod tests;
