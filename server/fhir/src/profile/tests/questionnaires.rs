//! Answers beside their Questionnaire.

use super::rig::{errors, errors_with_invariants, node};
use crate::canonical::Definition;
use std::sync::Arc;

fn form(items: &str) -> Vec<Definition> {
    let text = format!(
        r#"{{"resourceType":"Questionnaire","url":"http://example.org/q","status":"active","item":[{items}]}}"#
    );
    vec![Arc::new(node(&text))]
}

fn found(items: &str, answers: &str) -> Vec<String> {
    errors(form(items), &response(answers), &[])
}

fn response(answers: &str) -> String {
    format!(
        r#"{{"resourceType":"QuestionnaireResponse","questionnaire":"http://example.org/q","status":"completed"{answers}}}"#
    )
}

fn one(answer: &str) -> String {
    format!(r#","item":[{{"linkId":"a","answer":[{answer}]}}]"#)
}

const AT: &str = "QuestionnaireResponse.item[0]";

#[test]
fn each_rule_of_an_item_is_kept() {
    let limit = |name: &str, value: &str| {
        format!(r#","extension":[{{"url":"http://hl7.org/fhir/StructureDefinition/{name}",{value}}}]"#)
    };
    let item = |kind: &str, rest: &str| format!(r#"{{"linkId":"a","type":"{kind}"{rest}}}"#);
    let cases = [
        (item("integer", ""), r#"{"valueInteger":1}"#, ""),
        (item("integer", ""), r#"{"valueString":"1"}"#, ".answer[0].value answer-type"),
        (item("integer", ""), r#"{"valueInteger":1},{"valueInteger":2}"#, " repeats"),
        (item("integer", r#","repeats":true"#), r#"{"valueInteger":1},{"valueInteger":2}"#, ""),
        (
            item("integer", &limit("maxValue", r#""valueInteger":3"#)),
            r#"{"valueInteger":4}"#,
            ".answer[0].value maxValue",
        ),
        (
            item("date", &limit("minValue", r#""valueDate":"2020""#)),
            r#"{"valueDate":"2019-12-31"}"#,
            ".answer[0].value minValue",
        ),
        (item("string", r#","maxLength":2"#), r#"{"valueString":"abc"}"#, ".answer[0].value maxLength"),
        (
            item("string", &limit("regex", r#""valueString":"[a-z]+""#)),
            r#"{"valueString":"1"}"#,
            ".answer[0].value regex",
        ),
        (
            item("decimal", &limit("maxDecimalPlaces", r#""valueInteger":1"#)),
            r#"{"valueDecimal":1.25}"#,
            ".answer[0].value maxDecimalPlaces",
        ),
        (
            item("choice", r#","answerOption":[{"valueCoding":{"system":"urn:s","code":"x"}}]"#),
            r#"{"valueCoding":{"system":"urn:s","code":"y"}}"#,
            ".answer[0].value answer-option",
        ),
        (
            item("choice", r#","answerValueSet":"http://hl7.org/fhir/ValueSet/administrative-gender""#),
            r#"{"valueCoding":{"system":"http://hl7.org/fhir/administrative-gender","code":"none"}}"#,
            ".answer[0].value answer-option",
        ),
        (item("open-choice", r#","answerOption":[{"valueString":"x"}]"#), r#"{"valueString":"y"}"#, ""),
        (item("display", ""), r#"{"valueString":"y"}"#, " display"),
    ];
    for (item, answer, expected) in cases {
        let expected: Vec<String> = (!expected.is_empty()).then(|| format!("{AT}{expected}")).into_iter().collect();
        assert_eq!(found(&item, &one(answer)), expected, "{item} {answer}");
    }
}

#[test]
fn items_must_be_those_of_the_form_and_required_ones_answered() {
    let item = r#"{"linkId":"a","type":"integer","required":true}"#;
    assert_eq!(found(item, ""), ["QuestionnaireResponse required a"]);
    let other = r#","item":[{"linkId":"a","answer":[{"valueInteger":1}]},{"linkId":"b"}]"#;
    assert_eq!(found(item, other), ["QuestionnaireResponse.item[1] linkId"]);
}

#[test]
fn what_is_not_enabled_is_neither_required_nor_answered() {
    let items = r#"{"linkId":"a","type":"boolean"},
        {"linkId":"b","type":"integer","required":true,"enableWhen":[{"question":"a","operator":"=","answerBoolean":true}]}"#;
    assert!(found(items, &one(r#"{"valueBoolean":false}"#)).is_empty());
    assert_eq!(found(items, &one(r#"{"valueBoolean":true}"#)), ["QuestionnaireResponse required b"]);
    let both =
        r#","item":[{"linkId":"a","answer":[{"valueBoolean":false}]},{"linkId":"b","answer":[{"valueInteger":1}]}]"#;
    assert_eq!(found(items, both), ["QuestionnaireResponse.item[1] enabled"]);
}

#[test]
fn a_condition_in_fhirpath_opens_an_item() {
    const AT: &str = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression";
    let condition =
        |expression: &str| format!(r#""valueExpression":{{"language":"text/fhirpath","expression":"{expression}"}}"#);
    let items = |expression: &str| {
        format!(
            r#"{{"linkId":"a","type":"boolean"}},
            {{"linkId":"b","type":"boolean","required":true,"extension":[{{"url":"{AT}",{}}}]}}"#,
            condition(expression)
        )
    };
    let whether = items("QuestionnaireResponse.item.where(linkId='a').answer.value.ofType(boolean)");
    let found = |items: &str, answers: &str| errors_with_invariants(form(items), &response(answers));
    let answers = |a: &str, b: &str| format!(r#","item":[{{"linkId":"a","answer":[{{"valueBoolean":{a}}}]}}{b}]"#);
    let b = r#",{"linkId":"b","answer":[{"valueBoolean":true}]}"#;
    assert!(found(&whether, &answers("true", b)).is_empty());
    assert_eq!(found(&whether, &answers("true", "")), ["QuestionnaireResponse required b"]);
    assert!(found(&whether, &answers("false", "")).is_empty());
    assert_eq!(found(&whether, &answers("false", b)), ["QuestionnaireResponse.item[1] enabled"]);
    assert!(found(&items("%nobody.knows"), &answers("false", b)).is_empty(), "what cannot be asked refuses nothing");
}
