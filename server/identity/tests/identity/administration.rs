//! Users, clients and assignments: registered, changed, ended; and what the ledger keeps of it.

use crate::house::{House, document};
use serde_json::json;
use theriac_platform::http::Method::{Delete, Get, Post, Put};

const ADA: &str = r#"{"name":"Ada","role":"clinician","fhirUser":"Practitioner/1"}"#;

#[tokio::test]
async fn a_user_is_registered_changed_and_ended() {
    let house = House::open().await;
    let made = house.ask(Put, "admin/users/ada", &[], ADA).await.unwrap();
    assert_eq!((made.status, made.header("etag")), (201, Some("W/\"1\"")));
    let shown = house.send(Get, "admin/users/ada", "").await;
    assert_eq!((&shown["id"], &shown["state"], &shown["role"]), (&json!("ada"), &json!("active"), &json!("clinician")));
    let changed = ADA.replace("clinician", "steward");
    let stale = house.ask(Put, "admin/users/ada", &[("if-match", "W/\"7\"")], &changed).await;
    assert_eq!(stale.unwrap_err().status(), 412);
    let changed = house.ask(Put, "admin/users/ada", &[("if-match", "W/\"1\"")], &changed).await.unwrap();
    assert_eq!((changed.status, &document(&changed)["version"]), (200, &json!(2)));
    assert_eq!(house.send(Post, "admin/users/ada/disable", "").await["state"], "disabled");
    assert_eq!(house.send(Post, "admin/users/ada/disable", "").await["version"], 3);
    assert_eq!(house.send(Get, "admin/users?state=active", "").await["users"], json!([]));
    assert_eq!(house.send(Post, "admin/users/ada/enable", "").await["state"], "active");
    assert_eq!(house.refused(Get, "admin/users/bob", "").await.0, 404);
    assert_eq!(house.refused(Put, "admin/users/a%20b", ADA).await.0, 400);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let house = House::open().await;
    for id in ["a", "b", "c"] {
        house.send(Put, &format!("admin/users/{id}"), ADA).await;
    }
    let first = house.send(Get, "admin/users?count=2", "").await;
    assert_eq!((&first["users"][0]["id"], &first["users"][1]["id"]), (&json!("c"), &json!("b")));
    let rest = house.send(Get, &format!("admin/users?count=2&from={}", first["next"].as_str().unwrap()), "").await;
    assert_eq!((&rest["users"][0]["id"], rest.get("next")), (&json!("a"), None));
    for wrong in ["count=0", "from=zz", "state=gone", "page=2"] {
        assert_eq!(house.refused(Get, &format!("admin/users?{wrong}"), "").await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn passwords_and_secrets_are_shown_once() {
    let house = House::open().await;
    house.send(Put, "admin/users/ada", ADA).await;
    let given = house.send(Post, "admin/users/ada/password", "").await;
    let password = given["password"].as_str().unwrap().to_owned();
    assert!(!house.send(Get, "admin/users/ada", "").await.to_string().contains(&password));
    let sent = json!({ "password": "correct horse battery" }).to_string();
    assert_eq!(house.send(Post, "admin/users/ada/password", &sent).await.get("password"), None);
    assert_eq!(house.refused(Post, "admin/users/ada/password", &sent).await.0, 400);
    assert_eq!(house.refused(Post, "admin/users/ada/password", r#"{"password":"short"}"#).await.0, 400);
    let client = json!({ "client_name": "Loader", "grant_types": ["client_credentials"], "scope": "system/*.rs" });
    let made = house.send(Post, "admin/clients", &client.to_string()).await;
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    assert!(!house.send(Get, &format!("admin/clients/{id}"), "").await.to_string().contains(secret));
    assert_ne!(house.send(Post, &format!("admin/clients/{id}/secret"), "").await["client_secret"], secret);
    assert_eq!(house.refused(Post, &format!("admin/clients/{id}/approve"), "").await.0, 409);
}

#[tokio::test]
async fn patients_are_assigned_and_listed_from_both_sides() {
    let house = House::open().await;
    house.send(Put, "admin/users/ada", ADA).await;
    for patient in ["1", "2"] {
        house.send(Put, &format!("admin/assignments/ada/Patient/{patient}"), "").await;
    }
    let until = r#"{"until":"2027-01-01T00:00:00Z"}"#;
    house.send(Put, "admin/assignments/ada/Patient/2", until).await;
    let all = house.send(Get, "admin/assignments?user=ada", "").await;
    assert_eq!(all["assignments"].as_array().unwrap().len(), 2);
    let of = house.send(Get, "admin/assignments?patient=Patient/2", "").await;
    assert_eq!(of["assignments"][0]["until"], "2027-01-01T00:00:00.000Z");
    let page = house.send(Get, "admin/assignments?count=1", "").await;
    let rest = house.send(Get, &format!("admin/assignments?from={}", page["next"].as_str().unwrap()), "").await;
    assert_eq!(rest["assignments"][0]["patient"], "Patient/2");
    let ended = house.ask(Delete, "admin/assignments/ada/Patient/1", &[], "").await.unwrap();
    assert_eq!(ended.status, 204);
    assert_eq!(house.refused(Delete, "admin/assignments/ada/Patient/1", "").await.0, 404);
    assert_eq!(house.refused(Put, "admin/assignments/bob/Patient/1", "").await.0, 404);
    for (path, body) in [("ada/Patient/a%20b", ""), ("ada/Patient/1", r#"{"until":"2020-01-01T00:00:00Z"}"#)] {
        assert_eq!(house.refused(Put, &format!("admin/assignments/{path}"), body).await.0, 400, "{path}");
    }
}
