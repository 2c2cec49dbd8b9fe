//! Items find their slices by every kind of discriminator, and closed, ordered and counted slices are kept.

use super::rig::{errors, profile};

fn sliced(kind: &str, path: &str, rules: &str, ordered: bool, rest: &str) -> String {
    format!(
        r#"{{"path":"Patient.identifier","slicing":{{"discriminator":[{{"type":"{kind}","path":"{path}"}}],"ordered":{ordered},"rules":"{rules}"}}}},{rest}"#
    )
}

const WARD: &str = r#"{"path":"Patient.identifier","sliceName":"ward","min":1,"max":"1"},
    {"path":"Patient.identifier.system","min":1,"fixedUri":"urn:ward"},
    {"path":"Patient.identifier.value","min":1}"#;
const TAX: &str = r#"{"path":"Patient.identifier","sliceName":"tax"},{"path":"Patient.identifier.system","min":1,"fixedUri":"urn:tax"}"#;

fn patient(identifiers: &str) -> String {
    format!(r#"{{"resourceType":"Patient","identifier":[{identifiers}]}}"#)
}

fn found(differential: &str, identifiers: &str) -> Vec<String> {
    errors(vec![profile("p", "Patient", "Patient", differential)], &patient(identifiers), &["p"])
}

#[test]
fn items_are_checked_against_the_slice_whose_fixed_value_they_have() {
    let p = sliced("value", "system", "open", false, WARD);
    assert!(found(&p, r#"{"system":"urn:ward","value":"1"},{"system":"urn:x"}"#).is_empty());
    assert_eq!(found(&p, r#"{"system":"urn:ward"}"#), ["Patient.identifier[0].value min"]);
    assert_eq!(found(&p, r#"{"system":"urn:x"}"#), ["Patient.identifier min:ward"]);
    let two = r#"{"system":"urn:ward","value":"1"},{"system":"urn:ward","value":"2"}"#;
    assert_eq!(found(&p, two), ["Patient.identifier max:ward"]);
}

#[test]
fn closed_slicing_lets_nothing_else_stand() {
    let p = sliced("value", "system", "closed", false, WARD);
    let items = r#"{"system":"urn:ward","value":"1"},{"system":"urn:x"}"#;
    assert_eq!(found(&p, items), ["Patient.identifier[1] slicing-closed"]);
}

#[test]
fn open_at_end_lets_others_stand_last_only() {
    let p = sliced("value", "system", "openAtEnd", false, WARD);
    let ward = r#"{"system":"urn:ward","value":"1"}"#;
    assert!(found(&p, &format!(r#"{ward},{{"system":"urn:x"}}"#)).is_empty());
    assert_eq!(found(&p, &format!(r#"{{"system":"urn:x"}},{ward}"#)), ["Patient.identifier[0] slicing-end"]);
}

#[test]
fn ordered_slices_stand_in_the_order_of_the_definition() {
    let p = sliced("value", "system", "open", true, &format!("{WARD},{TAX}"));
    let (ward, tax) = (r#"{"system":"urn:ward","value":"1"}"#, r#"{"system":"urn:tax"}"#);
    assert!(found(&p, &format!("{ward},{tax}")).is_empty());
    assert_eq!(found(&p, &format!("{tax},{ward}")), ["Patient.identifier[1] slicing-order"]);
}

#[test]
fn slices_are_told_apart_by_what_exists() {
    let rest = r#"{"path":"Patient.identifier","sliceName":"dated","max":"1"},{"path":"Patient.identifier.period","min":1},
        {"path":"Patient.identifier","sliceName":"undated","max":"0"},{"path":"Patient.identifier.period","max":"0"}"#;
    let p = sliced("exists", "period", "open", false, rest);
    assert!(found(&p, r#"{"period":{"start":"2020"}}"#).is_empty());
    assert_eq!(found(&p, r#"{"value":"1"}"#), ["Patient.identifier max:undated"]);
}

#[test]
fn a_pattern_above_the_path_tells_slices_apart_too() {
    let p = r#"{"path":"Observation.category","slicing":{"discriminator":[{"type":"value","path":"coding.code"}],"rules":"open"}},
        {"path":"Observation.category","sliceName":"lab","min":1,"patternCodeableConcept":{"coding":[{"system":"urn:s","code":"lab"}]}}"#;
    let own = || vec![profile("o", "Observation", "Observation", p)];
    let with = |code: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"category":[{{"coding":[{{"system":"urn:s","code":"{code}"}}]}}]}}"#
        )
    };
    assert!(errors(own(), &with("lab"), &["o"]).is_empty());
    assert_eq!(errors(own(), &with("vital"), &["o"]), ["Observation.category min:lab"]);
}

#[test]
fn the_types_of_a_choice_are_slices() {
    let p = r#"{"path":"Observation.value[x]","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"closed"}},
        {"path":"Observation.value[x]","sliceName":"valueQuantity","min":1,"type":[{"code":"Quantity"}]},
        {"path":"Observation.value[x].unit","min":1}"#;
    let own = || vec![profile("o", "Observation", "Observation", p)];
    let with =
        |value: &str| format!(r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},{value}}}"#);
    assert!(errors(own(), &with(r#""valueQuantity":{"value":1,"unit":"g"}"#), &["o"]).is_empty());
    assert_eq!(errors(own(), &with(r#""valueQuantity":{"value":1}"#), &["o"]), ["Observation.value.unit min"]);
    let both = ["Observation.value slicing-closed", "Observation.value min:valueQuantity"];
    assert_eq!(errors(own(), &with(r#""valueString":"x""#), &["o"]), both);
}

#[test]
fn resources_of_a_bundle_are_told_apart_by_type_and_by_profile() {
    let ward = profile("ward", "Patient", "Patient", r#"{"path":"Patient.birthDate","min":1}"#);
    let by = |kind: &str, rest: &str| {
        let text = format!(
            r#"{{"path":"Bundle.entry","slicing":{{"discriminator":[{{"type":"{kind}","path":"resource"}}],"rules":"open"}}}},
            {{"path":"Bundle.entry","sliceName":"patient","min":1}},
            {{"path":"Bundle.entry.resource","min":1,"type":[{rest}]}}"#
        );
        vec![profile("b", "Bundle", "Bundle", &text), ward.clone()]
    };
    let bundle = |patient: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","resource":{{"resourceType":"Patient"{patient}}}}}]}}"#
        )
    };
    let by_type = || by("type", r#"{"code":"Patient"}"#);
    let by_profile = || by("profile", r#"{"code":"Patient","profile":["http://example.org/ward"]}"#);
    assert!(errors(by_type(), &bundle(""), &["b"]).is_empty());
    assert!(errors(by_profile(), &bundle(r#","birthDate":"2001-01-01""#), &["b"]).is_empty());
    assert_eq!(errors(by_profile(), &bundle(""), &["b"]), ["Bundle.entry min:patient"]);
}
