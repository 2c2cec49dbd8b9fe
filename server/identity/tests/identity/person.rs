//! People who sign in, and the applications they let in: every step, and what must not be one.

use crate::browser::{Browser, between, totp};
use crate::house::{House, START_S};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use theriac_access::Role;
use theriac_core::hash::sha256;
use theriac_platform::http::Method::{Get, Post, Put};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const BACK: &str = "https://app.example/cb";
const WORDS: &str = "four words of hers";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(sha256(VERIFIER.as_bytes()))
}

pub async fn application(house: &House, members: Value) {
    let mut client = json!({
        "client_name": "Ward App", "redirect_uris": [BACK], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid fhirUser launch launch/patient offline_access patient/*.rs user/*.rs system/*.rs spc.read",
    });
    client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    house.send(Put, "admin/clients/app", &client.to_string()).await;
}

/// A user with a password of its own.
async fn user(house: &House, id: &str, role: &str) -> String {
    let user = json!({ "name": format!("Dr {id}"), "role": role, "fhirUser": "Practitioner/1" });
    house.send(Put, &format!("admin/users/{id}"), &user.to_string()).await;
    let password =
        house.send(Post, &format!("admin/users/{id}/password"), "").await["password"].as_str().unwrap().to_owned();
    // What comes from now on is not taken back by it.
    house.later(1);
    password
}

pub fn address(house: &House, more: &[(&str, &str)]) -> String {
    let (challenge, aud) = (challenge(), house.address("fhir"));
    let usual = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", BACK),
        ("scope", "openid fhirUser user/*.rs offline_access"),
        ("state", "s1"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("aud", aud.as_str()),
    ];
    let kept = usual.iter().filter(|(name, _)| more.iter().all(|(own, _)| own != name));
    let pairs = kept.chain(more).filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", crate::house::encoded(value))).collect();
    format!("auth/authorize?{}", pairs.join("&"))
}

/// Signed in, and in front of the question.
pub async fn asked<'h>(house: &'h House, id: &str, role: &str, more: &[(&str, &str)]) -> Browser<'h> {
    let password = user(house, id, role).await;
    let mut browser = Browser::new(house);
    browser.open(&address(house, more)).await;
    browser.sign_in(id, &password).await;
    assert_eq!(browser.title(), "Choose a password", "{}", browser.html);
    browser.send(&[("password", WORDS), ("again", WORDS)]).await;
    browser
}

pub async fn code(browser: &mut Browser<'_>) -> String {
    browser.send(&[("decision", "allow")]).await;
    assert_eq!(browser.status, 303, "{}", browser.html);
    browser.sent("code").unwrap().to_owned()
}

pub async fn exchange(house: &House, code: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    house.token(&[], &form).await
}

async fn refresh(house: &House, token: &str) -> (u16, Value) {
    house.token(&[], &[("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", token)]).await
}

fn payload(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_person_signs_in_decides_and_the_application_gets_tokens() {
    let house = House::open().await;
    application(&house, json!({})).await;
    let mut browser = asked(&house, "ada", "steward", &[("nonce", "n1")]).await;
    assert_eq!(browser.title(), "Allow access?");
    assert!(
        browser.html.contains("Dr ada") && browser.html.contains("Ward App") && browser.html.contains("app.example")
    );
    let code = code(&mut browser).await;
    assert!(browser.location.starts_with(BACK) && browser.sent("state") == Some("s1"));
    assert_eq!(browser.sent("iss").unwrap(), crate::house::encoded(&house.context.trail.base));
    let (status, body) = exchange(&house, &code).await;
    assert_eq!((status, &body["scope"]), (200, &json!("openid fhirUser user/*.rs offline_access")), "{body}");
    let caller = house.grant(body["access_token"].as_str().unwrap()).unwrap();
    assert_eq!((caller.role, caller.subject.as_str(), caller.client.as_deref()), (Role::Steward, "ada", Some("app")));
    assert!(!caller.second_factor);
    let who = payload(&body["id_token"]);
    assert_eq!(
        (&who["iss"], &who["aud"], &who["nonce"]),
        (&json!(house.context.trail.base), &json!("app"), &json!("n1"))
    );
    assert_eq!(who["fhirUser"], json!(house.address("fhir/Practitioner/1")));
    // An id token opens nothing.
    assert!(house.grant(body["id_token"].as_str().unwrap()).is_err());
    // The browser is known now, and only asked.
    browser.open(&address(&house, &[])).await;
    assert_eq!(browser.title(), "Allow access?");
    browser.send(&[("decision", "deny")]).await;
    assert_eq!((browser.sent("error"), browser.sent("state")), (Some("access_denied"), Some("s1")));
}

#[tokio::test]
async fn a_code_is_good_once_for_a_minute_for_its_client_with_its_verifier() {
    let house = House::open().await;
    application(&house, json!({})).await;
    let mut browser = asked(&house, "ada", "steward", &[]).await;
    house
        .send(
            Put,
            "admin/clients/other",
            &json!({ "client_name": "O", "redirect_uris": [BACK], "token_endpoint_auth_method": "none" }).to_string(),
        )
        .await;
    let good = code(&mut browser).await;
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", good.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let long = "x".repeat(43);
    for (what, name, value, error) in [
        ("another client", "client_id", "other", "invalid_grant"),
        ("another redirect", "redirect_uri", "https://app.example/cb2", "invalid_grant"),
        ("no redirect", "redirect_uri", "", "invalid_request"),
        ("no verifier", "code_verifier", "", "invalid_request"),
        ("a wrong verifier", "code_verifier", long.as_str(), "invalid_grant"),
        ("the challenge as verifier", "code_verifier", challenge().leak(), "invalid_grant"),
        ("a short verifier", "code_verifier", "short", "invalid_grant"),
        ("an unknown code", "code", "x", "invalid_grant"),
    ] {
        let form = usual.map(|(own, old)| (own, if own == name { value } else { old }));
        let (status, body) = house.token(&[], &form).await;
        assert_eq!((status, &body["error"]), (400, &json!(error)), "{what}: {body}");
    }
    let (status, body) = exchange(&house, &good).await;
    assert_eq!(status, 200, "{body}");
    let token = body["access_token"].as_str().unwrap();
    assert!(house.grant(token).is_ok());
    // A second time it was stolen: what came from it is over.
    assert_eq!(exchange(&house, &good).await.1["error"], "invalid_grant");
    assert_eq!(house.grant(token).unwrap_err().guard, Some("token_revoked"));
    assert_eq!(refresh(&house, body["refresh_token"].as_str().unwrap()).await.1["error"], "invalid_grant");
    browser.open(&address(&house, &[])).await;
    let late = code(&mut browser).await;
    house.later(60);
    assert_eq!(exchange(&house, &late).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_is_changed_at_every_use_and_its_second_use_ends_all() {
    let house = House::open().await;
    application(&house, json!({})).await;
    let mut browser = asked(&house, "ada", "steward", &[]).await;
    let first = exchange(&house, &code(&mut browser).await).await.1;
    house.later(301);
    assert!(house.grant(first["access_token"].as_str().unwrap()).is_err());
    let old = first["refresh_token"].as_str().unwrap();
    let (status, second) = refresh(&house, old).await;
    assert_eq!(status, 200, "{second}");
    let token = second["access_token"].as_str().unwrap();
    assert!(house.grant(token).is_ok());
    let narrowed = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", second["refresh_token"].as_str().unwrap()),
        ("scope", "user/*.cruds"),
    ];
    assert_eq!(house.token(&[], &narrowed).await.1["error"], "invalid_scope");
    assert_eq!(refresh(&house, old).await.1["error"], "invalid_grant");
    assert_eq!(house.grant(token).unwrap_err().guard, Some("token_revoked"));
    assert_eq!(refresh(&house, second["refresh_token"].as_str().unwrap()).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn who_may_not_sign_in_any_more_refreshes_nothing() {
    let house = House::open().await;
    application(&house, json!({})).await;
    let mut browser = asked(&house, "ada", "steward", &[]).await;
    let body = exchange(&house, &code(&mut browser).await).await.1;
    house.send(Post, "admin/users/ada/disable", "").await;
    assert_eq!(house.grant(body["access_token"].as_str().unwrap()).unwrap_err().guard, Some("token_revoked"));
    assert_eq!(refresh(&house, body["refresh_token"].as_str().unwrap()).await.1["error"], "invalid_grant");
    browser.open(&address(&house, &[])).await;
    assert_eq!(browser.title(), "Sign in");
    browser.sign_in("ada", WORDS).await;
    assert_eq!(browser.status, 401);
}

#[tokio::test]
async fn an_administrator_sets_up_a_second_factor_and_proves_it_each_time() {
    let house = House::open().await;
    application(&house, json!({})).await;
    let password = user(&house, "root", "administrator").await;
    let mut browser = Browser::new(&house);
    browser.open(&address(&house, &[])).await;
    browser.sign_in("root", &password).await;
    assert_eq!(browser.title(), "Set up a second factor");
    assert!(browser.html.contains("<svg class=\"picture\""));
    let key = between(&browser.html, "type this key: <code>", "</code>").replace(' ', "");
    browser.send(&[("code", "000000")]).await;
    assert_eq!((browser.status, browser.title()), (401, "Set up a second factor"));
    let used = totp(&key, house.now_s());
    browser.send(&[("code", &used)]).await;
    assert_eq!(browser.title(), "Recovery codes");
    let recovery = between(&browser.html, "<li><code>", "</code>").to_owned();
    let on = between(&browser.html, "class=\"go\" href=\"", "\"").replace("&amp;", "&");
    let on = format!("auth/{}", on.split_once("/auth/").unwrap().1);
    browser.open(&on).await;
    assert_eq!(browser.title(), "Choose a password");
    browser.send(&[("password", WORDS), ("again", WORDS)]).await;
    let body = exchange(&house, &code(&mut browser).await).await.1;
    assert!(house.grant(body["access_token"].as_str().unwrap()).unwrap().second_factor);
    assert_eq!(payload(&body["id_token"])["amr"], json!(["pwd", "otp", "mfa"]));
    // Another browser: a code that was used is not a code, a recovery code is one, once.
    for (given, title) in
        [(used.as_str(), "Second factor"), (&recovery.to_uppercase(), "Allow access?"), (&recovery, "Second factor")]
    {
        let mut other = Browser::new(&house);
        other.open(&address(&house, &[])).await;
        other.sign_in("root", WORDS).await;
        assert_eq!(other.title(), "Second factor");
        other.send(&[("code", given)]).await;
        assert_eq!(other.title(), title, "{given}");
    }
    house.later(30);
    let mut other = Browser::new(&house);
    other.open(&address(&house, &[])).await;
    other.sign_in("root", WORDS).await;
    other.send(&[("code", &totp(&key, house.now_s()))]).await;
    assert_eq!(other.title(), "Allow access?");
    assert_eq!(house.send(Get, "admin/users/root", "").await["secondFactor"], true);
}

#[tokio::test]
async fn guessing_gets_slower_for_names_that_are_and_names_that_are_not() {
    let house = House::open().await;
    application(&house, json!({})).await;
    user(&house, "ada", "steward").await;
    for name in ["ada", "nobody"] {
        let mut browser = Browser::new(&house);
        browser.open(&address(&house, &[])).await;
        for _ in 0..4 {
            browser.open(&address(&house, &[])).await;
            browser.sign_in(name, "wrong wrong wrong").await;
            assert_eq!((browser.status, browser.title()), (401, "Sign in"), "{name}");
        }
        browser.open(&address(&house, &[])).await;
        browser.sign_in(name, "wrong wrong wrong").await;
        assert_eq!(browser.status, 429, "{name}");
        assert!(browser.html.contains("Wait 3 seconds") || browser.html.contains("Wait 2 seconds"), "{}", browser.html);
        house.later(3);
        browser.open(&address(&house, &[])).await;
        browser.sign_in(name, "wrong wrong wrong").await;
        assert_eq!(browser.status, 401, "{name}");
    }
}

#[tokio::test]
async fn a_form_of_another_browser_or_site_does_nothing() {
    let house = House::open().await;
    application(&house, json!({})).await;
    let password = user(&house, "ada", "steward").await;
    let (mut one, mut other) = (Browser::new(&house), Browser::new(&house));
    one.open(&address(&house, &[])).await;
    other.open(&address(&house, &[])).await;
    other.html = one.html.clone();
    other.sign_in("ada", &password).await;
    assert_eq!((other.status, other.title()), (400, "This did not work"));
    let kind = ("content-type", "application/x-www-form-urlencoded");
    for path in ["auth/sign-in", "auth/second-factor", "auth/enrol", "auth/password", "auth/consent", "auth/sign-out"] {
        assert_eq!(house.ask(Post, path, &[kind], "user=ada").await.unwrap().status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_right_goes_back_or_stays_here() {
    let house = House::open().await;
    application(&house, json!({})).await;
    house
        .send(
            Put,
            "admin/clients/machine",
            &json!({ "client_name": "M", "grant_types": ["client_credentials"] }).to_string(),
        )
        .await;
    let mut browser = Browser::new(&house);
    for here in [
        ("client_id", ""),
        ("client_id", "nobody"),
        ("client_id", "machine"),
        ("redirect_uri", ""),
        ("redirect_uri", "https://app.example/cb/"),
        ("redirect_uri", "https://app.example.evil/cb"),
        ("redirect_uri", "https://app.example/cb?x=1"),
        ("redirect_uri", "https://app.example@evil.example/cb"),
    ] {
        browser.open(&address(&house, &[here])).await;
        assert_eq!((browser.status, browser.location.as_str()), (400, ""), "{here:?}");
    }
    let twice = format!("{}&state=s2", address(&house, &[]));
    assert_eq!(house.ask(Get, &twice, &[], "").await.unwrap().status, 400);
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("scope", "user/*.dus", "invalid_scope"),
        ("scope", "epcis.capture", "invalid_scope"),
        ("aud", "", "invalid_request"),
        ("aud", "https://evil.example/fhir", "invalid_request"),
        ("launch", "x", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("prompt", "none login", "invalid_request"),
        ("request", "eyJ", "request_not_supported"),
        ("response_mode", "fragment", "invalid_request"),
        ("max_age", "x", "invalid_request"),
    ] {
        browser.open(&address(&house, &[(name, value)])).await;
        assert_eq!(
            (browser.status, browser.sent("error"), browser.sent("state")),
            (303, Some(error), Some("s1")),
            "{name}={value}"
        );
    }
}

#[tokio::test]
async fn a_clinician_chooses_a_patient_and_the_token_is_of_it_alone() {
    let house = House::open().await;
    application(&house, json!({})).await;
    let scope = ("scope", "launch/patient patient/*.rs user/Practitioner.rs system/*.rs");
    let mut browser = asked(&house, "ada", "clinician", &[scope]).await;
    assert_eq!(browser.sent("error"), Some("access_denied"), "{}", browser.html);
    for patient in ["1", "2"] {
        house.send(Put, &format!("admin/assignments/ada/Patient/{patient}"), "").await;
    }
    browser.open(&address(&house, &[scope])).await;
    assert!(browser.html.contains("<option value=\"2\">"), "{}", browser.html);
    browser.send(&[("decision", "allow"), ("patient", "3")]).await;
    assert_eq!(browser.status, 400);
    browser.open(&address(&house, &[scope])).await;
    browser.send(&[("decision", "allow"), ("patient", "2")]).await;
    let code = browser.sent("code").unwrap().to_owned();
    house.later(1);
    let body = exchange(&house, &code).await.1;
    assert_eq!((&body["patient"], &body["need_patient_banner"]), (&json!("2"), &json!(true)), "{body}");
    assert_eq!(body["scope"], "launch/patient patient/*.rs user/Practitioner.rs");
    assert_eq!(house.grant(body["access_token"].as_str().unwrap()).unwrap().assigned, ["Patient/2"]);
}

#[tokio::test]
async fn an_ehr_opens_the_application_on_a_patient() {
    let house = House::open().await;
    application(&house, json!({})).await;
    let launch = json!({ "user": "ada", "client_id": "app", "launch": {
        "patient": "1", "encounter": "e1", "need_patient_banner": false, "fhirContext": [{ "reference": "ImagingStudy/7" }] } });
    let service = theriac_access::Grant::new(Role::Service, "ehr", house.context.tenant.name.as_ref());
    let made = house.ask_as(service, Post, "auth/launch", &launch.to_string()).await.unwrap();
    let handle = crate::house::document(&made)["launch"].as_str().unwrap().to_owned();
    user(&house, "ada", "clinician").await;
    house.send(Put, "admin/assignments/ada/Patient/1", "").await;
    let more = [("scope", "launch patient/*.rs"), ("launch", handle.as_str())];
    let mut browser = asked(&house, "ada", "clinician", &more).await;
    house.later(1);
    let body = exchange(&house, &code(&mut browser).await).await.1;
    assert_eq!(
        (&body["patient"], &body["encounter"], &body["need_patient_banner"]),
        (&json!("1"), &json!("e1"), &json!(false)),
        "{body}"
    );
    assert_eq!(body["fhirContext"][0]["reference"], "ImagingStudy/7");
    browser.open(&address(&house, &more)).await;
    assert_eq!(browser.sent("error"), Some("invalid_request"));
    let clinician = theriac_access::Grant::new(Role::Clinician, "eve", house.context.tenant.name.as_ref());
    assert_eq!(house.ask_as(clinician, Post, "auth/launch", &launch.to_string()).await.unwrap_err().status(), 400);
}

#[tokio::test]
async fn the_documents_say_where_everything_is() {
    let house = House::open().await;
    let smart = house.send(Get, "fhir/.well-known/smart-configuration", "").await;
    assert_eq!(smart["token_endpoint"], json!(house.address("auth/token")));
    assert_eq!(smart["code_challenge_methods_supported"], json!(["S256"]));
    assert!(smart["capabilities"].as_array().unwrap().contains(&json!("launch-ehr")));
    let openid = house.send(Get, ".well-known/openid-configuration", "").await;
    assert_eq!((&openid["issuer"], house.now_s() >= START_S), (&json!(house.context.trail.base), true));
}

#[tokio::test]
async fn an_account_page_shows_how_one_stands_and_signs_out() {
    let house = House::open().await;
    let password = user(&house, "ada", "steward").await;
    let mut browser = Browser::new(&house);
    browser.open("auth/account").await;
    browser.sign_in("ada", &password).await;
    browser.send(&[("password", WORDS), ("again", "another phrase")]).await;
    assert_eq!((browser.status, browser.title()), (400, "Choose a password"));
    browser.send(&[("password", WORDS), ("again", WORDS)]).await;
    assert_eq!(browser.title(), "Your account");
    browser.open("auth/account?second-factor=new").await;
    let key = between(&browser.html, "type this key: <code>", "</code>").replace(' ', "");
    browser.send(&[("code", &totp(&key, house.now_s()))]).await;
    assert_eq!(browser.title(), "Recovery codes");
    browser.open("auth/account").await;
    assert!(browser.html.contains("A second factor is set up"));
    browser.send(&[]).await;
    assert_eq!(browser.title(), "Signed out");
    browser.open("auth/account").await;
    assert_eq!(browser.title(), "Sign in");
}
