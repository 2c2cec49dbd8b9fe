//! Which certificates of clients are taken, and which are trusted.

use super::Certificate;
use parking_lot::RwLock;
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use theriac_core::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Clients are not asked for any.
    None,
    /// Those of the authorities in `tls_client_ca`; others end the handshake.
    Trusted,
    /// Any, for clients that are registered with a certificate of their own making (RFC 8705, 2.2).
    Any,
}

impl Take {
    const NAMES: [(&'static str, Self); 3] = [("none", Self::None), ("trusted", Self::Trusted), ("any", Self::Any)];
}

type Verifier = Option<Arc<dyn ClientCertVerifier>>;

#[derive(Debug)]
pub struct Trust {
    take: Take,
    ca: Option<PathBuf>,
    verifier: RwLock<Verifier>,
}

impl Trust {
    /// `take`: `none`, `trusted`, `any`; empty for what fits.
    ///
    /// # Errors
    /// `Invalid`, naming the setting or the file.
    pub fn load(ca: Option<&Path>, take: &str) -> Result<Self> {
        let take = match (take, ca) {
            ("", None) => Take::None,
            ("", Some(_)) => Take::Trusted,
            ("trusted", None) => return Err(Error::invalid("tls_client_certificates=trusted wants tls_client_ca")),
            (name, _) => {
                let known = Take::NAMES.iter().find(|(own, _)| *own == name);
                let wrong = || Error::invalid("tls_client_certificates is one of none, trusted, any");
                known.ok_or_else(wrong)?.1
            }
        };
        let trust = Self { take, ca: ca.map(Path::to_owned), verifier: RwLock::default() };
        trust.put(trust.read()?);
        Ok(trust)
    }

    pub fn take(&self) -> Take {
        self.take
    }

    pub(super) fn file(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    pub(super) fn read(&self) -> Result<Verifier> {
        let Some(ca) = &self.ca else { return Ok(None) };
        let wrong =
            |e: &dyn std::fmt::Display| Error::invalid(format!("the TLS file {} cannot be used: {e}", ca.display()));
        let mut roots = RootCertStore::empty();
        for root in super::chain(ca)? {
            roots.add(root).map_err(|e| wrong(&e))?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider()));
        verifier.build().map(Some).map_err(|e| wrong(&e))
    }

    pub(super) fn put(&self, verifier: Verifier) {
        *self.verifier.write() = verifier;
    }

    fn is_trusted(&self, end: &CertificateDer<'_>, between: &[CertificateDer<'_>]) -> Result<bool, rustls::Error> {
        let Some(verifier) = self.verifier.read().clone() else { return Ok(false) };
        match verifier.verify_client_cert(end, between, UnixTime::now()) {
            Ok(_) => Ok(true),
            Err(error) if self.take == Take::Trusted => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// The certificate, if it is taken.
    ///
    /// # Errors
    /// Why it is not.
    pub fn judge(&self, shown: &[CertificateDer<'_>]) -> Result<Certificate, rustls::Error> {
        let bad = rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
        let [end, between @ ..] = shown else { return Err(bad) };
        if self.take == Take::None {
            return Err(rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer));
        }
        let trusted = self.is_trusted(end, between)?;
        Certificate::read(end, trusted).map_err(|_| bad)
    }
}

/// The one provider of cryptography of this program.
pub(super) fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}
