//! A client's certificate as it was shown, and what it says (RFC 5280).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::IpAddr;
use std::str::FromStr;
use theriac_core::hash::sha256;
use theriac_core::{Error, Result};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::RdnSequence;

/// Whoever showed it has proved to hold its key: in the handshake, or to a trusted proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub der: Vec<u8>,
    /// SHA-256 of it in base64url: `x5t#S256` (RFC 8705, 3.1).
    pub thumbprint: String,
    /// Does it come from an authority that is trusted here?
    pub trusted: bool,
    not_before_s: i64,
    not_after_s: i64,
    /// Distinguished name in the form of RFC 4514.
    subject: String,
    dns: Vec<String>,
    uris: Vec<String>,
    emails: Vec<String>,
    ips: Vec<IpAddr>,
}

impl Certificate {
    /// # Errors
    /// `Malformed` for what is no certificate.
    pub fn read(der: &[u8], trusted: bool) -> Result<Self> {
        let wrong = |_| Error::malformed("the client certificate cannot be read: it is X.509 in DER");
        let read = x509_cert::Certificate::from_der(der).map_err(wrong)?;
        let body = &read.tbs_certificate;
        let seconds =
            |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        let mut certificate = Self {
            der: der.to_vec(),
            thumbprint: URL_SAFE_NO_PAD.encode(sha256(der)),
            trusted,
            not_before_s: seconds(body.validity.not_before),
            not_after_s: seconds(body.validity.not_after),
            subject: body.subject.to_string(),
            dns: Vec::new(),
            uris: Vec::new(),
            emails: Vec::new(),
            ips: Vec::new(),
        };
        if let Some((_, names)) = body.get::<SubjectAltName>().map_err(wrong)? {
            names.0.iter().for_each(|name| certificate.add(name));
        }
        Ok(certificate)
    }

    fn add(&mut self, name: &GeneralName) {
        match name {
            GeneralName::DnsName(name) => self.dns.push(name.as_str().to_owned()),
            GeneralName::UniformResourceIdentifier(uri) => self.uris.push(uri.as_str().to_owned()),
            GeneralName::Rfc822Name(email) => self.emails.push(email.as_str().to_owned()),
            GeneralName::IpAddress(bytes) => {
                let v4 = <[u8; 4]>::try_from(bytes.as_bytes()).map(IpAddr::from);
                let v6 = <[u8; 16]>::try_from(bytes.as_bytes()).map(IpAddr::from);
                self.ips.extend(v4.or(v6));
            }
            _ => {}
        }
    }

    pub fn is_valid(&self, now_s: i64) -> bool {
        (self.not_before_s..=self.not_after_s).contains(&now_s)
    }

    /// Is this its subject? Compared part by part, whichever way the parts are written.
    pub fn has_subject(&self, name: &str) -> bool {
        subject(name).is_some_and(|name| name == self.subject)
    }

    pub fn has_dns(&self, name: &str) -> bool {
        self.dns.iter().any(|own| own.eq_ignore_ascii_case(name))
    }

    pub fn has_uri(&self, uri: &str) -> bool {
        self.uris.iter().any(|own| own == uri)
    }

    pub fn has_email(&self, email: &str) -> bool {
        self.emails.iter().any(|own| own == email)
    }

    pub fn has_ip(&self, ip: &str) -> bool {
        ip.parse::<IpAddr>().is_ok_and(|ip| self.ips.contains(&ip))
    }
}

/// A distinguished name in the one form that is compared; none if it is no name.
fn subject(name: &str) -> Option<String> {
    RdnSequence::from_str(name).ok().map(|name| name.to_string()).filter(|name| !name.is_empty())
}

/// Is it a distinguished name in the form of RFC 4514?
pub fn is_subject(name: &str) -> bool {
    subject(name).is_some()
}
