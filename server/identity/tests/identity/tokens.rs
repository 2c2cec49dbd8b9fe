//! Tokens given back and asked about, keys changed, clients that register themselves.

use crate::house::{House, document};
use serde_json::{Value, json};
use theriac_platform::http::Method::{Get, Post, Put};

async fn client(house: &House, id: &str, members: Value) -> String {
    let mut client = json!({
        "client_name": id, "grant_types": ["client_credentials"], "scope": "system/Patient.rs", "token_endpoint_auth_method": "client_secret_post",
    });
    client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    house.send(Put, &format!("admin/clients/{id}"), &client.to_string()).await;
    let secret =
        house.send(Post, &format!("admin/clients/{id}/secret"), "").await["client_secret"].as_str().unwrap().to_owned();
    house.later(1);
    secret
}

async fn token(house: &House, id: &str, secret: &str) -> String {
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    house.token(&[], &form).await.1["access_token"].as_str().unwrap().to_owned()
}

async fn at(house: &House, path: &str, id: &str, secret: &str, token: &str) -> (u16, Value) {
    let form = [("client_id", id), ("client_secret", secret), ("token", token)];
    let response = house.form(path, &[], &form).await.unwrap();
    (response.status, document(&response))
}

#[tokio::test]
async fn a_token_is_known_to_its_client_and_to_resource_servers() {
    let house = House::open().await;
    let own = client(&house, "app", json!({})).await;
    let other = client(&house, "other", json!({})).await;
    let server = client(&house, "server", json!({ "introspection": true })).await;
    let token = token(&house, "app", &own).await;
    for (id, secret) in [("app", &own), ("server", &server)] {
        let said = at(&house, "auth/introspect", id, secret, &token).await.1;
        assert_eq!(
            (&said["active"], &said["client_id"], &said["scope"]),
            (&json!(true), &json!("app"), &json!("system/Patient.rs")),
            "{said}"
        );
    }
    let inactive = (200, json!({ "active": false }));
    assert_eq!(at(&house, "auth/introspect", "other", &other, &token).await, inactive);
    assert_eq!(at(&house, "auth/introspect", "app", &own, "x").await, inactive);
    assert_eq!(at(&house, "auth/introspect", "app", "wrong", &token).await.0, 401);
    assert_eq!(house.form("auth/introspect", &[], &[("client_id", "app")]).await.unwrap().status, 400);
    house.later(300);
    assert_eq!(at(&house, "auth/introspect", "app", &own, &token).await, inactive);
}

#[tokio::test]
async fn a_token_given_back_is_over_and_others_are_not() {
    let house = House::open().await;
    let own = client(&house, "app", json!({})).await;
    let other = client(&house, "other", json!({})).await;
    let (first, second) = (token(&house, "app", &own).await, token(&house, "app", &own).await);
    assert_eq!(at(&house, "auth/revoke", "other", &other, &first).await.1["error"], "unauthorized_client");
    assert!(house.grant(&first).is_ok());
    assert_eq!(at(&house, "auth/revoke", "app", &own, &first).await.0, 200);
    assert_eq!(house.grant(&first).unwrap_err().guard, Some("token_revoked"));
    assert!(house.grant(&second).is_ok());
    assert_eq!(at(&house, "auth/introspect", "app", &own, &first).await.1, json!({ "active": false }));
    assert_eq!(at(&house, "auth/revoke", "app", &own, "unknown").await.0, 200);
}

#[tokio::test]
async fn what_another_node_took_back_is_known_after_a_look() {
    let house = House::open().await;
    let own = client(&house, "app", json!({})).await;
    let token = token(&house, "app", &own).await;
    at(&house, "auth/revoke", "app", &own, &token).await;
    // Another process: a list of its own, read from the database that both share.
    use theriac_access::Revoked;
    let list = theriac_platform::Revocations::default();
    let grant = house.verifier.verify(&token, &house.context.tenant.name, house.now_s()).unwrap();
    assert!(!list.is_revoked(&house.context.tenant, &grant));
    list.refresh(house.context.db.server()).await.unwrap();
    assert!(list.is_revoked(&house.context.tenant, &grant));
}

#[tokio::test]
async fn a_new_key_signs_and_the_old_one_verifies_on() {
    let house = House::open().await;
    let own = client(&house, "app", json!({})).await;
    let before = token(&house, "app", &own).await;
    assert_eq!(house.send(Get, "admin/keys", "").await["keys"].as_array().unwrap().len(), 1);
    let keys = house.send(Post, "admin/keys/rotate", "").await;
    assert_eq!((&keys["keys"][0]["state"], &keys["keys"][1]["state"]), (&json!("signs"), &json!("verifies")));
    let after = token(&house, "app", &own).await;
    assert!(house.grant(&before).is_ok() && house.grant(&after).is_ok());
    let published = house.send(Get, "auth/jwks.json", "").await;
    assert_eq!(published["keys"].as_array().unwrap().len(), 2);
    assert!(!published.to_string().contains("\"d\""));
    house.later(3_600);
    assert_eq!(house.send(Get, "auth/jwks.json", "").await["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_registers_itself_and_waits_for_approval() {
    let house = House::open().await;
    let metadata = json!({
        "client_name": "New", "grant_types": ["client_credentials"], "scope": "system/Patient.rs", "role": "partner", "anything": 1,
        "token_endpoint_auth_method": "client_secret_post",
    });
    let made = house.ask(Post, "auth/register", &[], &metadata.to_string()).await.unwrap();
    let (status, made) = (made.status, document(&made));
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    assert_eq!((status, &made["state"], &made["client_secret_expires_at"]), (201, &json!("pending"), &json!(0)));
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    let (status, body) = house.token(&[], &form).await;
    assert!(status == 401 && body["error_description"].as_str().unwrap().contains("approval"), "{body}");
    assert_eq!(house.send(Get, "admin/clients?state=pending", "").await["clients"][0]["client_id"], id);
    assert_eq!(house.refused(Post, &format!("admin/clients/{id}/enable"), "").await.0, 409);
    house.send(Post, &format!("admin/clients/{id}/approve"), "").await;
    assert_eq!(house.token(&[], &form).await.0, 200);
    let wrong = house
        .ask(Post, "auth/register", &[], r#"{"client_name":"X","redirect_uris":["http://x.example"]}"#)
        .await
        .unwrap();
    assert_eq!((wrong.status, &document(&wrong)["error"]), (400, &json!("invalid_redirect_uri")));
}
