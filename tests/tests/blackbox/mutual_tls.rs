//! Certificates of clients at a server that speaks TLS: who gets in, whose tokens hold, and what a change of files does
//! to those who are there already (RFC 8705, RFC 9440).

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use reqwest::{Certificate, Client as Http, Identity};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use theriac_tests::harness::{self, Home, Running};

/// An authority, and the folder in which the server looks for it.
struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key.
struct Own {
    pem: String,
    der: Vec<u8>,
    key: String,
}

impl Own {
    fn identity(&self) -> Identity {
        Identity::from_pem(format!("{}\n{}", self.pem, self.key).as_bytes()).unwrap()
    }

    /// A byte sequence of RFC 8941.
    fn field(&self) -> String {
        use base64::Engine as _;
        format!(":{}:", base64::engine::general_purpose::STANDARD.encode(&self.der))
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![format!("{name}.example"), "127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn expired(name: &str) -> CertificateParams {
    let mut params = params(name);
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    params
}

impl Authority {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("theriac-mtls-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let (key, mut own) = (KeyPair::generate().unwrap(), params("authority"));
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = own.self_signed(&key).unwrap().pem();
        std::fs::write(folder.join("ca.pem"), &pem).unwrap();
        Self { folder, issuer: Issuer::new(own, key), pem }
    }

    fn issue(&self, params: &CertificateParams) -> Own {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Own { pem: certificate.pem(), der: certificate.der().to_vec(), key: key.serialize_pem() }
    }

    /// Writes a certificate for a server.
    fn serve(&self, name: &str) {
        let own = self.issue(&params(name));
        // The key first: a pair that does not fit is passed over, and read again when the other half is there.
        std::fs::write(self.folder.join("own.key"), own.key).unwrap();
        std::fs::write(self.folder.join("own.pem"), own.pem).unwrap();
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Somebody who shows this certificate, or none.
    fn http(&self, own: Option<&Own>) -> Http {
        let ca = Certificate::from_pem(self.pem.as_bytes()).unwrap();
        let http = Http::builder().tls_certs_only([ca]).timeout(Duration::from_secs(30));
        match own {
            Some(own) => http.identity(own.identity()),
            None => http,
        }
        .build()
        .unwrap()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

fn of_own_making(params: &CertificateParams) -> Own {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Own { pem: certificate.pem(), der: certificate.der().to_vec(), key: key.serialize_pem() }
}

/// A server of the test's own.
struct Site {
    home: Home,
    running: Running,
    tenant: String,
}

impl Site {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let home = settings.iter().fold(Home::empty(), |home, (name, value)| home.with(name, value));
        let running = Running::start(&home);
        let tenant = harness::tenant(&home, "mercy").await;
        Self { home, running, tenant }
    }

    fn address(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.running.url, self.tenant)
    }

    async fn token(&self, role: &str, more: &[&str]) -> String {
        harness::token(&self.home, &self.tenant, role, more).await
    }

    /// A token that is bound to this certificate.
    async fn bound(&self, authority: &Authority, own: &Own) -> String {
        let path = authority.folder.join("bound.pem");
        std::fs::write(&path, &own.pem).unwrap();
        self.token("steward", &["--certificate", &path.display().to_string()]).await
    }

    async fn register(&self, http: &Http, id: &str, client: &Value) {
        let token = self.token("administrator", &[]).await;
        let request = http.put(self.address(&format!("admin/clients/{id}"))).bearer_auth(token);
        let answer = request.body(client.to_string()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 201, "{}", answer.text().await.unwrap());
    }

    /// By `client_credentials` and nothing but the certificate.
    async fn ask(&self, http: &Http, id: &str) -> (u16, Value) {
        let body = format!("grant_type=client_credentials&client_id={id}");
        let request = http.post(self.address("auth/token")).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(body).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn read(&self, http: &Http, token: &str, fields: &[(&str, &str)]) -> u16 {
        let mut request = http.get(self.address("fhir/Patient")).bearer_auth(token);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    }
}

async fn with_tls(authority: &Authority, take: &str) -> Site {
    authority.serve("server");
    let files = ["own.pem", "own.key", "ca.pem"].map(|name| authority.file(name));
    Site::start(&[
        ("THERIAC_TLS_CERTIFICATE", &files[0]),
        ("THERIAC_TLS_KEY", &files[1]),
        ("THERIAC_TLS_CLIENT_CA", &files[2]),
        ("THERIAC_TLS_CLIENT_CERTIFICATES", take),
        ("THERIAC_MTLS_URL", "https://mtls.example/"),
    ])
    .await
}

#[tokio::test]
async fn a_bound_token_is_good_only_together_with_its_certificate() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let site = with_tls(&authority, "trusted").await;
    let (own, other) = (authority.issue(&params("loader")), authority.issue(&params("loader")));
    let bound = site.bound(&authority, &own).await;
    assert_eq!(site.read(&authority.http(Some(&own)), &bound, &[]).await, 200);
    assert_eq!(site.read(&authority.http(None), &bound, &[]).await, 401, "without a certificate");
    assert_eq!(site.read(&authority.http(Some(&other)), &bound, &[]).await, 401, "with another one of the same name");
    // The word of somebody who is no proxy.
    assert_eq!(site.read(&authority.http(None), &bound, &[("client-cert", &own.field())]).await, 401, "a forged field");
    assert_eq!(
        site.read(&authority.http(None), &site.token("steward", &[]).await, &[]).await,
        200,
        "a token bound to nothing"
    );
    let bad =
        [authority.issue(&expired("loader")), stranger.issue(&params("loader")), of_own_making(&params("loader"))];
    for own in bad {
        let refused = authority.http(Some(&own)).get(site.address("fhir/metadata")).send().await;
        assert!(refused.is_err(), "the handshake ends with a certificate that is over, or of nobody known");
    }
    site.running.kill();
}

#[tokio::test]
async fn a_client_proves_itself_by_a_certificate_of_the_authority_and_gets_bound_tokens() {
    let authority = Authority::new();
    let site = with_tls(&authority, "any").await;
    let own = authority.issue(&params("loader"));
    let (http, bare) = (authority.http(Some(&own)), authority.http(None));
    let client = json!({
        "client_name": "Loader", "grant_types": ["client_credentials"], "scope": "system/Patient.rs",
        "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "loader.example",
    });
    site.register(&bare, "loader", &client).await;
    let (status, body) = site.ask(&http, "loader").await;
    assert_eq!(status, 200, "{body}");
    let token = body["access_token"].as_str().unwrap();
    assert_eq!((site.read(&http, token, &[]).await, site.read(&bare, token, &[]).await), (200, 401));
    let same_name = Authority::new();
    for (what, http) in [
        ("no certificate", bare.clone()),
        ("another name", authority.http(Some(&authority.issue(&params("other"))))),
        ("over", authority.http(Some(&authority.issue(&expired("loader"))))),
        ("the name, by another authority", authority.http(Some(&same_name.issue(&params("loader"))))),
        ("the name, of its own making", authority.http(Some(&of_own_making(&params("loader"))))),
    ] {
        let (status, body) = site.ask(&http, "loader").await;
        assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{what}: {body}");
    }
    let facts: Value =
        http.get(site.address("fhir/.well-known/smart-configuration")).send().await.unwrap().json().await.unwrap();
    assert_eq!(facts["tls_client_certificate_bound_access_tokens"], json!(true));
    let alias = format!("https://mtls.example/{}/auth/token", site.tenant);
    assert_eq!(facts["mtls_endpoint_aliases"]["token_endpoint"], json!(alias));
    let methods = facts["token_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(
        ["tls_client_auth", "self_signed_tls_client_auth"].iter().all(|own| methods.contains(&json!(own))),
        "{facts}"
    );
    site.running.kill();
}

#[tokio::test]
async fn a_client_proves_itself_by_the_certificate_it_is_registered_with() {
    let authority = Authority::new();
    let site = with_tls(&authority, "any").await;
    let own = of_own_making(&params("partner"));
    let field = own.field();
    let client = json!({
        "client_name": "Partner", "grant_types": ["client_credentials"], "role": "partner", "glns": ["0614141000012"],
        "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "jwks": { "keys": [{ "kty": "EC", "x5c": [field.trim_matches(':')] }] },
    });
    let http = authority.http(Some(&own));
    site.register(&http, "partner", &client).await;
    let (status, body) = site.ask(&http, "partner").await;
    assert_eq!(status, 200, "{body}");
    let same_name = authority.http(Some(&of_own_making(&params("partner"))));
    assert_eq!(site.ask(&same_name, "partner").await.0, 401);
    assert_eq!(site.ask(&authority.http(None), "partner").await.0, 401);
    site.running.kill();
}

#[tokio::test]
async fn a_proxy_that_is_trusted_says_which_certificate_it_saw_and_nobody_else_does() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let own = authority.issue(&params("loader"));
    let (field, other) = (own.field(), authority.issue(&params("loader")).field());
    for (proxies, expected) in [("127.0.0.1", 200), ("192.0.2.0/24", 401)] {
        let site =
            Site::start(&[("THERIAC_TLS_CLIENT_CA", &authority.file("ca.pem")), ("THERIAC_TRUSTED_PROXIES", proxies)])
                .await;
        let (http, bound) = (Http::new(), site.bound(&authority, &own).await);
        assert_eq!(site.read(&http, &bound, &[("client-cert", &field)]).await, expected, "{proxies}");
        for (what, fields) in [
            ("none", vec![]),
            ("another", vec![("client-cert", other.as_str())]),
            ("over", vec![("client-cert", &authority.issue(&expired("loader")).field())]),
            ("of another authority", vec![("client-cert", &stranger.issue(&params("loader")).field())]),
        ] {
            assert_eq!(site.read(&http, &bound, &fields).await, 401, "{proxies}: {what}");
        }
        let twice = site.read(&http, &bound, &[("client-cert", &field), ("client-cert", &field)]).await;
        assert_eq!(twice, if expected == 200 { 400 } else { 401 });
        site.running.kill();
    }
}

/// The name in the certificate that the server shows to somebody new.
async fn shown(authority: &Authority, site: &Site) -> Vec<u8> {
    let ca = Certificate::from_pem(authority.pem.as_bytes()).unwrap();
    let http = Http::builder().tls_certs_only([ca]).tls_info(true).build().unwrap();
    let answer = http.get(format!("{}/healthz", site.running.url)).send().await.unwrap();
    answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap().peer_certificate().unwrap().to_vec()
}

#[tokio::test]
async fn a_new_certificate_counts_for_new_connections_and_open_ones_stay() {
    let authority = Authority::new();
    let site = with_tls(&authority, "trusted").await;
    let token = site.token("administrator", &[]).await;
    let request = authority.http(None).get(site.address("feed?topics=fhir")).header("accept", "text/event-stream");
    let mut feed = request.bearer_auth(&token).send().await.unwrap();
    assert_eq!(feed.status().as_u16(), 200);
    let first = shown(&authority, &site).await;
    authority.serve("renewed");
    let mut now = first.clone();
    for _ in 0..100 {
        if now != first {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        now = shown(&authority, &site).await;
    }
    assert_ne!(now, first, "the new certificate is not shown");
    let patient = json!({ "resourceType": "Patient", "id": "p" }).to_string();
    let write = authority.http(None).put(site.address("fhir/Patient/p")).bearer_auth(&token);
    let written = write.header("content-type", "application/fhir+json").body(patient).send().await.unwrap();
    assert_eq!(written.status().as_u16(), 201);
    let heard = tokio::time::timeout(Duration::from_secs(20), async {
        let mut text = String::new();
        while !text.contains("Patient/p") {
            let chunk = feed.chunk().await.unwrap().expect("the feed that was open stays open");
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
    });
    heard.await.expect("the change comes on the feed that was open");
    site.running.kill();
}
