//! A tenant with a short trade in one lot, asked through its routes. On PostgreSQL where THERIAC_TEST_POSTGRES names one,
//! else on SQLite.

use bytes::Bytes;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;
use theriac_access::{Grant, Role};
use theriac_core::{Clock, Error, Instant, Result};
use theriac_dscsa::Dscsa;
use theriac_epcis::Epcis;
use theriac_ledger::Ledger;
use theriac_platform::db::{Db, Unit};
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::{Answer, Found, Method, Request, Response, Router};
use theriac_platform::{Context, Cursors, Outbound, Settings, Webhooks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub const PACK: &str = "urn:epc:id:sgtin:4012345.011111.1";
pub const OTHER: &str = "urn:epc:id:sgtin:4012345.011111.2";
pub const CASE: &str = "urn:epc:id:sscc:4012345.0000000111";
pub const DAY: i64 = 86_400_000_000;

pub struct House {
    pub context: Context,
    pub clock: Arc<AtomicI64>,
    ledger: Arc<Ledger>,
    epcis: Epcis,
    router: Router,
    folder: Option<PathBuf>,
}

async fn routed(
    router: &Router,
    context: &Context,
    method: Method,
    address: &str,
    headers: Vec<(String, String)>,
    body: Bytes,
) -> Result<Response> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut request = Request::new(method, path, query);
    request.headers.push("content-type", "application/json");
    headers.iter().for_each(|(name, value)| request.headers.set(name, value.as_str()));
    request.body = body;
    let Found::Route(route, params) = router.find(request.method, &request.path) else {
        return Err(Error::not_found("route", path));
    };
    request.params = params;
    let (Answer::Reply(handler) | Answer::Upgrade(handler, _)) = &route.answer;
    handler.clone()(context.clone(), request).await
}

/// One request of one connection.
async fn answer(router: &Router, context: &Context, mut stream: TcpStream) {
    let mut buffer = Vec::new();
    let split = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        assert_ne!(stream.read_buf(&mut buffer).await.unwrap(), 0);
    };
    let head = String::from_utf8(buffer[..split].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, address) = (Method::parse(first.next().unwrap()).unwrap(), first.next().unwrap().to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    while buffer.len() < split + length {
        assert_ne!(stream.read_buf(&mut buffer).await.unwrap(), 0);
    }
    let body = Bytes::copy_from_slice(&buffer[split..]);
    let (status, body) = match routed(router, context, method, &address, headers, body).await {
        Ok(response) => (response.status, response.body.bytes().unwrap().to_vec()),
        Err(error) => (error.status(), error.to_string().into_bytes()),
    };
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(&[head.into_bytes(), body].concat()).await.unwrap();
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _gone = std::fs::remove_dir_all(folder);
        }
    }
}

impl House {
    pub async fn open() -> Self {
        Self::reaching("").await
    }

    /// One that may reach `host:port`.
    pub async fn reaching(allowed: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("dscsa-{:x}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let clock = Arc::new(AtomicI64::new(Instant::parse("2026-11-21T08:00:00Z").unwrap().0));
        let (url, folder) = match std::env::var("THERIAC_TEST_POSTGRES") {
            Ok(url) => (url, None),
            Err(_) => {
                let folder = std::env::temp_dir().join(format!("theriac-{name}"));
                (format!("sqlite://{}/t.db?mode=rwc", folder.display()), Some(folder))
            }
        };
        let db = Db::open(&url, Clock::Held(clock.clone())).await.unwrap();
        if folder.is_some() {
            theriac_migrations::up(&db.migration_connection().await.unwrap()).await.unwrap();
        }
        let tenant = db.create_tenant(&format!("{name}-{:x}", db.keys().next(&Clock::System))).await.unwrap();
        let keys = std::env::temp_dir().join(format!("theriac-dscsa-keys-{name}"));
        let ledger = Ledger::new(db.clone(), theriac_ledger::load_signing_key(&keys).unwrap());
        let _gone = std::fs::remove_dir_all(keys);
        let outbound = Arc::new(Outbound::new(allowed).unwrap());
        let dscsa = Dscsa::new(outbound, Cursors::new(b"secret"));
        let epcis = Epcis::new(ledger.clone(), Cursors::new(b"secret"), Webhooks::new("").unwrap());
        let mut routes = theriac_dscsa::routes(&dscsa);
        routes.extend(theriac_epcis::routes(&epcis));
        routes.extend(theriac_alerts::routes());
        let house = Self {
            context: Context::internal(&db, &tenant, "tester"),
            clock,
            ledger,
            epcis,
            router: Router::new(routes),
            folder,
        };
        house.trade().await;
        house
    }

    pub fn as_role(&self, role: Role, who: &str, glns: &[&str]) -> Context {
        let glns = glns.iter().map(|gln| (*gln).to_owned()).collect();
        let grant = Grant { second_factor: true, glns, ..Grant::new(role, who, self.context.tenant.name.as_ref()) };
        Context { grant: Arc::new(grant), ..self.context.clone() }
    }

    pub async fn ask(&self, context: &Context, method: Method, path: &str, body: &str) -> Result<Response> {
        let address = format!("/{}/{path}", self.context.tenant.name);
        routed(&self.router, context, method, &address, Vec::new(), body.to_owned().into()).await
    }

    /// Serves the routes over HTTP to a caller with these rights; gives `host:port`.
    pub async fn serve(&self, context: Context) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let router = self.router.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answer(&router, &context, stream).await;
            }
        });
        place
    }

    /// With sealer and workers at work, asks until there is an answer.
    pub async fn soon<T>(&self, ask: impl AsyncFn() -> Option<T>) -> T {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = tokio::task::JoinSet::new();
        let sealing = tokio::spawn(theriac_ledger::sealer::run(self.ledger.clone(), stopped.clone()));
        for worker in theriac_epcis::workers(&self.epcis).into_iter().chain(theriac_dscsa::workers()) {
            tasks.spawn(theriac_ledger::follow::run(self.ledger.clone(), worker, stopped.clone()));
        }
        for _ in 0..400 {
            if let Some(answer) = ask().await {
                stop.send(true).unwrap();
                while tasks.join_next().await.is_some() {}
                sealing.await.unwrap().unwrap();
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no answer within 20 seconds")
    }

    /// Captures master data.
    pub async fn describe(&self, vocabularies: &Value) {
        let document = json!({ "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-20T00:00:00Z",
            "epcisHeader": { "epcisMasterData": { "vocabularyList": vocabularies } }, "epcisBody": { "eventList": [] } });
        let taken = self.ask(&self.context, Post, "epcis/capture", &document.to_string()).await.unwrap();
        let job = taken.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
        let job = self
            .soon(async || {
                let job = self.json("ada", Get, &format!("epcis/capture/{job}"), "").await;
                (job["running"] == false).then_some(job)
            })
            .await;
        assert_eq!(job["success"], true, "{job}");
    }

    pub async fn choose(&self, name: &str, value: &str) {
        let (db, now) = (&self.context.db, self.context.now());
        let mut unit = Unit::new();
        Settings::read(db, now).await.unwrap().change(&mut unit, db, now, name, value).unwrap();
        db.commit(unit).await.unwrap();
    }

    pub async fn json(&self, who: &str, method: Method, path: &str, body: &str) -> Value {
        let context = self.as_role(Role::Administrator, who, &[]);
        let response = self.ask(&context, method, path, body).await.unwrap();
        serde_json::from_slice(response.body.bytes().unwrap()).unwrap()
    }

    pub async fn refused(&self, who: &str, path: &str, body: &str) -> String {
        let context = self.as_role(Role::Administrator, who, &[]);
        self.ask(&context, Post, path, body).await.err().map(|error| error.to_string()).unwrap_or_default()
    }

    /// Two packs of one lot, one of them in a case that was shipped.
    pub async fn trade(&self) {
        let event = |hour: u32, step: &str, action: &str, more: Value| {
            let mut event = json!({ "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
                "type": "ObjectEvent", "eventTime": format!("2026-11-20T{hour:02}:00:00Z"),
                "eventTimeZoneOffset": "+00:00", "action": action, "bizStep": step });
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            event
        };
        let ilmd = json!({ "cbvmda:lotNumber": "L1", "cbvmda:itemExpirationDate": "2028-01-31" });
        let parties = |to: &str| json!([{ "type": "owning_party", to: format!("urn:epc:id:pgln:4000001.{}", if to == "source" { "00001" } else { "98765" }) }]);
        for event in [
            event(1, "commissioning", "ADD", json!({ "epcList": [PACK, OTHER], "ilmd": ilmd })),
            event(2, "packing", "ADD", json!({ "type": "AggregationEvent", "parentID": CASE, "childEPCs": [PACK] })),
            event(
                3,
                "shipping",
                "OBSERVE",
                json!({ "epcList": [CASE], "sourceList": parties("source"), "destinationList": parties("destination") }),
            ),
            event(4, "dispensing", "DELETE", json!({ "epcList": [OTHER], "disposition": "dispensed" })),
        ] {
            let response = self.ask(&self.context, Post, "epcis/events", &event.to_string()).await.unwrap();
            assert_eq!(response.status, 201);
        }
    }
}
