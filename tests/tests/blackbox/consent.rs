//! Patients' consents at work: what a patient withholds is gone on every road, at once, and comes back at once.
//! <http://hl7.org/fhir/R4/consent.html>

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use theriac_sdk::{Client, Feed};
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

const QUIET: Duration = Duration::from_millis(700);

async fn ward() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for id in ["a", "b"] {
        fhir.update(&patient(id, "Lovelace")).await.unwrap();
        fhir.update(&heart_rate(&format!("o-{id}"), id, 70.0, "2026-01-01T00:00:00Z")).await.unwrap();
    }
    world
}

fn consent(patient: &str, provision: &Value) -> Value {
    json!({
        "resourceType": "Consent",
        "id": format!("c-{patient}"),
        "status": "active",
        "scope": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy" }] },
        "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
        "patient": { "reference": format!("Patient/{patient}") },
        "policyRule": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN" }] },
        "provision": provision
    })
}

async fn says(world: &World, patient: &str, provision: Value) {
    world.administrator.fhir().update(&consent(patient, &provision)).await.unwrap();
}

async fn ids(client: &Client, path: &str) -> Vec<String> {
    let mut found = expect::ids(&client.get(path).await.unwrap());
    found.sort();
    found
}

#[tokio::test]
async fn what_a_patient_withholds_is_gone_on_every_road_and_comes_back() {
    let world = ward().await;
    let clinician = world.client_with("clinician", &["--assigned", "Patient/a,Patient/b"]).await;
    let service = world.client_with("service", &["--scope", "system/*.cruds"]).await;
    for client in [&clinician, &service] {
        assert_eq!(ids(client, "fhir/Observation").await, ["o-a", "o-b"]);
    }
    says(&world, "a", json!({ "type": "deny", "class": [{ "code": "Observation" }] })).await;
    for client in [&clinician, &service] {
        assert_eq!(ids(client, "fhir/Observation?_total=accurate").await, ["o-b"]);
        assert_eq!(ids(client, "fhir/Patient?_has:Observation:patient:code=8867-4").await, ["b"]);
        assert_eq!(ids(client, "fhir/Patient?_revinclude=Observation:patient").await, ["a", "b", "o-b"]);
        assert_eq!(ids(client, "fhir/Observation/_history").await, ["o-b"]);
        for path in ["fhir/Observation/o-a", "fhir/Observation/o-a/_history", "fhir/Observation/o-a/_history/1"] {
            assert_eq!(client.request(Method::GET, path, &[], "").await.unwrap().status, 404, "{path}");
        }
        let patch = [("content-type", "application/json-patch+json"), ("prefer", "return=representation")];
        let body = r#"[{"op":"replace","path":"/status","value":"amended"}]"#;
        let answer = client.request(Method::PATCH, "fhir/Observation/o-a", &patch, body).await.unwrap();
        assert_eq!(answer.status, 404, "a patch's answer would tell what was there");
    }
    assert_eq!(ids(&world.administrator, "fhir/Observation").await, ["o-a", "o-b"], "a custodian is not bound");
    says(&world, "a", json!({ "type": "permit" })).await;
    for client in [&clinician, &service] {
        assert_eq!(ids(client, "fhir/Observation").await, ["o-a", "o-b"]);
    }
}

#[tokio::test]
async fn a_purpose_is_stated_and_judged() {
    let world = ward().await;
    says(&world, "a", json!({ "type": "deny", "purpose": [{ "code": "HRESCH" }] })).await;
    let service = world.client_with("service", &["--scope", "system/*.rs"]).await;
    for (purpose, wanted) in [("TREAT", &["a", "b"][..]), ("HRESCH", &["b"]), ("CLINTRCH", &["b"])] {
        let answer = service.request(Method::GET, "fhir/Patient", &[("x-purpose-of-use", purpose)], "").await.unwrap();
        let mut found = expect::ids(&answer.json().unwrap());
        found.sort();
        assert_eq!(found, wanted, "{purpose}");
    }
    for wrong in ["BTG", "research"] {
        let answer = service.request(Method::GET, "fhir/Patient", &[("x-purpose-of-use", wrong)], "").await.unwrap();
        assert_eq!(answer.status, 400, "{wrong}");
        assert!(answer.text().unwrap().contains("HRESCH"));
    }
}

#[tokio::test]
async fn where_a_tenant_wants_consent_first_nothing_of_a_silent_patient_is_seen() {
    let world = ward().await;
    world.set(&["policy.consent=opt-in"]).await;
    world.administrator.fhir().update(&json!({ "resourceType": "Location", "id": "l" })).await.unwrap();
    says(&world, "b", json!({ "type": "permit" })).await;
    let clinician = world.client_with("clinician", &["--assigned", "Patient/a,Patient/b"]).await;
    let service = world.client_with("service", &["--scope", "system/*.rs"]).await;
    for client in [&clinician, &service] {
        expect::soon("the setting", || async { (ids(client, "fhir/Observation").await == ["o-b"]).then_some(()) })
            .await;
        assert_eq!(ids(client, "fhir/Patient").await, ["b"]);
        assert_eq!(ids(client, "fhir/Location").await, ["l"], "what is no patient's needs no patient's consent");
    }
    let created = service.fhir().create(&patient("x", "King")).await;
    assert_eq!(created.unwrap_err().status(), Some(403), "the scopes do not let it write");
    world.set(&["policy.consent=off"]).await;
    let all = || async { (ids(&service, "fhir/Observation").await == ["o-a", "o-b"]).then_some(()) };
    expect::soon("the setting", all).await;
}

/// Within a second also where a socket is open, and nothing is lost or told twice around it.
#[tokio::test]
async fn a_feed_that_is_open_keeps_to_the_consent_that_holds_now() {
    let world = ward().await;
    let service = world.client_with("service", &["--scope", "system/*.rs feed.read"]).await;
    let mut feed = Feed::connect(&service, &["fhir.Observation"], "start").await.unwrap();
    let write = async |id: &str, patient: &str| {
        world.administrator.fhir().update(&heart_rate(id, patient, 71.0, "2026-01-01T00:00:00Z")).await.unwrap();
    };
    write("first", "a").await;
    for wanted in ["o-a", "o-b", "first"] {
        let message = feed.next_within(expect::SOON).await.unwrap().unwrap();
        assert_eq!(message.subject, format!("Observation/{wanted}"));
    }
    says(&world, "a", json!({ "type": "deny" })).await;
    write("second", "a").await;
    write("third", "b").await;
    assert_eq!(feed.next_within(expect::SOON).await.unwrap().unwrap().subject, "Observation/third");
    says(&world, "a", json!({ "type": "deny", "class": [{ "code": "Condition" }] })).await;
    write("fourth", "a").await;
    assert_eq!(feed.next_within(expect::SOON).await.unwrap().unwrap().subject, "Observation/fourth");
    assert_eq!(feed.next_within(QUIET).await.unwrap(), None);
}
