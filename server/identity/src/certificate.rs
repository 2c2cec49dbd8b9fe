//! Certificates that clients are registered with (RFC 8705, 2): by a name in one of a trusted authority, or by itself.

use crate::client::{Client, Method};
use crate::oauth::error::refused;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use theriac_core::{Error, Result};
use theriac_platform::tls::{self, Certificate};

/// As many as keys of a set.
const MOST: usize = 50;

/// The certificates of a set of keys: the first of each key's `x5c` (RFC 7517, 4.7), in DER.
///
/// # Errors
/// `Invalid`, saying what would be right.
pub(crate) fn registered(jwks: &Value) -> Result<Vec<Vec<u8>>> {
    let wrong = || Error::invalid("jwks holds 1 to 50 keys, each with its certificate in x5c (base64 of DER)");
    let keys =
        jwks.get("keys").and_then(Value::as_array).filter(|keys| (1..=MOST).contains(&keys.len())).ok_or_else(wrong)?;
    let first = |key: &Value| {
        let der = STANDARD.decode(key.get("x5c")?.as_array()?.first()?.as_str()?).ok()?;
        Certificate::read(&der, false).ok().map(|certificate| certificate.der)
    };
    keys.iter().map(|key| first(key).ok_or_else(wrong)).collect()
}

/// Can this member have this value?
pub(crate) fn is_name(member: &str, name: &str) -> bool {
    match member {
        "tls_client_auth_subject_dn" => name.len() <= 1_000 && tls::is_subject(name),
        "tls_client_auth_san_ip" => name.parse::<std::net::IpAddr>().is_ok(),
        _ => !name.trim().is_empty() && name.len() <= 1_000,
    }
}

/// Is it the certificate that the client is registered with?
///
/// # Errors
/// `invalid_client`, saying what is missing and nothing of what is registered.
pub(crate) fn check(client: &Client, certificate: Option<&Certificate>, now_s: i64) -> Result<()> {
    let no = |why: &str| Err(refused("invalid_client", why));
    let Some(certificate) = certificate else { return no("the client proves itself by a certificate, and shows none") };
    if !certificate.is_valid(now_s) {
        return no("the client certificate is over, or not valid yet");
    }
    let own = match client.method()? {
        Method::Tls => certificate.trusted && client.tls_names().any(|(member, name)| has(certificate, member, name)),
        Method::SelfSignedTls => client.jwks.as_ref().map_or(Ok(Vec::new()), registered)?.contains(&certificate.der),
        _ => false,
    };
    if own { Ok(()) } else { no("the certificate is not the one that the client is registered with") }
}

fn has(certificate: &Certificate, member: &str, name: &str) -> bool {
    match member {
        "tls_client_auth_subject_dn" => certificate.has_subject(name),
        "tls_client_auth_san_dns" => certificate.has_dns(name),
        "tls_client_auth_san_uri" => certificate.has_uri(name),
        "tls_client_auth_san_ip" => certificate.has_ip(name),
        "tls_client_auth_san_email" => certificate.has_email(name),
        _ => false,
    }
}
