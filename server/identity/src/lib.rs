//! Users, clients, sign-in and tokens: the OAuth 2.1 authorization server of each tenant
//! (<https://datatracker.ietf.org/doc/draft-ietf-oauth-v2-1/>), with SMART App Launch 2.2
//! (<https://hl7.org/fhir/smart-app-launch/>).
//!
//! Invariants: secrets are shown once and kept as hashes; every change is recorded in the ledger in the unit that
//! makes it; a grant never exceeds what its client was registered with, nor what its user may.

mod admin;
mod browser;
mod certificate;
mod client;
mod command;
pub mod directory;
mod discovery;
mod external;
mod keyset;
mod oauth;
mod password;
mod provider;
mod record;
mod redirect;
mod rounds;
mod routes;
mod secret;
mod service;
mod store;
mod totp;
mod user;

pub use client::Client;
pub use command::{create_client, create_user};
pub use external::foreign::foreign;
pub use provider::Provider;
pub use rounds::rounds;
pub use routes::routes;
pub use service::Identity;
pub use user::User;
