//! PATCH: each format, at an address, under a condition, and in Bundles. <http://hl7.org/fhir/R4/http.html#patch>

use reqwest::Method;
use serde_json::{Value, json};
use theriac_sdk::Answer;
use theriac_tests::World;
use theriac_tests::expect;
use theriac_tests::sample::patient;

const JSON_PATCH: &str = "application/json-patch+json";

async fn patch(world: &World, path: &str, media: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let headers = [&[("content-type", media)], headers].concat();
    world.administrator.request(Method::PATCH, path, &headers, body.to_string()).await.unwrap()
}

fn family(value: &str) -> Value {
    json!([{"op": "replace", "path": "/name/0/family", "value": value}])
}

#[tokio::test]
async fn a_json_patch_makes_the_next_version() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let answer = patch(&world, "fhir/Patient/p", JSON_PATCH, &[], &family("King")).await;
    assert_eq!((answer.status, answer.header("etag")), (200, Some("W/\"2\"")), "{}", answer.refusal().body);
    let stored = world.administrator.fhir().read("Patient", "p").await.unwrap();
    assert_eq!((&stored["name"][0]["family"], &stored["birthDate"]), (&json!("King"), &json!("1970-05-17")));
}

#[tokio::test]
async fn a_patch_under_if_match_changes_only_the_version_named() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    for (tag, status) in [("W/\"2\"", 412), ("W/\"1\"", 200), ("W/\"1\"", 412)] {
        let answer = patch(&world, "fhir/Patient/p", JSON_PATCH, &[("if-match", tag)], &family("King")).await;
        assert_eq!(answer.status, status, "{tag} {}", answer.refusal().body);
    }
}

#[tokio::test]
async fn a_patch_that_cannot_be_carried_out_changes_nothing() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    for (body, status, place) in [
        (
            json!([{"op": "replace", "path": "/gender", "value": "male"}, {"op": "test", "path": "/birthDate", "value": "x"}]),
            422,
            "operation 2",
        ),
        (json!([{"op": "remove", "path": "/photo"}]), 422, "/photo"),
        (json!([{"op": "merge", "path": "/photo"}]), 400, "operation 1"),
        (json!({"op": "remove"}), 400, "array of operations"),
        (json!([{"op": "replace", "path": "/id", "value": "q"}]), 400, "id"),
        (json!([{"op": "replace", "path": "/resourceType", "value": "Person"}]), 400, "resourceType"),
        (json!([{"op": "replace", "path": "", "value": 1}]), 400, "resourceType"),
        (json!([{"op": "add", "path": "/nonsense", "value": 1}]), 400, "nonsense"),
        (json!([{"op": "replace", "path": "/birthDate", "value": "1970-13-40"}]), 400, "Patient.birthDate"),
    ] {
        let answer = patch(&world, "fhir/Patient/p", JSON_PATCH, &[], &body).await;
        let said = answer.refusal().body;
        assert_eq!(answer.status, status, "{body} {said}");
        assert!(said.contains(place), "{place} is not in {said}");
    }
    let stored = world.administrator.fhir().read("Patient", "p").await.unwrap();
    assert_eq!((&stored["meta"]["versionId"], &stored["gender"]), (&json!("1"), &json!("female")));
}

#[tokio::test]
async fn removing_the_last_member_of_a_list_removes_the_list() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let answer =
        patch(&world, "fhir/Patient/p", JSON_PATCH, &[], &json!([{"op": "remove", "path": "/identifier/0"}])).await;
    assert_eq!(answer.status, 200, "{}", answer.refusal().body);
    assert!(world.administrator.fhir().read("Patient", "p").await.unwrap().get("identifier").is_none());
}

#[tokio::test]
async fn a_format_that_is_no_patch_is_told_which_are() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    for path in ["fhir/Patient/p", "fhir/Patient?identifier=urn:example:mrn|mrn-p"] {
        let answer = patch(&world, path, "application/merge-patch+json", &[], &json!({})).await;
        assert_eq!(answer.status, 415, "{}", answer.refusal().body);
        assert!(answer.header("accept-patch").is_some_and(|media| media.contains(JSON_PATCH)));
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_was_deleted_410() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&patient("p", "Lovelace")).await.unwrap();
    fhir.delete("Patient", "p").await.unwrap();
    for (id, status) in [("none", 404), ("p", 410)] {
        let answer = patch(&world, &format!("fhir/Patient/{id}"), JSON_PATCH, &[], &family("King")).await;
        assert_eq!(answer.status, status, "{}", answer.refusal().body);
    }
}

#[tokio::test]
async fn a_patient_who_is_not_assigned_cannot_be_patched_and_does_not_exist() {
    let world = World::new("mercy").await;
    for id in ["mine", "other"] {
        world.administrator.fhir().update(&patient(id, "Lovelace")).await.unwrap();
    }
    let clinician = world.client_with("clinician", &["--assigned", "Patient/mine"]).await;
    let headers = [("content-type", JSON_PATCH)];
    for (path, status) in [
        ("fhir/Patient/mine", 200),
        ("fhir/Patient/other", 404),
        ("fhir/Patient?identifier=urn:example:mrn|mrn-mine", 200),
        ("fhir/Patient?identifier=urn:example:mrn|mrn-other", 404),
    ] {
        let answer = clinician.request(Method::PATCH, path, &headers, family("King").to_string()).await.unwrap();
        assert_eq!(answer.status, status, "{path} {}", answer.refusal().body);
    }
}

#[tokio::test]
async fn a_conditional_patch_wants_exactly_one_match() {
    let world = World::new("mercy").await;
    for id in ["a", "b"] {
        world.administrator.fhir().update(&patient(id, "Lovelace")).await.unwrap();
    }
    for (query, status) in [
        ("identifier=urn:example:mrn|mrn-a", 200),
        ("identifier=urn:example:mrn|none", 404),
        ("family=Lovelace", 412),
        ("", 412),
        ("nonsense=1", 400),
    ] {
        let answer = patch(
            &world,
            &format!("fhir/Patient?{query}"),
            JSON_PATCH,
            &[],
            &json!([{"op": "test", "path": "/gender", "value": "female"}]),
        )
        .await;
        assert_eq!(answer.status, status, "{query} {}", answer.refusal().body);
    }
}

/// "PATCH in a Bundle: a JSON Patch travels as a Binary."
fn entry(url: &str, body: &Value) -> Value {
    let data = base64(&body.to_string());
    json!({"resource": {"resourceType": "Binary", "contentType": JSON_PATCH, "data": data},
        "request": {"method": "PATCH", "url": url}})
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| char::from(DIGITS[(bits & 63) as usize]);
    let three = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digits: String = (0..4).map(|i| digit(bits >> (18 - 6 * i))).take(chunk.len() + 1).collect();
        format!("{digits:=<4}")
    };
    text.as_bytes().chunks(3).map(three).collect()
}

#[tokio::test]
async fn patches_in_batch_and_transaction_work_like_alone() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    for id in ["a", "b"] {
        fhir.update(&patient(id, "Lovelace")).await.unwrap();
    }
    for (round, kind) in ["batch", "transaction"].into_iter().enumerate() {
        let name = format!("round{round}");
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": [
            entry("Patient/a", &family(&name)),
            entry("Patient?identifier=urn:example:mrn|mrn-b", &family(&name))]});
        let answer = fhir.transaction(&bundle).await.unwrap();
        let statuses: Vec<Value> = expect::members(&answer, "status");
        assert!(statuses.iter().all(|s| s.as_str().is_some_and(|s| s.starts_with("200"))), "{answer}");
        for id in ["a", "b"] {
            assert_eq!(fhir.read("Patient", id).await.unwrap()["name"][0]["family"], name.as_str());
        }
    }
}

#[tokio::test]
async fn a_patch_that_fails_fails_the_transaction_and_not_the_batch() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&patient("a", "Lovelace")).await.unwrap();
    let bundle = |kind: &str| {
        json!({"resourceType": "Bundle", "type": kind, "entry": [
            {"resource": patient("new", "Hopper"), "request": {"method": "PUT", "url": "Patient/new"}},
            entry("Patient/a", &json!([{"op": "test", "path": "/gender", "value": "male"}]))]})
    };
    let refused = fhir.transaction(&bundle("transaction")).await.unwrap_err();
    assert_eq!(refused.status(), Some(422), "{refused}");
    assert!(refused.refusal().unwrap().body.contains("entry[1]"), "{refused}");
    assert_eq!(fhir.read("Patient", "new").await.unwrap_err().status(), Some(404));
    let answer = fhir.transaction(&bundle("batch")).await.unwrap();
    assert_eq!(
        (&answer["entry"][0]["response"]["status"], &answer["entry"][1]["response"]["status"]),
        (&json!("201"), &json!("422"))
    );
    assert!(fhir.read("Patient", "new").await.is_ok());
}

fn replace_family(value: &str) -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.name[0].family"},
        {"name": "value", "valueString": value}]}]})
}

#[tokio::test]
async fn a_fhirpath_patch_works_alone_in_batch_and_in_transaction() {
    let world = World::new("mercy").await;
    let fhir = world.administrator.fhir();
    fhir.update(&patient("p", "Lovelace")).await.unwrap();
    let answer = patch(&world, "fhir/Patient/p", "application/fhir+json", &[], &replace_family("alone")).await;
    assert_eq!(answer.status, 200, "{}", answer.refusal().body);
    for kind in ["batch", "transaction"] {
        let entry = json!({"resource": replace_family(kind), "request": {"method": "PATCH", "url": "Patient/p"}});
        fhir.transaction(&json!({"resourceType": "Bundle", "type": kind, "entry": [entry]})).await.unwrap();
        assert_eq!(fhir.read("Patient", "p").await.unwrap()["name"][0]["family"], kind);
    }
}

#[tokio::test]
async fn a_fhirpath_patch_that_does_not_fit_is_422_and_one_that_is_none_400() {
    let world = World::new("mercy").await;
    world.administrator.fhir().update(&patient("p", "Lovelace")).await.unwrap();
    let mut nowhere = replace_family("x");
    nowhere["parameter"][0]["part"][1]["valueString"] = json!("Patient.name[4].family");
    let mut other = replace_family("x");
    other["parameter"][0]["part"][1]["valueString"] = json!("Observation.status");
    for (body, status) in [(nowhere, 422), (other, 422), (patient("p", "King"), 400)] {
        let answer = patch(&world, "fhir/Patient/p", "application/fhir+json", &[], &body).await;
        assert_eq!(answer.status, status, "{body} {}", answer.refusal().body);
    }
}
