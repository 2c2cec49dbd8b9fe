//! Identities from elsewhere: signing in at a provider, and the access tokens of foreign issuers.

pub(crate) mod callback;
pub(crate) mod claims;
pub(crate) mod discovery;
pub(crate) mod foreign;
pub(crate) mod leave;
pub(crate) mod secret;
