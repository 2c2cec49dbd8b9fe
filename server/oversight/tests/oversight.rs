//! Emergency accesses and reviews of access on a real database: who may open what, for how long, what is said of it, who
//! judges it; and which reviews follow each other.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use theriac_access::{Grant, Role, Rows};
use theriac_core::{Clock, Result};
use theriac_ledger::Rounds;
use theriac_platform::db::Db;
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::{Answer, Found, Method, Request, Response, Router};
use theriac_platform::{Context, emergency};

struct House {
    context: Context,
    clock: Arc<AtomicI64>,
    router: Router,
    folder: std::path::PathBuf,
}

/// 2026-11-20T08:00:00Z
const START: i64 = 1_795_161_600_000_000;
const MINUTE: i64 = 60_000_000;

impl House {
    async fn open() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("oversight-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("theriac-{name}"));
        let clock = Arc::new(AtomicI64::new(START));
        let file = format!("sqlite://{}/oversight.db?mode=rwc", folder.display());
        let url = std::env::var("THERIAC_TEST_DATABASE_URL").unwrap_or(file);
        let db = Db::open(&url, Clock::Held(clock.clone())).await.unwrap();
        theriac_migrations::up(&db.migration_connection().await.unwrap()).await.unwrap();
        let tenant = db.create_tenant(&name).await.unwrap();
        let mut routes = theriac_oversight::routes();
        routes.extend(theriac_alerts::routes());
        Self { context: Context::internal(&db, &tenant, "ada"), clock, router: Router::new(routes), folder }
    }

    fn at(&self, minutes: i64) {
        self.clock.store(START + minutes * MINUTE, Ordering::Relaxed);
    }

    fn caller(&self, role: Role, who: &str) -> Context {
        let grant = Grant {
            second_factor: true,
            assigned: vec!["Patient/own".to_owned()],
            ..Grant::new(role, who, self.context.tenant.name.as_ref())
        };
        Context { grant: Arc::new(grant), ..self.context.clone() }
    }

    async fn ask(&self, context: &Context, method: Method, path: &str, body: &str) -> Result<Response> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut request = Request::new(method, format!("/mercy/{path}"), query);
        request.body = body.to_owned().into();
        let Found::Route(route, params) = self.router.find(request.method, &request.path) else {
            panic!("no route for {}", request.path)
        };
        context.grant.require(route.permission)?;
        request.params = params;
        let (Answer::Reply(handler) | Answer::Upgrade(handler, _)) = &route.answer;
        handler.clone()(context.clone(), request).await
    }

    async fn send(&self, role: Role, who: &str, method: Method, path: &str, body: &str) -> Value {
        let response = self.ask(&self.caller(role, who), method, path, body).await.unwrap();
        serde_json::from_slice(response.body.bytes().unwrap()).unwrap()
    }

    async fn refused(&self, role: Role, who: &str, path: &str, body: &str) -> (u16, String) {
        let error = self.ask(&self.caller(role, who), Post, path, body).await.unwrap_err();
        (error.status(), error.to_string())
    }

    async fn begin(&self, who: &str, patient: &str) -> String {
        let body = json!({ "patient": patient, "purpose": "BTG", "reason": "unconscious, no relatives" }).to_string();
        let opened = self.send(Role::Clinician, who, Post, "emergencies", &body).await;
        opened["id"].as_str().unwrap().to_owned()
    }

    /// The labels that exist for somebody now.
    async fn seen(&self, role: Role, who: &str) -> Rows {
        emergency::opened(&self.caller(role, who)).await.unwrap().0.grant.rows()
    }

    async fn sees(&self, who: &str, patient: &str) -> bool {
        self.seen(Role::Clinician, who).await.admits(&[patient])
    }

    async fn round(&self) {
        for round in theriac_oversight::rounds() {
            Rounds::round(round.as_ref(), &self.context).await.unwrap();
        }
    }

    async fn queue(&self) -> Vec<String> {
        let list = self.send(Role::Steward, "sam", Get, "emergencies?review=awaiting", "").await;
        list["emergencies"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn alerts(&self) -> Vec<(String, String)> {
        let list = self.send(Role::Steward, "sam", Get, "alerts", "").await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        list["alerts"].as_array().unwrap().iter().map(|one| (text(&one["rule"]), text(&one["subject"]))).collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn an_access_opens_one_patient_to_one_person_and_ends_at_its_time() {
    let house = House::open().await;
    let id = house.begin("ann", "Patient/x").await;
    assert!(house.sees("ann", "Patient/x").await && house.sees("ann", "Patient/own").await);
    assert!(!house.sees("ann", "Patient/y").await && !house.sees("bob", "Patient/x").await);
    for role in [Role::Researcher, Role::Steward, Role::Service, Role::Partner] {
        let plain = house.caller(role, "ann").grant.rows();
        assert_eq!(house.seen(role, "ann").await, plain, "{role:?}");
    }
    house.at(59);
    assert!(house.sees("ann", "Patient/x").await);
    house.at(60);
    assert!(!house.sees("ann", "Patient/x").await, "nobody has to do anything for it to end");
    house.round().await;
    let ended = house.send(Role::Steward, "sam", Get, &format!("emergencies/{id}"), "").await;
    assert_eq!((&ended["state"], &ended["endedAt"]), (&json!("ended"), &json!("2026-11-20T09:00:00.000Z")));
    assert_eq!(house.queue().await, [id], "an access that has ended still waits to be judged");
}

#[tokio::test]
async fn an_access_raises_an_alert_that_does_not_say_whom_it_is_about() {
    let house = House::open().await;
    let id = house.begin("ann", "Patient/x").await;
    assert_eq!(house.alerts().await, [("emergency-access".to_owned(), format!("emergencies/{id}"))]);
    let alerts = house.send(Role::Quality, "quinn", Get, "alerts", "").await.to_string();
    assert!(!alerts.contains("Patient/x") && !alerts.contains("unconscious"), "{alerts}");
}

#[tokio::test]
async fn whoever_opened_it_ends_it_early_and_nobody_else_does() {
    let house = House::open().await;
    let path = format!("emergencies/{}/end", house.begin("ann", "Patient/x").await);
    assert_eq!(house.refused(Role::Clinician, "bob", &path, "").await.0, 404);
    assert!(house.sees("ann", "Patient/x").await);
    let ended = house.send(Role::Clinician, "ann", Post, &path, "").await;
    assert_eq!((&ended["state"], &ended["endedBy"]), (&json!("ended"), &json!("ann")));
    assert!(!house.sees("ann", "Patient/x").await);
    assert_eq!(house.refused(Role::Clinician, "ann", &path, "").await.0, 409);
    let own = house.send(Role::Clinician, "ann", Get, "emergencies/own?state=ended", "").await;
    assert_eq!(own["emergencies"].as_array().unwrap().len(), 1);
    let others = house.send(Role::Clinician, "bob", Get, "emergencies/own", "").await;
    assert_eq!(others["emergencies"], json!([]));
}

#[tokio::test]
async fn it_is_judged_once_by_somebody_else_and_ends_if_it_was_not_right() {
    let house = House::open().await;
    let (first, second) = (house.begin("ann", "Patient/x").await, house.begin("ann", "Patient/y").await);
    assert_eq!(house.queue().await, [second.clone(), first.clone()]);
    let path = |id: &str| format!("emergencies/{id}/review");
    let judged = |decision: &str| json!({ "decision": decision, "comment": "seen in the notes" }).to_string();
    let (status, why) = house.refused(Role::Administrator, "ann", &path(&first), &judged("justified")).await;
    assert!(status == 403 && why.contains("somebody else"), "{status} {why}");
    for role in [Role::Steward, Role::Clinician] {
        assert_eq!(house.refused(role, "sam", &path(&first), &judged("justified")).await.0, 403, "{role:?}");
    }
    for (body, word) in [
        (r#"{"decision":"fine","comment":"x"}"#, "justified, unjustified"),
        (r#"{"decision":"justified"}"#, "'comment' is needed"),
    ] {
        let (status, why) = house.refused(Role::Administrator, "root", &path(&first), body).await;
        assert!(status == 400 && why.contains(word), "{status} {why}");
    }
    house.send(Role::Administrator, "root", Post, &path(&first), &judged("justified")).await;
    assert!(house.sees("ann", "Patient/x").await, "what is right goes on to its time");
    assert_eq!(house.refused(Role::Administrator, "root", &path(&first), &judged("unjustified")).await.0, 409);
    house.send(Role::Administrator, "root", Post, &path(&second), &judged("unjustified")).await;
    assert!(!house.sees("ann", "Patient/y").await);
    assert_eq!(house.queue().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_nobody_judges_in_time_raises_an_alert_once() {
    let house = House::open().await;
    let id = house.begin("ann", "Patient/x").await;
    house.at(72 * 60 - 1);
    house.round().await;
    assert_eq!(house.alerts().await.len(), 1);
    house.at(72 * 60);
    house.round().await;
    house.round().await;
    let late = house.alerts().await.into_iter().filter(|(rule, _)| rule == "emergency-not-reviewed");
    assert_eq!(late.collect::<Vec<_>>(), [("emergency-not-reviewed".to_owned(), format!("emergencies/{id}"))]);
}

#[tokio::test]
async fn a_request_says_who_why_and_until_when_or_is_refused_with_what_would_be_right() {
    let house = House::open().await;
    for (body, status, word) in [
        (json!({ "patient": "x", "purpose": "BTG", "reason": "r" }), 400, "Patient/{id}"),
        (json!({ "patient": "Patient/x", "purpose": "TREAT", "reason": "r" }), 400, "BTG, ETREAT"),
        (json!({ "patient": "Patient/x", "purpose": "BTG" }), 400, "'reason' is needed"),
        (
            json!({ "patient": "Patient/x", "purpose": "BTG", "reason": "r", "until": "2026-11-20T09:00:01Z" }),
            400,
            "too far",
        ),
        (json!({ "patient": "Patient/x", "purpose": "BTG", "reason": "r", "minutes": 5 }), 400, "minutes"),
    ] {
        let (got, why) = house.refused(Role::Clinician, "ann", "emergencies", &body.to_string()).await;
        assert!(got == status && why.contains(word), "{got} {why}");
    }
    for role in Role::ALL.iter().filter(|role| **role != Role::Clinician) {
        assert_eq!(house.refused(*role, "ann", "emergencies", "{}").await.0, 403, "{role:?}");
    }
    for number in 0..20 {
        house.begin("ann", &format!("Patient/{number}")).await;
    }
    let body = json!({ "patient": "Patient/x", "purpose": "ETREAT", "reason": "r" }).to_string();
    assert_eq!(house.refused(Role::Clinician, "ann", "emergencies", &body).await.0, 409);
}

const DAY: i64 = 24 * 60;

#[tokio::test]
async fn a_review_is_followed_by_the_next_with_as_much_time() {
    let house = House::open().await;
    let body = r#"{"title":"Every quarter","due":"2026-12-20T08:00:00Z","everyDays":90}"#;
    let first = house.send(Role::Administrator, "root", Post, "admin/reviews", body).await;
    assert_eq!((&first["state"], &first["everyDays"]), (&json!("complete"), &json!(90)), "nobody is registered yet");
    let count = async || {
        let list = house.send(Role::Steward, "sam", Get, "admin/reviews", "").await;
        list["reviews"].as_array().unwrap().clone()
    };
    house.at(90 * DAY - 1);
    house.round().await;
    assert_eq!(count().await.len(), 1);
    house.at(90 * DAY);
    house.round().await;
    house.round().await;
    let reviews = count().await;
    assert_eq!(reviews.len(), 2, "one follows, once");
    assert_eq!(
        (&reviews[0]["title"], &reviews[0]["due"]),
        (&json!("Every quarter"), &json!("2027-03-20T08:00:00.000Z"))
    );
    assert_eq!(house.alerts().await, [], "what is complete when it falls due needs no alert");
}

#[tokio::test]
async fn an_account_is_dormant_and_its_rights_unused_after_the_days_that_the_tenant_says() {
    let house = House::open().await;
    let usage: Arc<theriac_platform::Usage> = house.context.db.server().kept();
    let ann = house.caller(Role::Clinician, "ann");
    let line = async || {
        let report = house.send(Role::Steward, "sam", Get, "admin/access", "").await;
        report["accounts"][0].clone()
    };
    usage.note(&ann.tenant, &ann.grant, theriac_access::Permission::FhirRead, ann.now());
    usage.write(house.context.db.server()).await.unwrap();
    house.at(89 * DAY);
    assert_eq!((&line().await["dormant"], &line().await["unused"]), (&json!(false), &json!([])));
    house.at(90 * DAY);
    let old = line().await;
    assert_eq!((&old["kind"], &old["dormant"]), (&json!("unregistered"), &json!(true)));
    assert_eq!(old["unused"], json!(["fhir.read"]));
    usage.note(&ann.tenant, &ann.grant, theriac_access::Permission::FhirRead, ann.now());
    usage.write(house.context.db.server()).await.unwrap();
    assert_eq!(line().await["dormant"], false);
}
