//! Strict structural reading of R4 JSON: are the members known, of the right kind and number, are primitive
//! values well formed, are required elements there? Needs no database, and allocates nothing for a document
//! without faults. Invariants, profiles, terminology and targets of references are not looked at here.
//!
//! <http://hl7.org/fhir/R4/json.html>, <http://hl7.org/fhir/R4/datatypes.html>

mod faults;
mod lexical;
mod path;
mod references;
pub(crate) mod suggest;
mod walk;

pub use lexical::check as check_primitive;
pub use path::Path;
pub use references::{Place, for_each_reference, for_each_reference_mut, references};

use theriac_core::Error;
use theriac_core::json::Node;

/// Checks a resource of the expected type (of any type, if none is named); at most 20 faults are named.
pub fn check(node: &Node<'_>, expected_type: Option<&str>) -> Result<(), Error> {
    let mut walk = walk::Walk::new();
    walk.root(node, expected_type);
    walk.into_result()
}

/// As [`check`], without what values are and what is not there: enough to store it and give it back.
pub fn check_shape(node: &Node<'_>, expected_type: Option<&str>) -> Result<(), Error> {
    let mut walk = walk::Walk::of_shape();
    walk.root(node, expected_type);
    walk.into_result()
}

#[cfg(test)]
mod tests;
