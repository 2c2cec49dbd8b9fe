//! The trade in medicines, through its routes and over events captured through EPCIS.

#![allow(clippy::unwrap_used, reason = "the whole program is tests")]

mod exception;
mod house;
mod investigation;
mod packs;
mod trace;
mod transaction;
mod verification;
