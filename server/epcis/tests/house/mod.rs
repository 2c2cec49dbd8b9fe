//! A house to test in: a real database, the domain's routes behind their permissions, and the worker,
//! whose takes the test decides on. On PostgreSQL where THERIAC_TEST_POSTGRES names one, else on SQLite.

use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use theriac_access::{Grant, Role};
use theriac_core::{Clock, Result};
use theriac_epcis::Epcis;
use theriac_ledger::{Follower, Ledger, Record};
use theriac_platform::db::{Db, Unit};
use theriac_platform::http::{Answer, Facade, Found, Method, Request, Response, Router};
use theriac_platform::{Context, Cursors, Webhooks};

pub struct House {
    pub context: Context,
    router: Router,
    pub epcis: Epcis,
    pub ledger: Arc<Ledger>,
    folder: Option<PathBuf>,
    keys: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        let _keys = std::fs::remove_dir_all(&self.keys);
        if let Some(folder) = &self.folder {
            let _gone = std::fs::remove_dir_all(folder);
        }
    }
}

pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }

    /// The eventIDs of a query document.
    pub fn ids(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        let document = self.json();
        let events = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().unwrap().clone();
        events.iter().map(|e| e["eventID"].as_str().unwrap().to_owned()).collect()
    }

    /// The address of the next page, after the host.
    pub fn next(&self) -> Option<String> {
        let link = self.header("link").strip_prefix("<http://test")?;
        link.split_once('>').map(|(address, _)| address.to_owned())
    }
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

static MIGRATED: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();

/// Only the owner of the schema may; without its address the schema is taken to be there.
async fn migrate() {
    if let Ok(owner) = std::env::var("THERIAC_TEST_POSTGRES_OWNER") {
        let owner = Db::open(&owner, Clock::System).await.unwrap();
        theriac_migrations::up(&owner.migration_connection().await.unwrap()).await.unwrap();
    }
}

async fn database(clock: Clock) -> (Db, Option<PathBuf>) {
    if let Ok(url) = std::env::var("THERIAC_TEST_POSTGRES") {
        MIGRATED.get_or_init(migrate).await;
        return (Db::open(&url, clock).await.unwrap(), None);
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("theriac-epcis-{}-{number}", std::process::id()));
    let url = format!("sqlite://{}/t.db?mode=rwc", folder.display());
    let db = Db::open(&url, clock).await.unwrap();
    theriac_migrations::up(&db.migration_connection().await.unwrap()).await.unwrap();
    (db, Some(folder))
}

impl House {
    pub async fn new() -> Self {
        let (db, folder) = database(Clock::System).await;
        Self::of(db, folder, "").await
    }

    /// As [`House::new`], with subscribers at these addresses.
    pub async fn writing_to(allowed: &str) -> Self {
        let (db, folder) = database(Clock::System).await;
        Self::of(db, folder, allowed).await
    }

    /// One in which it is always the same moment.
    pub async fn held() -> Self {
        let at = theriac_core::Instant::parse("2026-11-21T08:00:00Z").unwrap();
        let (db, folder) = database(Clock::Held(Arc::new(AtomicI64::new(at.0)))).await;
        Self::of(db, folder, "").await
    }

    /// Another tenant of the same database.
    pub async fn neighbour(&self) -> Self {
        Self::of(self.context.db.server().clone(), None, "").await
    }

    async fn of(db: Db, folder: Option<PathBuf>, allowed: &str) -> Self {
        let name = format!("t-{:x}-{}", db.keys().next(db.clock()), NUMBER.fetch_add(1, Ordering::Relaxed));
        let tenant = loop {
            match db.create_tenant(&name).await {
                Ok(tenant) => break tenant,
                Err(error) if error.status() == 409 => {}
                Err(error) => panic!("{error}"),
            }
        };
        let keys = std::env::temp_dir().join(format!("theriac-epcis-keys-{}-{name}", std::process::id()));
        let ledger = Ledger::new(db.clone(), theriac_ledger::load_signing_key(&keys).unwrap());
        let epcis = Epcis::new(ledger.clone(), Cursors::new(b"secret"), Webhooks::new(allowed).unwrap());
        let mut context = Context::internal(&db, &tenant, "tester");
        context.trail = Arc::new(theriac_platform::context::Trail {
            request_id: "r1".to_owned(),
            base: format!("http://test/{name}"),
            ..Default::default()
        });
        Self { context, router: Router::new(theriac_epcis::routes(&epcis)), epcis, ledger, folder, keys }
    }

    /// Another caller.
    pub fn as_role(&self, role: Role, glns: &[&str]) -> Context {
        let grant = Grant {
            glns: glns.iter().map(|g| (*g).to_owned()).collect(),
            second_factor: true,
            ..Grant::new(role, "other", self.context.tenant.name.as_ref())
        };
        Context { grant: Arc::new(grant), ..self.context.clone() }
    }

    pub async fn send(&self, context: &Context, request: Request) -> Reply {
        Self::send_to(&self.router, context, request).await
    }

    pub async fn send_to(router: &Router, context: &Context, mut request: Request) -> Reply {
        let Found::Route(route, params) = router.find(request.method, &request.path) else {
            panic!("no route {:?} {}", request.method, request.path)
        };
        request.params = params;
        let answer = match (context.grant.require(route.permission), &route.answer) {
            (Ok(()), Answer::Reply(handler) | Answer::Upgrade(handler, _)) => handler(context.clone(), request).await,
            (Err(error), _) => Err(error),
        };
        reply(answer)
    }

    pub async fn get_as(&self, context: &Context, address: &str) -> Reply {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let tenant = format!("/{}/", self.context.tenant.name);
        let path = if path.starts_with(&tenant) { path.to_owned() } else { format!("{tenant}epcis{path}") };
        self.send(context, Request::new(Method::Get, path, query)).await
    }

    /// With these header fields.
    pub async fn get_with(&self, address: &str, headers: &[(&str, &str)]) -> Reply {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let mut request = Request::new(Method::Get, format!("/{}/epcis{path}", self.context.tenant.name), query);
        headers.iter().for_each(|(name, value)| request.headers.push(name, *value));
        self.send(&self.context, request).await
    }

    pub async fn get(&self, address: &str) -> Reply {
        self.get_as(&self.context, address).await
    }

    pub async fn post_as(
        &self,
        context: &Context,
        path: &str,
        body: impl Into<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let path = format!("/{}/epcis{path}", self.context.tenant.name);
        let mut request = Request::new(Method::Post, path, "");
        request.body = body.into().into();
        // Of two the first counts.
        for (name, value) in headers.iter().chain(&[("content-type", "application/json")]) {
            request.headers.push(name, *value);
        }
        self.send(context, request).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        let path = format!("/{}/epcis{path}", self.context.tenant.name);
        self.send(&self.context, Request::new(Method::Delete, path, "")).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.post_as(&self.context, path, body, &[]).await
    }

    /// Captures a document and gives the id of the job.
    pub async fn submit(&self, body: impl Into<Vec<u8>>, behaviour: &str) -> String {
        let reply = self.post_as(&self.context, "/capture", body, &[("gs1-capture-error-behaviour", behaviour)]).await;
        assert_eq!(reply.status, 202, "{}", String::from_utf8_lossy(&reply.body));
        reply.header("location").rsplit('/').next().unwrap().to_owned()
    }

    pub async fn follower(&self) -> Box<dyn Follower> {
        let context = Context { trail: Arc::default(), ..self.context.clone() };
        theriac_epcis::workers(&self.epcis)[0].open(&context).await.unwrap()
    }

    /// Lets the worker of temperatures see these events, as the sealer would hand them on.
    pub async fn watch(&self, epcs: &[&str]) {
        let items: Vec<Value> = epcs.iter().map(|epc| serde_json::json!({ "epc": epc })).collect();
        let leaf = serde_json::json!({ "time": "", "topic": "epcis.event", "action": "capture", "subject": "e", "version": 0,
            "data": { "sensorElements": true, "items": items } });
        let record = Arc::new(Record::read(0, leaf.to_string().as_bytes()).unwrap());
        let watchers = theriac_epcis::workers(&self.epcis);
        let watcher = watchers.iter().find(|watcher| watcher.name() == "epcis-temperature").unwrap();
        let mut unit = Unit::new();
        watcher.open(&self.context).await.unwrap().take(&self.context, &[record], &mut unit).await.unwrap();
        self.context.db.commit(unit).await.unwrap();
    }

    /// Changes a setting of the tenant.
    pub async fn choose(&self, name: &str, value: &str) {
        let (db, now) = (&self.context.db, self.context.now());
        let settings = theriac_platform::setting::Settings::read(db, now).await.unwrap();
        let mut unit = Unit::new();
        settings.change(&mut unit, db, now, name, value).unwrap();
        db.commit(unit).await.unwrap();
    }

    /// Lets the worker take these jobs at once.
    pub async fn work(&self, jobs: &[String]) -> Result<()> {
        self.work_on(jobs, 1).await
    }

    /// As above, the jobs saying that they have so many events.
    pub async fn work_on(&self, jobs: &[String], events: u32) -> Result<()> {
        let records = jobs.iter().enumerate().map(|(at, id)| {
            let leaf = format!(
                r#"{{"time":"","topic":"epcis.job","action":"capture","subject":"job/{id}","version":0,"data":{{"events":{events},"bytes":1}}}}"#
            );
            Arc::new(Record::read(at as u64, leaf.as_bytes()).unwrap())
        });
        let records: Vec<_> = records.collect();
        let mut unit = Unit::new();
        self.follower().await.take(&self.context, &records, &mut unit).await?;
        self.context.db.commit(unit).await.map(drop)
    }

    /// As [`House::capture`], of a document in XML.
    pub async fn capture_xml(&self, body: impl Into<Vec<u8>>, behaviour: &str) -> Value {
        let headers = [("gs1-capture-error-behaviour", behaviour), ("content-type", "application/xml")];
        let reply = self.post_as(&self.context, "/capture", body, &headers).await;
        assert_eq!(reply.status, 202, "{}", String::from_utf8_lossy(&reply.body));
        let id = reply.header("location").rsplit('/').next().unwrap().to_owned();
        self.work(std::slice::from_ref(&id)).await.unwrap();
        self.get(&format!("/capture/{id}")).await.json()
    }

    /// Captures, works, and gives the finished job.
    pub async fn capture(&self, body: impl Into<Vec<u8>>, behaviour: &str) -> Value {
        let id = self.submit(body, behaviour).await;
        self.work(std::slice::from_ref(&id)).await.unwrap();
        self.get(&format!("/capture/{id}")).await.json()
    }
}

fn reply(answer: Result<Response>) -> Reply {
    let response = answer.unwrap_or_else(|error| Facade::Epcis.render(&error, "r1"));
    let body = response.body.bytes().map(|b| b.to_vec()).unwrap_or_default();
    Reply { status: response.status, headers: response.headers, body }
}

/// A document around events.
pub fn document(events: &[Value]) -> Vec<u8> {
    serde_json::json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-20T08:00:00Z",
        "epcisBody": { "eventList": events }
    })
    .to_string()
    .into_bytes()
}

/// The n-th minute of the test's day.
pub fn minute(n: u32) -> String {
    format!("2026-11-20T{:02}:{:02}:00.000Z", 8 + n / 60, n % 60)
}

/// Percent-encoded.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
