//! The protocol: OAuth 2.1 (<https://datatracker.ietf.org/doc/draft-ietf-oauth-v2-1/>) at `/{tenant}/auth/...`.

pub(crate) mod assertion;
pub(crate) mod authenticate;
pub(crate) mod credentials;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod issue;
pub(crate) mod scope;
pub(crate) mod token;
