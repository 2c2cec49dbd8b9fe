//! What the handlers of this crate share.

use crate::external::discovery::Documents;
use crate::keyset::Fetched;
use std::sync::Arc;
use theriac_access::{SigningKeys, Verifier};
use theriac_platform::{Cursors, Outbound};

#[derive(Clone)]
pub struct Identity {
    pub(crate) keys: Arc<SigningKeys>,
    /// Seals what only this installation may read: second factors, forms on their way.
    pub(crate) seals: Cursors,
    /// Who issues the installation's access tokens.
    pub(crate) issuer: Arc<str>,
    /// Reads tokens that come back.
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) fetched: Arc<Fetched>,
    pub(crate) documents: Arc<Documents>,
}

impl Identity {
    pub fn new(keys: Arc<SigningKeys>, seals: Cursors, issuer: &str, outbound: Arc<Outbound>) -> Self {
        let verifier = Arc::new(Verifier::new(keys.clone(), issuer));
        Self {
            keys,
            seals,
            issuer: issuer.into(),
            verifier,
            outbound,
            fetched: Arc::default(),
            documents: Arc::default(),
        }
    }
}
