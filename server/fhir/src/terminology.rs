//! Terminology: code systems, value sets and concept maps, and what can be asked of them. Pure: resources come by
//! [`Canonicals`](crate::canonical::Canonicals), nothing is read from anywhere else.
//! <http://hl7.org/fhir/R4/terminology-service.html>
//!
//! What cannot be known (a code system that is not here, or only in part) is never guessed: see [`Verdict`].
//! Not served: `compose` with contained value sets, versions forced by the caller.

pub mod compose;
pub mod expand;
mod filter;
pub mod implicit;
mod library;
pub mod lookup;
mod rule;
mod subsume;
pub mod supplement;
mod system;
#[cfg(test)]
pub(crate) mod tests;
pub mod translate;
mod verdict;

pub use library::{Library, Vocabulary};
pub use subsume::Subsumption;
pub use verdict::{Coding, Found, Terminology, Verdict};
