//! Granular scopes at work: what a search in a scope does not find does not exist, on whichever road it is sought.
//! <https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html>

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use theriac_sdk::{Client, Feed};
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

const QUIET: Duration = Duration::from_millis(700);

fn observation(id: &str, patient: &str, category: &str) -> Value {
    let mut resource = heart_rate(id, patient, 70.0, "2026-01-01T00:00:00Z");
    resource["category"] = json!([{ "coding": [{ "system": "urn:c", "code": category }] }]);
    resource
}

/// A laboratory value and a vital sign of one patient; the latter was a laboratory value before.
async fn ward() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&patient("p", "Lovelace")).await.unwrap();
    fhir.update(&observation("lab", "p", "laboratory")).await.unwrap();
    fhir.update(&observation("vital", "p", "laboratory")).await.unwrap();
    fhir.update(&observation("vital", "p", "vital-signs")).await.unwrap();
    world
}

const LABORATORY: &str = "system/Observation.rs?category=urn:c|laboratory system/Patient.rs feed.read";

async fn service(world: &World, scope: &str) -> Client {
    world.client_with("service", &["--scope", scope]).await
}

async fn status(client: &Client, path: &str) -> u16 {
    client.request(Method::GET, path, &[], "").await.unwrap().status
}

#[tokio::test]
async fn a_search_in_a_scope_holds_on_every_road() {
    let world = ward().await;
    let client = service(&world, LABORATORY).await;
    for (path, expected) in [
        ("fhir/Observation/lab", 200),
        ("fhir/Observation/vital", 404),
        ("fhir/Observation/vital/_history", 404),
        ("fhir/Observation/vital/_history/1", 404),
        ("fhir/Observation/vital/_history/2", 404),
        ("fhir/Observation/vital/$meta", 404),
        ("fhir/Encounter/none", 403),
    ] {
        assert_eq!(status(&client, path).await, expected, "{path}");
    }
    for (path, wanted) in [
        ("fhir/Observation", &["lab"][..]),
        ("fhir/Observation?category=vital-signs", &[]),
        ("fhir/Observation?category:not=laboratory", &[]),
        ("fhir/Observation?_sort=-date&_total=accurate", &["lab"]),
        ("fhir/Patient?_has:Observation:patient:category=vital-signs", &[]),
        ("fhir/Patient?_has:Observation:patient:category=laboratory", &["p"]),
        ("fhir/Patient?_revinclude=Observation:patient", &["lab", "p"]),
        ("fhir/Patient/p/Observation", &["lab"]),
        ("fhir/Patient/p/$everything", &["lab", "p"]),
        ("fhir/Observation/_history", &["lab"]),
        ("fhir?_type=Patient,Observation", &["lab", "p"]),
    ] {
        let bundle = client.get(path).await.unwrap_or_else(|e| panic!("{path}: {e}"));
        let mut found = expect::ids(&bundle);
        found.sort();
        assert_eq!(found, wanted, "{path}");
    }
    let query = json!({ "query": "{ ObservationList { id } }" }).to_string();
    let answer =
        client.request(Method::POST, "fhir/$graphql", &[("content-type", "application/json")], query).await.unwrap();
    let text = answer.text().unwrap();
    assert!(text.contains("lab") && !text.contains("vital"), "{text}");
}

#[tokio::test]
async fn what_is_written_must_be_what_the_scope_lets_write_before_and_after() {
    let world = ward().await;
    let client = service(&world, "system/Observation.cruds?category=urn:c|laboratory").await;
    let fhir = client.fhir();
    assert!(fhir.update(&observation("lab", "p", "laboratory")).await.is_ok());
    assert!(fhir.create(&observation("x", "p", "laboratory")).await.is_ok());
    assert_eq!(fhir.create(&observation("x", "p", "vital-signs")).await.unwrap_err().status(), Some(403));
    assert_eq!(fhir.update(&observation("lab", "p", "vital-signs")).await.unwrap_err().status(), Some(403));
    assert_eq!(fhir.update(&observation("vital", "p", "laboratory")).await.unwrap_err().status(), Some(404));
    assert_eq!(world.administrator.fhir().read("Observation", "vital").await.unwrap()["meta"]["versionId"], "2");
    fhir.delete("Observation", "vital").await.unwrap();
    assert!(world.administrator.fhir().read("Observation", "vital").await.is_ok(), "deleting it did nothing");
}

#[tokio::test]
async fn the_feed_keeps_to_the_scopes() {
    let world = ward().await;
    let client = service(&world, LABORATORY).await;
    let mut feed = Feed::connect(&client, &["fhir"], "start").await.unwrap();
    world.administrator.fhir().update(&observation("late", "p", "vital-signs")).await.unwrap();
    let encounter = json!({ "resourceType": "Encounter", "id": "e", "status": "finished", "class": { "code": "AMB" } });
    world.administrator.fhir().update(&encounter).await.unwrap();
    world.administrator.fhir().update(&observation("later", "p", "laboratory")).await.unwrap();
    for wanted in ["Patient/p", "Observation/lab", "Observation/later"] {
        assert_eq!(feed.next_within(expect::SOON).await.unwrap().unwrap().subject, wanted);
    }
    assert_eq!(feed.next_within(QUIET).await.unwrap(), None);
}

#[tokio::test]
async fn a_scope_that_cannot_be_kept_is_refused_by_name_and_grants_nothing() {
    let world = ward().await;
    for filter in ["categories=laboratory", "patient.name=x", "_has:Provenance:target:agent=x", "_count=1", "code:in=x"]
    {
        let client = service(&world, &format!("system/Observation.rs?{filter}")).await;
        let answer = client.request(Method::GET, "fhir/Observation", &[], "").await.unwrap();
        assert_eq!(answer.status, 403, "{filter}");
        assert!(answer.text().unwrap().contains("Observation"), "{filter}");
    }
}

#[tokio::test]
async fn a_resource_in_two_categories_is_found_by_either_and_scopes_unite() {
    let world = ward().await;
    let mut both = observation("both", "p", "laboratory");
    both["category"].as_array_mut().unwrap().push(json!({ "coding": [{ "system": "urn:c", "code": "vital-signs" }] }));
    world.administrator.fhir().update(&both).await.unwrap();
    let vital = "system/Observation.rs?category=urn:c|vital-signs";
    let one = service(&world, vital).await;
    let two = service(&world, &format!("{LABORATORY} {vital}")).await;
    for (client, wanted) in [(one, &["both", "vital"][..]), (two, &["both", "lab", "vital"])] {
        let mut found = expect::ids(&client.get("fhir/Observation").await.unwrap());
        found.sort();
        assert_eq!(found, wanted);
    }
}
