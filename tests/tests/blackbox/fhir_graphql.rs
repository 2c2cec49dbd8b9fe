//! `$graphql`. <http://hl7.org/fhir/R4/graphql.html>

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::{Answer, Client};
use theriac_tests::World;
use theriac_tests::sample::{heart_rate, patient};

async fn ask(client: &Client, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("accept", "application/json")];
    client.request(Method::POST, &format!("fhir/{path}"), &headers, body.to_string()).await.unwrap()
}

async fn data(client: &Client, path: &str, query: &str) -> Value {
    let answer = ask(client, path, &json!({ "query": query })).await;
    assert_eq!(answer.status, 200, "{query} {}", answer.refusal().body);
    answer.json::<Value>().unwrap()["data"].clone()
}

/// A patient with three observations, and another one.
async fn ward() -> World {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for id in ["p", "q"] {
        fhir.update(&patient(id, "Lovelace")).await.unwrap();
    }
    for n in 0..3 {
        fhir.update(&heart_rate(&format!("o{n}"), "p", 60.0 + f64::from(n), &format!("2026-01-0{}T08:00:00Z", n + 1)))
            .await
            .unwrap();
    }
    fhir.update(&heart_rate("other", "q", 90.0, "2026-01-01T08:00:00Z")).await.unwrap();
    world
}

#[tokio::test]
async fn a_resource_gives_the_fields_that_are_named() {
    let world = ward().await;
    let own = &world.administrator;
    for (path, query, expected) in [
        (
            "Patient/p/$graphql",
            "{ id gender name { family given } }",
            json!({"id": "p", "gender": "female", "name": [{"family": "Lovelace", "given": ["Ada"]}]}),
        ),
        ("Patient/p/$graphql", "{ sex: gender identifier(system: \"none\") { value } }", json!({"sex": "female"})),
        (
            "Observation/o1/$graphql",
            "{ valueQuantity { value } subject { resource { id } } }",
            json!({"valueQuantity": {"value": 61.0}, "subject": {"resource": {"id": "p"}}}),
        ),
        (
            "Observation/o1/$graphql",
            "{ subject { a: resource(type: Group) { id } resource { ... on Patient { gender } ... on Group { id } } } }",
            json!({"subject": {"resource": {"gender": "female"}}}),
        ),
        (
            "Patient/p/$graphql",
            "{ o: ObservationList(_reference: patient, _sort: \"date\", _count: 2) { id } }",
            json!({"o": [{"id": "o0"}, {"id": "o1"}]}),
        ),
        (
            "Patient/p/$graphql",
            "{ name @flatten { family @singleton } id name { given } }",
            json!({"family": "Lovelace", "id": "p", "name": [{"given": ["Ada"]}]}),
        ),
    ] {
        assert_eq!(data(own, path, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_system_gives_reads_searches_and_connections() {
    let world = ward().await;
    let own = &world.administrator;
    for (query, expected) in [
        ("{ Patient(id: \"p\") { id } }", json!({"Patient": {"id": "p"}})),
        (
            "{ PatientList(family: \"Lovelace\", _sort: \"_id\") { id } }",
            json!({"PatientList": [{"id": "p"}, {"id": "q"}]}),
        ),
        (
            "{ ObservationList(value_quantity: [\"60\", \"90\"], _sort: \"date\", _id: \"other\") { id } }",
            json!({"ObservationList": [{"id": "other"}]}),
        ),
        (
            "{ ObservationConnection(_count: 2, _sort: \"date\", patient: \"p\") { count offset pagesize next edges { mode resource { id } } } }",
            json!({"ObservationConnection": {"count": 3, "offset": 0, "pagesize": 2, "next": "2", "edges": [
                {"mode": "match", "resource": {"id": "o0"}}, {"mode": "match", "resource": {"id": "o1"}}]}}),
        ),
        (
            "{ ObservationConnection(_count: 2, _cursor: \"2\", _sort: \"date\", patient: \"p\") { previous next edges { resource { id } } } }",
            json!({"ObservationConnection": {"previous": "0", "edges": [{"resource": {"id": "o2"}}]}}),
        ),
    ] {
        assert_eq!(data(own, "$graphql", query).await, expected, "{query}");
    }
    let named = json!({"query": "query a($id: String!) { Patient(id: $id) { id } } query b { Patient(id: q) { id } }", "operationName": "a", "variables": {"id": "p"}});
    assert_eq!(ask(own, "$graphql", &named).await.json::<Value>().unwrap()["data"]["Patient"]["id"], "p");
    let by_get = own.request(Method::GET, "fhir/Patient/p/$graphql?query=%7Bid%7D", &[], "").await.unwrap();
    assert_eq!(by_get.json::<Value>().unwrap(), json!({"data": {"id": "p"}}));
    let headers = [("content-type", "application/graphql")];
    let plain = own.request(Method::POST, "fhir/Patient/p/$graphql", &headers, "{ id }").await.unwrap();
    assert_eq!(plain.json::<Value>().unwrap(), json!({"data": {"id": "p"}}));
}

#[tokio::test]
async fn a_mistake_is_an_error_with_its_outcome() {
    let world = ward().await;
    for (path, query, status, says) in [
        ("Patient/p/$graphql", "{ id", 400, "line 1"),
        ("Patient/p/$graphql", "{ nonsense }", 400, "nonsense"),
        ("Patient/p/$graphql", "{ name }", 400, "wants its fields"),
        ("Patient/p/$graphql", "{ gender { x } }", 400, "no fields"),
        ("Patient/p/$graphql", "{ id @nonsense }", 400, "@nonsense"),
        ("Patient/p/$graphql", "{ ...f }", 400, "fragment f"),
        ("Patient/p/$graphql", "{ id(x: 1) }", 400, "argument x"),
        ("Patient/p/$graphql", "{ deceased }", 400, "deceasedBoolean"),
        ("Patient/p/$graphql", "{ ObservationList { id } }", 400, "_reference"),
        ("Patient/none/$graphql", "{ id }", 404, "Patient/none"),
        ("$graphql", "{ Patient(id: none) { id } }", 404, "Patient/none"),
        ("$graphql", "{ nonsense { id } }", 400, "nonsense"),
        ("$graphql", "{ PatientList(nonsense: 1) { id } }", 400, "nonsense"),
        ("$graphql", "mutation { x }", 400, "mutation"),
        ("$graphql", "query q($v: String!) { Patient(id: $v) { id } }", 400, "$v"),
    ] {
        let answer = ask(&world.administrator, path, &json!({ "query": query })).await;
        let body: Value = answer.json().unwrap();
        assert_eq!(answer.status, status, "{query} {body}");
        assert_eq!(body["errors"][0]["extensions"]["resource"]["resourceType"], "OperationOutcome", "{body}");
        assert!(body["errors"][0]["message"].as_str().unwrap().contains(says), "{query}: {body}");
    }
}

#[tokio::test]
async fn a_query_costs_no_more_than_its_limits() {
    let world = ward().await;
    let deep = format!("{}id{}", "{ subject { resource ".repeat(3), "}}".repeat(3));
    let spread = "{ ...a } fragment a on Patient { ...b ...b } fragment b on Patient { ...a ...a }";
    let nested = format!("{}{{ id }}{}", "{ generalPractitioner { resource ".repeat(40), "}}".repeat(40));
    for (query, statuses) in [(deep.as_str(), [400, 404]), (spread, [422, 422]), (nested.as_str(), [400, 422])] {
        let answer = ask(&world.administrator, "Patient/p/$graphql", &json!({ "query": query })).await;
        assert!(statuses.contains(&answer.status), "{} {}", answer.status, answer.refusal().body);
    }
}

#[tokio::test]
async fn a_query_sees_what_its_caller_sees() {
    let world = ward().await;
    let clinician = world.client_with("clinician", &["--assigned", "Patient/q"]).await;
    assert_eq!(data(&clinician, "$graphql", "{ PatientList { id } }").await, json!({"PatientList": [{"id": "q"}]}));
    assert_eq!(
        data(&clinician, "$graphql", "{ ObservationConnection { count } }").await,
        json!({"ObservationConnection": {"count": 1}})
    );
    assert_eq!(ask(&clinician, "Patient/p/$graphql", &json!({"query": "{ id }"})).await.status, 404);
    assert_eq!(ask(&clinician, "$graphql", &json!({"query": "{ Patient(id: p) { id } }"})).await.status, 404);
    let scoped = world.client_with("service", &["--scope", "system/Observation.rs"]).await;
    assert_eq!(
        data(&scoped, "Observation/o1/$graphql", "{ id subject { reference resource(optional: true) { id } } }").await,
        json!({"id": "o1", "subject": {"reference": "Patient/p"}})
    );
    for query in ["{ PatientList { id } }", "{ Patient(id: p) { id } }"] {
        assert_eq!(ask(&scoped, "$graphql", &json!({ "query": query })).await.status, 403, "{query}");
    }
}
