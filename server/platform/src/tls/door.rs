//! The server's side of handshakes. rustls asks it anew for every connection, so that what is put in later counts from
//! the next one on.

use super::trust::{Take, Trust, provider};
use parking_lot::RwLock;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use theriac_core::{Error, Result};

#[derive(Debug)]
pub struct Door {
    certificate: PathBuf,
    key: PathBuf,
    own: RwLock<Arc<CertifiedKey>>,
    trust: Arc<Trust>,
}

impl Door {
    /// # Errors
    /// `Invalid`, naming the file.
    pub fn load(certificate: &Path, key: &Path, trust: Arc<Trust>) -> Result<Self> {
        let own = RwLock::new(Arc::new(certified(certificate, key)?));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), own, trust })
    }

    pub(super) fn files(&self) -> [&Path; 2] {
        [&self.certificate, &self.key]
    }

    pub(super) fn read(&self) -> Result<Arc<CertifiedKey>> {
        certified(&self.certificate, &self.key).map(Arc::new)
    }

    pub(super) fn own(&self) -> Arc<CertifiedKey> {
        self.own.read().clone()
    }

    pub(super) fn put(&self, own: Arc<CertifiedKey>) {
        *self.own.write() = own;
    }

    /// # Errors
    /// `Internal` if the provider knows no version of TLS.
    pub fn config(self: &Arc<Self>) -> Result<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::new(provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(Error::internal)?;
        Ok(builder.with_client_cert_verifier(self.clone()).with_cert_resolver(self.clone()))
    }
}

fn certified(certificate: &Path, key: &Path) -> Result<CertifiedKey> {
    let wrong = |e: &dyn std::fmt::Display| {
        Error::invalid(format!("the TLS files {} and {} cannot be used: {e}", certificate.display(), key.display()))
    };
    let bytes = super::read(key)?;
    let private = rustls_pemfile::private_key(&mut bytes.as_slice()).map_err(|e| wrong(&e))?;
    let private = private.ok_or_else(|| wrong(&"there is no private key"))?;
    CertifiedKey::from_der(super::chain(certificate)?, private, &provider()).map_err(|e| wrong(&e))
}

impl ResolvesServerCert for Door {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.own())
    }
}

impl ClientCertVerifier for Door {
    fn offer_client_auth(&self) -> bool {
        self.trust.take() != Take::None
    }

    /// Which callers need one is a matter of their registration and their tokens.
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let shown: Vec<CertificateDer<'_>> = std::iter::once(end).chain(between).cloned().collect();
        self.trust.judge(&shown).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &provider().signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
