//! What is refused, where, and what the caller is told.

use super::super::check;
use theriac_core::error::{Code, Error};
use theriac_core::json::parse;

fn faults(json: &str, expected: Option<&str>) -> Error {
    check(&parse(json.as_bytes()).unwrap(), expected).expect_err(json)
}

/// Members of a Patient, the path of the one fault, and words of its message.
const PATIENT: &[(&str, &str, &str)] = &[
    // unknown members
    (r#""contact":[{"nmae":{"text":"x"}}]"#, "Patient.contact[0].nmae", "of Patient.contact; did you mean 'name'?"),
    (r#""Gender":"male""#, "Patient.Gender", "did you mean 'gender'?"),
    (
        r#""deceased":true"#,
        "Patient.deceased",
        "it is a choice, the name says the type: deceasedBoolean, deceasedDateTime",
    ),
    (r#""deceased[x]":true"#, "Patient.deceased[x]", "deceasedBoolean"),
    (r#""deceasedString":"x""#, "Patient.deceasedString", "is not an element of Patient"),
    (r#""fhir_comments":["x"]"#, "Patient.fhir_comments", "is not an element of Patient"),
    (r#""_name":[{"id":"x"}]"#, "Patient._name", "only primitive elements have a '_' companion"),
    (r#""name":[{"resourceType":"HumanName"}]"#, "Patient.name[0].resourceType", "is not an element of HumanName"),
    // kinds and numbers
    (r#""name":{"family":"x"}"#, "Patient.name", "must be an array even of one; it is an object"),
    (r#""gender":["male"]"#, "Patient.gender", "must not be an array"),
    (r#""name":[]"#, "Patient.name", "must not be an empty array"),
    (r#""name":[{}]"#, "Patient.name[0]", "must not be an empty object"),
    (r#""name":[null]"#, "Patient.name[0]", "must not be null"),
    (r#""name":["x"]"#, "Patient.name[0]", "must be a JSON object of type HumanName; it is a string"),
    (r#""gender":null"#, "Patient.gender", "must not be null"),
    (r#""name":[{"given":[["x"]]}]"#, "Patient.name[0].given[0]", "must be a JSON string"),
    (r#""maritalStatus":{"id":"x"}"#, "Patient.maritalStatus", "neither a value nor children"),
    (
        r#""communication":[{"preferred":true}]"#,
        "Patient.communication[0].language",
        "is required in Patient.communication (1..1)",
    ),
    (
        r#""deceasedBoolean":true,"deceasedDateTime":"2020""#,
        "Patient.deceased",
        "'deceasedDateTime' and 'deceasedBoolean' exclude",
    ),
    (
        r#""_deceasedBoolean":{"extension":[{"url":"a","valueCode":"x"}]},"deceasedDateTime":"2020""#,
        "Patient.deceased",
        "exclude each other",
    ),
    // companions
    (
        r#""name":[{"given":["x",null]}]"#,
        "Patient.name[0].given[1]",
        "null is allowed only where '_given' has an object",
    ),
    (r#""name":[{"given":["x",null],"_given":[{"id":"1"},null]}]"#, "Patient.name[0].given[1]", "null is allowed only"),
    (r#""name":[{"given":["x"],"_given":[null]}]"#, "Patient.name[0].given", "holds nothing"),
    (r#""name":[{"given":["x"],"_given":{"id":"1"}}]"#, "Patient.name[0].given", "must be an array"),
    (r#""birthDate":"2020","_birthDate":"x""#, "Patient.birthDate", "must be an object with id or extension"),
    (r#""_birthDate":{"id":"x"}"#, "Patient.birthDate", "neither a value nor children"),
    (r#""birthDate":"2020","_birthDate":{"value":"x"}"#, "Patient.birthDate.value", "is not an element of Element"),
    // extensions
    (r#""extension":[{"valueString":"x"}]"#, "Patient.extension[0].url", "is required in Extension"),
    (r#""extension":[{"url":"http://a"}]"#, "Patient.extension[0]", "neither a value nor extensions (ext-1)"),
    (
        r#""extension":[{"url":"http://a","valueCode":"x","extension":[{"url":"b","valueCode":"x"}]}]"#,
        "Patient.extension[0]",
        "both extensions and a value",
    ),
    (
        r#""birthDate":"2020","_birthDate":{"extension":[{"url":"http://a","valueInteger":1.5}]}"#,
        "Patient.birthDate.extension[0].value",
        "must be an integer",
    ),
    // values
    (r#""id":"a b""#, "Patient.id", "must be an id"),
    (r#""active":"true""#, "Patient.active", "must be a JSON boolean"),
    (r#""birthDate":"1970-02-30""#, "Patient.birthDate", "must be a date"),
    (r#""birthDate":"1970-03-30T10:00:00Z""#, "Patient.birthDate", "must be a date"),
    (r#""gender":"F""#, "Patient.gender", "must be one of the codes female, male, other, unknown"),
    (r#""contact":[{"gender":"Male"}]"#, "Patient.contact[0].gender", "must be one of the codes"),
    (r#""name":[{"family":""}]"#, "Patient.name[0].family", "must not be empty"),
    (r#""multipleBirthInteger":"2""#, "Patient.multipleBirth", "must be a JSON number"),
    (r#""telecom":[{"rank":0}]"#, "Patient.telecom[0].rank", "from 1 to 2147483647"),
    (r#""implicitRules":"a b""#, "Patient.implicitRules", "without white space"),
    (r#""meta":{"lastUpdated":"2020-01-01"}"#, "Patient.meta.lastUpdated", "must be an instant"),
    (r#""text":{"status":"generated","div":"hello"}"#, "Patient.text.div", "begins with <div"),
    (r#""text":{"status":"generated"}"#, "Patient.text.div", "is required in Narrative"),
    // contained
    (r#""contained":[{"id":"x"}]"#, "Patient.contained[0]", "must have the member 'resourceType'"),
    (
        r#""contained":[{"resourceType":"Patiens"}]"#,
        "Patient.contained[0]",
        "not a resource type of R4; did you mean 'Patient'?",
    ),
    (r#""contained":[{"resourceType":"Resource"}]"#, "Patient.contained[0]", "not a resource type of R4"),
    (r#""contained":["x"]"#, "Patient.contained[0]", "must be a resource, a JSON object; it is a string"),
    (r#""contained":[{"resourceType":"Organization","nam":"x"}]"#, "Patient.contained[0].nam", "did you mean 'name'?"),
];

#[test]
fn names_the_path_and_what_would_be_right() {
    for (members, path, message) in PATIENT {
        let error = faults(&format!("{{\"resourceType\":\"Patient\",{members}}}"), Some("Patient"));
        assert_eq!(error.issues.len(), 1, "{members}: {error}");
        assert_eq!(error.issues[0].path, *path, "{members}");
        assert!(error.issues[0].message.contains(message), "{members}: {}", error.issues[0].message);
        assert_eq!(error.status(), 400);
    }
}

#[test]
fn goes_into_bundles_parameters_and_content_references() {
    for (json, path) in [
        (
            r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","x":1}}]}"#,
            "Bundle.entry[0].resource.x",
        ),
        (r#"{"resourceType":"Bundle","type":"lot"}"#, "Bundle.type"),
        (r#"{"resourceType":"Bundle"}"#, "Bundle.type"),
        (
            r#"{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","valueDate":"x"}]}]}"#,
            "Parameters.parameter[0].part[0].value",
        ),
        (
            r#"{"resourceType":"Parameters","parameter":[{"name":"a","resource":{"resourceType":"Basic"}}]}"#,
            "Parameters.parameter[0].resource.code",
        ),
        (
            r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"component":[{"code":{"text":"x"},"referenceRange":[{"lo":1}]}]}"#,
            "Observation.component[0].referenceRange[0].lo",
        ),
    ] {
        let error = faults(json, None);
        assert_eq!(error.issues.iter().map(|i| i.path.as_str()).collect::<Vec<_>>(), [path], "{json}");
    }
}

#[test]
fn the_body_must_be_the_resource_that_was_expected() {
    let error = faults(r#"{"resourceType":"Patient"}"#, Some("Observation"));
    assert_eq!(error.message, "Patient: the body is a Patient, but a Observation was expected here");
    assert_eq!(error.code, Code::Malformed);
    for json in ["[]", "null", "1", "{}", r#"{"resourceType":1}"#] {
        assert_eq!(faults(json, Some("Patient")).issues[0].path, "Patient", "{json}");
    }
}

#[test]
fn an_unknown_type_is_told_with_the_nearest_one() {
    let error = faults(r#"{"resourceType":"MedicationOrder"}"#, None);
    assert_eq!(error.issues[0].path, "Resource");
    assert_eq!(error.issues[0].message, "'MedicationOrder' is not a resource type of R4");
    assert!(faults(r#"{"resourceType":"patient"}"#, None).message.ends_with("did you mean 'Patient'?"));
}

#[test]
fn nulls_at_the_end_of_aligned_arrays_may_be_left_out() {
    for name in [
        r#"{"given":["x","y"],"_given":[{"id":"1"}]}"#,
        r#"{"given":["x"],"_given":[null,{"extension":[{"url":"a","valueCode":"x"}]}]}"#,
        r#"{"given":[null,"y"],"_given":[{"extension":[{"url":"a","valueCode":"x"}]}]}"#,
        r#"{"_given":[{"extension":[{"url":"a","valueCode":"x"}]}]}"#,
    ] {
        let text = format!("{{\"resourceType\":\"Patient\",\"name\":[{name}]}}");
        assert!(check(&parse(text.as_bytes()).unwrap(), None).is_ok(), "{name}");
    }
}

#[test]
fn several_faults_are_named_but_not_more_than_twenty() {
    let names = (0..40).map(|i| format!("\"unknown{i}\":1")).collect::<Vec<_>>().join(",");
    assert_eq!(faults(&format!("{{\"resourceType\":\"Patient\",{names}}}"), None).issues.len(), 20);
    let two = faults(r#"{"resourceType":"Observation","value":1}"#, None);
    assert_eq!(
        two.issues.iter().map(|i| i.path.as_str()).collect::<Vec<_>>(),
        ["Observation.value", "Observation.status", "Observation.code"]
    );
}

#[test]
fn messages_do_not_repeat_values() {
    let error = faults(r#"{"resourceType":"Patient","birthDate":"secret","gender":"secret","name":["secret"]}"#, None);
    assert_eq!(error.issues.len(), 3);
    assert!(!error.to_string().contains("secret"));
}

#[test]
fn the_shape_alone_leaves_values_and_what_is_missing_to_others() {
    let document = |text: &'static str| parse(text.as_bytes()).unwrap();
    let lax = document(r#"{"resourceType":"Observation","issued":"yesterday"}"#);
    assert!(super::super::check_shape(&lax, None).is_ok());
    assert!(super::super::check(&lax, None).is_err());
    for wrong in [r#""nam":"x""#, r#""name":"x""#, r#""gender":1"#] {
        let wrong = format!(r#"{{"resourceType":"Patient",{wrong}}}"#);
        let document = |text| parse(text).unwrap();
        assert!(super::super::check_shape(&document(wrong.as_bytes()), None).is_err(), "{wrong}");
    }
}
