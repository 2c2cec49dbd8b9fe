//! A provider of identities elsewhere (OpenID Connect Core 1.0): people sign in there, or bring its tokens. What role
//! they have here is said by a table of this tenant, never by the provider alone.

use crate::record::{Kind, Registered};
use crate::redirect::check_https;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use theriac_access::jose::Algorithm;
use theriac_access::{Mark, Role};
use theriac_core::hash::{hex, sha256};
use theriac_core::{Error, Result};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provider {
    /// As it stands on the sign-in page.
    pub name: String,
    /// As its tokens name it; its documents are found below it.
    pub issuer: String,
    /// Who we are there; without it nobody signs in through it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default = "usual_scope")]
    pub scope: String,
    /// Are its access tokens taken here? Then this is their `aud`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    #[serde(default = "usual_algorithms")]
    pub algorithms: Vec<String>,
    /// The claim that is looked up in `roles`: a text or a list of texts.
    #[serde(default = "usual_claim")]
    pub role_claim: String,
    /// Value of the claim, and the role here. The first of the claim's values that stands here counts.
    pub roles: BTreeMap<String, String>,
    /// Does its word `mfa` (RFC 8176) count as a second factor here?
    #[serde(default)]
    pub trusts_second_factor: bool,
}

fn usual_scope() -> String {
    "openid profile".to_owned()
}

fn usual_algorithms() -> Vec<String> {
    vec!["RS256".to_owned()]
}

fn usual_claim() -> String {
    "roles".to_owned()
}

impl Provider {
    pub fn algorithms(&self) -> Vec<&'static Algorithm> {
        self.algorithms.iter().filter_map(|name| Algorithm::find(name)).collect()
    }

    /// The role that these claims have here.
    pub fn role(&self, claims: &Map<String, Value>) -> Option<Role> {
        let values: Vec<&str> = match claims.get(&self.role_claim)? {
            Value::String(one) => one.split(' ').collect(),
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        values.iter().find_map(|value| Role::parse(self.roles.get(*value)?))
    }

    /// Who the subject is here: the same person at every sign-in, and nobody else's name.
    pub fn user_id(&self, id: &str, subject: &str) -> String {
        format!("{id}-{}", hex(&sha256(format!("{}|{subject}", self.issuer).as_bytes())[..12]))
    }

    pub fn has_second_factor(&self, claims: &Map<String, Value>) -> bool {
        let methods = claims.get("amr").and_then(Value::as_array);
        self.trusts_second_factor && methods.is_some_and(|all| all.iter().any(|method| method == "mfa"))
    }
}

impl Registered for Provider {
    const KIND: Kind = Kind::Provider;
    const ID: &'static str = "id";

    fn check(&self) -> Result<()> {
        let wrong = |at: &str, why: String| Err(Error::invalid(why).at(at));
        if self.name.trim().is_empty() || self.name.chars().count() > 100 {
            return wrong("name", "a name has 1 to 100 characters".to_owned());
        }
        // Plain http leads inside only, and only where the configuration allows it.
        if check_https(&self.issuer.replacen("http://", "https://", 1)).is_err() || self.issuer.ends_with('/') {
            return wrong("issuer", "an issuer is an address without a slash at its end".to_owned());
        }
        if let Some(unknown) = self.algorithms.iter().find(|name| Algorithm::find(name).is_none()) {
            return wrong(
                "algorithms",
                format!("'{unknown}' is no asymmetric algorithm of RFC 7518 that is taken here"),
            );
        }
        if self.algorithms.is_empty() || self.client_id.is_none() && self.audience.is_none() {
            return wrong(
                "clientId",
                "a provider is for signing in (clientId), for tokens (audience), or both".to_owned(),
            );
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            return wrong("scope", "the scope holds openid".to_owned());
        }
        match self.roles.values().find(|role| Role::parse(role).is_none_or(|role| role == Role::Service)) {
            Some(role) => wrong("roles", format!("'{role}' is no role of persons")),
            None => Ok(()),
        }
    }

    fn mark(id: &str) -> Mark<'_> {
        Mark::Client(id)
    }

    fn told(&self) -> Value {
        json!({ "issuer": self.issuer, "roles": self.roles, "algorithms": self.algorithms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    fn provider(more: Value) -> Result<Provider> {
        let mut body = json!({ "name": "P", "issuer": "https://p.example", "clientId": "us", "roles": { "doctors": "clinician", "it": "administrator" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record::read(body.to_string().as_bytes(), None)
    }

    #[test]
    fn roles_come_from_the_table_alone() {
        let provider = provider(json!({})).unwrap();
        let role = |claims: Value| provider.role(claims.as_object().unwrap());
        assert_eq!(role(json!({ "roles": ["guests", "doctors", "it"] })), Some(Role::Clinician));
        assert_eq!(role(json!({ "roles": "guests it" })), Some(Role::Administrator));
        for none in [json!({}), json!({ "roles": "administrator" }), json!({ "roles": 1 }), json!({ "groups": ["it"] })]
        {
            assert_eq!(role(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for bad in [
            json!({ "algorithms": ["HS256"] }),
            json!({ "algorithms": ["none"] }),
            json!({ "algorithms": [] }),
            json!({ "issuer": "https://p.example/" }),
            json!({ "issuer": "p.example" }),
            json!({ "scope": "profile" }),
            json!({ "roles": { "x": "service" } }),
            json!({ "roles": { "x": "root" } }),
            json!({ "clientId": null }),
        ] {
            assert!(provider(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_subject_is_the_same_person_and_says_nothing() {
        let provider = provider(json!({})).unwrap();
        let id = provider.user_id("p", "ada@p.example");
        assert!(id == provider.user_id("p", "ada@p.example") && id != provider.user_id("p", "bob@p.example"));
        assert!(record::check_id(&id).is_ok() && !id.contains("ada"));
    }
}
