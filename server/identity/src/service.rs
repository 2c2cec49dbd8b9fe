//! What the handlers of this crate share.

use crate::keyset::Fetched;
use std::sync::Arc;
use theriac_access::SigningKeys;
use theriac_platform::Outbound;

#[derive(Clone)]
pub struct Identity {
    pub(crate) keys: Arc<SigningKeys>,
    /// Who issues the installation's access tokens.
    pub(crate) issuer: Arc<str>,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) fetched: Arc<Fetched>,
}

impl Identity {
    pub fn new(keys: Arc<SigningKeys>, issuer: &str, outbound: Arc<Outbound>) -> Self {
        Self { keys, issuer: issuer.into(), outbound, fetched: Arc::default() }
    }
}
