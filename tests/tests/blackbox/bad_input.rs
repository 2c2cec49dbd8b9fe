//! Bad input: each kind gets the standard's own error with the exact place, nothing is half-stored,
//! and never a 500.

use std::io::Write as _;

use reqwest::Method;
use serde_json::json;
use theriac_sdk::Answer;
use theriac_tests::sample::{commissioning, epcis_document, patient, reactor, sgtin};
use theriac_tests::{World, expect};

const FHIR: (&str, &str) = ("content-type", "application/fhir+json");
const JSON: (&str, &str) = ("content-type", "application/json");

async fn put(world: &World, body: impl Into<Vec<u8>>) -> Answer {
    let answer = world.administrator.request(Method::PUT, "fhir/Patient/p", &[FHIR], body.into()).await.unwrap();
    if answer.status >= 400 {
        let outcome: serde_json::Value = answer.json().unwrap();
        assert_eq!(outcome["resourceType"], "OperationOutcome");
        let stored = world.administrator.fhir().read("Patient", "p").await;
        assert_eq!(stored.unwrap_err().status(), Some(404), "nothing is half-stored");
    }
    answer
}

#[tokio::test]
async fn malformed_json() {
    let world = World::new("mercy").await;
    for body in ["{", "{\"resourceType\":\"Patient\",}", "[1,2", "", "nonsense", "{\"a\":1}{\"b\":2}", "{\"a\":01}"] {
        let answer = put(&world, body).await;
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.refusal().body);
        assert_eq!(answer.refusal().code, "structure", "{body:?}");
    }
}

#[tokio::test]
async fn malformed_json_names_line_and_column() {
    let world = World::new("mercy").await;
    let refusal = expect::refused(
        &put(&world, "{\n  \"resourceType\": \"Patient\",\n  \"id\" \"p\"\n}").await,
        400,
        "structure",
        "line 3",
    );
    assert!(refusal.message.contains("column"), "{}", refusal.message);
}

#[tokio::test]
async fn a_member_twice() {
    let world = World::new("mercy").await;
    let answer = put(&world, r#"{"resourceType":"Patient","id":"p","active":true,"active":false}"#).await;
    assert!(answer.status == 400 && answer.refusal().body.contains("active"), "{}", answer.refusal().body);
}

#[tokio::test]
async fn wrong_types() {
    let world = World::new("mercy").await;
    for (member, value, place) in [
        ("active", json!("yes"), "Patient.active"),
        ("birthDate", json!(1970), "Patient.birthDate"),
        ("name", json!({"family": "x"}), "Patient.name"),
        ("name", json!([{"family": ["x"]}]), "Patient.name[0].family"),
        ("name", json!([{"given": "x"}]), "Patient.name[0].given"),
        ("gender", json!(null), "Patient.gender"),
        ("maritalStatus", json!("M"), "Patient.maritalStatus"),
    ] {
        let mut bad = patient("p", "Lovelace");
        bad[member] = value;
        let answer = put(&world, bad.to_string()).await;
        let refusal = answer.refusal();
        assert_eq!(answer.status, 400, "{member}: {}", refusal.body);
        assert!(refusal.places.iter().any(|at| at == place), "{place} is not among {:?}", refusal.places);
    }
}

#[tokio::test]
async fn unknown_fields() {
    let world = World::new("mercy").await;
    let mut bad = patient("p", "Lovelace");
    bad["name"][0]["nickname"] = json!("Ada");
    let answer = put(&world, bad.to_string()).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.refusal().body.contains("Patient.name[0]") && answer.refusal().body.contains("nickname"),
        "{}",
        answer.refusal().body
    );
}

#[tokio::test]
async fn unknown_resource_types_and_ids_that_do_not_fit() {
    let world = World::new("mercy").await;
    let answer = world.administrator.request(Method::GET, "fhir/Pateint/1", &[], "").await.unwrap();
    assert!(answer.status == 404 && answer.refusal().body.contains("Pateint"), "{}", answer.refusal().body);
    let answer = put(&world, patient("another", "x").to_string()).await;
    assert!(answer.status == 400 && answer.refusal().body.contains("another"), "{}", answer.refusal().body);
    let answer = put(&world, r#"{"resourceType":"Observation","id":"p","status":"final","code":{"text":"x"}}"#).await;
    assert_eq!(answer.status, 400, "{}", answer.refusal().body);
}

#[tokio::test]
async fn unknown_parameters() {
    let world = World::new("mercy").await;
    for (path, code, name, known) in [
        ("fhir/Patient?nmae=x", "not-supported", "nmae", "name"),
        ("fhir/Patient?name:loud=x", "not-supported", "loud", "exact"),
        ("epcis/events?EQ_bizStop=shipping", "QueryParameterException", "EQ_bizStop", "EQ_bizStep"),
    ] {
        let answer = world.administrator.request(Method::GET, path, &[], "").await.unwrap();
        let refusal = expect::refused(&answer, 400, code, name);
        assert!(refusal.body.contains(known), "{path}: the known ones are listed: {}", refusal.body);
    }
}

#[tokio::test]
async fn huge_bodies() {
    let world = World::new("mercy").await;
    let mut huge = patient("p", "Lovelace");
    huge["name"][0]["text"] = "x".repeat(160 << 20).into();
    // The server may hang up before it has read everything; both are a refusal.
    match world.administrator.request(Method::PUT, "fhir/Patient/p", &[FHIR], huge.to_string()).await {
        Ok(answer) => assert_eq!(answer.status, 413, "{}", answer.refusal().body),
        Err(error) => assert!(matches!(error, theriac_sdk::Error::Transport(_)), "{error}"),
    }
    assert_eq!(world.administrator.fhir().read("Patient", "p").await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_a_huge_one() {
    let world = World::new("mercy").await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(br#"{"resourceType":"Patient","id":"p","name":[{"text":""#).unwrap();
    for _ in 0..160 {
        encoder.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    encoder.write_all(br#""}]}"#).unwrap();
    let headers = [FHIR, ("content-encoding", "gzip")];
    let body = encoder.finish().unwrap();
    let answer = world.administrator.request(Method::PUT, "fhir/Patient/p", &headers, body).await.unwrap();
    assert_eq!(answer.status, 413, "{}", answer.refusal().body);
}

#[tokio::test]
async fn a_body_that_is_not_what_its_encoding_says() {
    let world = World::new("mercy").await;
    for encoding in ["gzip", "br", "zstd"] {
        let headers = [FHIR, ("content-encoding", encoding)];
        let answer = world.administrator.request(Method::PUT, "fhir/Patient/p", &headers, "not packed").await.unwrap();
        assert_eq!(answer.status, 400, "{encoding}: {}", answer.refusal().body);
    }
    let headers = [("content-type", "image/png")];
    let answer = world.administrator.request(Method::PUT, "fhir/Patient/p", &headers, "\u{89}PNG").await.unwrap();
    assert_eq!(answer.status, 415, "{}", answer.refusal().body);
}

#[tokio::test]
async fn deep_nesting() {
    let world = World::new("mercy").await;
    for depth in [200, 10_000, 1_000_000] {
        let body =
            format!("{{\"resourceType\":\"Patient\",\"id\":\"p\",\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(put(&world, body).await.status, 400, "{depth} deep");
    }
    let path = format!("fhir/Observation?{}name=x", "subject.".repeat(500));
    let answer = world.administrator.request(Method::GET, &path, &[], "").await.unwrap();
    assert_eq!(answer.status, 400, "{}", answer.refusal().body);
}

#[tokio::test]
async fn invalid_utf8() {
    let world = World::new("mercy").await;
    let mut body = patient("p", "Love?lace").to_string().into_bytes();
    let at = body.iter().position(|byte| *byte == b'?').unwrap();
    body[at] = 0xff;
    assert_eq!(put(&world, body).await.status, 400);
    let answer = world.administrator.request(Method::GET, "fhir/Patient?name=%ff%fe", &[], "").await.unwrap();
    assert_eq!(answer.status, 400, "{}", answer.refusal().body);
}

#[tokio::test]
async fn bad_dates() {
    let world = World::new("mercy").await;
    for date in ["1970-13-01", "1970-02-30", "70-01-01", "1970-1-1", "yesterday", "", "1970-01-01T00:00:00Z"] {
        let mut bad = patient("p", "Lovelace");
        bad["birthDate"] = json!(date);
        let answer = put(&world, bad.to_string()).await;
        assert_eq!(answer.status, 400, "{date:?}: {}", answer.refusal().body);
        assert!(answer.refusal().places.contains(&"Patient.birthDate".to_owned()), "{}", answer.refusal().body);
    }
    for (path, parameter) in [
        ("fhir/Patient?birthdate=yesterday", "birthdate"),
        ("fhir/Patient?birthdate=gt1970-02-30", "birthdate"),
        ("epcis/events?GE_eventTime=yesterday", "GE_eventTime"),
    ] {
        let answer = world.administrator.request(Method::GET, path, &[], "").await.unwrap();
        assert_eq!(answer.status, 400, "{path}: {}", answer.refusal().body);
        assert!(answer.refusal().body.contains(parameter), "{path}: {}", answer.refusal().body);
    }
}

#[tokio::test]
async fn unknown_tenant() {
    let world = World::new("mercy").await;
    for tenant in ["no-such-tenant", "Mercy", "a%2Fb", "%00", "..", "healthz2"] {
        let nowhere = world.administrator.with_tenant(tenant);
        let answer = nowhere.request(Method::GET, "fhir/Patient", &[], "").await.unwrap();
        assert!(matches!(answer.status, 400 | 404), "{tenant}: {} {}", answer.status, answer.refusal().body);
    }
}

#[tokio::test]
async fn a_token_that_is_expired_or_foreign_gets_an_operation_outcome() {
    let (mercy, acme) = (World::new("mercy").await, World::new("acme").await);
    let foreign = mercy.administrator.with_token(acme.administrator.token());
    let answer = foreign.request(Method::GET, "fhir/Patient", &[], "").await.unwrap();
    assert_eq!((answer.status, answer.refusal().code.as_str()), (401, "login"), "{}", answer.refusal().body);
    let answer = foreign.request(Method::GET, "epcis/events", &[], "").await.unwrap();
    assert_eq!(
        (answer.status, answer.refusal().code.as_str()),
        (401, "SecurityException"),
        "{}",
        answer.refusal().body
    );
}

#[tokio::test]
async fn a_reading_for_unknown_equipment() {
    let world = World::new("plant").await;
    world.administrator.isa95().put_equipment(&reactor("r1")).await.unwrap();
    let reading = |property: &str| json!([{"property": property, "time": "2026-01-01T00:00:00Z", "value": 1}]);
    for property in ["r2.temperature", "r1.pressure", "r1", ""] {
        let loaded = world.administrator.isa95().send_readings(&reading(property)).await.unwrap();
        assert_eq!((loaded.accepted, loaded.refused.len()), (0, 1), "{property:?}");
        assert_eq!(loaded.refused[0].line, 1);
        assert!(loaded.refused[0].why.contains(property), "{property:?}: {}", loaded.refused[0].why);
    }
}

#[tokio::test]
async fn an_epcis_document_with_one_bad_event_stores_none() {
    let world = World::new("acme").await;
    let mut bad = commissioning(&sgtin("2"), "2026-01-01T08:00:00.000Z");
    bad["action"] = json!("SOMETIMES");
    let document = epcis_document(&[commissioning(&sgtin("1"), "2026-01-01T08:00:00.000Z"), bad]);
    // Refused at the door, or by the job: both must name the second event.
    let told = match world.administrator.epcis().capture_and_wait(&document, expect::SOON).await {
        Ok(job) => {
            assert!(!job.success, "{job:?}");
            serde_json::Value::from(job.errors).to_string()
        }
        Err(error) => {
            assert_eq!((error.status(), error.code()), (Some(400), Some("ValidationException")), "{error}");
            error.refusal().unwrap().body.clone()
        }
    };
    assert!(told.contains("eventList[1]") && told.contains("action"), "{told}");
    assert!(world.administrator.epcis().events(&[]).await.unwrap().is_empty(), "nothing is half-stored");
}

#[tokio::test]
async fn epcis_documents_that_are_none() {
    let world = World::new("acme").await;
    for body in ["", "{", "[]", "{}", r#"{"type":"EPCISDocument"}"#, "<epcis/>"] {
        let answer = world.administrator.request(Method::POST, "epcis/capture", &[JSON], body).await.unwrap();
        let refusal = answer.refusal();
        assert_eq!(answer.status, 400, "{body:?}: {}", refusal.body);
        assert_eq!(refusal.code, "ValidationException", "{body:?}: {}", refusal.body);
    }
}

#[tokio::test]
async fn a_method_that_the_address_does_not_take() {
    let world = World::new("mercy").await;
    let answer = world.administrator.request(Method::PATCH, "ledger/checkpoint", &[], "").await.unwrap();
    assert_eq!(answer.status, 405);
    assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")), "{:?}", answer.headers);
}
