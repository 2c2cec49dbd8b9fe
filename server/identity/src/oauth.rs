//! The protocol: OAuth 2.1 (<https://datatracker.ietf.org/doc/draft-ietf-oauth-v2-1/>) at `/{tenant}/auth/...`.

pub(crate) mod asked;
pub(crate) mod assertion;
pub(crate) mod authenticate;
pub(crate) mod code;
pub(crate) mod credentials;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod granted;
pub(crate) mod id_token;
pub(crate) mod introspect;
pub(crate) mod issue;
pub(crate) mod launch;
pub(crate) mod line;
pub(crate) mod person;
pub(crate) mod refresh;
pub(crate) mod register;
pub(crate) mod revoke;
pub(crate) mod scope;
pub(crate) mod token;
