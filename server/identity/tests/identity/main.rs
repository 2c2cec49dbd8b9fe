//! The authorization server on a real database, asked through its route tables.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod administration;
mod browser;
mod certificate;
mod elsewhere;
mod house;
mod machine;
mod person;
mod signer;
mod tokens;
