//! `[[opcua]]`: a server, how it is spoken to (OPC UA part 4, 7.41 and 5.5; part 7, security policies), and what is monitored.

use serde::Deserialize;
use std::path::PathBuf;
use theriac_core::{Error, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpcUa {
    /// Names where this source stands, in the spool's folder.
    pub name: String,
    /// `opc.tcp://host:port/path`
    pub endpoint: String,
    #[serde(default = "publishing")]
    pub publishing_ms: u64,
    #[serde(default)]
    pub security: Security,
    /// Anonymous without.
    #[serde(default)]
    pub user: Option<User>,
    pub nodes: Vec<Node>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// `ns=2;s=Press.Force`
    pub id: String,
    pub property: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    #[serde(default)]
    pub policy: Policy,
    #[serde(default)]
    pub mode: Mode,
    /// Certificates (DER, or PEM by the name's ending) of the server; no other is spoken to.
    #[serde(default)]
    pub trust: Vec<PathBuf>,
    /// The connector's own certificate with its RSA key (PEM); made at the first start where they are left out.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// The first subjectAltName of that certificate.
    #[serde(default)]
    pub application_uri: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Policy {
    /// The strongest that the server offers.
    #[default]
    #[serde(rename = "best")]
    Best,
    #[serde(rename = "none")]
    Unsecured,
    Basic256Sha256,
    #[serde(rename = "Aes128_Sha256_RsaOaep")]
    Aes128,
    #[serde(rename = "Aes256_Sha256_RsaPss")]
    Aes256,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Mode {
    Sign,
    #[default]
    SignAndEncrypt,
}

/// A name and a password, or a certificate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

fn publishing() -> u64 {
    250
}

impl OpcUa {
    pub(super) fn check(&self) -> Result<()> {
        self.fault().map_or(Ok(()), |fault| Err(Error::invalid(format!("opcua {:?}: {fault}", self.name))))
    }

    fn fault(&self) -> Option<&'static str> {
        let security = &self.security;
        let named = (security.certificate_file.is_some(), security.key_file.is_some());
        match () {
            () if named.0 != named.1 => Some("certificate_file and key_file are given together, or neither"),
            () if named.0 != security.application_uri.is_some() => {
                Some("application_uri is the URI in the certificate_file: they are given together, or neither")
            }
            () if security.policy == Policy::Unsecured && !security.trust.is_empty() => {
                Some("policy \"none\" proves no certificate: leave trust out, or choose another policy")
            }
            () => self.user.as_ref().and_then(|user| user.fault(security.policy)),
        }
    }
}

impl User {
    fn fault(&self, policy: Policy) -> Option<&'static str> {
        let given = (&self.name, &self.password_file, &self.certificate_file, &self.key_file);
        match given {
            _ if policy == Policy::Unsecured => {
                Some("a user is only told to a server that has proved who it is: policy \"none\" does not")
            }
            (Some(_), Some(_), None, None) | (None, None, Some(_), Some(_)) => None,
            _ => Some("a user has name and password_file, or certificate_file and key_file"),
        }
    }
}
