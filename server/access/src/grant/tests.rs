//! The role table at work: who may what, with which factor and scope, and which rows exist.

use super::*;
use crate::permission;
use proptest::prelude::*;

fn grant(role: Role) -> Grant {
    Grant { second_factor: true, ..Grant::new(role, "s", "mercy") }
}

fn scoped(role: Role, scope: &str) -> Grant {
    Grant { scopes: Scopes::parse(scope).unwrap(), ..grant(role) }
}

/// Names of what a grant may do, open permissions left out.
fn able(grant: &Grant) -> String {
    let names: Vec<_> = permission::TABLE
        .iter()
        .filter(|row| !row.permission.is_open() && grant.may(row.permission))
        .map(|row| row.name)
        .collect();
    names.join(" ")
}

#[test]
fn each_role_may_what_the_interfaces_page_says() {
    for (role, wanted) in [
        (Role::Researcher, "fhir.read feed.read"),
        (Role::Clinician, "fhir.read fhir.write feed.read emergency.open"),
        (
            Role::Steward,
            "fhir.read epcis.read isa95.read spc.read alerts.read quality.read feed.read ledger.read identity.read oversight.read",
        ),
        (
            Role::Administrator,
            "fhir.read fhir.write epcis.read epcis.capture isa95.read isa95.write readings.write spc.read spc.write \
             alerts.read alerts.acknowledge quality.read quality.write feed.read ledger.read oversight.read oversight.review admin",
        ),
        (Role::Operator, "isa95.read readings.write spc.read alerts.read alerts.acknowledge quality.read feed.read"),
        (
            Role::Quality,
            "epcis.read isa95.read spc.read spc.write alerts.read alerts.acknowledge quality.read quality.write feed.read ledger.read",
        ),
        (Role::Partner, "epcis.read epcis.capture feed.read"),
        (Role::Service, ""),
    ] {
        assert_eq!(able(&grant(role)), wanted, "{role:?}");
    }
}

#[test]
fn without_a_second_factor_some_roles_only_read() {
    let single = |role| Grant { second_factor: false, ..grant(role) };
    assert_eq!(
        able(&single(Role::Quality)),
        "epcis.read isa95.read spc.read alerts.read quality.read feed.read ledger.read"
    );
    let reads = able(&grant(Role::Steward));
    assert_eq!(able(&single(Role::Administrator)), reads.replace(" identity.read", ""));
    assert_eq!(able(&single(Role::Operator)), able(&grant(Role::Operator)));
}

#[test]
fn a_service_has_what_its_scopes_say_and_never_administration() {
    assert_eq!(able(&scoped(Role::Service, "epcis.read isa95.write admin")), "epcis.read isa95.write");
    let grant = scoped(Role::Service, "system/Observation.rs");
    assert_eq!(able(&grant), "fhir.read");
    assert!(grant.may_fhir(Interaction::Search, "Observation"));
    assert!(!grant.may_fhir(Interaction::Search, "Patient") && !grant.may_fhir(Interaction::Create, "Observation"));
}

#[test]
fn scopes_narrow_a_person() {
    assert_eq!(able(&scoped(Role::Clinician, "user/Observation.rs")), "fhir.read");
    assert_eq!(able(&scoped(Role::Clinician, "openid")), "");
    assert_eq!(able(&scoped(Role::Partner, "isa95.write admin")), "");
    assert!(grant(Role::Clinician).may_fhir(Interaction::Update, "Patient"));
    assert!(!scoped(Role::Clinician, "user/Observation.cruds").may_fhir(Interaction::Update, "Patient"));
}

#[test]
fn a_refusal_says_what_is_missing() {
    let single = Grant { second_factor: false, ..grant(Role::Quality) };
    for (grant, permission, guard) in [
        (grant(Role::Researcher), Permission::EpcisRead, "role"),
        (single, Permission::SpcWrite, "second_factor"),
        (scoped(Role::Steward, "epcis.read"), Permission::FhirRead, "scope"),
        (grant(Role::Service), Permission::FhirRead, "scope"),
    ] {
        let error = grant.require(permission).unwrap_err();
        assert_eq!((error.code, error.guard), (Code::Forbidden, Some(guard)), "{error}");
    }
    let error = scoped(Role::Service, "system/Observation.rs").require_fhir(Interaction::Read, "Patient").unwrap_err();
    assert_eq!((error.code, error.guard), (Code::Forbidden, Some("scope")));
    assert!(grant(Role::Steward).require_fhir(Interaction::Read, "Patient").is_ok());
}

#[test]
fn any_token_opens_what_any_token_opens() {
    for role in Role::ALL {
        assert!(grant(*role).may(Permission::Authenticated) && scoped(*role, "openid").may(Permission::Public));
    }
}

#[test]
fn rows_exist_by_role() {
    let full = |role| Grant {
        assigned: vec!["Patient/1".into()],
        glns: vec!["0614141000005".into()],
        site: Some("north".into()),
        ..grant(role)
    };
    let labels = |label: &str| Rows::Labels(vec![label.to_owned()]);
    for (role, wanted, bare) in [
        (Role::Researcher, Rows::Nothing, Rows::Nothing),
        (Role::Clinician, Rows::Labels(vec!["Patient/1".into(), "shared".into()]), labels("shared")),
        (Role::Steward, Rows::All, Rows::All),
        (Role::Administrator, Rows::All, Rows::All),
        (Role::Operator, labels("site/north"), Rows::All),
        (Role::Quality, Rows::All, Rows::All),
        (Role::Partner, labels("gln/0614141000005"), Rows::Nothing),
        (Role::Service, Rows::All, Rows::All),
    ] {
        assert_eq!((full(role).rows(), grant(role).rows()), (wanted, bare), "{role:?}");
    }
    assert_eq!(
        (full(Role::Clinician).own_rows(), grant(Role::Clinician).own_rows()),
        (labels("Patient/1"), Rows::Nothing)
    );
}

#[test]
fn a_record_without_labels_exists_for_those_who_see_all() {
    let none: [&str; 0] = [];
    assert!(
        Rows::All.admits(&none)
            && !Rows::Labels(vec!["Patient/1".into()]).admits(&none)
            && !Rows::Nothing.admits(&none)
    );
    assert!(!Rows::Labels(vec!["Patient/1".into()]).admits(&["Patient/10", "patient/1", "Patient/1/"]));
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let scope = prop::option::of(prop::sample::select(vec![
        "openid",
        "user/*.rs",
        "system/*.cruds admin",
        "epcis.read spc.write",
    ]));
    let labels = prop::collection::vec("Patient/[1-4]", 0..3);
    let glns = prop::collection::vec("061414100000[1-4]", 0..3);
    (prop::sample::select(Role::ALL), any::<bool>(), scope, labels, glns, prop::option::of("[ab]")).prop_map(
        |(role, second_factor, scope, assigned, glns, site)| Grant {
            scopes: scope.map(|text| Scopes::parse(text).unwrap()).unwrap_or_default(),
            second_factor,
            assigned,
            glns,
            site,
            ..Grant::new(role, "s", "mercy")
        },
    )
}

fn any_labels() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("Patient/[1-4]|gln/061414100000[1-4]|site/[ab]", 0..4)
}

proptest! {
    #[test]
    fn scopes_never_widen_and_second_factors_never_narrow(grant in any_grant()) {
        let unscoped = Grant { scopes: Scopes::default(), ..grant.clone() };
        let proven = Grant { second_factor: true, ..grant.clone() };
        for row in permission::TABLE {
            prop_assert!(!grant.may(row.permission) || proven.may(row.permission));
            prop_assert!(!grant.may(row.permission) || grant.role.row().permissions.contains(row.permission));
            if grant.role != Role::Service {
                prop_assert!(!grant.may(row.permission) || unscoped.may(row.permission));
            }
        }
        for interaction in Interaction::ALL {
            prop_assert!(!grant.may_fhir(*interaction, "Patient") || grant.may(interaction.permission()));
        }
    }

    #[test]
    fn seeing_is_monotone_in_labels_and_in_assignments(grant in any_grant(), few in any_labels(), more in any_labels()) {
        let both = [few.clone(), more].concat();
        prop_assert!(!grant.sees(&few) || grant.sees(&both));
        prop_assert_eq!(grant.sees(&few), grant.rows().admits(&few));
        if let Rows::Labels(own) = grant.rows() {
            let wider = Rows::Labels([own.clone(), vec!["Patient/4".into()]].concat());
            prop_assert!(!grant.sees(&few) || wider.admits(&few));
            prop_assert_eq!(grant.sees(&few), few.iter().any(|label| own.contains(label)));
        }
    }
}

#[test]
fn no_row_exists_for_a_researcher_but_through_a_view() {
    let through = Grant { view: View::DeIdentified("lung".into()), ..grant(Role::Researcher) };
    assert_eq!((grant(Role::Researcher).rows(), through.rows()), (Rows::Nothing, Rows::All));
    let unmoved = Grant { view: View::DeIdentified("lung".into()), ..grant(Role::Partner) };
    assert_eq!(unmoved.rows(), Rows::Nothing);
}

#[test]
fn an_emergency_adds_a_patient_to_what_is_read_and_to_nothing_else() {
    let own = Grant { assigned: vec!["Patient/1".into()], ..grant(Role::Clinician) };
    let opened = own.opening(["Patient/2".to_owned()]).unwrap();
    assert!(opened.sees(&["Patient/2"]) && opened.sees(&["Patient/1"]) && !opened.sees(&["Patient/3"]));
    assert_eq!(opened.own_rows(), own.own_rows());
    assert_eq!(own.opening([]), None);
}

#[test]
fn an_emergency_opens_nothing_to_other_roles_views_or_tokens_about_one_patient() {
    let patient = || ["Patient/2".to_owned()];
    for role in Role::ALL.iter().filter(|role| **role != Role::Clinician) {
        assert_eq!(grant(*role).opening(patient()), None, "{role:?}");
    }
    let seen = Grant { view: View::DeIdentified("p".into()), ..grant(Role::Clinician) };
    assert_eq!(seen.opening(patient()), None);
    let of_one = Grant { assigned: vec!["Patient/1".into()], ..scoped(Role::Clinician, "patient/*.rs") };
    assert_eq!(of_one.opening(patient()), None);
    assert_eq!(of_one.opening(["Patient/1".to_owned()]).unwrap().opened, ["Patient/1"]);
}
