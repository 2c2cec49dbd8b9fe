//! The claims of an access token (RFC 9068, <https://www.rfc-editor.org/rfc/rfc9068>), with this server's own:
//! `tenant`, `role`, `assigned`, `glns`, `site`. Reading is by type and strict: a date in a string is a fault, not an
//! absent date.

use crate::check::Check;
use crate::label;
use crate::role::Role;
use serde::Serialize;
use theriac_core::Result;
use theriac_core::json::{self, Node, Object};

/// 9999-12-31T23:59:59Z, the last date RFC 3339 can write.
const LAST_SECOND: i64 = 253_402_300_799;

/// What a token says. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    pub jti: String,
    pub tenant: String,
    pub role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assigned: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub glns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// How the subject proved itself (RFC 8176); `mfa` is the second factor.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The sign-in this token comes from: all that come from one are taken back together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// SMART launch context: `1`, as in the token response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// Whoever shows the token must also prove this (RFC 7800).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// What binds a token to a key of its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Confirmation {
    /// SHA-256 of the client's certificate, base64url (RFC 8705, 3.1).
    #[serde(rename = "x5t#S256")]
    Certificate(String),
}

impl Confirmation {
    /// A method that is not known here binds to something that cannot be proved here: the token is refused.
    fn read(object: &Object<'_>) -> Result<Option<Self>> {
        let Some(node) = object.get("cnf") else { return Ok(None) };
        let confirmation = node.as_object().ok_or_else(|| Check::Confirmation.failed())?;
        match confirmation.0.as_slice() {
            [(name, value)] if name == "x5t#S256" => {
                let print =
                    value.as_str().filter(|text| text.len() == 43).ok_or_else(|| Check::Confirmation.failed())?;
                Ok(Some(Self::Certificate(print.to_owned())))
            }
            _ => Err(Check::Confirmation.failed()),
        }
    }
}

impl Claims {
    /// The least a token needs; the other claims are empty.
    pub fn new(
        issuer: &str,
        tenant: &str,
        role: Role,
        subject: &str,
        token_id: &str,
        issued_s: i64,
        ttl_s: i64,
    ) -> Self {
        Self {
            iss: issuer.trim_end_matches('/').to_owned(),
            sub: subject.to_owned(),
            aud: audience(issuer, tenant),
            exp: issued_s.saturating_add(ttl_s),
            iat: issued_s,
            nbf: None,
            jti: token_id.to_owned(),
            tenant: tenant.to_owned(),
            role,
            scope: None,
            assigned: Vec::new(),
            glns: Vec::new(),
            site: None,
            amr: Vec::new(),
            client_id: None,
            sid: None,
            patient: None,
            encounter: None,
            cnf: None,
        }
    }

    /// Reads the payload of a token whose signature holds.
    pub(crate) fn read(payload: &[u8]) -> Result<Self> {
        let document = json::parse(payload).map_err(|_| Check::Payload.failed())?;
        let object = document.as_object().ok_or_else(|| Check::Payload.failed())?;
        Ok(Self {
            iss: text(object, "iss", Check::Issuer)?,
            sub: text(object, "sub", Check::Subject)?,
            aud: text(object, "aud", Check::Audience)?,
            exp: seconds(object, "exp", Check::Expiry)?.ok_or_else(|| Check::Expiry.failed())?,
            iat: seconds(object, "iat", Check::IssuedAt)?.ok_or_else(|| Check::IssuedAt.failed())?,
            nbf: seconds(object, "nbf", Check::NotBefore)?,
            jti: text(object, "jti", Check::TokenId)?,
            tenant: text(object, "tenant", Check::Tenant)?,
            role: Role::parse(&text(object, "role", Check::Role)?).ok_or_else(|| Check::Role.failed())?,
            scope: optional_text(object, "scope", Check::Scope)?,
            assigned: list(object, "assigned", Check::Assigned, label::is_patient)?,
            glns: list(object, "glns", Check::Glns, label::is_gln)?,
            site: optional_text(object, "site", Check::Site)?,
            amr: list(object, "amr", Check::Method, |_| true)?,
            client_id: optional_text(object, "client_id", Check::Client)?,
            sid: optional_text(object, "sid", Check::Session)?,
            patient: optional_text(object, "patient", Check::Launch)?,
            encounter: optional_text(object, "encounter", Check::Launch)?,
            cnf: Confirmation::read(object)?,
        })
    }
}

/// `{issuer}/{tenant}`: every tenant is an audience of its own, though one key signs for all.
pub fn audience(issuer: &str, tenant: &str) -> String {
    format!("{}/{tenant}", issuer.trim_end_matches('/'))
}

fn optional_text(object: &Object<'_>, name: &str, check: Check) -> Result<Option<String>> {
    match object.get(name) {
        None => Ok(None),
        Some(node) => match node.as_str() {
            Some(text) if !text.is_empty() => Ok(Some(text.to_owned())),
            _ => Err(check.failed()),
        },
    }
}

fn text(object: &Object<'_>, name: &str, check: Check) -> Result<String> {
    optional_text(object, name, check)?.ok_or_else(|| check.failed())
}

fn seconds(object: &Object<'_>, name: &str, check: Check) -> Result<Option<i64>> {
    let Some(node) = object.get(name) else { return Ok(None) };
    let digits = node.as_number().filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
    let seconds = digits.and_then(|digits| digits.parse().ok()).filter(|s| (1..=LAST_SECOND).contains(s));
    seconds.map(Some).ok_or_else(|| check.failed())
}

fn list(object: &Object<'_>, name: &str, check: Check, good: fn(&str) -> bool) -> Result<Vec<String>> {
    let Some(node) = object.get(name) else { return Ok(Vec::new()) };
    let items = node.as_array().ok_or_else(|| check.failed())?;
    items
        .iter()
        .map(|item| Node::as_str(item).filter(|text| good(text)).map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| check.failed())
}
