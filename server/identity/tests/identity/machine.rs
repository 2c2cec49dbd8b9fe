//! Tokens for machines: by secret, by signed assertion, and the many ways in which none is given.

use crate::house::{House, START_S, document};
use crate::signer::Signer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use theriac_access::Role;
use theriac_platform::http::Method::{Post, Put};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn client(house: &House, id: &str, members: Value) -> Value {
    let mut client =
        json!({ "client_name": id, "grant_types": ["client_credentials"], "scope": "system/Patient.rs epcis.read" });
    client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    house.send(Put, &format!("admin/clients/{id}"), &client.to_string()).await
}

async fn secret(house: &House, id: &str) -> String {
    house.send(Post, &format!("admin/clients/{id}/secret"), "").await["client_secret"].as_str().unwrap().to_owned()
}

fn claims(house: &House, id: &str, jti: &str) -> Value {
    json!({ "iss": id, "sub": id, "aud": house.address("auth/token"), "exp": house.now_s() + 300, "jti": jti })
}

async fn asserted(house: &House, assertion: &str) -> (u16, Value) {
    let form = [("grant_type", "client_credentials"), ("client_assertion_type", KIND), ("client_assertion", assertion)];
    house.token(&[], &form).await
}

#[tokio::test]
async fn a_secret_in_the_header_or_in_the_form_gives_a_token_of_the_registered_scope() {
    let house = House::open().await;
    client(&house, "basic", json!({})).await;
    client(&house, "post", json!({ "token_endpoint_auth_method": "client_secret_post" })).await;
    let basic = format!("Basic {}", STANDARD.encode(format!("basic:{}", secret(&house, "basic").await)));
    let post = secret(&house, "post").await;
    house.later(1);
    let grant = ("grant_type", "client_credentials");
    let (status, body) = house.token(&[("authorization", &basic)], &[grant]).await;
    assert_eq!(
        (status, &body["scope"], &body["expires_in"]),
        (200, &json!("system/Patient.rs epcis.read"), &json!(300))
    );
    let caller = house.grant(body["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(
        (caller.role, caller.subject.as_str(), caller.client.as_deref()),
        (Role::Service, "basic", Some("basic"))
    );
    let form = [grant, ("client_id", "post"), ("client_secret", &post), ("scope", "system/Patient.r")];
    let (status, body) = house.token(&[], &form).await;
    assert_eq!((status, &body["scope"], &body["token_type"]), (200, &json!("system/Patient.r"), &json!("bearer")));
    // Each by its own way only.
    let basic_as_post = [grant, ("client_id", "basic"), ("client_secret", "x")];
    assert_eq!(house.token(&[], &basic_as_post).await.0, 401);
    let crossed = format!("Basic {}", STANDARD.encode(format!("post:{post}")));
    assert_eq!(house.token(&[("authorization", &crossed)], &[grant]).await.1["error"], "invalid_client");
}

#[tokio::test]
async fn a_signed_assertion_gives_a_token_once() {
    let house = House::open().await;
    for signer in [Signer::rs384(), Signer::es384()] {
        let id = signer.alg();
        let jwks = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [signer.jwk("k1")] } });
        client(&house, id, jwks).await;
        let assertion = signer.sign(&json!({ "alg": id, "kid": "k1", "typ": "JWT" }), &claims(&house, id, "1"));
        let (status, body) = asserted(&house, &assertion).await;
        assert_eq!(status, 200, "{id}: {body}");
        let (status, body) = asserted(&house, &assertion).await;
        assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{id}");
        assert!(body["error_description"].as_str().unwrap().contains("used before"));
    }
}

#[tokio::test]
async fn an_assertion_by_another_key_name_or_algorithm_is_nothing() {
    let house = House::open().await;
    let (own, other) = (Signer::es384(), Signer::es384());
    let jwks = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [own.jwk("k1")] } });
    client(&house, "app", jwks).await;
    let good = json!({ "alg": "ES384", "kid": "k1", "typ": "JWT" });
    let with = |name: &str, value: Value| {
        let mut header = good.clone();
        header[name] = value;
        header
    };
    let said = claims(&house, "app", "1");
    for (what, assertion) in [
        ("another key", other.sign(&good, &said)),
        ("alg none", own.sign(&with("alg", json!("none")), &said)),
        ("alg in capitals", own.sign(&with("alg", json!("NONE")), &said)),
        ("ES256", own.sign(&with("alg", json!("ES256")), &said)),
        ("RS256", own.sign(&with("alg", json!("RS256")), &said)),
        ("HS384", own.sign(&with("alg", json!("HS384")), &said)),
        ("RS384 with an EC key", own.sign(&with("alg", json!("RS384")), &said)),
        ("unknown kid", own.sign(&with("kid", json!("k2")), &said)),
        ("kid with a path", own.sign(&with("kid", json!("../../k1")), &said)),
        ("kid with SQL", own.sign(&with("kid", json!("k1' OR '1'='1")), &said)),
        ("no kid", own.sign(&json!({ "alg": "ES384", "typ": "JWT" }), &said)),
        ("wrong typ", own.sign(&with("typ", json!("at+jwt")), &said)),
        ("no typ", own.sign(&json!({ "alg": "ES384", "kid": "k1" }), &said)),
        ("unregistered jku", own.sign(&with("jku", json!("https://evil.example/jwks")), &said)),
        ("embedded jwk", own.sign(&with("jwk", other.jwk("k1")), &said)),
        ("x5u", own.sign(&with("x5u", json!("https://evil.example")), &said)),
        ("crit", own.sign(&with("crit", json!(["exp"])), &said)),
        ("unknown client", own.sign(&good, &claims(&house, "nobody", "1"))),
        ("no JWT", "x".to_owned()),
    ] {
        let (status, body) = asserted(&house, &assertion).await;
        assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{what}: {body}");
    }
    let good = own.sign(&good, &said);
    let cut = &good[..good.len() - 4];
    assert_eq!(asserted(&house, cut).await.0, 401);
    assert_eq!(asserted(&house, &good).await.0, 200);
}

#[tokio::test]
async fn a_request_that_is_not_right_is_refused_by_the_word_of_the_standard() {
    let house = House::open().await;
    client(&house, "app", json!({ "token_endpoint_auth_method": "client_secret_post" })).await;
    let secret = secret(&house, "app").await;
    house.later(1);
    let own = [("client_id", "app"), ("client_secret", secret.as_str())];
    type Case = (&'static [(&'static str, &'static str)], u16, &'static str);
    let cases: &[Case] = &[
        (&[], 400, "invalid_request"),
        (&[("grant_type", "password")], 400, "unsupported_grant_type"),
        (&[("grant_type", "client_credentials"), ("grant_type", "client_credentials")], 400, "invalid_request"),
        (&[("grant_type", "client_credentials"), ("scope", "system/*.rs")], 400, "invalid_scope"),
        (&[("grant_type", "client_credentials"), ("scope", "system/Patient.dus")], 400, "invalid_scope"),
        (&[("grant_type", "client_credentials"), ("scope", "user/Patient.rs")], 400, "invalid_scope"),
        (&[("grant_type", "client_credentials"), ("scope", "openid")], 400, "invalid_scope"),
        (&[("grant_type", "client_credentials"), ("client_assertion", "x")], 400, "invalid_request"),
    ];
    for (form, status, error) in cases {
        let (found, body) = house.token(&[], &[form, &own[..]].concat()).await;
        assert_eq!((found, body["error"].as_str().unwrap()), (*status, *error), "{form:?}");
    }
    let grant = ("grant_type", "client_credentials");
    for form in
        [vec![grant], vec![grant, ("client_id", "app")], vec![grant, ("client_id", "x"), ("client_secret", "y")]]
    {
        assert_eq!(house.token(&[], &form).await.1["error"], "invalid_client", "{form:?}");
    }
    let kind = [("content-type", "application/json")];
    let response = house.ask(Post, "auth/token", &kind, "{}").await.unwrap();
    assert_eq!((response.status, &document(&response)["error"]), (400, &json!("invalid_request")));
    let body = format!("grant_type=client_credentials&client_id=app&client_secret={secret}");
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(house.ask(Post, "auth/token?scope=x", &kind, &body).await.unwrap().status, 400);
}

#[tokio::test]
async fn what_is_ended_ends_its_tokens_too() {
    let house = House::open().await;
    client(&house, "app", json!({ "token_endpoint_auth_method": "client_secret_post" })).await;
    let secret = secret(&house, "app").await;
    house.later(1);
    let form = [("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", &secret)];
    let token = house.token(&[], &form).await.1["access_token"].as_str().unwrap().to_owned();
    assert!(house.grant(&token).is_ok());
    house.send(Post, "admin/clients/app/disable", "").await;
    assert_eq!(house.grant(&token).unwrap_err().guard, Some("token_revoked"));
    assert_eq!(house.token(&[], &form).await.0, 401);
    house.send(Post, "admin/clients/app/enable", "").await;
    house.later(1);
    assert_eq!(house.grant(&token).unwrap_err().guard, Some("token_revoked"));
    let again = house.token(&[], &form).await.1["access_token"].as_str().unwrap().to_owned();
    assert!(house.grant(&again).is_ok());
    house.later(300);
    assert_eq!(house.grant(&again).unwrap_err().guard, Some("token_expired"));
    assert!(house.now_s() > START_S);
}

#[tokio::test]
async fn a_partner_gets_a_token_of_its_own_role() {
    let house = House::open().await;
    let partner = json!({ "token_endpoint_auth_method": "client_secret_post", "role": "partner", "glns": ["0614141000012"], "scope": "" });
    client(&house, "mill", partner).await;
    let secret = secret(&house, "mill").await;
    house.later(1);
    let form = [("grant_type", "client_credentials"), ("client_id", "mill"), ("client_secret", &secret)];
    let body = house.token(&[], &form).await.1;
    let caller = house.grant(body["access_token"].as_str().unwrap()).unwrap();
    assert_eq!((caller.role, caller.glns.as_slice()), (Role::Partner, &["0614141000012".to_owned()][..]));
}
