//! Identities from elsewhere: a provider that this test plays, people who sign in there, and tokens it signs.

use crate::browser::{Browser, between};
use crate::house::House;
use crate::person::{address, application, code, exchange};
use crate::signer::Signer;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use theriac_access::Role;
use theriac_access::claims::Confirmation;
use theriac_core::Code;
use theriac_platform::http::Method::{Get, Post, Put};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A provider: it says what the test wants it to say next.
struct Fake {
    name: String,
    signer: Arc<Signer>,
    said: Arc<Mutex<Value>>,
}

impl Fake {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = listener.local_addr().unwrap().to_string();
        let (signer, said) = (Arc::new(Signer::rs384()), Arc::new(Mutex::new(json!({}))));
        let fake = Self { name: name.clone(), signer: signer.clone(), said: said.clone() };
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 16_000];
                let length = socket.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let issuer = format!("http://{name}");
                let body = match path.as_str() {
                    "/.well-known/openid-configuration" => json!({
                        "issuer": issuer, "jwks_uri": format!("{issuer}/jwks"), "token_endpoint": format!("{issuer}/token"),
                        "authorization_endpoint": format!("{issuer}/authorize") }),
                    "/jwks" => json!({ "keys": [signer.jwk("p1")] }),
                    "/token"
                        if request.contains("code_verifier=")
                            && request.to_lowercase().contains("authorization: basic") =>
                    {
                        let token = sign(&signer, &said.lock());
                        json!({ "access_token": "x", "token_type": "bearer", "id_token": token })
                    }
                    _ => json!({ "error": "invalid_request" }),
                };
                let body = body.to_string();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        fake
    }

    fn issuer(&self) -> String {
        format!("http://{}", self.name)
    }

    async fn register(&self, house: &House) {
        let provider = json!({
            "name": "St. Mary", "issuer": self.issuer(), "clientId": "us", "audience": "us-api", "algorithms": ["RS384"],
            "roles": { "doctors": "clinician", "it": "administrator" }, "trustsSecondFactor": true,
        });
        house.send(Put, "admin/providers/mary", &provider.to_string()).await;
        house.ask(Put, "admin/providers/mary/secret", &[], r#"{"client_secret":"s3cret"}"#).await.unwrap();
        assert!(!house.send(Get, "admin/providers/mary", "").await.to_string().contains("s3cret"));
        house.later(1);
    }

    fn claims(&self, house: &House, nonce: &str) -> Value {
        let now_s = house.now_s();
        json!({ "iss": self.issuer(), "sub": "ada@mary", "aud": "us", "exp": now_s + 60, "iat": now_s, "nonce": nonce, "name": "Ada",
                "roles": ["staff", "doctors"] })
    }
}

fn sign(signer: &Signer, claims: &Value) -> String {
    signer.sign(&json!({ "alg": "RS384", "kid": "p1", "typ": "JWT" }), claims)
}

/// As far as the provider's page: state and nonce of the question.
async fn leave(browser: &mut Browser<'_>, house: &House) -> (String, String) {
    browser.open(&address(house, &[("scope", "openid user/*.rs")])).await;
    let link = between(&browser.html, "<a class=\"go\" href=\"", "\"").to_owned();
    assert!(browser.html.contains("Sign in with St. Mary"));
    let path = link.split_once(&format!("/{}/", house.context.tenant.name)).unwrap().1.to_owned();
    browser.open(&path).await;
    assert!(
        browser.location.contains("/authorize?") && browser.location.contains("code_challenge_method=S256"),
        "{}",
        browser.location
    );
    (browser.sent("state").unwrap().to_owned(), browser.sent("nonce").unwrap().to_owned())
}

#[tokio::test]
async fn a_person_signs_in_at_the_provider_with_the_role_of_the_table() {
    let fake = Fake::start().await;
    let house = House::reaching(&fake.name).await;
    application(&house, json!({})).await;
    fake.register(&house).await;
    let mut browser = Browser::new(&house);
    let (state, nonce) = leave(&mut browser, &house).await;
    *fake.said.lock() = fake.claims(&house, &nonce);
    browser.open(&format!("auth/external/mary/callback?code=c&state={state}")).await;
    assert_eq!(browser.title(), "Allow access?", "{}", browser.html);
    house.later(1);
    let body = exchange(&house, &code(&mut browser).await).await.1;
    let caller = house.grant(body["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(caller.role, Role::Clinician);
    assert!(caller.subject.starts_with("mary-") && !caller.subject.contains("ada") && !caller.second_factor);
    // The table decides anew at every sign-in, and a second factor there counts here, as the tenant chose.
    let mut other = Browser::new(&house);
    let (state, nonce) = leave(&mut other, &house).await;
    let mut claims = fake.claims(&house, &nonce);
    (claims["roles"], claims["amr"]) = (json!("it"), json!(["pwd", "mfa"]));
    *fake.said.lock() = claims;
    other.open(&format!("auth/external/mary/callback?code=c&state={state}")).await;
    assert_eq!(other.title(), "Allow access?", "{}", other.html);
    assert_eq!(house.send(Get, &format!("admin/users/{}", caller.subject), "").await["role"], "administrator");
    house.send(Post, &format!("admin/users/{}/disable", caller.subject), "").await;
    let mut third = Browser::new(&house);
    let (state, nonce) = leave(&mut third, &house).await;
    *fake.said.lock() = fake.claims(&house, &nonce);
    third.open(&format!("auth/external/mary/callback?code=c&state={state}")).await;
    assert_eq!((third.status, third.title()), (400, "This did not work"));
}

#[tokio::test]
async fn an_answer_that_is_not_to_our_question_signs_nobody_in() {
    let fake = Fake::start().await;
    let house = House::reaching(&fake.name).await;
    application(&house, json!({})).await;
    fake.register(&house).await;
    for (what, name, value) in [
        ("another nonce", "nonce", json!("other")),
        ("another audience", "aud", json!("them")),
        ("another issuer", "iss", json!("https://evil.example")),
        ("expired", "exp", json!(1)),
        ("no role here", "roles", json!(["visitors"])),
    ] {
        let mut browser = Browser::new(&house);
        let (state, nonce) = leave(&mut browser, &house).await;
        let mut claims = fake.claims(&house, &nonce);
        claims[name] = value;
        *fake.said.lock() = claims;
        browser.open(&format!("auth/external/mary/callback?code=c&state={state}")).await;
        assert_eq!((browser.status, browser.title()), (400, "This did not work"), "{what}");
    }
    let mut browser = Browser::new(&house);
    let (state, nonce) = leave(&mut browser, &house).await;
    *fake.said.lock() = fake.claims(&house, &nonce);
    let mut stranger = Browser::new(&house);
    stranger.open(&format!("auth/external/mary/callback?code=c&state={state}")).await;
    assert_eq!(stranger.status, 400);
    browser.open("auth/external/mary/callback?code=c&state=other").await;
    assert_eq!(browser.status, 400);
    assert_eq!(house.ask(Get, "auth/external/nobody?next=x", &[], "").await.unwrap().status, 400);
}

#[tokio::test]
async fn access_tokens_of_the_provider_are_taken_for_their_audience() {
    let fake = Fake::start().await;
    let house = House::reaching(&fake.name).await;
    fake.register(&house).await;
    let (db, tenant) = (house.context.db.server().clone(), house.context.tenant.clone());
    let mut good = fake.claims(&house, "");
    good["aud"] = json!("us-api");
    let caller = house.foreign.verify(&db, &tenant, &sign(&fake.signer, &good)).await.unwrap().unwrap();
    assert_eq!((caller.role, caller.second_factor), (Role::Clinician, false));
    house.send(Put, &format!("admin/users/{}", caller.subject), r#"{"name":"Ada","role":"clinician"}"#).await;
    house.send(Put, &format!("admin/assignments/{}/Patient/7", caller.subject), "").await;
    house.later(2);
    let again = house.foreign.verify(&db, &tenant, &sign(&fake.signer, &good)).await.unwrap().unwrap();
    assert_eq!(again.assigned, ["Patient/7"]);
    for (what, name, value) in [
        ("for another", "aud", json!("us")),
        ("expired", "exp", json!(house.now_s())),
        ("exp a text", "exp", json!((house.now_s() + 60).to_string())),
        ("no subject", "sub", json!("")),
        ("no role here", "roles", json!([])),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        let error = house.foreign.verify(&db, &tenant, &sign(&fake.signer, &claims)).await.unwrap_err();
        assert_eq!(error.code, Code::Unauthenticated, "{what}");
    }
    let print = "A".repeat(43);
    let mut bound = good.clone();
    bound["cnf"] = json!({ "x5t#S256": print });
    let caller = house.foreign.verify(&db, &tenant, &sign(&fake.signer, &bound)).await.unwrap().unwrap();
    assert_eq!(caller.confirmation, Some(Confirmation::Certificate(print.clone())));
    for cnf in [
        json!({ "jkt": print }),
        json!({ "x5t#S256": print, "jkt": "x" }),
        json!({}),
        json!("x"),
        json!({ "x5t#S256": "x" }),
    ] {
        bound["cnf"] = cnf.clone();
        let error = house.foreign.verify(&db, &tenant, &sign(&fake.signer, &bound)).await.unwrap_err();
        assert_eq!(error.code, Code::Unauthenticated, "{cnf}");
    }
    let es = Signer::es384();
    for header in [
        json!({ "alg": "ES384", "kid": "p1", "typ": "JWT" }),
        json!({ "alg": "none", "kid": "p1" }),
        json!({ "alg": "RS384", "kid": "p2" }),
    ] {
        assert!(house.foreign.verify(&db, &tenant, &es.sign(&header, &good)).await.is_err(), "{header}");
    }
    let mut other = good.clone();
    other["iss"] = json!("https://unknown.example");
    assert!(house.foreign.verify(&db, &tenant, &sign(&fake.signer, &other)).await.unwrap().is_none());
    house.send(Post, "admin/providers/mary/disable", "").await;
    house.later(2);
    assert!(house.foreign.verify(&db, &tenant, &sign(&fake.signer, &good)).await.unwrap().is_none());
}
