//! Rules in, records out, over the small world of types; the published cases are a suite of conformance.

use super::*;
use crate::plan::tests::World as Types;
use theriac_core::json;
use theriac_core::{Code, Error};

struct Small;

impl World for Small {
    fn schema(&self) -> &dyn Schema {
        &Types
    }

    fn holds(&self, node: &Node<'_>, _: &str, expression: &str) -> Result<bool> {
        match expression {
            "broken" => Err(Error::invalid("broken")),
            _ => Ok(node.to_string().contains(expression)),
        }
    }

    fn value(&self, _: &Node<'_>, _: &str, expression: &str) -> Result<Option<String>> {
        Ok(Some(expression.to_owned()))
    }

    fn pseudonym(&self, domain: &str, value: &str) -> Result<String> {
        Ok(format!("{value}@{domain}"))
    }

    fn this_year(&self) -> i32 {
        2026
    }
}

fn left(rules: &str, parameters: &str) -> String {
    const PATIENT: &str = r#"{"resourceType":"Patient","id":"example","active":true,"birthDate":"2000-01-01","name":[{"family":"Chalmers","use":"official"},{"family":"Windsor"}],"address":[{"city":"Perth","postalCode":"20301-1830","state":"VA"}],"link":[{"reference":"Patient/abc"}]}"#;
    let rules = format!(r#"{{"fhirPathRules":[{rules}],"parameters":{{{parameters}}}}}"#);
    let node = json::parse(PATIENT.as_bytes()).unwrap();
    anonymized(&Rules::parse(&rules).unwrap(), &node, &Small).unwrap().to_string()
}

#[test]
fn each_method_does_what_it_is_called() {
    let key = r#""cryptoHashKey":"123","dateShiftKey":"123""#;
    for (rule, wanted) in [
        (r#"{"path":"Patient.name","method":"redact"}"#, "\"active\":true,\"birthDate\""),
        (r#"{"path":"nodesByType('date')","method":"dateShift"}"#, "\"birthDate\":\"2000-02-11\""),
        (
            r#"{"path":"Patient.id","method":"cryptoHash"}"#,
            "\"id\":\"698d54f0494528a759f19c8e87a9f99e75a5881b9267ee3926bcf62c992d84ba\"",
        ),
        (
            r#"{"path":"nodesByType('Reference').reference","method":"cryptoHash"}"#,
            "Patient/8f16771f9f8851b26f4d460fa17de93e2711c7e51337cb8a608a0f81e1c1b6ae",
        ),
        (
            r#"{"path":"Patient.name.family","method":"substitute","replaceWith":"x"}"#,
            r#"[{"family":"x","use":"official"},{"family":"x"}]"#,
        ),
        (
            r#"{"path":"Patient.name.where(Windsor).family","method":"pseudonymize","domain":"d"}"#,
            r#"{"family":"Windsor@d"}"#,
        ),
        (
            r#"{"path":"Patient.name.family","method":"generalize","cases":{"Windsor":"W"},"otherValues":"redact"}"#,
            r#"[{"use":"official"},{"family":"W"}]"#,
        ),
        (r#"{"path":"Patient.name.where(Chalmers)","method":"remove"}"#, r#""name":[{"family":"Windsor"}]"#),
        (r#"{"path":"nodesByName('city')","method":"redact"}"#, r#""address":[{"postalCode":"#),
    ] {
        let left = left(rule, key);
        assert!(left.contains(wanted), "{rule}: {left}");
    }
}

#[test]
fn parts_of_dates_and_zip_codes_stay_where_the_file_says_so() {
    let rules = r#"{"path":"Patient.birthDate","method":"redact"},{"path":"Patient.address","method":"redact"}"#;
    let whole = left(rules, "");
    assert!(!whole.contains("birthDate") && !whole.contains("address"), "{whole}");
    let parts = r#""enablePartialDatesForRedact":true,"enablePartialZipCodesForRedact":true,"restrictedZipCodeTabulationAreas":["203"]"#;
    let parts = left(rules, parts);
    assert!(
        parts.contains(r#""birthDate":"2000""#) && parts.contains(r#""address":[{"postalCode":"00000-0000"}]"#),
        "{parts}"
    );
}

#[test]
fn what_an_earlier_rule_has_touched_stays() {
    let rules = r#"{"path":"Patient.name.use","method":"keep"},{"path":"Patient.name","method":"redact"},{"path":"Resource.name","method":"substitute","replaceWith":{"family":"y"}}"#;
    assert!(left(rules, "").contains(r#""name":[{"use":"official"}]"#));
}

#[test]
fn a_rule_that_cannot_be_carried_out_is_refused_by_its_number_or_skips_the_record() {
    for (text, path) in [
        (r#"{"fhirPathRules":[{"path":"Patient","method":"forget"}]}"#, "fhirPathRules[0]"),
        (
            r#"{"fhirPathRules":[{"path":"a","method":"keep"},{"path":"a.first()","method":"keep"}]}"#,
            "fhirPathRules[1]",
        ),
        (r#"{"fhirPathRules":[],"parameters":{"dateShiftScope":"folder"}}"#, "parameters.dateShiftScope"),
        (r#"{"fhirPathRules":[],"parameters":{"cryptoHashAlgorithm":"md5"}}"#, "parameters.cryptoHashAlgorithm"),
    ] {
        assert_eq!(Rules::parse(text).unwrap_err().issues[0].path, path);
    }
    assert_eq!(Rules::parse("{\"rules\":[]}").unwrap_err().code, Code::Malformed);
    let node = json::parse(br#"{"resourceType":"Patient","id":"1"}"#).unwrap();
    let rules = |more: &str| {
        Rules::parse(&format!("fhirPathRules:\n  - path: Patient.where(broken)\n    method: redact\n{more}")).unwrap()
    };
    assert!(anonymized(&rules(""), &node, &Small).is_err());
    let skipped = anonymized(&rules("processingErrors: skip\n"), &node, &Small).unwrap().to_string();
    assert!(skipped.starts_with(r#"{"resourceType":"Patient","meta":{"security"#) && skipped.contains("REDACTED"));
}

#[test]
fn the_file_is_warned_of() {
    let rules = Rules::parse(r#"{"fhirPathRules":[{"path":"nodesByType('date')","method":"dateshift"}]}"#).unwrap();
    assert!(rules.warnings().iter().any(|warning| warning.contains("two known dates")));
}
