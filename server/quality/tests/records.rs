//! Quality records on a real database: their ways through their states, who may take them, and what is overdue.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use theriac_access::{Grant, Role};
use theriac_core::{Clock, Result};
use theriac_platform::Context;
use theriac_platform::db::Db;
use theriac_platform::http::Method::{Get, Post, Put};
use theriac_platform::http::{Answer, Found, Method, Request, Response, Router};

struct House {
    context: Context,
    clock: Arc<AtomicI64>,
    router: Router,
    folder: std::path::PathBuf,
}

/// 2026-11-20T08:00:00Z
const START: i64 = 1_795_161_600_000_000;

impl House {
    async fn open() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("quality-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("theriac-{name}"));
        let clock = Arc::new(AtomicI64::new(START));
        let file = format!("sqlite://{}/quality.db?mode=rwc", folder.display());
        let url = std::env::var("THERIAC_TEST_DATABASE_URL").unwrap_or(file);
        let db = Db::open(&url, Clock::Held(clock.clone())).await.unwrap();
        theriac_migrations::up(&db.migration_connection().await.unwrap()).await.unwrap();
        let tenant = db.create_tenant(&name).await.unwrap();
        let mut routes = theriac_quality::routes();
        routes.extend(theriac_alerts::routes());
        Self { context: Context::internal(&db, &tenant, "ada"), clock, router: Router::new(routes), folder }
    }

    async fn call(&self, who: &str, method: Method, path: &str, version: Option<i64>, body: &str) -> Result<Response> {
        let grant = Grant { second_factor: true, ..Grant::new(Role::Quality, who, self.context.tenant.name.as_ref()) };
        self.ask(Context { grant: Arc::new(grant), ..self.context.clone() }, method, path, version, body).await
    }

    async fn ask(
        &self,
        context: Context,
        method: Method,
        path: &str,
        version: Option<i64>,
        body: &str,
    ) -> Result<Response> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut request = Request::new(method, format!("/plant7/{path}"), query);
        request.headers.push("content-type", "application/json");
        if let Some(version) = version {
            request.headers.push("if-match", format!("W/\"{version}\""));
        }
        request.body = body.to_owned().into();
        let Found::Route(route, params) = self.router.find(request.method, &request.path) else {
            panic!("no route for {}", request.path)
        };
        request.params = params;
        let (Answer::Reply(handler) | Answer::Upgrade(handler, _)) = &route.answer;
        handler.clone()(context, request).await
    }

    async fn send(&self, who: &str, method: Method, path: &str, body: &str) -> Value {
        let response = self.call(who, method, path, None, body).await.unwrap();
        serde_json::from_slice(response.body.bytes().unwrap()).unwrap()
    }

    async fn refused(&self, who: &str, method: Method, path: &str, body: &str) -> String {
        self.call(who, method, path, None, body).await.err().map(|e| e.to_string()).unwrap_or_default()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

fn to(state: &str) -> String {
    json!({ "to": state, "reason": "as agreed" }).to_string()
}

const DEVIATION: &str = r#"{"title":"Filter clogged","classification":"major","owner":"bob","dueDate":"2026-11-25",
    "impact":{"product":"batch B7 on hold"},"rootCause":{"statement":"worn seal"}}"#;

#[tokio::test]
async fn a_deviation_is_investigated_answered_and_closed_by_another() {
    let house = House::open().await;
    let opened = house.send("ada", Post, "quality/deviations", DEVIATION).await;
    assert_eq!((&opened["state"], &opened["version"], &opened["openedBy"]), (&json!("open"), &json!(1), &json!("ada")));
    let id = opened["id"].as_str().unwrap();
    let path = format!("quality/deviations/{id}");
    house.send("ada", Post, &format!("{path}/transition"), &to("investigation")).await;
    house.send("ada", Post, &format!("{path}/transition"), &to("action")).await;
    let capa = json!({ "title": "New seals", "type": "corrective", "deviations": [id] }).to_string();
    let capa = house.send("ada", Post, "quality/capas", &capa).await;
    let own = house.refused("ada", Post, &format!("{path}/transition"), &to("closed")).await;
    assert!(own.contains("for somebody else"), "{own}");
    let early = house.refused("eve", Post, &format!("{path}/transition"), &to("closed")).await;
    assert!(early.contains(&format!("capas/{}", capa["id"].as_str().unwrap())), "{early}");
    let cancel = format!("quality/capas/{}/transition", capa["id"].as_str().unwrap());
    house.send("ada", Post, &cancel, &to("cancelled")).await;
    let closed = house.send("eve", Post, &format!("{path}/transition"), &to("closed")).await;
    assert_eq!((&closed["state"], &closed["changedBy"]), (&json!("closed"), &json!("eve")));
    let settled = house.refused("ada", Put, &path, DEVIATION).await;
    assert!(settled.contains("is closed"), "{settled}");
    let versions = house.send("ada", Get, &format!("{path}/history"), "").await;
    let states: Vec<&Value> = versions["versions"].as_array().unwrap().iter().map(|v| &v["state"]).collect();
    assert_eq!(states, ["open", "investigation", "action", "closed"]);
}

#[tokio::test]
async fn two_who_change_the_same_version_do_not_overwrite_each_other() {
    let house = House::open().await;
    let opened = house.send("ada", Post, "quality/deviations", DEVIATION).await;
    let path = format!("quality/deviations/{}", opened["id"].as_str().unwrap());
    assert!(house.call("ada", Put, &path, Some(1), DEVIATION).await.is_ok());
    assert_eq!(house.call("bob", Put, &path, Some(1), DEVIATION).await.err().unwrap().status(), 412);
}

#[tokio::test]
async fn what_is_named_must_exist_and_unknown_kinds_do_not() {
    let house = House::open().await;
    let capa = r#"{"title":"New seals","type":"corrective","deviations":["nowhere"]}"#;
    assert!(house.refused("ada", Post, "quality/capas", capa).await.contains("deviations/nowhere"));
    assert!(house.refused("ada", Get, "quality/incidents", "").await.contains("deviations, capas"));
    assert!(house.refused("ada", Get, "quality/deviations?state=done", "").await.contains("investigation"));
}

#[tokio::test]
async fn another_site_sees_no_deviation_of_this_one() {
    let house = House::open().await;
    let opened = house.send("ada", Post, "quality/deviations", &DEVIATION.replacen('{', r#"{"site":"lyon","#, 1)).await;
    let path = format!("quality/deviations/{}", opened["id"].as_str().unwrap());
    for (site, found) in [("lyon", 1), ("porto", 0)] {
        let tenant = house.context.tenant.name.to_string();
        let grant = Grant { site: Some(site.to_owned()), ..Grant::new(Role::Operator, "op", &tenant) };
        let context = Context { grant: Arc::new(grant), ..house.context.clone() };
        let list = house.ask(context.clone(), Get, "quality/deviations", None, "").await.unwrap();
        let list: Value = serde_json::from_slice(list.body.bytes().unwrap()).unwrap();
        assert_eq!(list["deviations"].as_array().map(Vec::len), Some(found), "{site}");
        assert_eq!(house.ask(context, Get, &path, None, "").await.is_ok(), found == 1, "{site}");
    }
}

#[tokio::test]
async fn what_is_overdue_raises_one_alert() {
    let house = House::open().await;
    house.send("ada", Post, "quality/deviations", DEVIATION).await;
    let late = async || house.send("ada", Get, "alerts", "").await["alerts"].as_array().unwrap().clone();
    let overdue = async || house.send("ada", Get, "quality/deviations?overdue=true", "").await;
    for (days, alerts) in [(5, 0), (1, 1), (1, 1)] {
        house.clock.fetch_add(days * 86_400_000_000, Ordering::SeqCst);
        for round in theriac_quality::rounds() {
            round.round(&house.context).await.unwrap();
        }
        assert_eq!(late().await.len(), alerts, "{days} days later");
        assert_eq!(overdue().await["deviations"].as_array().map(Vec::len), Some(alerts));
    }
    assert_eq!((&late().await[0]["rule"], &late().await[0]["evidence"]["owner"]), (&json!("overdue"), &json!("bob")));
}

#[tokio::test]
async fn lists_are_paged_newest_first() {
    let house = House::open().await;
    for number in 0..5 {
        house.send("ada", Post, "quality/deviations", &DEVIATION.replace("Filter", &format!("Filter {number}"))).await;
    }
    let (mut titles, mut next) = (Vec::new(), String::new());
    loop {
        let page = house.send("ada", Get, &format!("quality/deviations?count=2{next}"), "").await;
        titles.extend(
            page["deviations"].as_array().unwrap().iter().map(|d| d["title"].as_str().unwrap()[7..8].to_owned()),
        );
        let Some(from) = page["next"].as_str() else { break };
        next = format!("&from={from}");
    }
    assert_eq!(titles, ["4", "3", "2", "1", "0"]);
}
