//! FHIR R4 (4.0.1): interactions, search, structure.
pub mod definition;
pub mod search;
pub mod structure;
