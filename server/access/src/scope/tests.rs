//! The grammar, and the law that scopes only narrow.

use super::*;
use proptest::prelude::*;

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

/// What a scope allows with `Observation`, as SMART letters.
fn letters_of(text: &str) -> String {
    let scopes = scopes(text);
    LETTERS.iter().filter(|(_, i)| scopes.allows_fhir(*i, "Observation")).map(|(letter, _)| letter).collect()
}

#[test]
fn reads_letters_and_their_first_version() {
    for (text, letters) in [
        ("system/Observation.rs", "rs"),
        ("system/Observation.r system/Observation.s", "rs"),
        ("system/*.cruds", "cruds"),
        ("system/Observation.read", "rs"),
        ("system/Observation.write", "cud"),
        ("system/*.*", "cruds"),
        ("system/Patient.cruds", ""),
        ("user/Observation.cd openid", "cd"),
        ("openid fhirUser launch/patient offline_access", ""),
    ] {
        assert_eq!(letters_of(text), letters, "{text}");
    }
}

#[test]
fn refuses_what_is_not_exactly_a_scope() {
    #[rustfmt::skip]
    let bad = [
        "", " ", "system/*.rs ", " system/*.rs", "system/*.rs  openid", "system/*.rs\topenid",
        "system/*.dus", "system/*.sr", "system/*.rr", "system/*.", "system/*", "system/*.x", "system/*.READ", "system/*.reads",
        "system/.rs", "system/observation.rs", "system/Obs ervation.rs", "system/Observation/1.rs", "system/Observation.rs.rs", "system/**.rs",
        "System/*.rs", "group/*.rs", "/*.rs", "*", "*/*.*", "system/Observation.rs?", "system/Observation.rs?category", "system/Observation.rs?=x", "system/Observation.rs?a=",
        "system/Observation.rs?a=1&", "system/Observation.rs?a=\"1\"", "system/Observation.read?a=1", "system/Observation?a=1.rs",
        "fhir.read", "fhir.write", "public", "authenticated", "epcis", "epcis.delete", "EPCIS.read", "openid\0",
    ];
    for text in bad {
        assert!(Scopes::parse(text).is_err(), "{text:?}");
    }
    assert!(Scopes::parse(&vec!["openid"; MOST + 1].join(" ")).is_err());
}

#[test]
fn a_refusal_names_the_scope_and_what_would_be_right() {
    let error = Scopes::parse("openid system/*.dus").unwrap_err();
    assert!(error.message.contains("'system/*.dus'") && error.message.contains("c r u d s in this order"), "{error}");
    assert!(Scopes::parse(&"\u{7}".repeat(500)).unwrap_err().message.len() < 250);
}

#[test]
fn a_granular_scope_grants_what_its_search_finds_and_scopes_unite() {
    let labs = "patient/Observation.rs?category=laboratory";
    let vitals = "patient/Observation.r?category=http://x|vital-signs&status=final";
    let both = scopes(&format!("{labs} {vitals}"));
    assert_eq!(both.filters(Interaction::Search, "Observation"), ["category=laboratory"]);
    assert_eq!(both.filters(Interaction::Read, "Observation").len(), 2);
    assert!(both.allows_fhir(Interaction::Read, "Observation") && both.is_granular());
    let wide = scopes(&format!("{labs} patient/*.r"));
    assert!(wide.filters(Interaction::Read, "Observation").is_empty(), "one without a search needs none");
    assert_eq!(wide.filters(Interaction::Search, "Observation").len(), 1);
    assert!(!wide.allows_fhir(Interaction::Search, "Patient"));
    assert_eq!(scopes(labs).to_string(), labs);
    assert!(scopes(labs).within(&scopes("patient/*.rs")) && scopes(labs).within(&scopes(labs)));
    assert!(!scopes("patient/Observation.rs").within(&scopes(labs)));
    assert!(!scopes(labs).within(&scopes("patient/Observation.rs?category=other")));
}

#[test]
fn letters_become_permissions() {
    for (text, read, write) in [("system/A.r", true, false), ("system/A.s", true, false), ("system/A.cud", false, true)]
    {
        let scopes = scopes(text);
        assert_eq!(
            (scopes.allows(Permission::FhirRead), scopes.allows(Permission::FhirWrite)),
            (read, write),
            "{text}"
        );
    }
    assert_eq!(scopes("epcis.read isa95.write").permissions().iter().count(), 2);
}

#[test]
fn what_a_client_asks_stays_within_what_it_was_given() {
    let granted = scopes("system/Observation.rs system/*.r epcis.read");
    for (asked, good) in [
        ("system/Observation.rs", true),
        ("system/Patient.r", true),
        ("system/*.r epcis.read", true),
        ("system/Patient.rs", false),
        ("system/*.rs", false),
        ("system/Observation.cruds", false),
        ("user/Observation.r", false),
        ("epcis.capture", false),
    ] {
        assert_eq!(scopes(asked).within(&granted), good, "{asked}");
    }
}

fn any_scope() -> impl Strategy<Value = String> {
    let own: Vec<&str> =
        crate::permission::TABLE.iter().map(|row| row.name).filter(|name| own(name).is_some()).collect();
    let fhir = (
        prop::sample::select(vec!["patient", "user", "system"]),
        prop::sample::select(vec!["*", "Patient", "Observation"]),
        prop::sample::select(vec!["c", "r", "u", "d", "s", "rs", "cud", "cruds", "read", "write", "*"]),
    );
    prop_oneof![prop::sample::select(own).prop_map(str::to_owned), fhir.prop_map(|(c, k, l)| format!("{c}/{k}.{l}"))]
}

proptest! {
    #[test]
    fn parsing_any_text_never_panics(text in "\\PC{0,60}") {
        let _ = Scopes::parse(&text);
    }

    #[test]
    fn more_scopes_allow_no_less_and_fewer_stay_within(
        all in prop::collection::vec(any_scope(), 1..8), some in any::<prop::sample::Index>(),
    ) {
        let part = scopes(&all[..=some.index(all.len())].join(" "));
        let whole = scopes(&all.join(" "));
        prop_assert!(part.within(&whole));
        for interaction in Interaction::ALL {
            for kind in ["Patient", "Observation", "Group"] {
                prop_assert!(!part.allows_fhir(*interaction, kind) || whole.allows_fhir(*interaction, kind));
            }
        }
    }

    #[test]
    fn what_is_within_allows_nothing_more(asked in any_scope(), granted in prop::collection::vec(any_scope(), 1..6)) {
        let (asked, granted) = (scopes(&asked), scopes(&granted.join(" ")));
        if asked.within(&granted) {
            prop_assert!(asked.permissions().within(granted.permissions()));
            for interaction in Interaction::ALL {
                for kind in ["Patient", "Observation", "Group"] {
                    prop_assert!(!asked.allows_fhir(*interaction, kind) || granted.allows_fhir(*interaction, kind));
                }
            }
        }
    }
}

#[test]
fn scopes_are_written_as_they_are_read() {
    for text in
        ["openid", "epcis.read system/*.cruds", "user/Observation.rs patient/Patient.r", "launch readings.write"]
    {
        let scopes = Scopes::parse(text).unwrap();
        assert_eq!(Scopes::parse(&scopes.to_string()).unwrap(), scopes, "{text}");
    }
    assert_eq!(Scopes::default().to_string(), "");
}
