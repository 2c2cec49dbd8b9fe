//! A tenant with the authorization server, asked as the edge asks it.

use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use theriac_access::{Grant, SigningKeys, Verifier};
use theriac_core::{Clock, Result, Tenant};
use theriac_identity::Identity;
use theriac_platform::db::Db;
use theriac_platform::http::{Answer, Foreign, Found, Method, Request, Response, Router};
use theriac_platform::tls::Certificate;
use theriac_platform::{Context, Cursors, Outbound};

pub struct House {
    pub context: Context,
    pub clock: Arc<AtomicI64>,
    pub verifier: Verifier,
    pub router: Router,
    pub foreign: Arc<dyn Foreign>,
    /// What whoever asks shows.
    pub shown: Mutex<Option<Arc<Certificate>>>,
    folder: std::path::PathBuf,
}

/// 2026-11-20T08:00:00Z
pub const START_S: i64 = 1_795_161_600;

pub const BASE: &str = "https://theriac.example";

impl House {
    pub async fn open() -> Self {
        Self::reaching("").await
    }

    /// `allowed`: what may be asked inside.
    pub async fn reaching(allowed: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("identity-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("theriac-{name}"));
        let clock = Arc::new(AtomicI64::new(START_S * 1_000_000));
        let file = format!("sqlite://{}/identity.db?mode=rwc", folder.display());
        let url = std::env::var("THERIAC_TEST_DATABASE_URL").unwrap_or(file);
        let db = Db::open(&url, Clock::Held(clock.clone())).await.unwrap();
        theriac_migrations::up(&db.migration_connection().await.unwrap()).await.unwrap();
        let tenant = db.create_tenant(&name).await.unwrap();
        let keys = Arc::new(SigningKeys::generate().unwrap());
        let outbound = Arc::new(Outbound::new(allowed).unwrap());
        let identity =
            Identity::new(keys.clone(), Cursors::new(b"a test's secret"), BASE, outbound).with_certificates(true, None);
        let context = Self::context_of(&db, &tenant);
        let router = Router::new(theriac_identity::routes(&identity));
        let foreign = theriac_identity::foreign(&identity);
        Self { context, clock, verifier: Verifier::new(keys, BASE), router, foreign, shown: Mutex::default(), folder }
    }

    fn context_of(db: &Db, tenant: &Tenant) -> Context {
        let context = Context::internal(db, tenant, "ada");
        let base = format!("{BASE}/{}", tenant.name);
        Context { trail: Arc::new(theriac_platform::context::Trail { base, ..Default::default() }), ..context }
    }

    pub fn later(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub fn now_s(&self) -> i64 {
        self.clock.load(Ordering::Relaxed) / 1_000_000
    }

    /// The address of a page of this tenant.
    pub fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.context.trail.base)
    }

    /// As another caller than the administrator.
    pub async fn ask_as(&self, grant: Grant, method: Method, path: &str, body: &str) -> Result<Response> {
        self.call(self.context.acting(grant), method, path, &[], body).await
    }

    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Response> {
        self.call(self.context.clone(), method, path, headers, body).await
    }

    async fn call(
        &self,
        context: Context,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Response> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut request = Request::new(method, format!("/{}/{path}", self.context.tenant.name), query);
        headers.iter().for_each(|(name, value)| request.headers.push(name, *value));
        request.body = body.to_owned().into();
        request.certificate = self.shown.lock().clone();
        let Found::Route(route, params) = self.router.find(request.method, &request.path) else {
            panic!("no route for {}", request.path)
        };
        request.params = params;
        let (Answer::Reply(handler) | Answer::Upgrade(handler, _)) = &route.answer;
        handler.clone()(context, request).await
    }

    /// As an administrator; the answer's document.
    pub async fn send(&self, method: Method, path: &str, body: &str) -> Value {
        document(&self.ask(method, path, &[], body).await.unwrap())
    }

    pub async fn refused(&self, method: Method, path: &str, body: &str) -> (u16, String) {
        match self.ask(method, path, &[], body).await {
            Ok(response) => (response.status, document(&response).to_string()),
            Err(error) => (error.status(), error.to_string()),
        }
    }

    /// A form at the token address: status and document.
    pub async fn token(&self, headers: &[(&str, &str)], form: &[(&str, &str)]) -> (u16, Value) {
        let response = self.form("auth/token", headers, form).await.unwrap();
        (response.status, document(&response))
    }

    pub async fn form(&self, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Result<Response> {
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.ask(Method::Post, path, &[&kind, headers].concat(), &body.join("&")).await
    }

    /// What a token is worth now, as the edge sees it.
    pub fn grant(&self, token: &str) -> Result<Arc<Grant>> {
        use theriac_access::Revoked;
        let grant = self.verifier.verify(token, &self.context.tenant.name, self.now_s())?;
        let revocations = theriac_platform::Revocations::of(self.context.db.server());
        match revocations.is_revoked(&self.context.tenant, &grant) {
            true => Err(theriac_access::Check::Revoked.failed()),
            false => Ok(grant),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn document(response: &Response) -> Value {
    response.body.bytes().map_or(Value::Null, |bytes| serde_json::from_slice(bytes).unwrap())
}

pub fn encoded(text: &str) -> String {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if safe(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}
