//! Certificates and keys of an OPC UA connection: the connector's own, the user's, and those of servers that are trusted. OPC UA
//! part 2, 4.13 and part 4, 6.1: an application instance certificate is trusted because somebody put it into the list.

use super::Ended;
use crate::config::opcua::{OpcUa, Security, User};
use opcua::client::IdentityToken;
use opcua::crypto::{CertificateStore, X509, X509Data};
use opcua::types::ByteString;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{Error as IoError, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};

const BITS: u32 = 2_048;
const DAYS: u32 = 3 * 365;
/// A certificate that ends sooner is told of.
const WARN_DAYS: i64 = 30;

pub(super) struct Keys {
    /// Folder as the library reads it: `trusted`, `rejected`, `own`, `private`.
    pub pki: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub application_uri: String,
    pub user: IdentityToken,
    trusted: Vec<X509>,
    /// Where a certificate is put that is not trusted, to be looked at.
    offered: PathBuf,
}

impl Keys {
    /// # Errors
    /// `Invalid` for a file that cannot be read or does not fit, `Internal` if the disk refuses.
    pub fn open(config: &OpcUa, folder: &Path) -> Result<Self> {
        let pki = std::path::absolute(folder.join(format!("opcua-{}-pki", config.name))).map_err(Error::internal)?;
        let trusted = config.security.trust.iter().map(|path| certificate(path)).collect::<Result<Vec<_>>>()?;
        lay_out(&pki, &trusted)?;
        let (certificate, key, application_uri) = own(config, &pki)?;
        let user = config.user.as_ref().map_or(Ok(IdentityToken::Anonymous), user)?;
        let offered = folder.join(format!("opcua-{}-offered.der", config.name));
        Ok(Self { pki, certificate, key, application_uri, user, trusted, offered })
    }

    /// The server's certificate is one of the list, and its time is not over. Names in it are not looked at: whoever holds the key
    /// of that very certificate is the server, however it is called.
    pub fn prove(&self, server: &ByteString) -> std::result::Result<(), Ended> {
        let certificate =
            X509::from_byte_string(server).map_err(|e| refused(format!("the server's certificate: {e}")))?;
        let known = |trusted: &X509| trusted.as_byte_string() == *server;
        if !self.trusted.iter().any(known) {
            let bytes = server.value.as_deref().unwrap_or_default();
            fs::write(&self.offered, bytes).map_err(|e| Ended::Disk(failed(&self.offered, &e)))?;
            return Err(refused(format!(
                "the server's certificate {:?}, thumbprint {}, is not trusted; it lies in {}: if the thumbprint is that of the server, \
                 keep the file and name it in trust of [opcua.security], or set policy to \"none\"",
                certificate.subject_name(),
                certificate.thumbprint().as_hex_string(),
                self.offered.display()
            )));
        }
        certificate.is_time_valid(&chrono::Utc::now()).map_err(|e| refused(format!("the server's certificate: {e}")))
    }
}

fn refused(why: String) -> Ended {
    Ended::Refused(why)
}

fn failed(path: &Path, error: &IoError) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}

fn certificate(path: &Path) -> Result<X509> {
    CertificateStore::read_cert(path)
        .map_err(|e| Error::invalid(format!("{}: {e}; a certificate is a .der or a .pem", path.display())))
}

/// The library trusts what lies in its folder under a name of its own making: exactly the list of the configuration.
fn lay_out(pki: &Path, trusted: &[X509]) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(pki).map_err(|e| failed(pki, &e))?;
    for name in ["trusted", "rejected"] {
        let folder = pki.join(name);
        match fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(&folder, &e)),
            _ => fs::create_dir(&folder).map_err(|e| failed(&folder, &e))?,
        }
    }
    for certificate in trusted {
        let path = pki.join("trusted").join(CertificateStore::cert_file_name(certificate));
        let bytes = certificate.to_der().map_err(|e| Error::internal(e.to_string()))?;
        fs::write(&path, bytes).map_err(|e| failed(&path, &e))?;
    }
    Ok(())
}

/// Certificate, key and the URI in the certificate.
fn own(config: &OpcUa, pki: &Path) -> Result<(PathBuf, PathBuf, String)> {
    let Security { certificate_file, key_file, application_uri, .. } = &config.security;
    let (at, key, uri) = match (certificate_file, key_file, application_uri) {
        (Some(at), Some(key), Some(uri)) => {
            let absolute = |path: &Path| std::path::absolute(path).map_err(Error::internal);
            (absolute(at)?, absolute(key)?, uri.clone())
        }
        _ => made(pki, format!("urn:theriac:connect:{}", config.name))?,
    };
    let own = certificate(&at)?;
    own.is_application_uri_valid(&uri)
        .map_err(|_| Error::invalid(format!("{}: its first subjectAltName is not {uri:?}", at.display())))?;
    CertificateStore::read_pkey(&key).map_err(|e| Error::invalid(format!("{e}; a key is RSA in PEM")))?;
    let ends = own.not_after().map_err(|_| Error::invalid(format!("{}: it has no end", at.display())))?;
    if ends - chrono::Utc::now() < chrono::Duration::days(WARN_DAYS) {
        tracing::warn!(certificate = %at.display(), %ends, "the connector's certificate ends; put a new one in its place");
    }
    Ok((at, key, uri))
}

/// Self-signed; made once.
fn made(pki: &Path, uri: String) -> Result<(PathBuf, PathBuf, String)> {
    let (at, key) = (pki.join("own/cert.der"), pki.join("private/private.pem"));
    if !(at.exists() && key.exists()) {
        let data = X509Data {
            key_size: BITS,
            common_name: "Theriac connector".into(),
            organization: "Theriac".into(),
            organizational_unit: String::new(),
            country: String::new(),
            state: String::new(),
            alt_host_names: X509Data::alt_host_names(&uri, None, false, true, false),
            certificate_duration_days: DAYS,
        };
        CertificateStore::create_certificate_and_key(&data, true, &at, &key).map_err(Error::internal)?;
        fs::set_permissions(&key, Permissions::from_mode(0o600)).map_err(|e| failed(&key, &e))?;
        tracing::info!(certificate = %at.display(), "the connector has a certificate of its own now: let the server trust it");
    }
    Ok((at, key, uri))
}

fn user(user: &User) -> Result<IdentityToken> {
    match (&user.name, &user.password_file, &user.certificate_file, &user.key_file) {
        (Some(name), Some(path), ..) => {
            let word = fs::read_to_string(path).map_err(|e| Error::invalid(format!("{}: {e}", path.display())))?;
            Ok(IdentityToken::new_user_name(name, word.trim()))
        }
        (_, _, Some(at), Some(key)) => IdentityToken::new_x509_path(at, key)
            .map_err(|e| Error::invalid(format!("{} with {}: {e}", at.display(), key.display()))),
        _ => Ok(IdentityToken::Anonymous),
    }
}

#[cfg(test)]
mod tests;
