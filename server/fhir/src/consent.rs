//! Patients' consents, <http://hl7.org/fhir/R4/consent.html>, enforced: an active Consent of a patient limits who may
//! read what of that patient's compartment, and is part of the predicate every road asks ([`crate::policy`]).
//!
//! - Consents whose scope is privacy or research count; of several a denial goes before a permission.
//! - A provision inside another is an exception to it (R4 consent.html#6.2.3). Where all of them are silent, the tenant's
//!   setting `policy.consent` speaks.
//! - What cannot be decided (an actor that is a group, a class nobody knows) is decided against disclosure.

mod compile;
mod kept;
mod provision;
#[cfg(test)]
mod tests;

pub use kept::{Consents, refresh};

/// One patient's consent, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Consent {
    /// `Patient/1`
    pub patient: String,
    pub provision: provision::Provision,
}
