//! A client: RFC 7591 metadata (<https://www.rfc-editor.org/rfc/rfc7591#section-2>), with what this server adds:
//! the role its own tokens have, what it sees by it, and whether it may introspect tokens of others.

use crate::certificate;
use crate::keyset;
use crate::record::{Kind, Registered};
use crate::redirect;
use crate::user::check_reach;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_access::{Mark, Role, Scopes};
use theriac_core::{Error, Result};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub client_name: String,
    #[serde(default = "codes")]
    pub grant_types: Vec<String>,
    #[serde(default = "basic")]
    pub token_endpoint_auth_method: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub response_types: Vec<String>,
    /// The most it can be given; separated by spaces.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tls_client_certificate_bound_access_tokens: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject_dn: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_dns: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_ip: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_email: Option<String>,
    /// Of tokens by `client_credentials`: service, partner or operator.
    #[serde(default = "service", skip_serializing_if = "is_service")]
    pub role: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub glns: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// A resource server, which may ask about tokens of other clients too (RFC 7662).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub introspection: bool,
}

fn codes() -> Vec<String> {
    vec!["authorization_code".to_owned()]
}

fn basic() -> String {
    "client_secret_basic".to_owned()
}

fn service() -> String {
    Role::Service.as_str().to_owned()
}

fn is_service(role: &str) -> bool {
    role == Role::Service.as_str()
}

/// How a client proves itself at the token address (RFC 7591, 2; OpenID Connect Core, 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    None,
    SecretBasic,
    SecretPost,
    PrivateKeyJwt,
    /// By a certificate of an authority, with the name it is registered with (RFC 8705, 2.1).
    Tls,
    /// By a certificate that is itself registered (RFC 8705, 2.2).
    SelfSignedTls,
}

impl Method {
    pub const NAMES: [(&'static str, Self); 6] = [
        ("none", Self::None),
        ("client_secret_basic", Self::SecretBasic),
        ("client_secret_post", Self::SecretPost),
        ("private_key_jwt", Self::PrivateKeyJwt),
        ("tls_client_auth", Self::Tls),
        ("self_signed_tls_client_auth", Self::SelfSignedTls),
    ];

    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    pub fn has_certificate(self) -> bool {
        matches!(self, Self::Tls | Self::SelfSignedTls)
    }

    pub fn has_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
    }
}

pub const CODE: &str = "authorization_code";
pub const REFRESH: &str = "refresh_token";
pub const CREDENTIALS: &str = "client_credentials";
pub const GRANTS: &[&str] = &[CODE, REFRESH, CREDENTIALS];

/// Roles that a client can have of its own.
const ROLES: &[Role] = &[Role::Service, Role::Partner, Role::Operator];

impl Client {
    pub fn method(&self) -> Result<Method> {
        let named = Method::NAMES.iter().find(|(name, _)| *name == self.token_endpoint_auth_method);
        named.map(|(_, method)| *method).ok_or_else(|| {
            let known: Vec<&str> = Method::NAMES.iter().map(|row| row.0).collect();
            let message = format!("token_endpoint_auth_method is one of {}", known.join(", "));
            Error::invalid(message).at("token_endpoint_auth_method")
        })
    }

    pub fn role(&self) -> Result<Role> {
        ROLES.iter().copied().find(|role| role.as_str() == self.role).ok_or_else(|| {
            Error::invalid("the role of a client is service, partner or operator; persons bring their own").at("role")
        })
    }

    pub fn has_grant(&self, grant: &str) -> bool {
        self.grant_types.iter().any(|own| own == grant)
    }

    fn check_grants(&self) -> Result<()> {
        let wrong = |at: &str, message: String| Err(Error::invalid(message).at(at));
        if self.grant_types.is_empty() || self.grant_types.iter().any(|grant| !GRANTS.contains(&grant.as_str())) {
            return wrong("grant_types", format!("grant_types are some of {}", GRANTS.join(", ")));
        }
        if self.has_grant(REFRESH) && !self.has_grant(CODE) {
            return wrong("grant_types", "refresh_token goes with authorization_code".to_owned());
        }
        if self.has_grant(CREDENTIALS) && self.method()? == Method::None {
            return wrong("grant_types", "client_credentials wants a client that can prove itself".to_owned());
        }
        if self.response_types.iter().any(|kind| kind != "code") {
            return wrong("response_types", "the only response type is code".to_owned());
        }
        match (self.has_grant(CODE), self.redirect_uris.is_empty()) {
            (true, true) => wrong("redirect_uris", "authorization_code wants at least one redirect address".to_owned()),
            (false, false) => wrong("redirect_uris", "redirect addresses go with authorization_code".to_owned()),
            _ => self.check_redirects(),
        }
    }

    fn check_redirects(&self) -> Result<()> {
        self.redirect_uris.iter().try_for_each(|address| redirect::check(address))?;
        let twice = |(at, address): (usize, &String)| {
            self.redirect_uris[..at].iter().any(|own| redirect::is_same(own, address))
        };
        match self.redirect_uris.len() > 20 || self.redirect_uris.iter().enumerate().any(twice) {
            true => Err(Error::invalid("at most 20 redirect addresses, each once").at("redirect_uris")),
            false => Ok(()),
        }
    }

    /// Exactly one source of keys, and only where keys are used (RFC 7591, 2: not both).
    fn check_keys(&self) -> Result<()> {
        if self.method()? == Method::SelfSignedTls {
            return match (&self.jwks, &self.jwks_uri) {
                (Some(jwks), None) => certificate::registered(jwks).map(drop).map_err(|e| e.at("jwks")),
                _ => Err(Error::invalid("self_signed_tls_client_auth wants jwks with x5c, and no jwks_uri").at("jwks")),
            };
        }
        let asymmetric = self.method()? == Method::PrivateKeyJwt;
        match (asymmetric, &self.jwks, &self.jwks_uri) {
            (true, Some(jwks), None) => keyset::of_client(jwks).map(drop).map_err(|e| e.at("jwks")),
            (true, None, Some(address)) => redirect::check_https(address).map_err(|e| e.at("jwks_uri")),
            (true, ..) => Err(Error::invalid("private_key_jwt wants either jwks or jwks_uri").at("jwks")),
            (false, None, None) => Ok(()),
            (false, ..) => Err(Error::invalid("keys go with private_key_jwt").at("jwks")),
        }
    }

    /// The names of a certificate that are registered, with their members.
    pub fn tls_names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let names = [
            ("tls_client_auth_subject_dn", &self.tls_client_auth_subject_dn),
            ("tls_client_auth_san_dns", &self.tls_client_auth_san_dns),
            ("tls_client_auth_san_uri", &self.tls_client_auth_san_uri),
            ("tls_client_auth_san_ip", &self.tls_client_auth_san_ip),
            ("tls_client_auth_san_email", &self.tls_client_auth_san_email),
        ];
        names.into_iter().filter_map(|(member, name)| Some((member, name.as_deref()?)))
    }

    /// Are its tokens good only together with its certificate?
    pub fn is_bound(&self) -> Result<bool> {
        Ok(self.tls_client_certificate_bound_access_tokens || self.method()?.has_certificate())
    }

    fn check_tls(&self) -> Result<()> {
        let names: Vec<_> = self.tls_names().collect();
        let wrong = |member: &str, why: &str| Err(Error::invalid(why).at(member));
        match (self.method()? == Method::Tls, names.as_slice()) {
            (false, []) => Ok(()),
            (false, [(member, _), ..]) => wrong(member, "names of a certificate go with tls_client_auth"),
            (true, [(member, name)]) => match certificate::is_name(member, name) {
                true => Ok(()),
                false => wrong(member, "it is no name of its kind, as it stands in a certificate"),
            },
            (true, _) => wrong(
                "tls_client_auth_subject_dn",
                "tls_client_auth wants exactly one name: tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip or _san_email",
            ),
        }
    }

    fn check_texts(&self) -> Result<()> {
        if self.client_name.trim().is_empty() || self.client_name.chars().count() > 200 {
            return Err(Error::invalid("client_name has 1 to 200 characters").at("client_name"));
        }
        let addresses = [
            ("client_uri", &self.client_uri),
            ("logo_uri", &self.logo_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
        ];
        for (name, address) in addresses {
            address.as_deref().map_or(Ok(()), redirect::check_https).map_err(|e| e.at(name))?;
        }
        let short = |text: &String| text.chars().count() <= 200;
        let texts = self.contacts.iter().chain(&self.software_id).chain(&self.software_version);
        if self.contacts.len() > 10 || !texts.into_iter().all(short) {
            return Err(Error::invalid("at most 10 contacts, and no text longer than 200 characters").at("contacts"));
        }
        Ok(())
    }
}

impl Registered for Client {
    const KIND: Kind = Kind::Client;
    const ID: &'static str = "client_id";

    fn check(&self) -> Result<()> {
        self.check_texts()?;
        self.check_grants()?;
        self.check_keys()?;
        self.check_tls()?;
        if !self.scope.is_empty() {
            Scopes::parse(&self.scope).map_err(|e| e.at("scope"))?;
        }
        check_reach(self.role()?, &self.glns, self.site.as_deref())
    }

    fn mark(id: &str) -> Mark<'_> {
        Mark::Client(id)
    }

    fn told(&self) -> Value {
        json!({
            "role": self.role, "scope": self.scope, "grant_types": self.grant_types,
            "token_endpoint_auth_method": self.token_endpoint_auth_method,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    fn refused(members: &Value) -> String {
        let mut client = json!({ "client_name": "A" });
        client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        record::read::<Client>(client.to_string().as_bytes(), None).err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_usual_clients_are_taken() {
        for good in [
            json!({ "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none" }),
            json!({ "redirect_uris": ["http://127.0.0.1/cb"], "grant_types": ["authorization_code", "refresh_token"] }),
            json!({ "grant_types": ["client_credentials"], "scope": "system/*.rs" }),
            json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt",
                    "jwks_uri": "https://app.example/jwks.json" }),
            json!({ "grant_types": ["client_credentials"], "role": "partner", "glns": ["0614141000012"] }),
            json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "tls_client_auth",
                    "tls_client_auth_subject_dn": "CN=loader,O=Mercy" }),
            json!({ "grant_types": ["client_credentials"], "tls_client_certificate_bound_access_tokens": true }),
        ] {
            assert_eq!(refused(&good), "", "{good}");
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused_by_name() {
        for (bad, word) in [
            (json!({}), "redirect_uris"),
            (json!({ "grant_types": ["implicit"] }), "grant_types are some of"),
            (json!({ "grant_types": ["password"] }), "grant_types are some of"),
            (json!({ "grant_types": [] }), "grant_types are some of"),
            (json!({ "grant_types": ["refresh_token"] }), "goes with authorization_code"),
            (json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "none" }), "prove itself"),
            (json!({ "grant_types": ["client_credentials"], "redirect_uris": ["https://a.example"] }), "go with"),
            (json!({ "redirect_uris": ["https://a.example/#x"] }), "fragment"),
            (json!({ "redirect_uris": ["https://a.example/"], "response_types": ["token"] }), "only response type"),
            (json!({ "grant_types": ["client_credentials"], "scope": "system/*.dus" }), "scope"),
            (
                json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt" }),
                "either jwks",
            ),
            (json!({ "grant_types": ["client_credentials"], "jwks_uri": "https://a.example" }), "keys go with"),
            (json!({ "grant_types": ["client_credentials"], "role": "administrator" }), "role of a client"),
            (
                json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "tls_client_auth" }),
                "exactly one name",
            ),
            (
                json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "tls_client_auth",
                        "tls_client_auth_san_dns": "a.example", "tls_client_auth_san_ip": "192.0.2.1" }),
                "exactly one name",
            ),
            (
                json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "tls_client_auth",
                        "tls_client_auth_san_ip": "a.example" }),
                "no name of its kind",
            ),
            (
                json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "tls_client_auth",
                        "tls_client_auth_subject_dn": "a.example" }),
                "no name of its kind",
            ),
            (
                json!({ "grant_types": ["client_credentials"], "tls_client_auth_san_dns": "a.example" }),
                "go with tls_client_auth",
            ),
            (
                json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "self_signed_tls_client_auth",
                        "jwks": { "keys": [] } }),
                "x5c",
            ),
            (
                json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "self_signed_tls_client_auth",
                        "jwks_uri": "https://a.example/jwks" }),
                "no jwks_uri",
            ),
            (json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": "mtls" }), "one of none"),
            (json!({ "grant_types": ["client_credentials"], "logo_uri": "javascript:alert(1)" }), "https"),
            (json!({ "grant_types": ["client_credentials"], "unknown": 1 }), "unknown"),
        ] {
            assert!(refused(&bad).contains(word), "{bad}: {}", refused(&bad));
        }
    }
}
