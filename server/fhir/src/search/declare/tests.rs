//! Declared parameters, from the resource to what a search finds.

use super::*;
use crate::search::{Context, Query, Request, extract, matches};
use theriac_core::clock::Instant;
use theriac_core::json;

fn declared(members: &str) -> Result<Declared> {
    let text = format!(
        r#"{{"resourceType":"SearchParameter","url":"https://mercy.example/sp/own","status":"active",{members}}}"#
    );
    declare(&json::parse(text.as_bytes()).unwrap())
}

fn own(code: &str, kind: &str, base: &str, expression: &str) -> Result<Declared> {
    let expression = Node::string(expression);
    declared(&format!(r#""code":"{code}","type":"{kind}","base":["{base}"],"expression":{expression}"#))
}

fn finds(parameter: Declared, resource: &str, query: &str) -> bool {
    let catalogue = Catalogue::with(vec![parameter]);
    let node = json::parse(resource.as_bytes()).unwrap();
    let resource_type = node.text("resourceType").unwrap();
    let context = Context { base: "https://mercy.example/fhir", now: Instant::default(), concepts: None };
    let index = extract(catalogue.plan(resource_type).unwrap(), &node, &context);
    let request = Request { catalogue: &catalogue, resource_type: Some(resource_type), context, lenient: false };
    matches(&index, &Query::parse(&request, query, None).unwrap().criteria)
}

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p","birthDate":"1974-12-25","multipleBirthInteger":2,
    "extension":[{"url":"http://e/shoe","valueQuantity":{"value":42,"system":"http://unitsofmeasure.org","code":"cm"}}],
    "name":[{"use":"official","family":"Chalmers","given":["Peter","James"]},{"use":"usual","given":["Jim"]}],
    "contact":[{"organization":{"reference":"Organization/7"}}]}"##;

#[test]
fn any_expression_can_be_searched_by() {
    for (code, kind, expression, good, bad) in [
        (
            "initials",
            "string",
            "name.where(use = 'official').select(given.first().substring(0, 1) & family.substring(0, 1))",
            "PC",
            "JC",
        ),
        ("twin", "token", "multipleBirth.ofType(integer) > 1", "true", "false"),
        ("names", "number", "name.given.count()", "3", "2"),
        (
            "shoe",
            "quantity",
            "Patient.extension.where(url = 'http://e/shoe').value.ofType(Quantity)",
            "42||cm",
            "41||cm",
        ),
        ("adult-on", "date", "birthDate + 18 years", "1992-12-25", "1992-12-26"),
        (
            "works-for",
            "reference",
            "contact.organization.where(resolve() is Organization)",
            "Organization/7",
            "Organization/8",
        ),
        ("nick", "string", "Patient.name.where(use = 'usual' and given.exists()).given", "Jim", "Peter"),
    ] {
        let parameter = own(code, kind, "Patient", expression).unwrap_or_else(|e| panic!("{expression}: {e:?}"));
        assert!(finds(parameter.clone(), PATIENT, &format!("{code}={good}")), "{code}={good}");
        assert!(!finds(parameter.clone(), PATIENT, &format!("{code}={bad}")), "{code}={bad}");
        assert!(finds(parameter, PATIENT, &format!("{code}:missing=false")), "{code}");
    }
}

#[test]
fn a_parameter_of_all_resources_is_for_each_type() {
    let parameter = own("language-tag", "token", "DomainResource", "DomainResource.language").unwrap();
    assert!(parameter.is_for("Patient") && parameter.is_for("Observation") && !parameter.is_for("Bundle"));
    assert!(finds(parameter, r#"{"resourceType":"Observation","id":"o","language":"en"}"#, "language-tag=en"));
}

#[test]
fn what_cannot_be_served_is_refused_with_the_place_and_the_remedy() {
    for (members, path, said) in [
        (r#""code":"x","type":"string","base":["Patient"]"#, "expression", "is missing: the FHIRPath"),
        (r#""type":"string","base":["Patient"],"expression":"name.family""#, "code", "is missing"),
        (r#""code":"x","type":"string","expression":"name.family""#, "base", "is missing"),
        (
            r#""code":"x","type":"string","base":["Patients"],"expression":"name.family""#,
            "base",
            "Patients is no resource type",
        ),
        (
            r#""code":"x","type":"special","base":["Patient"],"expression":"name""#,
            "type",
            "a parameter of type special cannot be declared",
        ),
        (
            r#""code":"_x y","type":"string","base":["Patient"],"expression":"name.family""#,
            "code",
            "_x y cannot stand in a search",
        ),
        (
            r#""code":"gender","type":"token","base":["Patient"],"expression":"gender""#,
            "code",
            "Patient has a parameter gender in R4 already",
        ),
        (
            r#""code":"x","type":"string","base":["Patient"],"expression":"name.famly""#,
            "expression",
            "on Patient: line 1, column 6: HumanName has no element famly",
        ),
        (
            r#""code":"x","type":"string","base":["Patient"],"expression":"name.family.""#,
            "expression",
            "FHIRPath, line 1, column 13: the name of an element",
        ),
        (
            r#""code":"x","type":"string","base":["Patient"],"expression":"birthDate""#,
            "expression",
            "on Patient it gives date, and a string parameter reads Address, CodeableConcept, HumanName, Markdown, String; its type could be date",
        ),
        (
            r#""code":"x","type":"date","base":["Patient"],"expression":"Observation.issued | Condition.recordedDate""#,
            "expression",
            "on Patient it never gives anything",
        ),
        (
            r#""code":"x","type":"token","base":["Patient"],"expression":"birthDate < today()""#,
            "expression",
            "today() cannot be used here",
        ),
        (
            r#""code":"x","type":"token","base":["Patient"],"expression":"gender","xpathUsage":"phonetic""#,
            "xpathUsage",
            "phonetic is not offered",
        ),
        (
            r#""code":"x","type":"token","base":["Patient"],"expression":"gender","target":["Patient"]"#,
            "target",
            "only a reference parameter has targets",
        ),
        (
            r#""code":"x","type":"date","base":["Patient"],"expression":"birthDate","modifier":["exact"]"#,
            "modifier",
            "exact is not offered on a date parameter",
        ),
    ] {
        let error = declared(members).expect_err(members);
        let issue = error.issues.iter().find(|issue| issue.path == format!("SearchParameter.{path}"));
        let issue = issue.unwrap_or_else(|| panic!("{members}: {:?}", error.issues));
        assert!(issue.message.starts_with(said), "{members}: {}", issue.message);
        assert_eq!(error.code, Code::Unprocessable);
    }
}

#[test]
fn an_expression_without_end_costs_only_its_own_parameter() {
    let endless = own("endless", "number", "Patient", "(1).repeat($this + 1)").unwrap();
    assert!(finds(endless.clone(), PATIENT, "endless:missing=true"));
    assert!(finds(endless, PATIENT, "family=chalmers"));
}

#[test]
fn a_composite_that_cannot_be_served_says_why() {
    for (members, path, said) in [
        (
            r#""code":"x","type":"composite","base":["Patient"],"expression":"name""#,
            "component",
            "a composite has two components or more",
        ),
        (
            r#""code":"x","type":"composite","base":["Patient"],"expression":"Patient","component":[{"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"gender"},{"definition":"http://example.org/nobody","expression":"x"}]"#,
            "component[1].definition",
            "http://example.org/nobody is no search parameter of R4",
        ),
        (
            r#""code":"x","type":"composite","base":["Observation"],"expression":"Observation.component","component":[{"definition":"http://hl7.org/fhir/SearchParameter/Observation-component-value-quantity","expression":"value.ofType(Quantity)"},{"definition":"http://hl7.org/fhir/SearchParameter/Observation-value-date","expression":"value.ofType(dateTime)"}]"#,
            "component",
            "on Observation these cannot be asked together",
        ),
    ] {
        let error = declared(members).expect_err(members);
        let issue = error.issues.iter().find(|issue| issue.path == format!("SearchParameter.{path}"));
        let issue = issue.unwrap_or_else(|| panic!("{members}: {:?}", error.issues));
        assert!(issue.message.starts_with(said), "{members}: {}", issue.message);
        assert_eq!(error.code, Code::Unprocessable);
    }
}

const NAMED: &str = r#""code":"who","type":"composite","base":["Patient"],"expression":"Patient.contact","component":[{"definition":"http://example.org/family","expression":"name.family"},{"definition":"http://hl7.org/fhir/SearchParameter/individual-gender","expression":"gender"}]"#;

#[test]
fn a_composite_holds_in_one_repetition_and_may_be_made_of_declared_parameters() {
    let text =
        |members: &str| format!(r#"{{"resourceType":"SearchParameter","url":"http://example.org/x",{members}}}"#);
    let read = |members: &str| theriac_core::json::parse(text(members).as_bytes()).unwrap().into_owned();
    let family =
        r#""code":"contact-family","type":"string","base":["Patient"],"expression":"Patient.contact.name.family""#;
    let family = declare(&read(family)).unwrap().parameter();
    let known = |url: &str| (url == "http://example.org/family").then(|| family.clone());
    assert!(declare(&read(NAMED)).is_err(), "nobody knows one of its parts");
    let who = declare_with(&read(NAMED), &known).unwrap();
    let patient = r#"{"resourceType":"Patient","id":"p","contact":[{"name":{"family":"Grey"},"gender":"male"},{"name":{"family":"Brown"},"gender":"female"}]}"#;
    for (query, expected) in [("who=grey$male", true), ("who=brown$female", true), ("who=grey$female", false)] {
        assert_eq!(finds(who.clone(), patient, query), expected, "{query}");
    }
}
