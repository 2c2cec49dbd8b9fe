//! Recall of a lot and the states of packs, over events captured through EPCIS. On PostgreSQL where THERIAC_TEST_POSTGRES names
//! one, else on SQLite.

#![allow(clippy::unwrap_used, reason = "the whole file is tests")]

use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use theriac_access::{Grant, Role};
use theriac_core::{Clock, Instant, Result};
use theriac_epcis::Epcis;
use theriac_ledger::Ledger;
use theriac_platform::db::Db;
use theriac_platform::http::Method::{Get, Post};
use theriac_platform::http::{Answer, Found, Method, Request, Response, Router};
use theriac_platform::{Context, Cursors, Webhooks};

const PACK: &str = "urn:epc:id:sgtin:4012345.011111.1";
const OTHER: &str = "urn:epc:id:sgtin:4012345.011111.2";
const CASE: &str = "urn:epc:id:sscc:4012345.0000000111";
const DAY: i64 = 86_400_000_000;

struct House {
    context: Context,
    clock: Arc<AtomicI64>,
    router: Router,
    folder: Option<PathBuf>,
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _gone = std::fs::remove_dir_all(folder);
        }
    }
}

impl House {
    async fn open() -> Self {
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
        let epcis = Epcis::new(ledger, Cursors::new(b"secret"), Webhooks::new("").unwrap());
        let mut routes = theriac_dscsa::routes();
        routes.extend(theriac_epcis::routes(&epcis));
        routes.extend(theriac_alerts::routes());
        let house =
            Self { context: Context::internal(&db, &tenant, "tester"), clock, router: Router::new(routes), folder };
        house.trade().await;
        house
    }

    fn as_role(&self, role: Role, who: &str, glns: &[&str]) -> Context {
        let glns = glns.iter().map(|gln| (*gln).to_owned()).collect();
        let grant = Grant { second_factor: true, glns, ..Grant::new(role, who, self.context.tenant.name.as_ref()) };
        Context { grant: Arc::new(grant), ..self.context.clone() }
    }

    async fn ask(&self, context: &Context, method: Method, path: &str, body: &str) -> Result<Response> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut request = Request::new(method, format!("/{}/{path}", self.context.tenant.name), query);
        request.headers.push("content-type", "application/json");
        request.body = body.to_owned().into();
        let Found::Route(route, params) = self.router.find(request.method, &request.path) else {
            panic!("no route for {}", request.path)
        };
        request.params = params;
        let (Answer::Reply(handler) | Answer::Upgrade(handler, _)) = &route.answer;
        handler.clone()(context.clone(), request).await
    }

    async fn json(&self, who: &str, method: Method, path: &str, body: &str) -> Value {
        let context = self.as_role(Role::Administrator, who, &[]);
        let response = self.ask(&context, method, path, body).await.unwrap();
        serde_json::from_slice(response.body.bytes().unwrap()).unwrap()
    }

    async fn refused(&self, who: &str, path: &str, body: &str) -> String {
        let context = self.as_role(Role::Administrator, who, &[]);
        self.ask(&context, Post, path, body).await.err().map(|error| error.to_string()).unwrap_or_default()
    }

    /// Two packs of one lot, one of them in a case that was shipped.
    async fn trade(&self) {
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

#[tokio::test]
async fn a_recall_names_every_serial_and_who_has_it() {
    let house = House::open().await;
    let lot = "dscsa/recall?lot=urn:epc:class:lgtin:4012345.011111.L1";
    let found = house.json("ada", Get, lot, "").await;
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!((&items[0]["state"], &items[0]["inCirculation"]), (&json!("shipped"), &json!(true)));
    assert_eq!((&items[0]["holder"], &items[0]["shippedTo"]), (&json!("4000001000012"), &json!("4000001987658")));
    assert_eq!((&items[1]["state"], &items[1]["inCirculation"]), (&json!("dispensed"), &json!(false)));
    let first = house.json("ada", Get, &format!("{lot}&count=1"), "").await;
    let from = first["next"].as_str().unwrap().to_owned();
    let second = house.json("ada", Get, &format!("{lot}&count=1&from={from}"), "").await;
    assert_eq!(second["items"][0]["epc"], items[1]["epc"]);
    let partner = house.as_role(Role::Partner, "paul", &["4000001987658"]);
    assert_eq!(house.ask(&partner, Get, lot, "").await.unwrap_err().status(), 404);
    let admin = house.as_role(Role::Administrator, "ada", &[]);
    assert_eq!(house.ask(&admin, Get, "dscsa/recall?lot=L1", "").await.unwrap_err().status(), 400);
}

#[tokio::test]
async fn a_pack_is_verified_by_what_is_printed_on_it() {
    let house = House::open().await;
    let verify = |query: &str| format!("dscsa/packs/{PACK}/verify?{query}");
    let found = house.json("ada", Get, &verify("lot=L1&expiry=280131"), "").await;
    assert_eq!((&found["verified"], &found["state"]), (&json!(true), &json!("active")));
    let found = house.json("ada", Get, &verify("lot=L2&expiry=280130"), "").await;
    let codes: Vec<&Value> = found["codes"].as_array().unwrap().iter().map(|code| &code["code"]).collect();
    assert_eq!((&found["verified"], codes), (&json!(false), vec![&json!("NMVS_FE_LOT_13"), &json!("NMVS_FE_LOT_12")]));
    let admin = house.as_role(Role::Administrator, "ada", &[]);
    let unknown = house.ask(&admin, Get, "dscsa/packs/urn:epc:id:sgtin:4012345.011111.9/verify", "").await;
    assert_eq!(unknown.unwrap_err().status(), 404);
}

#[tokio::test]
async fn a_pack_is_dispensed_once_and_given_back_in_time_by_the_same() {
    let house = House::open().await;
    let (out, back) = (format!("dscsa/packs/{PACK}/decommission"), format!("dscsa/packs/{PACK}/reactivate"));
    let dispensed = r#"{"state":"dispensed","location":"4000001987658"}"#;
    assert_eq!(house.json("ada", Post, &out, dispensed).await["state"], "dispensed");
    assert!(house.refused("bob", &out, dispensed).await.contains("NMVS_NC_PCK_22"));
    let alerts = house.json("ada", Get, "alerts", "").await["alerts"].clone();
    assert_eq!((alerts.as_array().unwrap().len(), &alerts[0]["rule"]), (1, &json!("NMVS_NC_PCK_22")));
    assert!(
        house
            .refused("ada", &back, r#"{"state":"sample","location":"4000001987658"}"#)
            .await
            .contains("NMVS_NC_PCK_06")
    );
    assert!(house.refused("bob", &back, dispensed).await.contains("same person"));
    house.clock.fetch_add(10 * DAY, Ordering::Relaxed);
    assert_eq!(house.json("ada", Post, &back, dispensed).await["state"], "active");
    house.json("ada", Post, &out, dispensed).await;
    house.clock.fetch_add(10 * DAY + 1, Ordering::Relaxed);
    assert!(house.refused("ada", &back, dispensed).await.contains("ten days"));
    assert!(house.refused("ada", &out, r#"{"state":"eaten"}"#).await.contains("dispensed, exported"));
}
