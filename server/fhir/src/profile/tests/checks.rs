//! Every check, broken once.

use super::rig::{check, errors, node, profile};
use crate::profile::Severity;

fn patient(rest: &str) -> String {
    format!(r#"{{"resourceType":"Patient"{rest}}}"#)
}

fn found(differential: &str, rest: &str) -> Vec<String> {
    errors(vec![profile("p", "Patient", "Patient", differential)], &patient(rest), &["p"])
}

#[test]
fn numbers_values_and_lengths_are_kept() {
    let cases = [
        (r#"{"path":"Patient.birthDate","min":1}"#, "", "Patient.birthDate min"),
        (r#"{"path":"Patient.photo","max":"0"}"#, r#","photo":[{"url":"http://x"}]"#, "Patient.photo max"),
        (r#"{"path":"Patient.gender","fixedCode":"male"}"#, r#","gender":"female""#, "Patient.gender fixed"),
        (
            r#"{"path":"Patient.maritalStatus","patternCodeableConcept":{"text":"x"}}"#,
            r#","maritalStatus":{"text":"y"}"#,
            "Patient.maritalStatus pattern",
        ),
        (
            r#"{"path":"Patient.name.family","maxLength":3}"#,
            r#","name":[{"family":"Rossi"}]"#,
            "Patient.name[0].family maxLength",
        ),
        (
            r#"{"path":"Patient.multipleBirth[x]","maxValueInteger":3}"#,
            r#","multipleBirthInteger":4"#,
            "Patient.multipleBirth maxValue",
        ),
        (
            r#"{"path":"Patient.birthDate","minValueDate":"1900-01-01"}"#,
            r#","birthDate":"1899-12-31""#,
            "Patient.birthDate minValue",
        ),
        (
            r#"{"path":"Patient.deceased[x]","type":[{"code":"boolean"}]}"#,
            r#","deceasedDateTime":"2020""#,
            "Patient.deceased type",
        ),
    ];
    for (differential, rest, expected) in cases {
        assert_eq!(found(differential, rest), [expected], "{differential}");
    }
}

#[test]
fn a_finding_names_place_rule_and_what_would_be_right() {
    let own = profile("p", "Patient", "Patient", r#"{"id":"Patient.birthDate","path":"Patient.birthDate","min":1}"#);
    let all = check(vec![own], &node(&patient("")), &["p"]);
    let found = all.first().unwrap();
    assert_eq!((found.path.as_str(), found.code), ("Patient.birthDate", "required"));
    assert_eq!(found.rule, "http://example.org/p Patient.birthDate");
    assert_eq!(found.message, "is required (1..1) but not there");
}

#[test]
fn extensions_that_modify_must_be_known_and_others_are_told() {
    let known = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace";
    let with = |name: &str, url: &str, value: &str| patient(&format!(r#","{name}":[{{"url":"{url}",{value}}}]"#));
    assert!(errors(vec![], &with("extension", known, r#""valueAddress":{"city":"Lugano"}"#), &[]).is_empty());
    assert_eq!(
        errors(vec![], &with("extension", known, r#""valueString":"x""#), &[]),
        ["Patient.extension[0].value type"]
    );
    let unknown = with("extension", "http://example.org/x", r#""valueString":"x""#);
    let told = check(vec![], &node(&unknown), &[]);
    assert_eq!((told[0].severity, told[0].check.as_str()), (Severity::Information, "extension-unknown"));
    let modifies = with("modifierExtension", "http://example.org/x", r#""valueString":"x""#);
    assert_eq!(errors(vec![], &modifies, &[]), ["Patient.modifierExtension[0] extension-unknown"]);
}

#[test]
fn an_extension_may_stand_only_in_its_context() {
    let text = r#","contact":[{"name":{"text":"x"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueAddress":{"city":"Lugano"}}]}]"#;
    assert_eq!(errors(vec![], &patient(text), &[]), ["Patient.contact[0].extension[0] extension-context"]);
}

#[test]
fn references_lead_to_what_they_may() {
    let wrong = r#","managingOrganization":{"reference":"Practitioner/1"}"#;
    assert_eq!(errors(vec![], &patient(wrong), &[]), ["Patient.managingOrganization target"]);
    let dangling = r##","managingOrganization":{"reference":"#o"}"##;
    assert_eq!(errors(vec![], &patient(dangling), &[]), ["Patient.managingOrganization contained-missing"]);
    let contained = |kind: &str| {
        format!(
            r##","contained":[{{"resourceType":"{kind}","id":"o","name":"x"}}],"managingOrganization":{{"reference":"#o"}}"##
        )
    };
    assert!(errors(vec![], &patient(&contained("Organization")), &[]).is_empty());
    assert_eq!(errors(vec![], &patient(&contained("Location")), &[]), ["Patient.managingOrganization target"]);
}

#[test]
fn what_a_reference_leads_to_in_the_document_must_meet_the_targets_profile() {
    let named = profile("named", "Organization", "Organization", r#"{"path":"Organization.name","min":1}"#);
    let text = r#"{"path":"Patient.managingOrganization","type":[{"code":"Reference","targetProfile":["http://example.org/named"]}]}"#;
    let own = || vec![profile("p", "Patient", "Patient", text), named.clone()];
    let with = |rest: &str| {
        patient(&format!(
            r##","contained":[{{"resourceType":"Organization","id":"o"{rest}}}],"managingOrganization":{{"reference":"#o"}}"##
        ))
    };
    assert!(errors(own(), &with(r#","name":"x""#), &["p"]).is_empty());
    assert_eq!(errors(own(), &with(r#","active":true"#), &["p"]), ["Patient.managingOrganization target-profile"]);
}

#[test]
fn profiles_of_other_types_and_unknown_ones_are_told() {
    let own = profile("o", "Observation", "Observation", r#"{"path":"Observation"}"#);
    assert_eq!(errors(vec![own], &patient(""), &["o"]), ["Patient profile-type"]);
    assert_eq!(errors(vec![], &patient(""), &["nobody"]), ["Patient profile http://example.org/nobody"]);
    let declared = patient(r#","meta":{"profile":["http://example.org/nobody"]}"#);
    let told = check(vec![], &node(&declared), &[]);
    assert_eq!(told[0].severity, Severity::Warning);
}

#[test]
fn declared_profiles_are_asked() {
    let own = profile("p", "Patient", "Patient", r#"{"path":"Patient.birthDate","min":1}"#);
    let declared = patient(r#","meta":{"profile":["http://example.org/p"]}"#);
    assert_eq!(errors(vec![own], &declared, &[]), ["Patient.birthDate min"]);
}

#[test]
fn required_codes_of_profiles_are_kept() {
    let text = r#"{"path":"Patient.language","binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/administrative-gender"}}"#;
    let expected = "Patient.language binding http://hl7.org/fhir/ValueSet/administrative-gender";
    assert_eq!(found(text, r#","language":"it""#), [expected]);
}
