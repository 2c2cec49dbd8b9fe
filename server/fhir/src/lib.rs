//! FHIR R4 (4.0.1), <http://hl7.org/fhir/R4/>: interactions, search, structure.
//!
//! A resource is a JSON document, judged by tables generated from the standard's definitions ([`structure`]),
//! found by hashes and ranges that its search parameters extract ([`search`]), and stored as the final bytes
//! that are sent. Never: a resource parsed on a plain read, a type written by hand, a search without the policy.

mod body;
mod building;
mod bundle;
pub mod canonical;
mod consent;
pub mod definition;
mod deid;
mod document;
mod format;
mod interaction;
mod job;
mod kind;
#[cfg(test)]
mod noninterference;
pub mod operation;
mod package;
mod parameters;
pub mod patch;
pub mod path;
mod policy;
pub mod profile;
pub mod reindex;
mod routes;
pub mod search;
mod service;
mod sight;
mod store;
pub mod structure;
pub mod terminology;
mod validation;
mod view;
pub mod xml;

pub use deid::R4;
pub use deid::anonymizer;
pub use job::run as run_jobs;
pub use routes::routes;
pub use service::Fhir;
pub use sight::sight;

/// The workers of FHIR.
pub fn workers(public_url: &str) -> Vec<std::sync::Arc<dyn theriac_ledger::Watcher>> {
    vec![std::sync::Arc::new(building::Builder { public_url: public_url.to_owned() })]
}
