//! Packages of definitions (FHIR NPM packages, <https://confluence.hl7.org/display/FHIR/NPM+Package+Specification>):
//! installed from a `.tgz` that was uploaded, listed, removed. Nothing is fetched from anywhere.
//!
//! A package is installed whole or not at all, in one unit with its ledger entries; its definitions are ordinary
//! resources of the tenant from then on. What is missing or wrong is said by name.

mod archive;
mod dependency;
pub(crate) mod install;
pub(crate) mod lenient;
mod manifest;
pub(crate) mod remove;

pub(crate) use archive::unpack;
pub(crate) use manifest::Manifest;
