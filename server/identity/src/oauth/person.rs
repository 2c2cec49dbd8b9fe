//! A person as a grant sees it: its role, its patients, and which scopes it can lend to a client.

use crate::record::{Record, State};
use crate::store;
use crate::user::User;
use theriac_access::scope::Context as On;
use theriac_access::{Role, Scopes};
use theriac_core::Result;
use theriac_platform::Context;

pub(crate) struct Person {
    pub record: Record<User>,
    pub role: Role,
    /// `Patient/1`, as they are assigned now.
    pub assigned: Vec<String>,
}

/// A user who may sign in.
pub(crate) async fn find(context: &Context, id: &str) -> Result<Option<Person>> {
    let found = store::record::find::<User>(&context.db, id).await?;
    let Some(record) = found.filter(|record| record.state == State::Active) else { return Ok(None) };
    let assigned = store::assignment::patients(&context.db, id, context.now()).await?;
    Ok(Some(Person { role: record.document.role()?, record, assigned }))
}

impl Person {
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// Those of the scopes that this person can lend: none of machines, none of one patient to whom no patients are
    /// assigned, none of what its role does not include.
    pub fn lends(&self, scope: &str) -> Result<Vec<String>> {
        let mut lent = Vec::new();
        for one in scope.split(' ') {
            if self.may_lend(one)? {
                lent.push(one.to_owned());
            }
        }
        Ok(lent)
    }

    fn may_lend(&self, scope: &str) -> Result<bool> {
        let read = Scopes::parse(scope)?;
        let context = |on| match on {
            On::System => false,
            On::User => true,
            On::Patient => self.role == Role::Clinician,
        };
        let mut asked = read.permissions().iter().peekable();
        let included =
            asked.peek().is_none() || asked.any(|permission| self.role.row().permissions.contains(permission));
        let launch = scope != "launch/patient" || self.role == Role::Clinician;
        Ok(read.fhir().iter().all(|scope| context(scope.context)) && included && launch)
    }
}

/// Is there one that speaks of one patient?
pub(crate) fn is_of_patient<S: AsRef<str>>(scopes: &[S]) -> bool {
    scopes.iter().any(|scope| scope.as_ref().starts_with("patient/"))
}

pub(crate) fn wants_patient<S: AsRef<str>>(scopes: &[S]) -> bool {
    is_of_patient(scopes) || scopes.iter().any(|scope| scope.as_ref() == "launch/patient")
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::Instant;

    fn person(role: &str) -> Person {
        let document = User { name: "A".into(), role: role.into(), fhir_user: None, glns: vec![], site: None };
        let (created, changed) = (Instant(0), Instant(0));
        let record = Record { id: "a".into(), key: 1, version: 1, state: State::Active, created, changed, document };
        Person { role: record.document.role().unwrap(), record, assigned: vec![] }
    }

    #[test]
    fn a_person_lends_what_its_role_has_and_nothing_of_machines() {
        let asked =
            "openid launch/patient patient/*.rs user/Patient.rs system/*.rs readings.write spc.read offline_access";
        let lent = |role| person(role).lends(asked).unwrap().join(" ");
        assert_eq!(lent("clinician"), "openid launch/patient patient/*.rs user/Patient.rs offline_access");
        assert_eq!(lent("operator"), "openid readings.write spc.read offline_access");
        assert_eq!(lent("steward"), "openid user/Patient.rs spc.read offline_access");
    }
}
