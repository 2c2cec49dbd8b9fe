//! Client for Theriac: REST, live feed, and an offline verifier of the ledger.
//!
//! - [`Client`] speaks HTTP: FHIR, EPCIS, plant readings and charts, alerts, the ledger.
//! - [`Feed`] (WebSocket) and [`SseFeed`] follow what happens, and go on where they left off.
//! - [`verify`] trusts no server: it checks entries, proofs and signatures from bytes alone.
//!
//! ```no_run
//! # async fn example() -> Result<(), theriac_sdk::Error> {
//! let client = theriac_sdk::Client::new("http://127.0.0.1:8080", "mercy", "a token")?;
//! let patient = client.fhir().read("Patient", "1").await?;
//! println!("{}", patient["birthDate"]);
//! # Ok(())
//! # }
//! ```

pub mod client;
mod error;
pub mod feed;
pub mod verify;

pub use client::{Answer, Client};
pub use error::{Error, Refusal, Result};
pub use feed::{Feed, Message, SseFeed};
