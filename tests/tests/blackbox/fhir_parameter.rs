//! Search parameters of a tenant's own: in force without a restart, and their progress told.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_tests::sample::{package, patient};
use theriac_tests::{World, expect};

fn nickname() -> Value {
    json!({
        "resourceType": "SearchParameter", "id": "nickname", "url": "http://example.org/nickname", "name": "nickname",
        "status": "active", "description": "What friends say", "code": "nickname", "base": ["Patient"], "type": "string",
        "expression": "Patient.extension('http://example.org/nickname').value"
    })
}

async fn friends(world: &World) {
    for (id, nickname) in [("ada", "Countess"), ("alan", "Prof"), ("grace", "Amazing")] {
        let mut patient = patient(id, "Friend");
        patient["extension"] = json!([{ "url": "http://example.org/nickname", "valueString": nickname }]);
        world.administrator.fhir().update(&patient).await.unwrap();
    }
}

/// Waits until the index is whole, and gives what is said of it.
async fn ready(world: &World) -> Value {
    expect::soon("whole index", || async {
        let status =
            world.administrator.get("fhir/SearchParameter/$status?url=http://example.org/nickname").await.unwrap();
        status.to_string().contains("\"ready\"").then_some(status)
    })
    .await
}

#[tokio::test]
async fn a_posted_parameter_finds_what_was_there_before_and_what_comes_after() {
    let world = World::new("mercy").await;
    friends(&world).await;
    let path = "fhir/Patient?nickname=prof";
    let unknown = world.administrator.request(Method::GET, path, &[], "").await.unwrap();
    expect::refused(&unknown, 400, "not-supported", "nickname");
    let fhir = world.administrator.fhir();
    fhir.update(&nickname()).await.unwrap();
    let status = ready(&world).await;
    let parts = status["parameter"][0]["part"].as_array().unwrap();
    let base = &parts.iter().find(|p| p["name"] == "base").unwrap()["part"];
    assert_eq!(base[0]["valueCode"], "Patient");
    assert_eq!((&base[2]["valueInteger"], &base[3]["valueInteger"]), (&json!(3), &json!(3)), "{status}");
    assert_eq!(expect::ids(&fhir.search("Patient", &[("nickname", "prof")]).await.unwrap()), ["alan"]);
    let mut late = patient("late", "Friend");
    late["extension"] = json!([{ "url": "http://example.org/nickname", "valueString": "Professor" }]);
    fhir.update(&late).await.unwrap();
    let found = fhir.search("Patient", &[("nickname", "prof"), ("_sort", "_id")]).await.unwrap();
    assert_eq!(expect::ids(&found), ["alan", "late"]);
    let capabilities = world.administrator.get("fhir/metadata").await.unwrap();
    assert!(capabilities.to_string().contains("http://example.org/nickname"));
    let mut retired = nickname();
    retired["status"] = json!("retired");
    fhir.update(&retired).await.unwrap();
    expect::soon("refusal", || async {
        let answer = world.administrator.request(Method::GET, path, &[], "").await.unwrap();
        (answer.status == 400).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_parameter_of_a_package_is_in_force_too_and_another_tenant_has_none_of_it() {
    let (world, other) = (World::new("mercy").await, World::new("other").await);
    friends(&world).await;
    let manifest = json!({ "name": "example.friends", "version": "1.0.0", "fhirVersions": ["4.0.1"] });
    let packed =
        package(&[("package/package.json", &manifest), ("package/SearchParameter-nickname.json", &nickname())]);
    let media = [("content-type", "application/gzip")];
    let path = "fhir/ImplementationGuide/$install";
    assert_eq!(world.administrator.request(Method::POST, path, &media, packed).await.unwrap().status, 200);
    ready(&world).await;
    let found = world.administrator.fhir().search("Patient", &[("nickname", "count")]).await.unwrap();
    assert_eq!(expect::ids(&found), ["ada"]);
    let answer = other.administrator.request(Method::GET, "fhir/Patient?nickname=count", &[], "").await.unwrap();
    expect::refused(&answer, 400, "not-supported", "nickname");
}
