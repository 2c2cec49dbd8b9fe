//! Who may do what: tokens, roles, permissions, scopes, grants.
//!
//! A request's bearer token becomes a [`Grant`] ([`token::Verifier`]); the route table names a
//! [`Permission`]; [`Grant::may`] decides before the handler runs, and [`Grant::rows`] says which rows exist
//! for this caller. Three closed tables hold all policy: [`role::TABLE`], [`permission::TABLE`] and the
//! scope grammar in [`scope`].
//!
//! Invariants: a scope only narrows; nothing is granted by default; a token is read only after its signature
//! holds; what the caller may not see does not exist for it. No IO here but the signing key's own file.

mod cache;
pub mod check;
pub mod claims;
pub mod clearance;
pub mod grant;
pub mod jose;
mod jws;
pub mod key;
pub mod label;
pub mod permission;
pub mod purpose;
pub mod revoked;
pub mod role;
pub mod scope;
pub mod self_test;
pub mod token;
pub mod view;

pub use check::Check;
pub use claims::{Claims, Confirmation};
pub use grant::{Grant, Rows};
pub use key::SigningKeys;
pub use permission::{Permission, Permissions};
pub use revoked::{Mark, Revoked};
pub use role::Role;
pub use scope::{Interaction, Scopes};
pub use self_test::self_test;
pub use token::{Verifier, issue};
pub use view::View;
