//! `$validate` and what is checked before a resource is stored, <http://hl7.org/fhir/R4/validation.html>.

use serde_json::{Value, json};
use theriac_sdk::{Answer, Client};
use theriac_tests::World;
use theriac_tests::expect::{refused, soon};

fn profile() -> Value {
    json!({
        "resourceType": "StructureDefinition", "id": "born", "url": "http://example.org/born", "name": "Born",
        "status": "active", "kind": "resource", "abstract": false, "type": "Patient", "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "differential": { "element": [
            { "id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1 },
            { "id": "Patient.identifier", "path": "Patient.identifier", "slicing": {
                "discriminator": [{ "type": "value", "path": "system" }], "rules": "open" } },
            { "id": "Patient.identifier:ward", "path": "Patient.identifier", "sliceName": "ward", "max": "1" },
            { "id": "Patient.identifier:ward.system", "path": "Patient.identifier.system", "min": 1, "fixedUri": "urn:ward" },
            { "id": "Patient.identifier:ward.value", "path": "Patient.identifier.value", "min": 1 }
        ] }
    })
}

async fn send(client: &Client, method: &str, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/fhir+json")];
    let (headers, body) = match body {
        Value::Null => (&headers[..0], Vec::new()),
        body => (&headers[..], body.to_string().into_bytes()),
    };
    client.request(method.parse().unwrap(), path, headers, body).await.unwrap()
}

/// Severity and place of each issue.
fn issues(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
    let outcome: Value = serde_json::from_slice(&answer.bytes).unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    // The documents here have no narrative, which is told as a warning (dom-6).
    let is_advice = |issue: &&Value| issue["diagnostics"].as_str().is_some_and(|rule| rule.ends_with("dom-6"));
    let all = outcome["issue"].as_array().unwrap().iter().filter(|issue| !is_advice(issue));
    let told: Vec<(String, String)> = all
        .map(|i| (i["severity"].as_str().unwrap().to_owned(), i["expression"][0].as_str().unwrap_or("").to_owned()))
        .collect();
    if told.is_empty() { fine() } else { told }
}

fn error(path: &str) -> (String, String) {
    ("error".to_owned(), path.to_owned())
}

fn fine() -> Vec<(String, String)> {
    vec![("information".to_owned(), String::new())]
}

#[tokio::test]
async fn a_resource_is_validated_whatever_is_wrong_with_it() {
    let world = World::new("validate").await;
    let client = &world.administrator;
    let validate = |body: Value| async move { send(client, "POST", "fhir/Patient/$validate", &body).await };
    assert_eq!(issues(&validate(json!({ "resourceType": "Patient" })).await), fine());
    let wrong = json!({ "resourceType": "Patient", "gender": "none", "managingOrganization": { "reference": "Practitioner/1" } });
    assert_eq!(issues(&validate(wrong).await), [error("Patient.gender"), error("Patient.managingOrganization")]);
    let other = json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" } });
    assert_eq!(issues(&validate(other).await)[0].0, "error");
    let broken = client
        .request(
            "POST".parse().unwrap(),
            "fhir/Patient/$validate",
            &[("content-type", "application/fhir+json")],
            b"{\"resourceType\":".to_vec(),
        )
        .await
        .unwrap();
    assert_eq!(issues(&broken)[0].0, "fatal");
    let kept = validate(json!({ "resourceType": "Patient", "id": "never" })).await;
    assert_eq!(issues(&kept), fine());
    assert_eq!(send(client, "GET", "fhir/Patient/never", &Value::Null).await.status, 404, "nothing is stored");
}

#[tokio::test]
async fn a_finding_names_line_rule_and_what_would_be_right() {
    let world = World::new("validate").await;
    let body = "{\n  \"resourceType\": \"Patient\",\n  \"gender\": \"none\"\n}";
    let headers = [("content-type", "application/fhir+json")];
    let answer =
        world.administrator.request("POST".parse().unwrap(), "fhir/Patient/$validate", &headers, body).await.unwrap();
    let outcome: Value = serde_json::from_slice(&answer.bytes).unwrap();
    assert_eq!(outcome["issue"][0]["location"][0], "line 3, column 3");
    assert!(outcome["issue"][0]["details"]["text"].as_str().unwrap().contains("female"));
}

#[tokio::test]
async fn profiles_are_those_the_tenant_has_stored() {
    let world = World::new("validate").await;
    let client = &world.administrator;
    let patient = json!({ "resourceType": "Patient", "identifier": [{ "system": "urn:ward" }] });
    let path = "fhir/Patient/$validate?profile=http://example.org/born";
    let unknown = issues(&send(client, "POST", path, &patient).await);
    assert_eq!(unknown, [error("Patient")], "nobody knows the profile");
    assert_eq!(send(client, "PUT", "fhir/StructureDefinition/born", &profile()).await.status, 201);
    let expected = [error("Patient.birthDate"), error("Patient.identifier[0].value")];
    let mut found = issues(&send(client, "POST", path, &patient).await);
    found.sort();
    assert_eq!(found, expected);
    let parameters = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "resource", "resource": patient },
        { "name": "profile", "valueUri": "http://example.org/born" },
        { "name": "mode", "valueCode": "create" }
    ] });
    let mut found = issues(&send(client, "POST", "fhir/Patient/$validate", &parameters).await);
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn instances_are_validated_in_every_mode() {
    let world = World::new("validate").await;
    let client = &world.administrator;
    assert_eq!(send(client, "PUT", "fhir/StructureDefinition/born", &profile()).await.status, 201);
    let patient = json!({ "resourceType": "Patient", "id": "1" });
    assert_eq!(send(client, "PUT", "fhir/Patient/1", &patient).await.status, 201);
    for method in ["GET", "POST"] {
        assert_eq!(issues(&send(client, method, "fhir/Patient/1/$validate", &Value::Null).await), fine());
        let path = "fhir/Patient/1/$validate?mode=profile&profile=http://example.org/born";
        assert_eq!(issues(&send(client, method, path, &Value::Null).await), [error("Patient.birthDate")]);
    }
    assert_eq!(issues(&send(client, "POST", "fhir/Patient/1/$validate?mode=update", &patient).await), fine());
    let another = json!({ "resourceType": "Patient", "id": "2" });
    let found = issues(&send(client, "POST", "fhir/Patient/1/$validate?mode=update", &another).await);
    assert_eq!(found, [error("Patient.id")]);
    assert_eq!(issues(&send(client, "GET", "fhir/Patient/1/$validate?mode=delete", &Value::Null).await), fine());
    refused(&send(client, "GET", "fhir/Patient/9/$validate", &Value::Null).await, 404, "not-found", "Patient/9");
    let steward = world.client("steward").await;
    let found = issues(&send(&steward, "GET", "fhir/Patient/1/$validate?mode=delete", &Value::Null).await);
    assert_eq!(found[0].0, "error", "a steward may not delete");
}

#[tokio::test]
async fn calls_that_make_no_sense_are_refused() {
    let world = World::new("validate").await;
    let client = &world.administrator;
    let patient = json!({ "resourceType": "Patient" });
    let cases = [
        ("fhir/Patient/$validate?mode=maybe", &patient, "mode"),
        ("fhir/Patient/$validate?mode=delete", &patient, "mode"),
        ("fhir/Patient/$validate?strict=true", &patient, "strict"),
        ("fhir/Patient/$validate", &Value::Null, "resource"),
    ];
    for (path, body, place) in cases {
        let answer = send(client, "POST", path, body).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(String::from_utf8_lossy(&answer.bytes).contains(place), "{path}");
    }
}

#[tokio::test]
async fn what_is_stored_is_checked_as_the_tenant_has_chosen() {
    let world = World::new("validate").await;
    let client = &world.administrator;
    assert_eq!(send(client, "PUT", "fhir/StructureDefinition/born", &profile()).await.status, 201);
    let declares = json!({ "resourceType": "Patient", "meta": { "profile": ["http://example.org/born"] } });
    assert_eq!(send(client, "POST", "fhir/Patient", &declares).await.status, 201, "base asks no profile");
    world.set(&["fhir.validation=declared"]).await;
    let refusal = soon("refusal", || async {
        Some(send(client, "POST", "fhir/Patient", &declares).await).filter(|a| a.status == 422)
    })
    .await;
    refused(&refusal, 422, "business-rule", "Patient.birthDate");
    assert_eq!(send(client, "POST", "fhir/Patient", &json!({ "resourceType": "Patient" })).await.status, 201);
    world.set(&["fhir.validation=required", "fhir.validation.profiles=Patient=http://example.org/born"]).await;
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [{
        "resource": { "resourceType": "Patient" }, "request": { "method": "POST", "url": "Patient" } }] });
    let refusal =
        soon("refusal", || async { Some(send(client, "POST", "fhir", &bundle).await).filter(|a| a.status == 422) })
            .await;
    refused(&refusal, 422, "business-rule", "Bundle.entry[0].resource.birthDate");
}

#[tokio::test]
async fn settings_that_do_not_exist_are_refused() {
    let world = World::new("validate").await;
    for (setting, right) in
        [("fhir.validate=base", "fhir.validation"), ("fhir.validation=strict", "declared"), ("x", "NAME=VALUE")]
    {
        let said = world.set_refused(setting).await;
        assert!(said.contains(right), "{said}");
    }
}
