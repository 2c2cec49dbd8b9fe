//! Who may: role x address, tenant walls, tokens. The generated matrix is beside the routes; these
//! are the rows that people would ask about.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::Client;
use theriac_tests::World;
use theriac_tests::sample::{heart_rate, patient};

const ROLES: &[&str] = &["researcher", "clinician", "steward", "administrator", "operator", "quality", "partner"];

/// What each role of [`ROLES`] gets, in the same order.
type Row = (Method, &'static str, &'static str, [u16; 7]);

fn table() -> Vec<Row> {
    vec![
        (Method::GET, "fhir/Patient", "", [403, 200, 200, 200, 403, 403, 403]),
        (Method::GET, "epcis/events", "", [403, 403, 200, 200, 403, 200, 200]),
        (Method::GET, "alerts?state=open", "", [403, 403, 200, 200, 200, 200, 403]),
        (Method::GET, "ledger/checkpoint", "", [403, 403, 200, 200, 403, 200, 403]),
        (Method::POST, "isa95/readings", "[]", [403, 403, 403, 202, 202, 403, 403]),
    ]
}

#[tokio::test]
async fn each_role_gets_what_the_role_table_says() {
    let world = World::new("mercy").await;
    let mut clients = Vec::new();
    for role in ROLES {
        clients.push(world.client(role).await);
    }
    let headers = [("content-type", "application/json")];
    for (method, path, body, expected) in table() {
        let mut found = Vec::new();
        for client in &clients {
            found.push(client.request(method.clone(), path, &headers, body).await.unwrap().status);
        }
        assert_eq!(found, expected, "{method} {path} for {ROLES:?}");
    }
}

#[tokio::test]
async fn who_may_only_read_may_read_many_things_at_once_and_write_none() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let (steward, headers) = (world.client("steward").await, [("content-type", "application/fhir+json")]);
    let read = json!({"request": {"method": "GET", "url": "Patient/p"}});
    let write = json!({"request": {"method": "PUT", "url": "Patient/q"}, "resource": patient("q", "King")});
    let send = async |kind: &str, entries: &[&Value]| {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries}).to_string();
        steward.request(Method::POST, "fhir", &headers, bundle).await.unwrap()
    };
    for kind in ["batch", "transaction"] {
        let answer = send(kind, &[&read, &read]).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text().unwrap());
        assert!(answer.text().unwrap().matches("Lovelace").count() == 2, "{kind}");
    }
    let answer = send("batch", &[&read, &write]).await;
    let entries = serde_json::from_str::<Value>(answer.text().unwrap()).unwrap()["entry"].take();
    let statuses = [0, 1].map(|at| entries[at]["response"]["status"].as_str().unwrap()[..3].to_owned());
    assert_eq!(statuses, ["200", "403"]);
    assert_eq!(send("transaction", &[&read, &write]).await.status, 403);
    assert_eq!(world.administrator.fhir().read("Patient", "q").await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn a_token_of_another_tenant_is_of_no_use() {
    let (mercy, acme) = (World::new("mercy").await, World::new("acme").await);
    mercy.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let foreign = acme.administrator.with_tenant(&mercy.tenant);
    for path in ["fhir/Patient/p", "fhir/Patient", "epcis/events", "ledger/checkpoint", "alerts"] {
        let answer = foreign.request(Method::GET, path, &[], "").await.unwrap();
        assert_eq!(answer.status, 401, "{path}: {}", answer.refusal().body);
    }
    assert_eq!(acme.administrator.fhir().read("Patient", "p").await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn bad_tokens_are_refused_alike() {
    let world = World::new("mercy").await;
    let expired = world.client_with("steward", &["--ttl", "1s"]).await;
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    let good = world.administrator.token().to_owned();
    let (unsigned, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = unsigned.split_once('.').unwrap();
    // {"alg":"none"} in base64url.
    let bad = [
        String::new(),
        "x".into(),
        expired.token().to_owned(),
        format!("{unsigned}."),
        format!("{unsigned}.{}", signature.chars().rev().collect::<String>()),
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        format!("eyJhbGciOiJub25lIn0.{payload}.{signature}"),
        format!("{header}.{}.{signature}", &payload[..payload.len() - 2]),
    ];
    for token in bad {
        let answer =
            world.administrator.with_token(&token).request(Method::GET, "fhir/Patient", &[], "").await.unwrap();
        assert_eq!(answer.status, 401, "{token:?}: {}", answer.refusal().body);
        assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{token:?}");
    }
}

/// An administrator's view of a patient's world, and a clinician's to whom only one is assigned.
async fn two_patients() -> (World, Client) {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for id in ["mine", "other"] {
        fhir.update(&patient(id, "Lovelace")).await.unwrap();
        fhir.update(&heart_rate(&format!("o-{id}"), id, 70.0, "2026-01-01T00:00:00Z")).await.unwrap();
    }
    let clinician = world.client_with("clinician", &["--assigned", "Patient/mine"]).await;
    (world, clinician)
}

#[tokio::test]
async fn a_clinician_sees_the_assigned_patient_and_of_others_not_even_a_number() {
    let (_world, clinician) = two_patients().await;
    let fhir = clinician.fhir();
    assert!(fhir.read("Patient", "mine").await.is_ok() && fhir.read("Observation", "o-mine").await.is_ok());
    for (kind, id) in [("Patient", "other"), ("Observation", "o-other"), ("Patient", "never")] {
        assert_eq!(fhir.read(kind, id).await.unwrap_err().status(), Some(404), "{kind}/{id}");
    }
    for kind in ["Patient", "Observation"] {
        let bundle = fhir.search(kind, &[]).await.unwrap();
        assert_eq!((&bundle["total"], bundle["entry"].as_array().map(Vec::len)), (&1.into(), Some(1)), "{bundle}");
    }
    let refused = fhir.update(&patient("other", "Stolen")).await.unwrap_err();
    assert!(matches!(refused.status(), Some(403 | 404)), "{refused}");
}

#[tokio::test]
async fn what_is_hidden_answers_like_what_does_not_exist() {
    let (_world, clinician) = two_patients().await;
    let ask = async |id: &str| {
        let answer = clinician.request(Method::GET, &format!("fhir/Patient/{id}"), &[], "").await.unwrap();
        (answer.status, answer.text().unwrap().replace(id, "ID"))
    };
    assert_eq!(ask("other").await, ask("never").await);
}

#[tokio::test]
async fn a_steward_changes_nothing() {
    let world = World::new("mercy").await;
    let steward = world.client("steward").await;
    assert_eq!(steward.fhir().create(&patient("p", "x")).await.unwrap_err().status(), Some(403));
    assert_eq!(steward.fhir().delete("Patient", "p").await.unwrap_err().status(), Some(403));
    assert_eq!(world.administrator.fhir().search("Patient", &[]).await.unwrap()["total"], 0);
}
