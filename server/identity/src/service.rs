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
    pub(crate) certificates: Certificates,
}

/// What is said of certificates of clients (RFC 8705).
#[derive(Debug, Clone, Default)]
pub(crate) struct Certificates {
    /// Can any arrive here?
    pub taken: bool,
    /// Where they are shown, if elsewhere than where everything else is.
    pub address: Option<Arc<str>>,
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
            certificates: Certificates::default(),
        }
    }

    /// Whether certificates of clients are taken, and the base address where, if that is another.
    #[must_use]
    pub fn with_certificates(self, taken: bool, address: Option<&str>) -> Self {
        let address = address.map(|address| address.trim_end_matches('/').into());
        Self { certificates: Certificates { taken, address }, ..self }
    }
}
