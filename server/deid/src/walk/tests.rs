//! Documents in, views out.

use super::*;
use crate::plan::tests::plan;
use proptest::prelude::*;
use theriac_core::json;

/// `Patient/1` is shown as `Patient/p1`; days are the length of the id.
struct Told;

impl Names for Told {
    fn pseudonym(&self, _: &str, value: &str) -> Option<Arc<str>> {
        (value != "new").then(|| format!("p{value}").into())
    }

    fn shift(&self, patient: &str) -> i64 {
        patient.len() as i64
    }

    fn version(&self, _: &str, _: &str, version: &str) -> Option<String> {
        Some(format!("v{version}"))
    }
}

const RULES: &str = "code = \"keep\"\nboolean = \"keep\"\n\"Quantity.value\" = \"keep\"\n\"Quantity.code\" = \"keep\"\n\"Reference.reference\" = \"pseudonym\"\n";

fn shown(rules: &str, text: &str) -> String {
    let plan = plan(&format!("{RULES}{rules}")).unwrap();
    let mut node = json::parse(text.as_bytes()).unwrap();
    let nobody = HashMap::new();
    let mut scene = Scene::new(&Told, "http://h/fhir", 2026, &nobody);
    assert!(plan.record(&mut node, &mut scene) && scene.missing.is_empty());
    node.to_string()
}

fn label(codes: &[(&str, &str)]) -> String {
    let all: Vec<String> = codes
        .iter()
        .map(|(code, display)| format!("{{\"system\":\"{SECURITY}\",\"code\":\"{code}\",\"display\":\"{display}\"}}"))
        .collect();
    format!("\"security\":[{}]", all.join(","))
}

#[test]
fn what_no_rule_names_does_not_leave() {
    let text = r#"{"resourceType":"Patient","id":"1","meta":{"versionId":"3","lastUpdated":"2026-01-01T00:00:00Z"},"active":true,"name":[{"family":"Chalmers"}],"birthDate":"1974-12-25","unknown":"x","_birthDate":{"extension":[{"url":"http://x/sex","valueCode":"a"}]},"extension":[{"url":"http://x/other","valueCode":"a"},{"url":"http://x/sex","valueCode":"F","valueString":"female"}]}"#;
    let wanted = format!(
        r#"{{"resourceType":"Patient","id":"p1","meta":{{"versionId":"v3",{}}},"active":true,"extension":[{{"url":"http://x/sex","valueCode":"F"}}]}}"#,
        label(&[("REDACTED", "redacted"), ("PSEUDED", "pseudonymized")])
    );
    assert_eq!(shown("", text), wanted);
}

#[test]
fn references_lead_to_pseudonyms_or_nowhere() {
    let with = |reference: &str| {
        let text = format!(
            r##"{{"resourceType":"Observation","contained":[{{"resourceType":"Patient","id":"smith","active":true}}],"subject":{{"reference":"{reference}","display":"Peter"}}}}"##
        );
        let shown = shown("", &text);
        json::parse(shown.as_bytes()).unwrap().get("subject").and_then(|s| s.text("reference")).map(str::to_owned)
    };
    for (reference, wanted) in [
        ("Patient/7", Some("Patient/p7")),
        ("http://h/fhir/Patient/7/_history/2", Some("Patient/p7/_history/v2")),
        ("#smith", Some("#c1")),
        ("#", Some("#")),
        ("#jones", None),
        ("http://elsewhere/Patient/7", None),
        ("urn:uuid:7", None),
        ("Patient?name=x", None),
    ] {
        assert_eq!(with(reference).as_deref(), wanted, "{reference}");
    }
}

#[test]
fn dates_move_by_the_one_patient_they_are_about() {
    let rules = "instant = \"shift\"\ndate = \"shift\"";
    let observation = |subject: &str| {
        let text = format!(
            r#"{{"resourceType":"Observation","subject":{{"reference":"{subject}"}},"issued":"2020-05-30T10:00:00+02:00"}}"#
        );
        shown(rules, &text)
    };
    assert!(observation("Patient/abc").contains("2020-06-02T10:00:00+02:00"));
    assert!(observation("Group/abc").contains("2020-01-01T00:00:00Z"));
    assert!(shown(rules, r#"{"resourceType":"Patient","id":"ab","birthDate":"2000-12-31"}"#).contains("2001-01-02"));
    let two = r#"{"resourceType":"Patient","birthDate":"2000-12-31","link":[{"reference":"Patient/a"},{"reference":"Patient/b"}]}"#;
    assert!(shown(rules, two).contains("\"birthDate\":\"2000\""));
}

#[test]
fn an_age_over_89_does_not_leave_whatever_the_rule_says_of_numbers() {
    let age = |value: &str| {
        shown("", &format!(r#"{{"resourceType":"Observation","valueAge":{{"value":{value},"code":"a"}}}}"#))
    };
    assert!(age("89").contains("valueAge") && !age("90").contains("valueAge"));
}

#[test]
fn what_has_no_pseudonym_yet_is_asked_for_and_not_shown() {
    let plan = plan(RULES).unwrap();
    let text = br#"{"resourceType":"Observation","id":"new","subject":{"reference":"Patient/new"}}"#;
    let mut node = json::parse(text).unwrap();
    let nobody = HashMap::new();
    let mut scene = Scene::new(&Told, "", 2026, &nobody);
    plan.record(&mut node, &mut scene);
    let wanted = [("Patient", "new"), ("Observation", "new")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(scene.missing, wanted);
    assert!(!node.to_string().contains("new"), "{node:?}");
}

#[test]
fn a_record_of_a_type_that_is_not_known_is_not_shown() {
    let (plan, nobody) = (plan(RULES).unwrap(), HashMap::new());
    for text in ["{\"resourceType\":\"Person\"}", "{}", "[]", "7"] {
        let mut node = json::parse(text.as_bytes()).unwrap();
        assert!(!plan.record(&mut node, &mut Scene::new(&Told, "", 2026, &nobody)), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_of_an_element_without_a_rule_is_in_the_view(secret in "[A-Z]{12}", member in "name|text|div|extension|_id|comment|contained|meta|link|address") {
        let text = format!(
            r#"{{"resourceType":"Patient","id":"1","{member}":[{{"{member}":"{secret}","url":"{secret}","display":"{secret}","reference":"{secret}","resourceType":"{secret}"}}]}}"#
        );
        prop_assert!(!shown("", &text).contains(&secret));
    }
}

#[test]
fn a_text_stays_as_far_as_the_patients_own_record_allows() {
    let plan = plan(&format!("{RULES}\"Observation.valueString\" = \"scrub\"")).unwrap();
    let walked = |known: &HashMap<String, Known>| {
        let text =
            br#"{"resourceType":"Observation","subject":{"reference":"Patient/1"},"valueString":"lovelace has pain"}"#;
        let mut node = json::parse(text).unwrap();
        let mut scene = Scene::new(&Told, "", 2026, known);
        plan.record(&mut node, &mut scene);
        (node.text("valueString").map(str::to_owned), scene.unread)
    };
    assert_eq!(walked(&HashMap::new()), (None, vec!["1".to_owned()]));
    let ada = Known::of(&json::parse(br#"{"name":[{"family":"Lovelace"}]}"#).unwrap());
    assert_eq!(walked(&HashMap::from([("1".to_owned(), ada)])), (Some("[…] has pain".to_owned()), Vec::new()));
}
