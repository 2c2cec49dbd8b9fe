//! `:text` and `:not`, R4 search.html 3.1.1.4.10; punctuation, 3.1.1.4.8; versions, 3.1.1.4.13.

use super::check;

#[test]
fn the_text_of_a_code_is_searched_like_a_string() {
    let condition = r#"{"resourceType":"Condition","code":{"text":"Severe Céphalée","coding":[{"system":"s","code":"25064002","display":"Headache (finding)"}]}}"#;
    check(
        condition,
        &[
            ("code:text=headache", true),
            ("code:text=HEADACHE finding", true),
            ("code:text=severe cephalee", true),
            ("code:text=cephalee", false),
            ("code:text=25064002", false),
            ("code:text=migraine,head", true),
            ("category:text=headache", false),
        ],
    );
    let patient = r#"{"resourceType":"Patient","identifier":[{"value":"1","type":{"text":"Driver's license"}}]}"#;
    check(patient, &[("identifier:text=drivers", true), ("identifier:text=license", false)]);
    let encounter = r#"{"resourceType":"Encounter","class":{"code":"AMB","display":"ambulatory"}}"#;
    check(encounter, &[("class:text=ambul", true), ("class:text=amb x", false)]);
}

/// Negation is of the set, and takes in what has no value.
#[test]
fn not_reverses_every_kind() {
    let observation = r#"{"resourceType":"Observation","code":{"coding":[{"code":"a"},{"code":"b"}]},"subject":{"reference":"Patient/1"},
        "effectiveDateTime":"2020-01-01","valueQuantity":{"value":5},"note":[]}"#;
    check(
        observation,
        &[
            ("code:not=a", false),
            ("code:not=c", true),
            ("subject:not=Patient/1", false),
            ("subject:not=Patient/2", true),
            ("encounter:not=Encounter/1", true),
            ("date:not=2020", false),
            ("date:not=2021", true),
            ("value-quantity:not=5", false),
            ("value-quantity:not=6", true),
            ("value-string:not=x", true),
            ("code-value-quantity:not=a$5", false),
            ("code-value-quantity:not=a$6", true),
            ("_id:missing=false", true),
            ("_id:missing=true", false),
            ("_lastUpdated:missing=true", false),
            ("_lastUpdated:not=2020", true),
        ],
    );
    let value_set = r#"{"resourceType":"ValueSet","url":"http://a/b"}"#;
    check(value_set, &[("url:not=http://a/b", false), ("url:not=http://a/c", true)]);
}

#[test]
fn punctuation_does_not_count() {
    let patient = r#"{"resourceType":"Patient","name":[{"family":"O'Neil-Smith, Jr."}]}"#;
    check(
        patient,
        &[
            ("family=oneil", true),
            ("family=O\u{2019}Neil Smith", true),
            ("family:contains=smith jr", true),
            ("family:exact=O'Neil-Smith, Jr.".replace(',', "\\,").leak(), true),
        ],
    );
}

#[test]
fn contains_reaches_beyond_the_first_words() {
    let long = format!(r#"{{"resourceType":"Patient","name":[{{"family":"{} needle"}}]}}"#, "straw ".repeat(20));
    check(&long, &[("family:contains=needle", true), ("family:contains=pin", false)]);
}

#[test]
fn versions_of_canonicals_and_references_count_when_they_are_asked_for() {
    let response = r#"{"resourceType":"QuestionnaireResponse","questionnaire":"http://acme.org/q|1.2","subject":{"reference":"Patient/1/_history/3"}}"#;
    check(
        response,
        &[
            ("questionnaire=http://acme.org/q", true),
            ("questionnaire=http://acme.org/q|1.2", true),
            ("questionnaire=http://acme.org/q|1.3", false),
            ("questionnaire:below=http://acme.org/q", true),
            ("questionnaire:below=http://acme.org/q|1", true),
            ("questionnaire:below=http://acme.org/q|1.2", true),
            ("questionnaire:below=http://acme.org/q|2", false),
            ("questionnaire:below=http://acme.org", true),
            ("questionnaire:above=http://acme.org/q/r", true),
            ("subject=Patient/1", true),
            ("subject=Patient/1/_history/3", true),
            ("subject=Patient/1/_history/4", false),
            ("subject:Patient=1", true),
        ],
    );
}
