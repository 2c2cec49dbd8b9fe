//! The pure foundation every other crate stands on: no IO, no async, no clock of its own.
//!
//! What lives here is what all domains must agree on: the closed error table ([`Code`]), the tenant,
//! record keys, time, the JSON document tree that keeps a decimal's digits, and XML read strictly.

pub mod clock;
pub mod error;
pub mod hash;
pub mod json;
pub mod key;
pub mod tenant;
pub mod xml;

pub use clock::{Clock, Instant};
pub use error::{Code, Error, Issue, Result};
pub use key::Keys;
pub use tenant::Tenant;
