//! Composite parameters, R4 search.html 3.1.1.4.17: components hold in one repetition.

use super::super::hash::{beside, together};
use super::{check, index, query, search};

/// Systolic 107, diastolic 60: a systolic of 60 is nowhere.
const PRESSURE: &str = r#"{"resourceType":"Observation","id":"bp","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},
    "component":[
        {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"},{"system":"s","code":"sys"}]},"valueQuantity":{"value":107,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
        {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":60,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
        {"code":{"coding":[{"code":"position"}]},"valueCodeableConcept":{"coding":[{"system":"p","code":"sitting"}]}}]}"#;

#[test]
fn components_must_hold_in_the_same_repetition() {
    check(
        PRESSURE,
        &[
            ("component-code-value-quantity=http://loinc.org|8480-6$107", true),
            ("component-code-value-quantity=http://loinc.org|8480-6$60", false),
            ("component-code-value-quantity=http://loinc.org|8480-6$lt60", false),
            ("component-code-value-quantity=http://loinc.org|8462-4$le60", true),
            ("component-code-value-quantity=8480-6$gt100", true),
            ("component-code-value-quantity=sys$gt100", true),
            ("component-code-value-quantity=s|$gt100", true),
            ("component-code-value-quantity=s|$lt100", false),
            ("component-code-value-quantity=8462-4$gt100", false),
            ("component-code-value-quantity=8462-4$gt100,8480-6$gt100", true),
            ("component-code-value-quantity=8480-6$107||mmHg", true),
            ("component-code-value-quantity=8480-6$107||kPa", false),
            ("component-code-value-quantity=8480-6$14.3|http://unitsofmeasure.org|kPa", true),
            ("component-code-value-quantity=8462-4$14.3|http://unitsofmeasure.org|kPa", false),
            ("component-code-value-concept=position$p|sitting", true),
            ("component-code-value-concept=|position$sitting", true),
            ("component-code-value-concept=8480-6$sitting", false),
            ("component-code-value-quantity:missing=false", true),
            ("component-code-value-concept:missing=true", false),
            ("code-value-quantity:missing=true", true),
            ("component-code-value-quantity:not=8480-6$60", true),
            ("component-code-value-quantity:not=8480-6$107", false),
        ],
    );
}

/// `combo-` covers the observation itself and its components, and never one's code with the other's value.
#[test]
fn a_combo_is_of_the_observation_or_of_one_component() {
    let observation = r#"{"resourceType":"Observation","code":{"coding":[{"system":"l","code":"panel"}]},
        "valueQuantity":{"value":5,"system":"http://unitsofmeasure.org","code":"mg"},
        "component":[{"code":{"coding":[{"system":"l","code":"part"}]},"valueQuantity":{"value":7}}]}"#;
    check(
        observation,
        &[
            ("combo-code-value-quantity=panel$5", true),
            ("combo-code-value-quantity=part$7", true),
            ("combo-code-value-quantity=panel$7", false),
            ("combo-code-value-quantity=part$5", false),
            ("combo-code-value-quantity=l|panel$0.005|http://unitsofmeasure.org|g", true),
            ("code-value-quantity=panel$5", true),
            ("code-value-quantity=part$7", false),
            ("component-code-value-quantity=part$7", true),
            ("component-code-value-quantity=panel$5", false),
            ("combo-code-value-concept=panel$x", false),
            ("combo-code-value-concept:missing=true", true),
        ],
    );
}

#[test]
fn every_kind_of_component_in_r4_matches_and_keeps_apart() {
    let string = r#"{"resourceType":"Observation","code":{"coding":[{"code":"c"}]},"valueString":"Élan vital"}"#;
    check(
        string,
        &[
            ("code-value-string=c$elan", true),
            ("code-value-string=c$vital", false),
            ("code-value-string=d$elan", false),
        ],
    );
    let date = r#"{"resourceType":"Observation","code":{"coding":[{"code":"c"}]},"valueDateTime":"2020-05-06"}"#;
    check(
        date,
        &[
            ("code-value-date=c$2020-05", true),
            ("code-value-date=c$gt2020-05-06", false),
            ("code-value-date=c$ge2020-05-06", true),
        ],
    );
    let group = r#"{"resourceType":"Group","characteristic":[
        {"code":{"coding":[{"code":"gender"}]},"valueCodeableConcept":{"coding":[{"code":"mixed"}]}},
        {"code":{"coding":[{"code":"owner"}]},"valueBoolean":true}]}"#;
    check(
        group,
        &[
            ("characteristic-value=gender$mixed", true),
            ("characteristic-value=gender$mixed,owner$Eve", true),
            ("characteristic-value=gender$true", false),
            ("characteristic-value=owner$true", true),
        ],
    );
    let document = r#"{"resourceType":"DocumentReference","relatesTo":[
        {"code":"replaces","target":{"reference":"DocumentReference/1"}},{"code":"signs","target":{"reference":"DocumentReference/2"}}]}"#;
    check(
        document,
        &[
            ("relationship=DocumentReference/1$replaces", true),
            ("relationship=1$replaces", true),
            ("relationship=DocumentReference/1$signs", false),
            ("relationship=DocumentReference/2$signs", true),
        ],
    );
    let questionnaire = r#"{"resourceType":"Questionnaire","useContext":[
        {"code":{"system":"u","code":"age"},"valueRange":{"low":{"value":18,"unit":"a"}}},
        {"code":{"system":"u","code":"focus"},"valueCodeableConcept":{"coding":[{"code":"x"}]}}]}"#;
    check(
        questionnaire,
        &[
            ("context-type-quantity=age$ge18", true),
            ("context-type-quantity=focus$ge18", false),
            ("context-type-value=u|focus$x", true),
            ("context-type-value=u|age$x", false),
        ],
    );
}

#[test]
fn two_numbers_of_one_repetition_are_tested_together() {
    let sequence = r#"{"resourceType":"MolecularSequence","coordinateSystem":0,
        "referenceSeq":{"chromosome":{"coding":[{"code":"22"}]},"referenceSeqId":{"coding":[{"code":"NC_1"}]},"windowStart":100,"windowEnd":300},
        "variant":[{"start":10,"end":20},{"start":100,"end":200}]}"#;
    check(
        sequence,
        &[
            ("chromosome-variant-coordinate=22$10$20", true),
            ("chromosome-variant-coordinate=22$lt50$gt150", false),
            ("chromosome-variant-coordinate=22$gt50$gt150", true),
            ("chromosome-variant-coordinate=21$10$20", false),
            ("referenceseqid-variant-coordinate=NC_1$ge100$le200", true),
            ("chromosome-window-coordinate=22$lt200$gt200", true),
            ("chromosome-window-coordinate=22$gt200$gt200", false),
            ("referenceseqid-window-coordinate=NC_1$100$300", true),
        ],
    );
}

#[test]
fn composites_stand_at_the_end_of_chains() {
    let all = [PRESSURE, r#"{"resourceType":"DiagnosticReport","id":"r","result":[{"reference":"Observation/bp"}]}"#];
    assert_eq!(search(&all, "DiagnosticReport", "result.component-code-value-quantity=8480-6$gt100"), [1]);
    assert!(search(&all, "DiagnosticReport", "result.component-code-value-quantity=8480-6$60").is_empty());
    assert_eq!(search(&all, "DiagnosticReport", "result.component-code-value-quantity:not=8480-6$60"), [1]);
}

#[test]
fn escaped_dollars_are_no_separators() {
    let text = r#"{"resourceType":"Observation","code":{"coding":[{"code":"a$b"}]},"valueString":"x$y"}"#;
    check(text, &[(r"code-value-string=a\$b$x\$y", true), (r"code-value-string=a\$b$z", false)]);
    assert!(query("Observation", r"code-value-string=a\$b").is_err());
}

#[test]
fn what_stands_once_in_a_resource_costs_no_rows() {
    let plain =
        r#"{"resourceType":"Observation","code":{"coding":[{"system":"l","code":"c"}]},"valueQuantity":{"value":1}}"#;
    let (_, entry) = index(plain);
    assert!(entry.numbers.iter().all(|row| row.param >= 0), "a row beside a token");
    let (_, entry) = index(PRESSURE);
    assert!(entry.numbers.iter().any(|row| row.param < 0));
}

#[test]
fn numbers_beside_tokens_are_negative_and_depend_on_order() {
    assert!(beside(0) < 0 && beside(i64::MAX) < 0);
    assert_ne!(together([1, 2]), together([2, 1]));
}
