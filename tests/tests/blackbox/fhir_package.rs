//! Packages of definitions: uploaded by an administrator, in force at once, listed, removed.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_tests::sample::package;
use theriac_tests::{World, expect};

const INSTALL: &str = "fhir/ImplementationGuide/$install";

fn colours(version: &str, dependencies: &Value) -> Vec<u8> {
    let manifest = json!({ "name": "example.colours", "version": version, "fhirVersions": ["4.0.1"], "dependencies": dependencies });
    let system = json!({ "resourceType": "CodeSystem", "id": "colours", "url": "http://example.org/colours", "version": version,
        "status": "active", "content": "complete", "concept": [{ "code": "red" }, { "code": "blue" }] });
    let set = json!({ "resourceType": "ValueSet", "id": "colours", "url": "http://example.org/colours-vs", "version": version,
        "status": "active", "compose": { "include": [{ "system": "http://example.org/colours" }] } });
    package(&[
        ("package/package.json", &manifest),
        ("package/CodeSystem-colours.json", &system),
        ("package/ValueSet-colours.json", &set),
    ])
}

async fn install(world: &World, packed: Vec<u8>, query: &str) -> theriac_sdk::Answer {
    let media = [("content-type", "application/gzip")];
    world.administrator.request(Method::POST, &format!("{INSTALL}{query}"), &media, packed).await.unwrap()
}

#[tokio::test]
async fn a_package_is_in_force_at_once_listed_and_removed() {
    let world = World::new("mercy").await;
    let answer = install(&world, colours("1.0.0", &json!({ "hl7.fhir.r4.core": "4.0.1" })), "").await;
    assert_eq!(answer.status, 200, "{:?}", answer.json::<Value>());
    let expanded = world.administrator.get("fhir/ValueSet/$expand?url=http://example.org/colours-vs").await.unwrap();
    assert_eq!(expanded["expansion"]["total"], 2);
    let read = world.administrator.get("fhir/CodeSystem?url=http://example.org/colours").await.unwrap();
    assert_eq!(expect::ids(&read), ["colours"], "they are resources like any other");
    let list = world.administrator.get("fhir/ImplementationGuide/$packages").await.unwrap();
    assert_eq!(list["parameter"][0]["part"][0]["valueString"], "example.colours");
    let path = "fhir/ImplementationGuide/$uninstall?name=example.colours&version=1.0.0";
    let removed = world.administrator.request(Method::POST, path, &[], "").await.unwrap();
    assert_eq!(removed.json::<Value>().unwrap()["parameter"][0]["valueInteger"], 2);
    let gone = world.administrator.request(Method::GET, "fhir/CodeSystem/colours", &[], "").await.unwrap();
    assert_eq!(gone.status, 410);
}

#[tokio::test]
async fn what_is_wrong_with_a_package_is_said() {
    let world = World::new("mercy").await;
    let needing = colours("1.0.0", &json!({ "example.paint": "2.0.0" }));
    expect::refused(&install(&world, needing.clone(), "").await, 422, "business-rule", "example.paint#2.0.0");
    assert_eq!(install(&world, needing, "?allowMissing=true").await.status, 200);
    expect::refused(&install(&world, colours("1.0.0", &json!({})), "").await, 409, "conflict", "example.colours#1.0.0");
    expect::refused(&install(&world, b"junk".to_vec(), "").await, 400, "structure", "gzip");
    let faulty = package(&[
        ("package/package.json", &json!({ "name": "a", "version": "1", "fhirVersions": ["4.0.1"] })),
        ("package/bad.json", &json!({ "resourceType": "ValueSet", "id": "bad", "statuss": "active" })),
    ]);
    expect::refused(&install(&world, faulty, "").await, 422, "business-rule", "package/bad.json");
}
