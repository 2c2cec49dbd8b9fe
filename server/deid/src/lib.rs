//! De-identified views: what a profile lets leave, and in which form. 45 CFR 164.514(b), Safe Harbor and Expert
//! Determination; <http://hl7.org/fhir/R4/security.html#deidentification>
//!
//! A [`Profile`] is a readable file; with the types of a standard ([`Schema`]) it is compiled once to a [`Plan`], which
//! is walked beside each document. What no rule names does not leave. Names of records become pseudonyms of one
//! research project, kept in its [`vault`], sealed. Rules are pure; SQL stands below `store`.

mod admin;
pub mod age;
pub mod anonymizer;
pub mod date;
mod feed;
mod input;
mod lens;
pub mod method;
pub mod plan;
pub mod profile;
mod project;
pub mod reference;
mod reidentify;
pub mod risk;
mod routes;
pub mod schema;
pub mod secret;
mod store;
pub mod text;
pub mod vault;
pub mod walk;
pub mod zip;

pub use lens::{Lens, Views};
pub use plan::Plan;
pub use profile::Profile;
pub use project::projects_of;
pub use routes::routes;
pub use schema::Schema;
pub use secret::Keyring;
pub use walk::{Names, Scene};
