//! Entries of a Bundle to each other.

use super::rig::errors;

fn bundle(kind: &str, entries: &str) -> String {
    format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{entries}]}}"#)
}

fn entry(full_url: &str, resource: &str) -> String {
    format!(r#"{{"fullUrl":"{full_url}","resource":{resource}}}"#)
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"1"}"#;

fn composition(subject: &str) -> String {
    format!(
        r#"{{"resourceType":"Composition","id":"c","status":"final","type":{{"text":"x"}},"subject":{{"reference":"{subject}"}},"date":"2020","author":[{{"display":"a"}}],"title":"t"}}"#
    )
}

#[test]
fn a_full_url_says_what_the_resource_is() {
    let found = |kind: &str, entry: &str| errors(vec![], &bundle(kind, entry), &[]);
    assert!(found("collection", &entry("http://x.org/fhir/Patient/1", PATIENT)).is_empty());
    assert!(found("collection", &entry("urn:uuid:c757873d-ec9a-4326-a141-556f43239520", PATIENT)).is_empty());
    for wrong in ["http://x.org/fhir/Patient/2", "http://x.org/fhir/Group/1", "Patient/1"] {
        assert_eq!(found("collection", &entry(wrong, PATIENT)), ["Bundle.entry[0] fullUrl"], "{wrong}");
    }
    let bare = format!(r#"{{"resource":{PATIENT}}}"#);
    assert_eq!(found("collection", &bare), ["Bundle.entry[0] fullUrl"]);
    assert!(found("history", &bare).is_empty());
}

#[test]
fn a_document_holds_what_its_composition_points_to_and_nothing_else() {
    let base = "http://x.org/fhir";
    let with = |subject: &str, more: &str| {
        let first = entry(&format!("{base}/Composition/c"), &composition(subject));
        errors(
            vec![],
            &bundle("document", &format!("{first},{}{more}", entry(&format!("{base}/Patient/1"), PATIENT))),
            &[],
        )
    };
    assert!(with("Patient/1", "").is_empty(), "{:?}", with("Patient/1", ""));
    let lost = ["Bundle.entry[0].resource.subject document-reference", "Bundle.entry[1] reached"];
    assert_eq!(with("Patient/2", ""), lost);
    let stray = format!(",{}", entry(&format!("{base}/Patient/3"), r#"{"resourceType":"Patient","id":"3"}"#));
    assert_eq!(with("Patient/1", &stray), ["Bundle.entry[2] reached"]);
}

#[test]
fn a_reference_is_followed_by_the_base_of_its_entry() {
    let observation = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"}}"#;
    let of = |base: &str| {
        let entries = [
            entry("http://a.org/Observation/o", observation),
            entry(&format!("{base}/Patient/1"), r#"{"resourceType":"Organization","id":"1","name":"x"}"#),
        ];
        errors(vec![], &bundle("collection", &entries.join(",")), &[])
    };
    let expected = [
        "Bundle.entry[1] fullUrl",
        "Bundle.entry[0].resource.subject misnamed",
        "Bundle.entry[0].resource.subject target",
    ];
    assert_eq!(of("http://a.org"), expected);
    assert_eq!(of("http://b.org"), expected[..1]);
}
