//! Tokens bound to certificates (RFC 8705), asked for in every way there is.

use crate::house::House;
use crate::person::{application, asked, code, exchange};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use std::sync::Arc;
use theriac_access::claims::Confirmation;
use theriac_platform::http::Method::{Get, Put};
use theriac_platform::tls::Certificate;

/// A certificate made now, which some authority may vouch for.
fn certificate(name: &str, trusted: bool) -> Arc<Certificate> {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    Arc::new(Certificate::read(made.der(), trusted).unwrap())
}

fn bound_to(house: &House, body: &Value) -> Option<Confirmation> {
    house.grant(body["access_token"].as_str().unwrap_or_else(|| panic!("{body}"))).unwrap().confirmation.clone()
}

#[tokio::test]
async fn a_client_registered_by_name_needs_an_authority_that_is_trusted() {
    let house = House::open().await;
    let client = json!({
        "client_name": "A", "grant_types": ["client_credentials"], "scope": "epcis.read",
        "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.example",
    });
    house.send(Put, "admin/clients/a", &client.to_string()).await;
    let ask = async |own: Option<Arc<Certificate>>| {
        *house.shown.lock() = own;
        house.token(&[], &[("grant_type", "client_credentials"), ("client_id", "a")]).await
    };
    let own = certificate("a.example", true);
    let (status, body) = ask(Some(own.clone())).await;
    assert_eq!((status, bound_to(&house, &body)), (200, Some(Confirmation::Certificate(own.thumbprint.clone()))));
    for bad in [None, Some(certificate("a.example", false)), Some(certificate("b.example", true))] {
        let (status, body) = ask(bad).await;
        assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{body}");
    }
    // A certificate of a century hence is over, whatever it says.
    house.later(80_000 * 86_400 * 30);
    assert_eq!(ask(Some(own)).await.0, 401);
    let facts = house.send(Get, "fhir/.well-known/smart-configuration", "").await;
    assert_eq!(facts["tls_client_certificate_bound_access_tokens"], json!(true));
}

#[tokio::test]
async fn a_public_client_that_is_bound_keeps_its_refresh_tokens_to_one_certificate() {
    let house = House::open().await;
    application(
        &house,
        json!({
            "token_endpoint_auth_method": "none", "tls_client_certificate_bound_access_tokens": true,
            "grant_types": ["authorization_code", "refresh_token"],
        }),
    )
    .await;
    let (own, other) = (certificate("app", false), certificate("app", false));
    let code = code(&mut asked(&house, "ada", "steward", &[]).await).await;
    assert_eq!(exchange(&house, &code).await.1["error"], "invalid_client", "it shows no certificate");
    *house.shown.lock() = Some(own.clone());
    let (status, body) = exchange(&house, &code).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(bound_to(&house, &body), Some(Confirmation::Certificate(own.thumbprint.clone())));
    let refresh = body["refresh_token"].as_str().unwrap().to_owned();
    let again = async |shown: &Arc<Certificate>| {
        *house.shown.lock() = Some(shown.clone());
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("client_id", "app")];
        house.token(&[], &form).await
    };
    assert_eq!(again(&other).await.1["error"], "invalid_grant");
    let (status, body) = again(&own).await;
    assert_eq!((status, bound_to(&house, &body)), (200, Some(Confirmation::Certificate(own.thumbprint.clone()))));
}
