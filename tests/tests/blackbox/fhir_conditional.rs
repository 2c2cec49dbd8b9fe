//! Conditional interactions, alone and in Bundles: section by section of <http://hl7.org/fhir/R4/http.html#ccreate>
//! and the two after it.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use theriac_sdk::{Answer, Client};
use theriac_tests::World;
use theriac_tests::sample::patient;

const FHIR: (&str, &str) = ("content-type", "application/fhir+json");
const BY_MRN: &str = "fhir/Patient?identifier=urn:example:mrn|mrn-";

/// Without an id.
fn unnamed(mrn: &str, family: &str) -> Value {
    let mut resource = patient(mrn, family);
    resource.as_object_mut().unwrap().remove("id");
    resource
}

async fn put(client: &Client, path: &str, resource: &Value) -> Answer {
    client.request(Method::PUT, path, &[FHIR], resource.to_string()).await.unwrap()
}

async fn delete(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    world.administrator.request(Method::DELETE, path, headers, "").await.unwrap()
}

#[tokio::test]
async fn a_conditional_update_creates_updates_or_refuses_by_the_number_of_matches() {
    let world = World::new("mercy").await;
    let own = &world.administrator;
    let created = put(own, &format!("{BY_MRN}one"), &unnamed("one", "Lovelace")).await;
    assert_eq!(created.status, 201, "{}", created.refusal().body);
    let place = created.header("location").unwrap().to_owned();
    let updated = put(own, &format!("{BY_MRN}one"), &unnamed("one", "King")).await;
    assert_eq!(updated.status, 200, "{}", updated.refusal().body);
    assert_eq!(updated.header("location").unwrap(), place.replace("_history/1", "_history/2"));
    put(own, "fhir/Patient/two", &{
        let mut p = patient("one", "Lovelace");
        p["id"] = json!("two");
        p
    })
    .await;
    let refused = put(own, &format!("{BY_MRN}one"), &unnamed("one", "Byron")).await;
    assert_eq!(refused.status, 412, "{}", refused.refusal().body);
}

#[tokio::test]
async fn an_id_in_the_body_of_a_conditional_update_must_be_that_of_the_match_or_free() {
    let world = World::new("mercy").await;
    let own = &world.administrator;
    own.fhir().update(&patient("taken", "Lovelace")).await.unwrap();
    for (mrn, id, status) in
        [("free", "free", 201), ("none", "taken", 409), ("taken", "taken", 200), ("taken", "other", 400)]
    {
        let mut body = patient(mrn, "Lovelace");
        body["id"] = json!(id);
        let answer = put(own, &format!("{BY_MRN}{mrn}"), &body).await;
        assert_eq!(answer.status, status, "{mrn} {id} {}", answer.refusal().body);
    }
}

#[tokio::test]
async fn a_condition_that_is_empty_or_unknown_is_refused_even_when_lenient() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let prefer = ("prefer", "handling=lenient");
    for path in [
        "fhir/Patient",
        "fhir/Patient?",
        "fhir/Patient?nonsense=1",
        "fhir/Patient?_count=5",
        "fhir/Patient?nonsense=1&family=Lovelace",
    ] {
        let answer = delete(&world, path, &[prefer]).await;
        assert!(matches!(answer.status, 400 | 412), "{path} {}", answer.status);
        let headers = [FHIR, prefer];
        let body = unnamed("p", "Lovelace").to_string();
        let answer = world.administrator.request(Method::PUT, path, &headers, body).await.unwrap();
        assert!(matches!(answer.status, 400 | 412), "{path} {}", answer.status);
    }
    assert!(world.administrator.fhir().read("Patient", "p").await.is_ok());
}

#[tokio::test]
async fn a_conditional_delete_takes_all_matches_and_no_match_is_fine() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for id in ["a", "b", "c"] {
        fhir.update(&patient(id, if id == "c" { "Hopper" } else { "Lovelace" })).await.unwrap();
    }
    let told = delete(&world, "fhir/Patient?family=Lovelace", &[("prefer", "return=OperationOutcome")]).await;
    assert_eq!(told.status, 200);
    assert!(told.text().unwrap().contains("deleted 2"), "{}", told.text().unwrap());
    for (id, status) in [("a", Some(410)), ("b", Some(410)), ("c", None)] {
        assert_eq!(fhir.read("Patient", id).await.err().and_then(|e| e.status()), status, "{id}");
    }
    assert_eq!(delete(&world, "fhir/Patient?family=Lovelace", &[]).await.status, 204);
}

#[tokio::test]
async fn a_conditional_delete_beyond_its_limit_deletes_nothing() {
    let world = World::new("mercy").await;
    let entries: Vec<Value> = (0..101)
        .map(|n| json!({"resource": patient(&format!("p{n}"), "Lovelace"), "request": {"method": "PUT", "url": format!("Patient/p{n}")}}))
        .collect();
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
    world.administrator.fhir().transaction(&bundle).await.unwrap();
    let refused = delete(&world, "fhir/Patient?family=Lovelace", &[]).await;
    assert_eq!(refused.status, 422, "{}", refused.refusal().body);
    assert!(refused.refusal().body.contains("too-costly"));
    let found = world.administrator.fhir().search("Patient", &[("_summary", "count")]).await.unwrap();
    assert_eq!(found["total"], 101);
    let statement: Value =
        world.administrator.request(Method::GET, "fhir/metadata", &[], "").await.unwrap().json().unwrap();
    assert_eq!(statement["rest"][0]["resource"][0]["conditionalDelete"], "multiple");
    assert!(statement.to_string().contains("up to 100 matches"), "the limit is announced");
}

#[tokio::test]
async fn the_same_conditional_update_from_64_clients_creates_one_resource() {
    let world = World::new("mercy").await;
    let clients: Vec<Client> =
        (0..64).map(|_| Client::new(world.url(), &world.tenant, world.administrator.token()).unwrap()).collect();
    let body = unnamed("one", "Lovelace");
    let path = format!("{BY_MRN}one");
    let answers = join_all(clients.iter().map(|client| put(client, &path, &body))).await;
    let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|s| matches!(s, 200 | 201 | 409)), "{statuses:?}");
    let ids: BTreeSet<String> =
        answers.iter().filter_map(|a| Some(a.header("location")?.split("/_history").next()?.to_owned())).collect();
    let found = world.administrator.fhir().search("Patient", &[]).await.unwrap();
    assert_eq!((ids.len(), &found["total"]), (1, &json!(1)), "{statuses:?}");
}

fn transaction(entries: &[Value]) -> Value {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

fn post(resource: &Value, condition: Option<&str>) -> Value {
    let mut request = json!({"method": "POST", "url": "Patient"});
    if let Some(condition) = condition {
        request["ifNoneExist"] = json!(condition);
    }
    json!({"resource": resource, "request": request})
}

fn put_entry(url: &str, resource: &Value) -> Value {
    json!({"resource": resource, "request": {"method": "PUT", "url": url}})
}

#[tokio::test]
async fn a_transaction_that_writes_one_thing_twice_is_refused_as_a_whole() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&patient("p", "Lovelace")).await.unwrap();
    let by_mrn = |mrn: &str| format!("Patient?identifier=urn:example:mrn|mrn-{mrn}");
    let gone = |url: &str| json!({"request": {"method": "DELETE", "url": url}});
    let condition = "identifier=urn:example:mrn|mrn-new";
    for (what, entries) in [
        ("PUT twice", vec![put_entry("Patient/p", &patient("p", "A")), put_entry("Patient/p", &patient("p", "B"))]),
        ("PUT and DELETE", vec![put_entry("Patient/p", &patient("p", "A")), gone("Patient/p")]),
        (
            "PUT and conditional PUT",
            vec![put_entry("Patient/p", &patient("p", "A")), put_entry(&by_mrn("p"), &unnamed("p", "B"))],
        ),
        ("DELETE and conditional DELETE", vec![gone("Patient/p"), gone("Patient?family=Lovelace")]),
        (
            "one ifNoneExist twice",
            vec![post(&unnamed("new", "A"), Some(condition)), post(&unnamed("new", "B"), Some(condition))],
        ),
        (
            "one condition twice, PUT",
            vec![put_entry(&by_mrn("new"), &unnamed("new", "A")), put_entry(&by_mrn("new"), &unnamed("new", "B"))],
        ),
        (
            "PUT and POST under one condition",
            vec![put_entry(&by_mrn("new"), &unnamed("new", "A")), post(&unnamed("new", "B"), Some(condition))],
        ),
    ] {
        let refused = fhir.transaction(&transaction(&entries)).await.unwrap_err();
        assert_eq!(refused.status(), Some(400), "{what}: {refused}");
        assert!(refused.refusal().unwrap().body.contains("Bundle.entry[1]"), "{what}: {refused}");
    }
    let found = fhir.search("Patient", &[]).await.unwrap();
    assert_eq!((&found["total"], &found["entry"][0]["resource"]["meta"]["versionId"]), (&json!(1), &json!("1")));
}

#[tokio::test]
async fn conditional_entries_of_a_transaction_do_what_they_do_alone() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for (id, family) in [("a", "Lovelace"), ("b", "Hopper"), ("c", "Hopper")] {
        fhir.update(&patient(id, family)).await.unwrap();
    }
    let entries = [
        post(&unnamed("a", "X"), Some("identifier=urn:example:mrn|mrn-a")),
        post(&unnamed("new", "New"), Some("identifier=urn:example:mrn|mrn-new")),
        put_entry("Patient?identifier=urn:example:mrn|mrn-put", &unnamed("put", "Put")),
        json!({"request": {"method": "DELETE", "url": "Patient?family=Hopper"}}),
        json!({"request": {"method": "GET", "url": "Patient?family=New"}}),
        json!({"request": {"method": "GET", "url": "Patient/none"}}),
    ];
    let answer = fhir.transaction(&transaction(&entries)).await.unwrap();
    let statuses: Vec<&str> =
        answer["entry"].as_array().unwrap().iter().map(|e| &e["response"]["status"].as_str().unwrap()[..3]).collect();
    assert_eq!(statuses, ["200", "201", "201", "204", "200", "404"], "{answer}");
    assert_eq!(answer["entry"][4]["resource"]["total"], 1, "a GET sees what the transaction wrote");
    assert!(answer["entry"][0]["response"]["location"].as_str().unwrap().contains("/Patient/a/_history/1"));
    for id in ["b", "c"] {
        assert_eq!(fhir.read("Patient", id).await.unwrap_err().status(), Some(410));
    }
}

#[tokio::test]
async fn if_match_counts_inside_a_bundle() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&patient("p", "Lovelace")).await.unwrap();
    for method in ["PUT", "DELETE"] {
        let mut entry = json!({"request": {"method": method, "url": "Patient/p", "ifMatch": "W/\"7\""}});
        if method == "PUT" {
            entry["resource"] = patient("p", "King");
        }
        let refused = fhir.transaction(&transaction(&[entry.clone()])).await.unwrap_err();
        assert_eq!(refused.status(), Some(412), "{method} {refused}");
        let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": [entry]});
        let answer = fhir.transaction(&batch).await.unwrap();
        assert_eq!(answer["entry"][0]["response"]["status"], "412", "{answer}");
    }
}

#[tokio::test]
async fn a_transaction_of_ten_thousand_entries_is_stored_whole() {
    let world = World::new("mercy").await;
    let entries: Vec<Value> = (0..10_000)
        .map(|n| json!({"resource": {"resourceType": "Basic", "code": {"text": format!("n{n}")}}, "request": {"method": "POST", "url": "Basic"}}))
        .collect();
    let answer = world.administrator.fhir().transaction(&transaction(&entries)).await.unwrap();
    assert_eq!(answer["entry"].as_array().unwrap().len(), 10_000);
    let found = world.administrator.fhir().search("Basic", &[("_summary", "count")]).await.unwrap();
    assert_eq!(found["total"], 10_000);
}
