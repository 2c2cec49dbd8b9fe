//! Breaking the glass: a clinician opens the records of a patient in an emergency; who may, for how long, what is told of
//! it, and that a view never opens.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use theriac_sdk::{Answer, Client, Feed};
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const QUIET: Duration = Duration::from_millis(700);

async fn ward() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for id in ["own", "other", "third"] {
        fhir.update(&patient(id, "Lovelace")).await.unwrap();
        fhir.update(&heart_rate(&format!("o-{id}"), id, 70.0, "2026-01-01T00:00:00Z")).await.unwrap();
    }
    world
}

async fn post(client: &Client, path: &str, body: Value) -> Answer {
    client.request(Method::POST, path, JSON, body.to_string()).await.unwrap()
}

async fn open(client: &Client, patient: &str, seconds: i64) -> Value {
    let until = chrono::Utc::now() + chrono::Duration::seconds(seconds);
    let body = json!({ "patient": patient, "purpose": "BTG", "reason": "unconscious", "until": until.to_rfc3339() });
    let answer = post(client, "emergencies", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text().unwrap());
    answer.json().unwrap()
}

async fn status(client: &Client, path: &str) -> u16 {
    client.request(Method::GET, path, &[], "").await.unwrap().status
}

async fn ids(client: &Client, path: &str) -> Vec<String> {
    let mut found = expect::ids(&client.get(path).await.unwrap());
    found.sort();
    found
}

#[tokio::test]
async fn the_glass_is_broken_for_one_patient_for_reading_and_every_read_is_recorded() {
    let world = ward().await;
    let ann = world.client_with("clinician", &["--subject", "ann", "--assigned", "Patient/own"]).await;
    let bob = world.client_with("clinician", &["--subject", "bob", "--assigned", "Patient/own"]).await;
    assert_eq!(status(&ann, "fhir/Patient/other").await, 404);
    let id = open(&ann, "Patient/other", 600).await["id"].as_str().unwrap().to_owned();
    assert_eq!(status(&ann, "fhir/Patient/other").await, 200);
    assert_eq!(ids(&ann, "fhir/Observation?_total=accurate").await, ["o-other", "o-own"]);
    assert_eq!(status(&ann, "fhir/Patient/own").await, 200);
    assert_eq!(ids(&bob, "fhir/Patient").await, ["own"], "it is open to one person");
    assert_eq!(status(&ann, "fhir/Patient/third").await, 404, "and one patient");
    let answer = ann.request(Method::DELETE, "fhir/Patient/other", &[], "").await.unwrap();
    assert_eq!(answer.status, 403, "and for reading");

    let reads = expect::soon("three reads", || async {
        let path = format!("emergencies/{id}/reads");
        let list = world.administrator.get(&path).await.unwrap()["reads"].as_array().unwrap().clone();
        (list.len() >= 2).then_some(list)
    })
    .await;
    let given: Vec<&Value> = reads.iter().map(|read| &read["given"]).collect();
    assert_eq!(
        given,
        [&json!(["Patient/other"]), &json!(["Observation/o-other"])],
        "one's own patients are no emergency"
    );
    assert_eq!(reads[0]["road"], "GET /{tenant}/fhir/{type}/{id}");
    let at = reads[0]["entry"].as_u64().unwrap();
    let entries = world.administrator.get(&format!("ledger/entries?from={at}&count=1")).await.unwrap();
    let entry: Value = serde_json::from_str(entries["entries"][0].as_str().unwrap()).unwrap();
    assert_eq!(
        (&entry["purpose"], &entry["actor"]["subject"], &entry["action"], &entry["subject"]),
        (&json!("BTG"), &json!("ann"), &json!("read"), &json!(format!("emergencies/{id}")))
    );
    assert!(!entries.to_string().contains("unconscious"), "the words stay with the record");
}

#[tokio::test]
async fn it_overrides_consent_and_not_clearance() {
    let world = ward().await;
    let withheld = json!({
        "resourceType": "Consent", "id": "c", "status": "active",
        "scope": { "coding": [{ "code": "patient-privacy" }] },
        "category": [{ "coding": [{ "code": "59284-0" }] }],
        "patient": { "reference": "Patient/own" },
        "policyRule": { "coding": [{ "code": "OPTIN" }] },
        "provision": { "type": "deny", "class": [{ "code": "Observation" }] }
    });
    world.administrator.fhir().update(&withheld).await.unwrap();
    let mut secret = heart_rate("o-secret", "own", 71.0, "2026-01-01T00:00:00Z");
    secret["meta"] =
        json!({ "security": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V" }] });
    world.administrator.fhir().update(&secret).await.unwrap();
    let ann = world.client_with("clinician", &["--subject", "ann", "--assigned", "Patient/own"]).await;
    assert_eq!(ids(&ann, "fhir/Observation").await, Vec::<String>::new());
    let id = open(&ann, "Patient/own", 600).await["id"].as_str().unwrap().to_owned();
    assert_eq!(ids(&ann, "fhir/Observation").await, ["o-own"], "a label above one's clearance stays hidden");
    let answer = post(&ann, &format!("emergencies/{id}/end"), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text().unwrap());
    assert_eq!(ids(&ann, "fhir/Observation").await, Vec::<String>::new());
}

#[tokio::test]
async fn it_ends_by_itself_also_where_a_socket_is_open() {
    let world = ward().await;
    let ann = world.client_with("clinician", &["--subject", "ann", "--assigned", "Patient/own"]).await;
    let mut feed = Feed::connect(&ann, &["fhir.Observation"], "now").await.unwrap();
    let write = async |id: &str, patient: &str| {
        world.administrator.fhir().update(&heart_rate(id, patient, 71.0, "2026-01-01T00:00:00Z")).await.unwrap();
    };
    write("before", "other").await;
    assert_eq!(feed.next_within(QUIET).await.unwrap(), None);
    let id = open(&ann, "Patient/other", 3).await["id"].as_str().unwrap().to_owned();
    write("within", "other").await;
    assert_eq!(feed.next_within(expect::SOON).await.unwrap().unwrap().subject, "Observation/within");
    expect::soon("the end", || async { (status(&ann, "fhir/Patient/other").await == 404).then_some(()) }).await;
    write("after", "other").await;
    write("own", "own").await;
    assert_eq!(feed.next_within(expect::SOON).await.unwrap().unwrap().subject, "Observation/own");
    let read = expect::soon("the message as a read", || async {
        let list = world.administrator.get(&format!("emergencies/{id}/reads")).await.unwrap();
        list["reads"].as_array().unwrap().iter().find(|read| read["road"] == "the feed").cloned()
    })
    .await;
    assert_eq!(read["given"], json!(["Observation/within"]));
    expect::soon("the end in the record", || async {
        let one = world.administrator.get(&format!("emergencies/{id}")).await.unwrap();
        (one["state"] == "ended" && one.get("endedBy").is_none() && one["endedAt"].is_string()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_alert_is_raised_at_once_and_somebody_else_judges() {
    let world = ward().await;
    let ann = world.client_with("clinician", &["--subject", "ann"]).await;
    let steward = world.client("steward").await;
    let mut feed = Feed::connect(&steward, &["alerts", "emergency"], "now").await.unwrap();
    let id = open(&ann, "Patient/other", 600).await["id"].as_str().unwrap().to_owned();
    let mut topics = Vec::new();
    for _ in 0..2 {
        topics.push(feed.next_within(expect::SOON).await.unwrap().unwrap().topic);
    }
    topics.sort();
    assert_eq!(topics, ["alerts", "emergency"]);
    let queue = steward.get("emergencies?review=awaiting").await.unwrap();
    assert_eq!(queue["emergencies"][0]["id"], json!(id));
    let judge = json!({ "decision": "unjustified", "comment": "no emergency that day" });
    let same = world.client_with("administrator", &["--subject", "ann"]).await;
    let path = format!("emergencies/{id}/review");
    assert_eq!(post(&same, &path, judge.clone()).await.status, 403);
    assert_eq!(post(&steward, &path, judge.clone()).await.status, 403);
    assert_eq!(status(&ann, "fhir/Patient/other").await, 200);
    assert_eq!(post(&world.administrator, &path, judge.clone()).await.status, 200);
    assert_eq!(status(&ann, "fhir/Patient/other").await, 404, "what was not right ends at once");
    assert_eq!(post(&world.administrator, &path, judge).await.status, 409);
    assert_eq!(world.administrator.get("emergencies?review=awaiting").await.unwrap()["emergencies"], json!([]));
}

#[tokio::test]
async fn a_view_never_opens_and_a_tenant_may_open_nothing() {
    let world = ward().await;
    let project = json!({ "profile": "safe-harbor", "members": ["ada"], "threshold": 1 }).to_string();
    let answer = world.administrator.request(Method::PUT, "admin/deid/projects/study", JSON, project).await.unwrap();
    assert!(answer.status < 300, "{}", answer.text().unwrap());
    let ada = world.client_with("researcher", &["--subject", "ada"]).await;
    let before = ada.get("fhir/Patient").await.unwrap();
    let body = json!({ "patient": "Patient/other", "purpose": "BTG", "reason": "curious" });
    assert_eq!(post(&ada, "emergencies", body.clone()).await.status, 403);
    // The same subject as a clinician: what is open to it there stays closed in the view.
    let clinician = world.client_with("clinician", &["--subject", "ada"]).await;
    open(&clinician, "Patient/other", 600).await;
    let after = ada.get("fhir/Patient").await.unwrap();
    assert_eq!(before["entry"], after["entry"]);
    assert!(!after.to_string().contains("Lovelace"));
    let app = world
        .client_with("clinician", &["--subject", "ada", "--assigned", "Patient/own", "--scope", "patient/*.rs"])
        .await;
    assert_eq!(ids(&app, "fhir/Patient").await, ["own"], "a token about one patient stays about that one");
    world.set(&["policy.emergency.minutes=0"]).await;
    let refused = || async { (post(&clinician, "emergencies", body.clone()).await.status == 403).then_some(()) };
    expect::soon("the setting", refused).await;
    assert!(world.set_refused("policy.emergency.minutes=2000").await.contains("0 to 1440"));
}
