//! Chains, `_has` and compartments over small sets of resources.

use super::super::hash::{compartment_token, own, type_token};
use super::{index, query, search};

const ALL: &[&str] = &[
    r#"{"resourceType":"Patient","id":"a","name":[{"family":"Ash"}],"gender":"male","generalPractitioner":[{"reference":"Practitioner/d"}]}"#,
    r#"{"resourceType":"Patient","id":"b","name":[{"family":"Birch"}],"gender":"female"}"#,
    r#"{"resourceType":"Observation","id":"1","code":{"coding":[{"system":"l","code":"x"}]},"subject":{"reference":"Patient/a"}}"#,
    r#"{"resourceType":"Observation","id":"2","code":{"coding":[{"system":"l","code":"y"}]},"subject":{"reference":"Patient/b"}}"#,
    r#"{"resourceType":"Practitioner","id":"d","name":[{"family":"Doe"}]}"#,
    r#"{"resourceType":"Observation","id":"3","subject":{"reference":"Location/l"}}"#,
    r#"{"resourceType":"Location","id":"l","name":"Ash ward"}"#,
    r#"{"resourceType":"Provenance","id":"v","target":[{"reference":"Observation/2"}],"agent":[{"who":{"reference":"Practitioner/d"}}]}"#,
];

#[test]
fn chains_follow_references() {
    let rows: &[(&str, &[usize])] = &[
        ("subject:Patient.name=ash", &[2]),
        ("subject.name=ash", &[2, 5]),
        ("subject:Location.name=ash", &[5]),
        ("patient.gender:not=male", &[3]),
        ("patient._id=a,b", &[2, 3]),
        ("patient.general-practitioner.family=doe", &[2]),
        ("patient.general-practitioner:Practitioner.family:exact=Doe&code=l|x", &[2]),
        ("patient.general-practitioner.family=roe", &[]),
        ("patient.general-practitioner:missing=true", &[3]),
    ];
    for (text, wanted) in rows {
        assert_eq!(search(ALL, "Observation", text), *wanted, "{text}");
    }
}

#[test]
fn has_asks_who_points_here() {
    let rows: &[(&str, &[usize])] = &[
        ("_has:Observation:patient:code=l|x", &[0]),
        ("_has:Observation:subject:code=x,y", &[0, 1]),
        ("_has:Observation:patient:_has:Provenance:target:agent=Practitioner/d", &[1]),
        ("_has:Observation:patient:code=x&gender=female", &[]),
        ("_has:Observation:patient:code:not=x", &[1]),
    ];
    for (text, wanted) in rows {
        assert_eq!(search(ALL, "Patient", text), *wanted, "{text}");
    }
    assert_eq!(search(ALL, "Practitioner", "_has:Patient:general-practitioner:_has:Observation:patient:code=x"), [4]);
}

/// <http://hl7.org/fhir/R4/compartmentdefinition-patient.html>
#[test]
fn resources_know_their_compartments() {
    let (_, observation) = index(
        r#"{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/a"},
        "performer":[{"reference":"Practitioner/d"},{"reference":"Patient/b"}],"encounter":{"reference":"Encounter/e"},"focus":[{"reference":"Patient/z"}]}"#,
    );
    assert_eq!(observation.compartments, ["Encounter/e", "Patient/a", "Patient/b", "Practitioner/d"]);
    assert!(observation.tokens.contains(&compartment_token(own("Patient", "a"))));
    assert!(!observation.tokens.contains(&compartment_token(own("Patient", "z"))));
    assert!(observation.tokens.contains(&type_token("Observation")));
    let (_, patient) = index(r#"{"resourceType":"Patient","id":"a","link":[{"other":{"reference":"Patient/b"}}]}"#);
    assert_eq!(patient.compartments, ["Patient/a", "Patient/b"]);
}

#[test]
fn chains_that_lead_nowhere_are_refused() {
    for (text, part) in [
        ("code.name=x", "is no reference; references of Observation"),
        ("subject:Medication.code=x", "can be followed to Group, Device, Patient, Location"),
        ("subject.nonsense=x", "no search parameter"),
        ("subject:Patient.birthdate=x", "YYYY"),
        ("_has:Patient=x", "takes the form"),
        ("_has:Patient:general-practitioner:name=x", "does not point to Observation"),
        ("_has:Nonsense:subject:name=x", "there is no resource type Nonsense"),
        ("_has:Provenance:recorded:name=x", "is no reference"),
    ] {
        let error = query("Observation", text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!(error.issues.last().unwrap().path, text.split_once('=').unwrap().0, "{error}");
    }
    let deep = format!("{}name=x", "link.".repeat(2000));
    assert!(query("Patient", &deep).unwrap_err().message.contains("8 references deep"));
}
