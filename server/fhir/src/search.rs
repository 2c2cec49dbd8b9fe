//! Search: which values a resource leaves in the index, and what a query asks of it. Pure; stores turn
//! [`index::Index`] into rows and [`criterion::Criterion`] into statements.
//! <http://hl7.org/fhir/R4/search.html>
//!
//! Not served yet, and refused by name: named queries (`_query`).

pub mod catalogue;
mod composite;
pub mod concepts;
pub mod criterion;
pub mod declare;
mod evaluate;
pub mod expression;
pub mod extract;
pub mod fold;
pub mod full_text;
pub mod hash;
pub mod index;
pub mod kind;
mod once;
pub mod parameter;
pub mod query;
mod r4;
pub mod tenant;
#[cfg(test)]
mod tests;
mod union;
pub mod value;

pub use catalogue::{Catalogue, Plan};
pub use criterion::{Criterion, matches};
pub use declare::{Declared, declare};
pub use extract::extract;
pub use index::Index;
pub use kind::Context;
pub use query::{Query, Request};
pub use r4::catalogue as r4_catalogue;
