//! Compatibility mode: rule files of the widely used FHIR anonymizer (`fhirPathRules`, JSON) and of the pseudonymizer that
//! took over its language (YAML).
//!
//! The opposite of a [`crate::Profile`]: **what no rule names stays.** And its date shift is weak: one number from -50 to 50 a
//! record, linear in a key that two known dates give away ([`solve`] does it). Institutions can move over with it; new
//! projects write profiles. Rules are tried in their order, and what one of them has touched no later one touches.

mod path;
mod process;
mod rules;
mod shift;
#[cfg(test)]
mod tests;
mod tree;
mod value;

pub use rules::Rules;
pub use shift::{Solution, offset, solve};

use crate::schema::Schema;
use theriac_core::Result;
use theriac_core::json::Node;

/// What the rules' language needs of the standard: FHIRPath, and pseudonyms.
pub trait World: Sync {
    fn schema(&self) -> &dyn Schema;

    /// Is the expression true of an element of that type?
    ///
    /// # Errors
    /// For what is no FHIRPath, or cannot be computed.
    fn holds(&self, node: &Node<'_>, of: &str, expression: &str) -> Result<bool>;

    /// The one value of an expression, as text.
    ///
    /// # Errors
    /// As [`World::holds`].
    fn value(&self, node: &Node<'_>, of: &str, expression: &str) -> Result<Option<String>>;

    /// `pseudonymize`: what stands for a value in a domain.
    ///
    /// # Errors
    /// Where there is no service of pseudonyms.
    fn pseudonym(&self, domain: &str, value: &str) -> Result<String>;

    fn this_year(&self) -> i32;
}

/// A record as the rules leave it.
///
/// # Errors
/// `Invalid` for a rule that cannot be carried out, unless the file says to skip such records: then only the type is left.
pub fn anonymized(rules: &Rules, node: &Node<'_>, world: &dyn World) -> Result<Node<'static>> {
    let mut tree = tree::Tree::of(node, world.schema())?;
    match process::all(rules, &mut tree, world) {
        Ok(()) => {}
        Err(error) if !rules.skips() => return Err(error),
        Err(_) => tree.emptied(),
    }
    Ok(tree.written())
}
