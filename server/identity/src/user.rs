//! A person who signs in: its role, what it sees by that role, and who it is in FHIR.

use crate::record::{Kind, Registered};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_access::{Mark, Role, label};
use theriac_core::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// How the person is greeted; nothing is decided by it.
    pub name: String,
    pub role: String,
    /// `Practitioner/1`: the claim `fhirUser` of SMART App Launch 2.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    /// A partner's GLNs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub glns: Vec<String>,
    /// An operator's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

/// Types that `fhirUser` may name (SMART App Launch 2.2, scopes for requesting identity data).
const PERSONS: &[&str] = &["Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person"];

impl User {
    pub fn role(&self) -> Result<Role> {
        let wrong = || {
            let known: Vec<&str> = person_roles().map(Role::as_str).collect();
            Error::invalid(format!("'{}' is no role of a person; roles are {}", self.role, known.join(", "))).at("role")
        };
        person_roles().find(|role| role.as_str() == self.role).ok_or_else(wrong)
    }

    /// Must this person prove itself twice (the roles that may change nothing without)?
    pub fn needs_second_factor(&self) -> bool {
        self.role().is_ok_and(|role| role.row().second_factor)
    }
}

/// `service` is what a client is when nobody is there.
fn person_roles() -> impl Iterator<Item = Role> {
    Role::ALL.iter().copied().filter(|role| *role != Role::Service)
}

/// What only some roles may carry, for users and clients alike.
pub(crate) fn check_reach(role: Role, glns: &[String], site: Option<&str>) -> Result<()> {
    let wrong = |at: &str, why: &str| Err(Error::invalid(why).at(at));
    match (role, glns, site) {
        (Role::Partner, [], _) => wrong("glns", "a partner sees by its GLNs; give at least one"),
        (Role::Partner, glns, _) if !glns.iter().all(|gln| label::is_gln(gln)) => wrong("glns", "a GLN has 13 digits"),
        (role, [_, ..], _) if role != Role::Partner => wrong("glns", "only a partner has GLNs"),
        (role, _, Some(_)) if role != Role::Operator => wrong("site", "only an operator is bound to a site"),
        (_, _, Some("")) => wrong("site", "the id of a site is not empty; leave it out for all sites"),
        _ => Ok(()),
    }
}

impl Registered for User {
    const KIND: Kind = Kind::User;
    const ID: &'static str = "id";

    fn check(&self) -> Result<()> {
        if self.name.trim().is_empty() || self.name.chars().count() > 200 {
            return Err(Error::invalid("a name has 1 to 200 characters").at("name"));
        }
        let is_person = |reference: &String| {
            let parts = reference.split_once('/');
            parts.is_some_and(|(kind, id)| PERSONS.contains(&kind) && label::is_patient(&label::patient(id)))
        };
        if !self.fhir_user.as_ref().is_none_or(is_person) {
            let message = format!("fhirUser is a reference such as Practitioner/1, to one of {}", PERSONS.join(", "));
            return Err(Error::invalid(message).at("fhirUser"));
        }
        check_reach(self.role()?, &self.glns, self.site.as_deref())
    }

    fn mark(id: &str) -> Mark<'_> {
        Mark::Subject(id)
    }

    fn told(&self) -> Value {
        json!({ "role": self.role })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record;

    fn refused(body: &str) -> String {
        record::read::<User>(body.as_bytes(), None).err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_user_has_a_role_of_persons_and_what_belongs_to_it() {
        for good in [
            r#"{"name":"A","role":"clinician","fhirUser":"Practitioner/1"}"#,
            r#"{"name":"A","role":"partner","glns":["0614141000012"]}"#,
            r#"{"name":"A","role":"operator","site":"north"}"#,
        ] {
            assert_eq!(refused(good), "", "{good}");
        }
        for (bad, word) in [
            (r#"{"name":"A","role":"service"}"#, "roles are researcher"),
            (r#"{"name":" ","role":"steward"}"#, "1 to 200"),
            (r#"{"name":"A","role":"steward","admin":true}"#, "admin"),
            (r#"{"name":"A","role":"partner"}"#, "GLN"),
            (r#"{"name":"A","role":"partner","glns":["1"]}"#, "13 digits"),
            (r#"{"name":"A","role":"steward","glns":["0614141000012"]}"#, "only a partner"),
            (r#"{"name":"A","role":"steward","site":"x"}"#, "only an operator"),
            (r#"{"name":"A","role":"clinician","fhirUser":"Device/1"}"#, "Practitioner/1"),
            (r#"{"name":"A","role":"clinician","fhirUser":"http://x/Practitioner/1"}"#, "Practitioner/1"),
            (r#"[]"#, "shape"),
        ] {
            assert!(refused(bad).contains(word), "{bad}: {}", refused(bad));
        }
    }
}
