//! FHIR R4 instance interactions, <http://hl7.org/fhir/R4/http.html>.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_tests::sample::{heart_rate, patient};
use theriac_tests::{World, expect};

#[tokio::test]
async fn what_is_created_is_read_back_as_it_was() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    let saved = fhir.create(&patient("ignored", "Lovelace")).await.unwrap();
    assert!(saved.created);
    assert_ne!(saved.id, "ignored", "the server gives the id on create");
    let mut read = fhir.read("Patient", &saved.id).await.unwrap();
    assert_eq!(read["meta"]["versionId"], saved.version);
    let mut sent = patient("ignored", "Lovelace");
    sent["id"] = json!(saved.id);
    sent["meta"] = read["meta"].take();
    read["meta"] = sent["meta"].clone();
    assert_eq!(read, sent);
}

#[tokio::test]
async fn a_decimal_keeps_its_digits() {
    let world = World::new("mercy").await;
    let body = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.500}}"#;
    let headers = [("content-type", "application/fhir+json")];
    let put = world.administrator.request(Method::PUT, "fhir/Observation/o", &headers, body).await.unwrap();
    assert_eq!(put.status, 201, "{}", put.refusal().body);
    let read = world.administrator.request(Method::GET, "fhir/Observation/o", &[], "").await.unwrap();
    assert!(read.text().unwrap().contains("1.500"), "{}", read.text().unwrap());
}

#[tokio::test]
async fn an_update_makes_a_version_and_keeps_the_old_one() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    let first = fhir.update(&patient("p", "Lovelace")).await.unwrap();
    let second = fhir.update(&patient("p", "King")).await.unwrap();
    assert!(first.created && !second.created);
    assert_ne!(first.version, second.version);
    let old = fhir.vread("Patient", "p", &first.version).await.unwrap();
    assert_eq!(old["name"][0]["family"], "Lovelace");
    assert_eq!(fhir.read("Patient", "p").await.unwrap()["name"][0]["family"], "King");
    let history = fhir.history("Patient", "p").await.unwrap();
    let versions: Vec<&Value> =
        history["entry"].as_array().unwrap().iter().map(|e| &e["resource"]["meta"]["versionId"]).collect();
    assert_eq!(versions, [&json!(second.version), &json!(first.version)], "newest first");
}

#[tokio::test]
async fn if_match_lets_only_the_current_version_be_changed() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    let first = fhir.update(&patient("p", "Lovelace")).await.unwrap();
    fhir.update_if(&patient("p", "King"), &first.version).await.unwrap();
    let refused = fhir.update_if(&patient("p", "Byron"), &first.version).await.unwrap_err();
    assert_eq!(refused.status(), Some(412));
    assert_eq!(fhir.read("Patient", "p").await.unwrap()["name"][0]["family"], "King");
}

#[tokio::test]
async fn what_is_deleted_is_gone_until_it_is_written_again() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    let saved = fhir.update(&patient("p", "Lovelace")).await.unwrap();
    fhir.delete("Patient", "p").await.unwrap();
    assert_eq!(fhir.read("Patient", "p").await.unwrap_err().status(), Some(410));
    assert_eq!(fhir.search("Patient", &[]).await.unwrap()["total"], 0);
    assert!(fhir.vread("Patient", "p", &saved.version).await.is_ok());
    fhir.delete("Patient", "p").await.unwrap();
    fhir.update(&patient("p", "Lovelace")).await.unwrap();
    assert!(fhir.read("Patient", "p").await.is_ok());
    assert_eq!(fhir.read("Patient", "never").await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn a_transaction_resolves_its_own_references() {
    let world = World::new("mercy").await;
    let urn = "urn:uuid:0b0a7b0e-6a4d-4b0e-9d5c-111111111111";
    let mut observation = heart_rate("ignored", "ignored", 70.0, "2026-01-01T00:00:00Z");
    observation["subject"]["reference"] = json!(urn);
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": observation, "request": {"method": "POST", "url": "Observation"}},
        {"fullUrl": urn, "resource": patient("ignored", "Lovelace"), "request": {"method": "POST", "url": "Patient"}}]});
    let response = world.administrator.fhir().transaction(&bundle).await.unwrap();
    assert_eq!(response["type"], "transaction-response");
    let patients = world.administrator.fhir().search("Patient", &[]).await.unwrap();
    let observations = world.administrator.fhir().search("Observation", &[]).await.unwrap();
    let reference = &observations["entry"][0]["resource"]["subject"]["reference"];
    assert_eq!(*reference, format!("Patient/{}", expect::ids(&patients)[0]));
}

#[tokio::test]
async fn a_conditional_reference_wants_exactly_one_match() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for (id, family) in [("a", "One"), ("b", "Two"), ("c", "Two")] {
        fhir.update(&patient(id, family)).await.unwrap();
    }
    let of = |criteria: &str| {
        let mut observation = heart_rate("ignored", "ignored", 70.0, "2026-01-01T00:00:00Z");
        observation["subject"]["reference"] = json!(format!("Patient?{criteria}"));
        let entry = json!({"resource": observation, "request": {"method": "POST", "url": "Observation"}});
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    };
    for criteria in ["family=None", "family=Two"] {
        let body = of(criteria).to_string();
        let headers = [("content-type", "application/fhir+json")];
        let refused = world.administrator.request(Method::POST, "fhir", &headers, body).await.unwrap();
        assert_eq!(refused.status, 412, "{criteria}");
    }
    assert_eq!(fhir.search("Observation", &[]).await.unwrap()["total"], 0, "nothing of a refused one is stored");
    fhir.transaction(&of("family=One")).await.unwrap();
    let observations = fhir.search("Observation", &[]).await.unwrap();
    assert_eq!(observations["entry"][0]["resource"]["subject"]["reference"], "Patient/a");
}

#[tokio::test]
async fn a_transaction_with_one_bad_entry_stores_nothing() {
    let world = World::new("mercy").await;
    let mut bad = patient("b", "Bad");
    bad["birthDate"] = json!("1970-13-40");
    let entry = |resource: Value| {
        let url = format!("Patient/{}", resource["id"].as_str().unwrap());
        json!({"resource": resource, "request": {"method": "PUT", "url": url}})
    };
    let bundle = json!({"resourceType": "Bundle", "type": "transaction",
        "entry": [entry(patient("a", "Good")), entry(bad)]});
    let refused = world.administrator.fhir().transaction(&bundle).await.unwrap_err();
    assert_eq!(refused.status(), Some(400), "{refused}");
    assert!(
        refused.to_string().contains("entry[1]") || refused.refusal().unwrap().body.contains("entry[1]"),
        "{refused}"
    );
    assert_eq!(world.administrator.fhir().read("Patient", "a").await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn a_request_id_comes_back() {
    let world = World::new("mercy").await;
    let headers = [("x-request-id", "01234567-89ab-cdef-0123-456789abcdef")];
    let answer = world.administrator.request(Method::GET, "fhir/Patient/none", &headers, "").await.unwrap();
    assert_eq!(answer.header("x-request-id"), Some("01234567-89ab-cdef-0123-456789abcdef"));
    let answer = world.administrator.request(Method::GET, "fhir/Patient/none", &[], "").await.unwrap();
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));
}

#[tokio::test]
async fn the_capability_statement_is_public_and_names_the_interactions() {
    let world = World::new("mercy").await;
    let answer = world.administrator.with_token("").request(Method::GET, "fhir/metadata", &[], "").await.unwrap();
    assert_eq!(answer.status, 200);
    let statement: Value = answer.json().unwrap();
    assert_eq!(
        (&statement["resourceType"], &statement["fhirVersion"]),
        (&json!("CapabilityStatement"), &json!("4.0.1"))
    );
    let kinds = statement["rest"][0]["resource"].as_array().unwrap();
    let patient = kinds.iter().find(|kind| kind["type"] == "Patient").unwrap();
    let codes: Vec<&str> =
        patient["interaction"].as_array().unwrap().iter().filter_map(|i| i["code"].as_str()).collect();
    for code in ["read", "vread", "update", "delete", "history-instance", "create", "search-type"] {
        assert!(codes.contains(&code), "{code} is not in {codes:?}");
    }
}
