//! A plant of its own: routes called without HTTP, the ledger sealed for real, workers driven by hand.
//!
//! On a database file of its own, or as a tenant of its own on the database that `THERIAC_TEST_DATABASE_URL` names.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use theriac_core::{Clock, Result};
use theriac_ledger::{Follower, Ledger, Record, Watcher, sealer};
use theriac_platform::Context;
use theriac_platform::db::{Db, Unit};
use theriac_platform::http::Method::{Get, Put};
use theriac_platform::http::{Answer, Found, Method, Request, Response, Router};
use tokio::sync::watch;

pub struct Plant {
    pub context: Context,
    pub clock: Arc<AtomicI64>,
    ledger: Arc<Ledger>,
    router: Router,
    folder: std::path::PathBuf,
    stop: watch::Sender<bool>,
}

/// 2026-11-20T08:00:00Z
pub const START: i64 = 1_795_161_600_000_000;

impl Plant {
    pub async fn open() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("theriac-isa95-{}-{number}", std::process::id()));
        let clock = Arc::new(AtomicI64::new(START));
        let file = format!("sqlite://{}/plant.db?mode=rwc", folder.display());
        let url = std::env::var("THERIAC_TEST_DATABASE_URL").unwrap_or(file);
        let db = Db::open(&url, Clock::Held(clock.clone())).await.unwrap();
        theriac_migrations::up(&db.migration_connection().await.unwrap()).await.unwrap();
        let tenant = db.create_tenant(&format!("plant-{}-{number}", std::process::id())).await.unwrap();
        let ledger = Ledger::new(db.clone(), theriac_ledger::load_signing_key(&folder).unwrap());
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(sealer::run(ledger.clone(), stopped));
        let routes = theriac_isa95::routes(&theriac_isa95::Isa95::new());
        let context = Context::internal(&db, &tenant, "test");
        Self { context, clock, ledger, router: Router::new(routes), folder, stop }
    }

    pub async fn call(&self, context: &Context, mut request: Request) -> Result<Response> {
        let Found::Route(route, params) = self.router.find(request.method, &request.path) else {
            panic!("no route for {}", request.path)
        };
        request.params = params;
        let (Answer::Reply(handler) | Answer::Upgrade(handler, _)) = &route.answer;
        handler.clone()(context.clone(), request).await
    }

    pub async fn send(&self, method: Method, path: &str, body: &str) -> Result<serde_json::Value> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut request = Request::new(method, format!("/plant7/{path}"), query);
        request.headers.push("content-type", "application/json");
        request.body = body.to_owned().into();
        let response = self.call(&self.context, request).await?;
        Ok(response.body.bytes().map(|b| serde_json::from_slice(b).unwrap()).unwrap_or_default())
    }

    pub async fn put(&self, path: &str, body: &str) -> serde_json::Value {
        self.send(Put, path, body).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> serde_json::Value {
        self.send(Get, path, "").await.unwrap()
    }

    /// A request with one header field more.
    pub async fn send_with(&self, method: Method, path: &str, header: (&str, &str), body: &str) -> Result<Response> {
        let mut request = Request::new(method, format!("/plant7/{path}"), "");
        request.headers.push(header.0, header.1);
        request.body = body.to_owned().into();
        self.call(&self.context, request).await
    }

    /// All sealed records that the watcher wants.
    pub async fn records(&self, watcher: &dyn Watcher) -> Vec<Arc<Record>> {
        self.about(watcher.topics()).await
    }

    pub async fn topic(&self, topic: &'static str) -> Vec<Arc<Record>> {
        self.about(&[topic]).await
    }

    async fn about(&self, topics: &[&str]) -> Vec<Arc<Record>> {
        // One call waits for half a second at most, which a busy machine may need more than once.
        for _ in 0..20 {
            self.ledger.settle(&self.context.db).await.unwrap();
        }
        let (mut records, mut position) = (Vec::new(), 0);
        loop {
            let segments = self.ledger.read(&self.context.db, position).await.unwrap();
            let Some(last) = segments.last() else { return records };
            position = last.end();
            let wanted = |r: &&Arc<Record>| topics.iter().any(|topic| r.is_about(topic));
            records.extend(segments.iter().flat_map(|s| &s.records).filter(wanted).cloned());
        }
    }

    /// One step of a follower, as the ledger takes it.
    pub async fn step(&self, follower: &mut dyn Follower, records: &[Arc<Record>]) {
        let mut unit = Unit::new();
        follower.take(&self.context, records, &mut unit).await.unwrap();
        self.context.db.commit(unit).await.unwrap();
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        let _stopped = self.stop.send(true);
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}
