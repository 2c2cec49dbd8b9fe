//! `Prefer: respond-async`: searches, batches and transactions that are answered later.
//! <http://hl7.org/fhir/R4/async.html>

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::{Answer, Client};
use theriac_tests::harness::{self, Home, Running};
use theriac_tests::sample::patient;
use theriac_tests::{World, expect};

const ASYNC: (&str, &str) = ("prefer", "respond-async");
const FHIR: (&str, &str) = ("content-type", "application/fhir+json");

/// The path of the job, as the client asks for it.
fn job(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{}", answer.refusal().body);
    let location = answer.header("content-location").expect("202 says where the answer will be");
    assert!(answer.header("retry-after").is_some());
    format!("fhir{}", location.split_once("/fhir").unwrap().1)
}

async fn ask(client: &Client, method: Method, path: &str, body: String) -> Answer {
    client.request(method, path, &[ASYNC, FHIR], body).await.unwrap()
}

/// The one entry of the answer, once it is there.
async fn answered(client: &Client, path: &str) -> Value {
    let bundle = expect::soon("answer", || async {
        let answer = client.request(Method::GET, path, &[], "").await.unwrap();
        match answer.status {
            202 => {
                assert!(answer.header("x-progress").is_some() && answer.header("retry-after").is_some());
                None
            }
            200 => Some(answer.json::<Value>().unwrap()),
            other => panic!("{other} {}", answer.refusal().body),
        }
    })
    .await;
    assert_eq!(bundle["type"], "batch-response");
    bundle["entry"][0].clone()
}

fn bundle(kind: &str, entries: &[Value]) -> String {
    json!({"resourceType": "Bundle", "type": kind, "entry": entries}).to_string()
}

fn post(resource: &Value) -> Value {
    let kind = resource["resourceType"].as_str().unwrap();
    json!({"resource": resource, "request": {"method": "POST", "url": kind}})
}

#[tokio::test]
async fn a_search_is_answered_later_as_it_would_have_been_at_once() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let accepted = ask(&world.administrator, Method::GET, "fhir/Patient?family=Lovelace", String::new()).await;
    let entry = answered(&world.administrator, &job(&accepted)).await;
    assert_eq!((&entry["response"]["status"], &entry["resource"]["total"]), (&json!("200"), &json!(1)));
    assert_eq!(entry["resource"]["entry"][0]["resource"]["id"], "p");
}

#[tokio::test]
async fn bundles_are_carried_out_once_and_their_answers_kept() {
    let world = World::new("mercy").await;
    for kind in ["batch", "transaction"] {
        let entries =
            [post(&patient("x", kind)), json!({"request": {"method": "GET", "url": "Patient?_summary=count"}})];
        let accepted = ask(&world.administrator, Method::POST, "fhir", bundle(kind, &entries)).await;
        let path = job(&accepted);
        let entry = answered(&world.administrator, &path).await;
        assert_eq!(entry["resource"]["type"], format!("{kind}-response"), "{entry}");
        let status = entry["resource"]["entry"][0]["response"]["status"].as_str().unwrap();
        assert!(status.starts_with("201"), "{entry}");
        assert_eq!(answered(&world.administrator, &path).await, entry, "it is the same when it is asked again");
        assert_eq!(world.administrator.fhir().search("Patient", &[("family", kind)]).await.unwrap()["total"], 1);
    }
}

#[tokio::test]
async fn a_mistake_is_refused_at_once_and_what_fails_later_is_the_answer() {
    let world = World::new("mercy").await;
    let own = &world.administrator;
    for (method, path, body) in [
        (Method::GET, "fhir/Patient?nonsense=1", String::new()),
        (Method::POST, "fhir", bundle("collection", &[])),
        (Method::POST, "fhir", "{".to_owned()),
    ] {
        assert_eq!(ask(own, method, path, body).await.status, 400, "{path}");
    }
    let mut bad = patient("b", "Bad");
    bad["birthDate"] = json!("1970-13-40");
    let accepted =
        ask(own, Method::POST, "fhir", bundle("transaction", &[post(&patient("a", "Good")), post(&bad)])).await;
    let entry = answered(own, &job(&accepted)).await;
    assert_eq!(entry["response"]["status"], "400", "{entry}");
    assert_eq!(entry["response"]["outcome"]["resourceType"], "OperationOutcome");
    assert_eq!(own.fhir().search("Patient", &[]).await.unwrap()["total"], 0);
}

#[tokio::test]
async fn a_job_exists_for_who_began_it_and_until_it_is_given_up() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let clinician = world.client_with("clinician", &["--assigned", "Patient/none", "--subject", "dr-a"]).await;
    let accepted = ask(&clinician, Method::GET, "fhir/Patient", String::new()).await;
    let path = job(&accepted);
    let entry = answered(&clinician, &path).await;
    assert_eq!(entry["resource"]["total"], 0, "with the rights of who asked: {entry}");
    let other = world.client_with("clinician", &["--assigned", "Patient/none", "--subject", "dr-b"]).await;
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(other.request(method, &path, &[], "").await.unwrap().status, 404);
    }
    assert_eq!(clinician.request(Method::DELETE, &path, &[], "").await.unwrap().status, 202);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(clinician.request(method, &path, &[], "").await.unwrap().status, 404);
    }
    for nothing in ["fhir/_job/none", "fhir/_job/1f"] {
        assert_eq!(clinician.request(Method::GET, nothing, &[], "").await.unwrap().status, 404);
    }
}

#[tokio::test]
async fn a_batch_goes_on_after_a_crash_and_does_nothing_twice() {
    const ENTRIES: usize = 1_500;
    let home = Home::empty();
    let server = Running::start(&home);
    let tenant = harness::tenant(&home, "mercy").await;
    let token = harness::token(&home, &tenant, "administrator", &[]).await;
    let client = harness::client(&server.url, &tenant, &token);
    let basic = |n: usize| post(&json!({"resourceType": "Basic", "code": {"text": format!("n{n}")}}));
    let entries: Vec<Value> = (0..ENTRIES).map(basic).collect();
    let path = job(&ask(&client, Method::POST, "fhir", bundle("batch", &entries)).await);
    expect::soon("first entries", || async {
        let found = client.fhir().search("Basic", &[("_summary", "count")]).await.unwrap();
        found["total"].as_u64().filter(|total| *total > 20)
    })
    .await;
    server.kill();
    let server = Running::start(&home);
    let client = harness::client(&server.url, &tenant, &token);
    // The lease of the process that died has to run out first.
    for _ in 0..600 {
        if client.request(Method::GET, &path, &[], "").await.unwrap().status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let entry = answered(&client, &path).await;
    let answers = entry["resource"]["entry"].as_array().unwrap();
    assert_eq!(answers.len(), ENTRIES);
    assert!(answers.iter().all(|a| matches!(a["response"]["status"].as_str(), Some("201" | "200"))), "{entry}");
    let found = client.fhir().search("Basic", &[("_summary", "count")]).await.unwrap();
    assert_eq!(found["total"], ENTRIES, "each entry was carried out exactly once");
    server.kill();
}
