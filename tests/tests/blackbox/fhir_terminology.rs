//! Terminology, <http://hl7.org/fhir/R4/terminology-service.html>: what is asked of the standard's own code systems and of
//! the tenant's.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_tests::{World, expect};

const COLOURS: &str = "http://example.org/colours";

fn colours() -> Value {
    json!({
        "resourceType": "CodeSystem", "id": "colours", "url": COLOURS, "version": "1", "status": "active",
        "content": "complete", "hierarchyMeaning": "is-a",
        "concept": [
            { "code": "warm", "display": "Warm", "concept": [
                { "code": "red", "display": "Red", "designation": [{ "language": "de", "value": "Rot" }] },
                { "code": "orange", "display": "Orange" }] },
            { "code": "blue", "display": "Blue" }]
    })
}

fn warm_ones(code: &str) -> Value {
    json!({
        "resourceType": "ValueSet", "id": "warm", "url": "http://example.org/warm", "status": "active",
        "compose": { "include": [{ "system": COLOURS, "filter": [{ "property": "concept", "op": "is-a", "value": code }] }] }
    })
}

async fn palette() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&colours()).await.unwrap();
    fhir.update(&warm_ones("warm")).await.unwrap();
    world
}

async fn get(world: &World, path: &str) -> Value {
    world.administrator.get(&format!("fhir/{path}")).await.unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn codes(value_set: &Value) -> Vec<&str> {
    value_set["expansion"]["contains"].as_array().into_iter().flatten().filter_map(|c| c["code"].as_str()).collect()
}

/// The value of an output parameter, whatever its type.
fn output(parameters: &Value, name: &str) -> Value {
    let mut all = parameters["parameter"].as_array().into_iter().flatten();
    let found = all.find(|p| p["name"] == name).and_then(Value::as_object);
    found.and_then(|p| p.iter().find(|(k, _)| k.starts_with("value"))).map_or(Value::Null, |(_, v)| v.clone())
}

#[tokio::test]
async fn value_sets_of_the_standard_and_of_the_tenant_are_expanded() {
    let world = palette().await;
    let gender = get(&world, "ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender").await;
    assert_eq!(codes(&gender), ["male", "female", "other", "unknown"]);
    assert_eq!(gender["expansion"]["total"], 4);
    let page =
        get(&world, "ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender&offset=1&count=2").await;
    assert_eq!((codes(&page), &page["expansion"]["total"]), (vec!["female", "other"], &json!(4)));
    assert_eq!(codes(&get(&world, "ValueSet/warm/$expand").await), ["warm", "red", "orange"]);
    let german = get(&world, "ValueSet/$expand?url=http://example.org/warm&filter=rot&displayLanguage=de").await;
    assert_eq!((codes(&german), &german["expansion"]["contains"][0]["display"]), (vec!["red"], &json!("Rot")));
}

#[tokio::test]
async fn a_value_set_that_is_sent_along_is_expanded() {
    let world = palette().await;
    let body = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "valueSet", "resource": { "resourceType": "ValueSet", "status": "active", "compose": {
            "include": [{ "valueSet": ["http://example.org/warm"] }],
            "exclude": [{ "system": COLOURS, "concept": [{ "code": "warm" }] }] } } }] });
    let answer = world.administrator.send(Method::POST, "fhir/ValueSet/$expand", &body).await.unwrap();
    assert_eq!(codes(&answer.json().unwrap()), ["red", "orange"]);
}

#[tokio::test]
async fn a_change_of_a_definition_is_seen_by_the_next_request() {
    let world = palette().await;
    assert_eq!(codes(&get(&world, "ValueSet/$expand?url=http://example.org/warm").await).len(), 3);
    world.administrator.fhir().update(&warm_ones("red")).await.unwrap();
    assert_eq!(codes(&get(&world, "ValueSet/$expand?url=http://example.org/warm").await), ["red"]);
    let answer = world.administrator.request(Method::DELETE, "fhir/ValueSet/warm", &[], "").await.unwrap();
    assert!(answer.status < 300);
    let gone =
        world.administrator.request(Method::GET, "fhir/ValueSet/$expand?url=http://example.org/warm", &[], "").await;
    expect::refused(&gone.unwrap(), 404, "not-found", "http://example.org/warm");
}

#[tokio::test]
async fn codes_are_judged_looked_up_and_compared() {
    let world = palette().await;
    for (path, wanted) in [
        (format!("ValueSet/$validate-code?url=http://example.org/warm&system={COLOURS}&code=red"), true),
        (format!("ValueSet/$validate-code?url=http://example.org/warm&system={COLOURS}&code=red&display=Rot"), true),
        (format!("ValueSet/$validate-code?url=http://example.org/warm&system={COLOURS}&code=red&display=Blue"), false),
        (format!("ValueSet/warm/$validate-code?system={COLOURS}&code=blue"), false),
        (format!("CodeSystem/$validate-code?url={COLOURS}&code=blue"), true),
        (format!("CodeSystem/$validate-code?url={COLOURS}&code=green"), false),
        ("CodeSystem/$validate-code?url=http://unitsofmeasure.org&code=mg/dL".to_owned(), true),
        ("CodeSystem/$validate-code?url=http://unitsofmeasure.org&code=mgs".to_owned(), false),
        ("CodeSystem/$validate-code?url=urn:ietf:bcp:47&code=de-CH".to_owned(), true),
        ("CodeSystem/$validate-code?url=urn:iso:std:iso:4217&code=EUR".to_owned(), true),
    ] {
        assert_eq!(output(&get(&world, &path).await, "result"), wanted, "{path}");
    }
    let found = get(&world, &format!("CodeSystem/$lookup?system={COLOURS}&code=red")).await;
    assert_eq!(output(&found, "display"), "Red");
    let subsumes = get(&world, &format!("CodeSystem/$subsumes?system={COLOURS}&codeA=warm&codeB=red")).await;
    assert_eq!(output(&subsumes, "outcome"), "subsumes");
    let map = "http://hl7.org/fhir/ConceptMap/cm-administrative-gender-v3";
    let system = "http://hl7.org/fhir/administrative-gender";
    let translated = get(&world, &format!("ConceptMap/$translate?url={map}&system={system}&code=male")).await;
    assert_eq!(output(&translated, "result"), true, "{translated}");
}

#[tokio::test]
async fn a_wrong_question_is_refused_with_the_reason() {
    let world = palette().await;
    for (path, status, code, says) in [
        ("ValueSet/$expand", 400, "value", "url"),
        ("ValueSet/$expand?url=http://example.org/nowhere", 404, "not-found", "nowhere"),
        ("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/all-languages", 422, "too-costly", "cannot be listed"),
        ("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/observation-codes", 422, "business-rule", "loinc"),
        ("ValueSet/$expand?url=x&system-version=y", 400, "not-supported", "system-version"),
        ("ValueSet/$expand?url=http://example.org/warm&count=-1", 400, "value", "count"),
        ("ValueSet/none/$expand", 404, "not-found", "none"),
        ("CodeSystem/$lookup?system=http://loinc.org&code=8867-4", 404, "not-found", "loinc"),
        ("CodeSystem/$lookup?code=red", 400, "value", "system"),
        ("CodeSystem/$validate-code?url=http://loinc.org&code=8867-4", 422, "business-rule", "cannot be said"),
        ("CodeSystem/$subsumes?system=http://example.org/colours&codeA=red&codeB=green", 404, "not-found", "green"),
        ("ConceptMap/$translate?system=s&code=c", 400, "value", "target"),
    ] {
        let answer = world.administrator.request(Method::GET, &format!("fhir/{path}"), &[], "").await.unwrap();
        expect::refused(&answer, status, code, says);
    }
}

#[tokio::test]
async fn tokens_are_searched_by_value_set_and_by_hierarchy() {
    let world = palette().await;
    let fhir = world.administrator.fhir();
    for (id, code) in [("r", "red"), ("b", "blue")] {
        let basic =
            json!({ "resourceType": "Basic", "id": id, "code": { "coding": [{ "system": COLOURS, "code": code }] } });
        fhir.update(&basic).await.unwrap();
    }
    for (name, value, wanted) in [
        ("code:in", "http://example.org/warm", vec!["r"]),
        ("code:in", "ValueSet/warm", vec!["r"]),
        ("code:not-in", "http://example.org/warm", vec!["b"]),
        ("code:below", "http://example.org/colours|warm", vec!["r"]),
        ("code:above", "http://example.org/colours|red", vec!["r"]),
    ] {
        let bundle = fhir.search("Basic", &[(name, value)]).await.unwrap_or_else(|e| panic!("{name}={value}: {e}"));
        assert_eq!(expect::ids(&bundle), wanted, "{name}={value}");
    }
    let path = "fhir/Basic?code:in=http://example.org/nowhere";
    let answer = world.administrator.request(Method::GET, path, &[], "").await.unwrap();
    expect::refused(&answer, 400, "value", "code:in");
}

#[tokio::test]
async fn another_tenants_definitions_do_not_exist() {
    let (_, other) = (palette().await, World::new("other").await);
    let answer =
        other.administrator.request(Method::GET, "fhir/ValueSet/$expand?url=http://example.org/warm", &[], "").await;
    expect::refused(&answer.unwrap(), 404, "not-found", "warm");
}

#[tokio::test]
async fn supplements_add_words_wherever_codes_are_told() {
    let world = palette().await;
    let supplement = json!({
        "resourceType": "CodeSystem", "id": "francais", "url": "http://example.org/francais", "status": "active",
        "content": "supplement", "supplements": COLOURS,
        "concept": [{"code": "red", "designation": [{"language": "fr", "value": "Rouge"}]}],
    });
    world.administrator.fhir().update(&supplement).await.unwrap();
    let found = get(&world, &format!("CodeSystem/$lookup?system={COLOURS}&code=red&displayLanguage=fr")).await;
    assert_eq!(output(&found, "display"), "Rouge", "{found}");
    let judged = get(&world, &format!("CodeSystem/$validate-code?url={COLOURS}&code=red&display=Rouge")).await;
    assert_eq!(output(&judged, "result"), true, "{judged}");
    let expanded = get(&world, &format!("ValueSet/$expand?url={COLOURS}?fhir_vs=isa/warm&displayLanguage=fr")).await;
    let codes = expanded["expansion"]["contains"].as_array().unwrap();
    assert!(codes.iter().any(|c| c["code"] == "red" && c["display"] == "Rouge"), "{expanded}");
    world.administrator.fhir().delete("CodeSystem", "francais").await.unwrap();
    let gone = get(&world, &format!("CodeSystem/$lookup?system={COLOURS}&code=red&displayLanguage=fr")).await;
    assert_eq!(output(&gone, "display"), "Red");
}
