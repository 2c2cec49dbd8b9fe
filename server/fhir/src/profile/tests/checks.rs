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

#[test]
fn rules_of_r5_that_a_profile_takes_over_by_extensions_are_kept() {
    let later = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition";
    let absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    let given = |url: &str| format!(r#","_active":{{"extension":[{{"url":"{url}","valueCode":"unknown"}}]}}"#);
    let must =
        format!(r#"{{"extension":[{{"url":"{later}.mustHaveValue","valueBoolean":true}}],"path":"Patient.active"}}"#);
    assert_eq!(found(&must, &given(absent)), ["Patient.active mustHaveValue"]);
    assert!(found(&must, r#","active":true"#).is_empty());
    let or = format!(
        r#"{{"extension":[{{"url":"{later}.valueAlternatives","valueCanonical":"{absent}"}}],"path":"Patient.active"}}"#
    );
    assert!(found(&or, &given(absent)).is_empty());
    let other = given("http://hl7.org/fhir/StructureDefinition/iso21090-nullFlavor");
    assert_eq!(found(&or, &other), ["Patient.active valueAlternatives"]);
    let set = "http://hl7.org/fhir/ValueSet/administrative-gender";
    let additional = format!(
        r#"{{"path":"Patient.language","binding":{{"strength":"example","extension":[{{"url":"{later}.binding.additional",
        "extension":[{{"url":"purpose","valueCode":"required"}},{{"url":"valueSet","valueCanonical":"{set}"}}]}}]}}}}"#
    );
    assert_eq!(found(&additional, r#","language":"it""#), [format!("Patient.language binding {set}")]);
}

#[test]
fn a_profile_may_say_which_languages_a_narrative_has() {
    let asked = |code: &str| {
        format!(
            r#"{{"path":"Patient.text","extension":[{{"url":"http://hl7.org/fhir/StructureDefinition/narrative-language-control","valueCode":"{code}"}}]}}"#
        )
    };
    let text = |inner: &str| {
        format!(
            r#","language":"en","text":{{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>{inner}</div>"}}"#
        )
    };
    let (plain, german) = (text("x"), text("<div lang='de'>x<div lang='en'>y</div></div>"));
    for (code, narrative, is_right) in [
        ("_no", &plain, true),
        ("_no", &german, false),
        ("_yes", &plain, false),
        ("_yes", &german, true),
        ("_resource", &german, false),
        ("de", &german, true),
    ] {
        assert_eq!(found(&asked(code), narrative).is_empty(), is_right, "{code} {narrative}");
    }
}

#[test]
fn a_definition_can_be_met_together_with_its_base() {
    let base = || {
        profile("base", "Extension", "Extension", r#"{"path":"Extension.url","fixedUri":"http://example.org/base"}"#)
    };
    let told = |definition: &crate::canonical::Definition| -> Vec<String> {
        let text = definition.to_string();
        errors(vec![base()], &text, &[])
            .into_iter()
            .filter(|e| !e.contains("invariant") && !e.ends_with(" min"))
            .collect()
    };
    let cases = [
        (
            "Extension",
            "http://example.org/base",
            r#"{"path":"Extension.url","fixedUri":"http://example.org/p"}"#,
            "fixed-again",
        ),
        (
            "Patient",
            "Patient",
            r#"{"path":"Patient.photo","slicing":{"rules":"open","discriminator":[{"type":"value","path":"colour"}]}}"#,
            "discriminator",
        ),
        (
            "Patient",
            "Patient",
            r#"{"path":"Patient.name","type":[{"code":"HumanName","profile":["http://hl7.org/fhir/StructureDefinition/Address"]}]}"#,
            "type-profile",
        ),
    ];
    for (kind, of, differential, check) in cases {
        let expected = format!("StructureDefinition.differential.element[0] {check}");
        assert_eq!(told(&profile("p", kind, of, differential)), [expected], "{differential}");
    }
    let circle = profile("p", "Patient", "http://example.org/p", r#"{"path":"Patient"}"#);
    assert_eq!(told(&circle), ["StructureDefinition.baseDefinition base"]);
    let fine =
        r#"{"path":"Patient.photo","slicing":{"rules":"open","discriminator":[{"type":"value","path":"title"}]}}"#;
    assert!(told(&profile("p", "Patient", "Patient", fine)).is_empty());
}

#[test]
fn ids_stand_once_and_links_of_narratives_lead_to_one() {
    let twice = r#","name":[{"id":"a","text":"x"}],"contact":[{"id":"a","name":{"text":"y"}}]"#;
    assert_eq!(errors(vec![], &patient(twice), &[]), ["Patient id a"]);
    let contained = r#","name":[{"id":"a"}],"contained":[{"resourceType":"Patient","id":"c","name":[{"id":"a"}]}]"#;
    assert!(!errors(vec![], &patient(contained), &[]).contains(&"Patient id a".to_owned()));
    let text = |link: &str| {
        format!(
            r##","text":{{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'><p id='here'><a href='#{link}'>x</a></p></div>"}}"##
        )
    };
    assert!(errors(vec![], &patient(&text("here")), &[]).is_empty());
    assert_eq!(errors(vec![], &patient(&text("there")), &[]), ["Patient xhtml-link-inside"]);
}
