//! Oversight of access: who may see what and why, whether it is used, whether somebody attests that it shall stay so; and what
//! was opened in an emergency, and whether that was right.
//!
//! "Breaking the glass" is BTG of v3-ActReason (<http://terminology.hl7.org/CodeSystem/v3-ActReason>). Invariants: an access
//! is for one person, one patient and a while, and for reading; it raises an alert in the unit that begins it; every
//! access is judged, by somebody else, once; what was read under it stands in the ledger before it was given.

mod account;
mod campaign;
mod emergency;
mod export;
mod page;
mod report;
mod review;
mod rounds;
mod routes;
mod store;
mod words;
mod worker;

pub use routes::{rounds, routes};
pub use worker::workers;
