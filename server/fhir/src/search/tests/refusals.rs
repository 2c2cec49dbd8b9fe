//! What is refused, and how that is said.

use super::super::{Query, Request};
use super::{query, request};
use theriac_core::error::Code;

#[test]
fn an_unknown_parameter_is_named_with_the_nearest_known_one_first() {
    let error = query("Patient", "brithdate=1980").unwrap_err();
    assert_eq!(error.code, Code::UnknownParameter);
    assert_eq!(error.issues[0].path, "brithdate");
    assert!(error.message.contains("known, nearest first: birthdate, "), "{error}");
}

#[test]
fn lenient_handling_ignores_unknown_parameters_and_nothing_else() {
    let lenient = Request { lenient: true, ..request(Some("Patient")) };
    let read = |text| Query::parse(&lenient, text, None);
    let found = read("nonsense=1&gender=male&phonetic=x&subject.name=y&_tex=z").unwrap();
    assert_eq!(found.ignored, ["_tex", "nonsense", "subject.name"]);
    assert_eq!(found.self_link(), "gender=male&phonetic=x");
    assert_eq!(found.criteria.len(), 2);
    for text in ["birthdate=x", "_count=x", "_lastUpdated=x", "gender="] {
        assert_eq!(read(text).unwrap_err().code, Code::Invalid, "{text}");
    }
    for text in MISUSED {
        assert_eq!(read(text).unwrap_err().code, Code::UnknownParameter, "{text}");
    }
}

/// Known parameters with modifiers they do not take.
const MISUSED: &[&str] = &[
    "gender:exact=male",
    "gender:nonsense=male",
    "_sort:up=name",
    "_id:exact=a",
    "_lastUpdated:exact=2020",
    "organization:Patient.name=x",
];

#[test]
fn a_modifier_that_is_not_taken_is_said_to_be_not_supported() {
    for text in MISUSED {
        let error = query("Patient", text).unwrap_err();
        assert_eq!(error.issues[0].code.meaning().fhir, "not-supported", "{text}");
    }
}

#[test]
fn bad_values_and_modifiers_name_their_parameter() {
    for (resource_type, text, part) in [
        ("Patient", "birthdate=06.05.1980", "YYYY"),
        ("Patient", "birthdate=2021-02-29", "YYYY"),
        ("Patient", "birthdate:exact=1980", "takes :missing"),
        ("Patient", "gender:contains=m", "takes :missing, :not, :text, :of-type"),
        ("Patient", "gender:text=,", "a letter or a digit"),
        ("Patient", "gender:missing=maybe", "true or false"),
        ("Patient", "gender=", "no value"),
        ("Patient", "gender=a,", "code, system|code"),
        ("Patient", "identifier=|", "code, system|code"),
        ("Patient", "identifier=a|b|c", "code, system|code"),
        ("Patient", "identifier:of-type=a|b", "system|code|value"),
        ("Patient", "name=+", "not empty"),
        ("Patient", "organization=a/b/c", "Type/id"),
        ("Patient", "general-practitioner:Practitioner=Organization/1", "id of a Practitioner"),
        ("Patient", "_id=a/b", "1 to 64"),
        ("Patient", "_id:exact=a", "takes :missing, :not"),
        ("Patient", "_lastUpdated=yesterday", "YYYY"),
        ("RiskAssessment", "probability=high", "decimal"),
        ("Observation", "value-quantity=5|mg", "number||code"),
        ("Observation", "value-quantity=x||mg", "number||code"),
        ("Observation", "code-value-quantity=a", "2 values with $"),
        ("Observation", "code-value-quantity=a$x", "number||code"),
        ("Observation", "code-value-quantity:text=a$5", "takes :missing, :not"),
        ("Location", "near=-183|42", "latitude|longitude"),
        ("Observation", "subject:below=Patient/1", "here Location"),
        ("Patient", "general-practitioner:above=Practitioner/5", "here Organization"),
        ("ValueSet", "url=,", "an address"),
    ] {
        let error = query(resource_type, text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!(error.issues[0].path, text.split_once('=').unwrap().0);
        assert_eq!(error.status(), 400);
    }
}

#[test]
fn searches_over_all_types_know_only_the_parameters_of_all_types() {
    let read = |text| Query::parse(&request(None), text, None);
    assert_eq!(read("_tag=a&_id=1&_lastUpdated=gt2020").unwrap().criteria.len(), 3);
    assert_eq!(read("_type=Patient&gender=male").unwrap().types, ["Patient"]);
    assert_eq!(read("_type=Patient,Observation&_tag=a").unwrap().types, ["Patient", "Observation"]);
    assert!(
        read("_type=Patient,Observation&gender=male")
            .unwrap_err()
            .message
            .contains("Observation has no search parameter gender")
    );
    assert!(read("_type=Patiant").unwrap_err().message.contains("Patient"));
    assert!(query("Patient", "_type=Observation").is_err());
}
