//! Tokens at the HTTP boundary: one good request, and what must not pass beside it. Each row of the table changes one
//! thing of the good request; if a row stopped being refused, the test says which.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Client as Http, Method};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use theriac_tests::World;

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SCOPE: &str = "system/Patient.rs";

/// A client whose key this test holds.
struct Machine {
    http: Http,
    token: String,
    base: String,
    key: EcdsaKeyPair,
    jwk: Value,
}

fn now_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn encoded(text: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if safe(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

impl Machine {
    async fn register(world: &World) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let point = key.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..49]), URL_SAFE_NO_PAD.encode(&point[49..]));
        let jwk = json!({ "kty": "EC", "crv": "P-384", "kid": "k1", "x": x, "y": y });
        let base = format!("{}/{}", world.url(), world.tenant);
        let machine = Self { http: Http::new(), token: format!("{base}/auth/token"), base, key, jwk };
        machine.register_as(world, "app").await;
        machine
    }

    async fn register_as(&self, world: &World, id: &str) {
        let client = json!({
            "client_name": "Loader", "grant_types": ["client_credentials"], "scope": SCOPE,
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [self.jwk] },
        });
        let answer = world.administrator.send(Method::PUT, &format!("admin/clients/{id}"), &client).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text().unwrap());
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES384", "kid": "k1", "typ": "JWT" })
    }

    fn claims(&self) -> Value {
        let id = uuid::Uuid::new_v4().to_string();
        json!({ "iss": "app", "sub": "app", "aud": self.token, "exp": now_s() + 240, "iat": now_s(), "jti": id })
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    async fn post(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let pairs: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.http.post(&self.token).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(pairs.join("&")).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn ask(&self, assertion: &str) -> (u16, Value) {
        self.post(&self.form(assertion)).await
    }

    fn form<'a>(&self, assertion: &'a str) -> [(&'static str, &'a str); 4] {
        [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", KIND),
            ("client_assertion", assertion),
            ("scope", SCOPE),
        ]
    }

    async fn read(&self, token: &str) -> u16 {
        let address = format!("{}/fhir/Patient", self.base);
        self.http.get(address).bearer_auth(token).send().await.unwrap().status().as_u16()
    }
}

fn with(mut value: Value, name: &str, changed: Value) -> Value {
    match changed {
        Value::Null => drop(value.as_object_mut().unwrap().remove(name)),
        changed => value[name] = changed,
    }
    value
}

/// A row of headers: name of the case, member, what stands there instead.
fn headers(machine: &Machine) -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("alg none", "alg", json!("none")),
        ("alg None", "alg", json!("None")),
        ("alg NONE", "alg", json!("NONE")),
        ("alg nOnE", "alg", json!("nOnE")),
        ("alg empty", "alg", json!("")),
        ("alg missing", "alg", json!(null)),
        ("alg ES256 for ES384", "alg", json!("ES256")),
        ("alg RS384 with an EC key", "alg", json!("RS384")),
        ("alg RS256", "alg", json!("RS256")),
        ("alg HS384", "alg", json!("HS384")),
        ("alg es384", "alg", json!("es384")),
        ("kid missing", "kid", json!(null)),
        ("kid unknown", "kid", json!("k2")),
        ("kid with a path", "kid", json!("../../../../etc/passwd")),
        ("kid with SQL", "kid", json!("k1' OR '1'='1")),
        ("kid a number", "kid", json!(1)),
        ("typ of access tokens", "typ", json!("at+jwt")),
        ("typ missing", "typ", json!(null)),
        ("jku not registered", "jku", json!("https://evil.example/jwks.json")),
        ("jku on a private address", "jku", json!("http://169.254.169.254/jwks.json")),
        ("x5u", "x5u", json!("https://evil.example/cert.pem")),
        ("x5c", "x5c", json!(["MIIB"])),
        ("embedded jwk", "jwk", machine.jwk.clone()),
        ("crit", "crit", json!(["exp"])),
    ]
}

/// As [`headers`], of claims.
fn claims(machine: &Machine) -> Vec<(&'static str, &'static str, Value)> {
    let (own, other) = (machine.token.as_str(), "https://other.example/mercy/auth/token");
    vec![
        ("iss is not sub", "iss", json!("other")),
        ("sub is not iss", "sub", json!("other")),
        ("iss missing", "iss", json!(null)),
        ("sub missing", "sub", json!(null)),
        ("aud missing", "aud", json!(null)),
        ("aud of another server", "aud", json!(other)),
        ("aud of another tenant", "aud", json!(own.replace("/auth/token", "x/auth/token"))),
        ("aud of the FHIR base", "aud", json!(format!("{}/fhir", machine.base))),
        ("aud a list", "aud", json!([own])),
        ("aud with a slash", "aud", json!(format!("{own}/"))),
        ("exp missing", "exp", json!(null)),
        ("exp past", "exp", json!(now_s() - 1)),
        ("exp more than five minutes ahead", "exp", json!(now_s() + 600)),
        ("exp a string", "exp", json!((now_s() + 60).to_string())),
        ("exp a fraction", "exp", json!(now_s() as f64 + 60.5)),
        ("exp negative", "exp", json!(-1)),
        ("exp huge", "exp", json!(u64::MAX)),
        ("nbf ahead", "nbf", json!(now_s() + 600)),
        ("nbf a string", "nbf", json!("1")),
        ("iat ahead", "iat", json!(now_s() + 600)),
        ("jti missing", "jti", json!(null)),
        ("jti empty", "jti", json!("")),
        ("jti a number", "jti", json!(7)),
        ("jti too long", "jti", json!("x".repeat(1_000))),
    ]
}

#[tokio::test]
async fn no_assertion_but_the_right_one_gives_a_token() {
    let world = World::new("mercy").await;
    let machine = Machine::register(&world).await;
    let mut cases: Vec<(String, String)> = Vec::new();
    for (case, name, value) in headers(&machine) {
        cases.push((case.to_owned(), machine.sign(&with(machine.header(), name, value), &machine.claims())));
    }
    for (case, name, value) in claims(&machine) {
        cases.push((case.to_owned(), machine.sign(&machine.header(), &with(machine.claims(), name, value))));
    }
    let good = machine.sign(&machine.header(), &machine.claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let head = message.split_once('.').unwrap().0;
    let secret = hmac::Key::new(hmac::HMAC_SHA384, machine.jwk.to_string().as_bytes());
    let hs = format!("{}.{}", part(&with(machine.header(), "alg", json!("HS384"))), part(&machine.claims()));
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&secret, hs.as_bytes()).as_ref());
    let stranger = Machine::register(&World::new("acme").await).await;
    let unknown = with(with(machine.claims(), "iss", json!("nobody")), "sub", json!("nobody"));
    for (case, assertion) in [
        ("no signature", format!("{message}.")),
        ("a short signature", format!("{message}.{}", &signature[..signature.len() - 4])),
        ("a signature of zeros", format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 96]))),
        ("another payload", format!("{head}.{}.{signature}", part(&machine.claims()))),
        ("HMAC by the public key", format!("{hs}.{tag}")),
        ("by another client's key", stranger.sign(&machine.header(), &machine.claims())),
        ("of an unknown client", machine.sign(&machine.header(), &unknown)),
        ("for another tenant", stranger.sign(&stranger.header(), &stranger.claims())),
        ("no token at all", "x".to_owned()),
        ("four parts", format!("{good}.x")),
    ] {
        cases.push((case.to_owned(), assertion));
    }
    assert!(cases.len() >= 40, "{}", cases.len());
    let mut taken = Vec::new();
    for (case, assertion) in &cases {
        let (status, body) = machine.ask(assertion).await;
        if (status, body["error"].as_str()) != (401, Some("invalid_client")) {
            taken.push(format!("{case}: {status} {body}"));
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    // What was refused above used nothing up.
    let (status, body) = machine.ask(&good).await;
    assert_eq!((status, &body["scope"]), (200, &json!(SCOPE)), "{body}");
    assert_eq!(machine.read(body["access_token"].as_str().unwrap()).await, 200);
    assert_eq!(machine.ask(&good).await.1["error"], "invalid_client", "a second use");
    // An assertion opens nothing, nor does a token of one tenant at another.
    assert_eq!(machine.read(&machine.sign(&machine.header(), &machine.claims())).await, 401);
    assert_eq!(stranger.read(body["access_token"].as_str().unwrap()).await, 401);
}

#[tokio::test]
async fn a_request_around_a_good_assertion_must_be_right_too() {
    let world = World::new("mercy").await;
    let machine = Machine::register(&world).await;
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, u16, &str)] = &[
        ("wrong grant_type", "grant_type", "password", 400, "unsupported_grant_type"),
        ("implicit", "grant_type", "implicit", 400, "unsupported_grant_type"),
        ("no grant_type", "grant_type", "", 400, "invalid_request"),
        ("a grant not registered", "grant_type", "authorization_code", 400, "unauthorized_client"),
        ("wrong assertion type", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", 401, "invalid_client"),
        ("no assertion type", "client_assertion_type", "", 401, "invalid_client"),
        ("no assertion", "client_assertion", "", 401, "invalid_client"),
        ("letters out of order", "scope", "system/Patient.sr", 400, "invalid_scope"),
        ("dus", "scope", "system/Patient.dus", 400, "invalid_scope"),
        ("wildcard beyond the client", "scope", "system/*.rs", 400, "invalid_scope"),
        ("letters beyond the client", "scope", "system/Patient.cruds", 400, "invalid_scope"),
        ("a scope of people", "scope", "user/Patient.rs", 400, "invalid_scope"),
        ("a scope of one patient", "scope", "patient/Patient.rs", 400, "invalid_scope"),
        ("a scope of no meaning", "scope", "everything", 400, "invalid_scope"),
        ("two spaces", "scope", "system/Patient.rs  system/Patient.r", 400, "invalid_scope"),
    ];
    for (case, name, value, status, error) in cases {
        let assertion = machine.sign(&machine.header(), &machine.claims());
        let form = machine.form(&assertion).map(|(own, old)| (own, if own == *name { *value } else { old }));
        let (found, body) = machine.post(&form).await;
        assert_eq!((found, body["error"].as_str()), (*status, Some(*error)), "{case}: {body}");
    }
    let assertion = machine.sign(&machine.header(), &machine.claims());
    let twice = [&machine.form(&assertion)[..], &[("scope", SCOPE)]].concat();
    assert_eq!(machine.post(&twice).await.1["error"], "invalid_request");
    let other_name = [&machine.form(&assertion)[..], &[("client_id", "other")]].concat();
    assert_eq!(machine.post(&other_name).await.1["error"], "invalid_client");
    let two_ways = [&machine.form(&assertion)[..], &[("client_secret", "x")]].concat();
    assert_eq!(machine.post(&two_ways).await.1["error"], "invalid_request");
}

#[tokio::test]
async fn what_is_given_back_or_ended_is_over_at_once() {
    let world = World::new("mercy").await;
    let machine = Machine::register(&world).await;
    let token = || async {
        let body = machine.ask(&machine.sign(&machine.header(), &machine.claims())).await.1;
        body["access_token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
    };
    let (first, second) = (token().await, token().await);
    assert_eq!((machine.read(&first).await, machine.read(&second).await), (200, 200));
    let assertion = machine.sign(&machine.header(), &machine.claims());
    let form = format!("token={first}&client_assertion_type={}&client_assertion={assertion}", encoded(KIND));
    let request = machine.http.post(format!("{}/auth/revoke", machine.base));
    let answer = request.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!((machine.read(&first).await, machine.read(&second).await), (401, 200));
    world.administrator.send(Method::POST, "admin/clients/app/disable", &json!({})).await.unwrap();
    assert_eq!(machine.read(&second).await, 401);
}

/// A token of the machine that may listen to the feed.
async fn listener(world: &World, machine: &Machine) -> String {
    let client = json!({
        "client_name": "Loader", "grant_types": ["client_credentials"], "scope": "system/*.rs feed.read",
        "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [machine.jwk] },
    });
    world.administrator.send(Method::PUT, "admin/clients/app", &client).await.unwrap();
    let assertion = machine.sign(&machine.header(), &machine.claims());
    let form =
        machine.form(&assertion).map(|(own, old)| (own, if own == "scope" { "system/*.rs feed.read" } else { old }));
    let body = machine.post(&form).await.1;
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_taken_back_ends_an_open_feed() {
    let world = World::new("mercy").await;
    let machine = Machine::register(&world).await;
    let token = listener(&world, &machine).await;
    let request = machine.http.get(format!("{}/feed?topics=fhir", machine.base)).header("accept", "text/event-stream");
    let mut feed = request.bearer_auth(token).send().await.unwrap();
    assert_eq!(feed.status().as_u16(), 200);
    world.administrator.send(Method::POST, "admin/clients/app/disable", &json!({})).await.unwrap();
    // A heartbeat would come after fifteen seconds, and the token end after three hundred.
    let end = tokio::time::timeout(Duration::from_secs(10), async {
        while feed.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
    });
    assert!(end.await.is_ok(), "the feed goes on");
}

#[tokio::test]
async fn a_token_taken_back_ends_an_open_socket() {
    let world = World::new("mercy").await;
    let machine = Machine::register(&world).await;
    let own = world.administrator.with_token(&listener(&world, &machine).await);
    let mut feed = theriac_sdk::Feed::connect(&own, &["fhir"], "now").await.unwrap();
    world.administrator.send(Method::POST, "admin/clients/app/disable", &json!({})).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(10), async { while feed.next().await.is_ok() {} });
    assert!(end.await.is_ok(), "the socket stays open");
    assert!(theriac_sdk::Feed::connect(&own, &["fhir"], "now").await.is_err(), "and opens again");
}
