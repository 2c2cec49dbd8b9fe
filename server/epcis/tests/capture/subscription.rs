//! Named queries, and webhooks that deliver them: each event once, in order, signed, through refusals and restarts.

use crate::house::{House, Reply, document};
use crate::{bottle, object, with};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use theriac_access::Role;
use theriac_core::Instant;
use theriac_platform::Context;
use theriac_platform::http::{Method, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What came in one request.
#[derive(Clone, Debug)]
struct Heard {
    head: String,
    body: Vec<u8>,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        let named = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
        self.head.lines().find(named).map_or("", |line| line.split_once(':').unwrap().1.trim())
    }

    fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn ids(&self) -> Vec<String> {
        let results = self.document()["epcisBody"]["queryResults"].clone();
        let events = results["resultsBody"]["eventList"].as_array().unwrap().clone();
        events.iter().map(|e| e["eventID"].as_str().unwrap().to_owned()).collect()
    }
}

/// A subscriber: answers with the statuses it was told, then with 200, or with 413 to more events than it takes.
struct Subscriber {
    address: String,
    heard: Arc<Mutex<Vec<(u16, Heard)>>>,
}

impl Subscriber {
    async fn new(statuses: &[u16], takes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let statuses = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
        let book = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, statuses.clone(), takes, book.clone()));
            }
        });
        Self { address, heard }
    }

    /// The messages that were taken, once there are so many.
    async fn taken(&self, wanted: usize) -> Vec<Heard> {
        for _ in 0..1_200 {
            let taken: Vec<Heard> =
                self.all().into_iter().filter(|(status, _)| *status == 200).map(|(_, h)| h).collect();
            if taken.len() >= wanted {
                return taken;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{wanted} messages did not come in a minute: {:?}", self.all().len())
    }

    fn all(&self) -> Vec<(u16, Heard)> {
        self.heard.lock().unwrap().clone()
    }
}

async fn answer(
    mut stream: TcpStream,
    statuses: Arc<Mutex<VecDeque<u16>>>,
    takes: usize,
    book: Arc<Mutex<Vec<(u16, Heard)>>>,
) {
    let mut buffer = Vec::new();
    loop {
        let split = loop {
            if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..split]).into_owned();
        let mut heard = Heard { head, body: Vec::new() };
        let length: usize = heard.header("content-length").parse().unwrap_or(0);
        while buffer.len() < split + length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        heard.body = buffer[split..split + length].to_vec();
        buffer.drain(..split + length);
        let told = statuses.lock().unwrap().pop_front();
        let status = told.unwrap_or(if heard.ids().len() > takes { 413 } else { 200 });
        book.lock().unwrap().push((status, heard));
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The sealer and the post office at work.
struct Work {
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Work {
    fn begin(house: &House) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (ledger, sealing) = (house.ledger.clone(), stopped.clone());
        let sealer = tokio::spawn(async move {
            let _ended = theriac_ledger::sealer::run(ledger, sealing).await;
        });
        let db = house.context.db.server().clone();
        let post = tokio::spawn(theriac_epcis::run_subscriptions(house.epcis.clone(), db, stopped));
        Self { stop, tasks: vec![sealer, post] }
    }

    async fn end(self) {
        let _stopped = self.stop.send(true);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

async fn post(house: &House, context: &Context, path: &str, body: &Value) -> Reply {
    house.post_as(context, path, body.to_string(), &[]).await
}

/// A query of shipments, and a subscription to it; gives the subscription's address.
async fn subscribe(house: &House, context: &Context, subscriber: &Subscriber, controls: Value) -> String {
    let query = json!({ "name": "shipments", "query": { "EQ_bizStep": ["shipping"] } });
    assert_eq!(post(house, context, "/queries", &query).await.status, 201);
    let mut body = json!({ "dest": format!("http://{}/hook", subscriber.address) });
    body.as_object_mut().unwrap().extend(controls.as_object().unwrap().clone());
    let reply = post(house, context, "/queries/shipments/subscriptions", &body).await;
    assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
    let id = reply.json()["subscriptionID"].as_str().unwrap().to_owned();
    assert!(reply.header("location").ends_with(&format!("/queries/shipments/subscriptions/{id}")));
    format!("/queries/shipments/subscriptions/{id}")
}

async fn ship(house: &House, numbers: impl IntoIterator<Item = u32>) {
    let event = |n| with(object(n, "OBSERVE", "shipping", &[&bottle(n)]), "eventID", format!("urn:e:{n}"));
    let events: Vec<Value> = numbers.into_iter().map(event).collect();
    assert_eq!(house.capture(document(&events), "rollback").await["success"], true);
}

fn ids(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("urn:e:{n}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_brings_each_event_of_its_query_once_and_signed() {
    let subscriber = Subscriber::new(&[], 100).await;
    let house = House::writing_to(&subscriber.address).await;
    let work = Work::begin(&house);
    ship(&house, [1]).await;
    house.ledger.settle(&house.context.db).await.unwrap();
    let controls = json!({ "stream": true, "signatureToken": "hush" });
    let address = subscribe(&house, &house.context, &subscriber, controls).await;
    let other = with(object(5, "OBSERVE", "packing", &[&bottle(5)]), "eventID", "urn:e:5");
    assert_eq!(house.capture(document(&[other]), "rollback").await["success"], true);
    ship(&house, [2]).await;
    assert_eq!(subscriber.taken(1).await[0].ids(), ids([2]));
    ship(&house, [3]).await;
    let taken = subscriber.taken(2).await;
    assert_eq!(taken[1].ids(), ids([3]), "nothing twice");
    let results = &taken[0].document()["epcisBody"]["queryResults"];
    assert_eq!(results["queryName"], "shipments");
    assert!(address.ends_with(results["subscriptionID"].as_str().unwrap()));
    let signed = theriac_platform::webhook::signature("hush", &taken[0].body);
    assert_eq!(taken[0].header("gs1-signature"), format!("sha256={signed}"));
    assert_ne!(taken[0].header("idempotency-key"), taken[1].header("idempotency-key"));
    let shown = house.get(&address).await;
    assert!(!String::from_utf8_lossy(&shown.body).contains("hush"));
    assert_eq!((&shown.json()["stream"], shown.json()["lastNotifiedAt"].is_string()), (&json!(true), true));
    work.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_taken_is_sent_again_just_so_and_a_restart_goes_on() {
    let subscriber = Subscriber::new(&[503], 100).await;
    let house = House::writing_to(&subscriber.address).await;
    let work = Work::begin(&house);
    let address = subscribe(&house, &house.context, &subscriber, json!({ "stream": true })).await;
    ship(&house, [1, 2]).await;
    subscriber.taken(1).await;
    let all = subscriber.all();
    assert_eq!((all[0].0, all[1].0), (503, 200));
    assert_eq!(all[0].1.body, all[1].1.body);
    assert_eq!(all[0].1.header("idempotency-key"), all[1].1.header("idempotency-key"));
    work.end().await;
    ship(&house, [3]).await;
    let work = Work::begin(&house);
    let taken = subscriber.taken(2).await;
    assert_eq!([taken[0].ids(), taken[1].ids()], [ids([1, 2]), ids([3])]);
    assert_eq!(house.delete(&address).await.status, 204);
    assert_eq!(house.get(&address).await.status, 404);
    ship(&house, [4]).await;
    house.ledger.settle(&house.context.db).await.unwrap();
    work.end().await;
    assert_eq!(subscriber.all().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_of_small_batches_gets_halves_until_they_fit() {
    let subscriber = Subscriber::new(&[], 2).await;
    let house = House::writing_to(&subscriber.address).await;
    let began = house.context.now().rfc3339();
    ship(&house, 1..8).await;
    let work = Work::begin(&house);
    subscribe(&house, &house.context, &subscriber, json!({ "stream": true, "initialRecordTime": began })).await;
    let taken = subscriber.taken(7).await;
    let batches: Vec<Vec<String>> = taken.iter().map(Heard::ids).collect();
    assert_eq!(batches.concat(), ids(1..8));
    assert_eq!(subscriber.all().iter().filter(|(status, _)| *status == 413).count(), 2, "7, then 3, then 1 at a time");
    work.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_batch_is_small_enough_for_is_put_aside_and_told() {
    let subscriber = Subscriber::new(&[413, 413], 100).await;
    let house = House::writing_to(&subscriber.address).await;
    let began = house.context.now().rfc3339();
    ship(&house, [1, 2]).await;
    let work = Work::begin(&house);
    let controls = json!({ "stream": true, "initialRecordTime": began });
    let address = subscribe(&house, &house.context, &subscriber, controls).await;
    assert_eq!(subscriber.taken(1).await[0].ids(), ids([2]));
    let letters = house.get(&address).await.json()["deadLetters"].clone();
    assert_eq!(letters.as_array().unwrap().len(), 1);
    assert!(letters[0]["why"].as_str().unwrap().contains("413"));
    // It says where the batch stands, and holds nothing of it.
    assert!(!letters.to_string().contains("urn:epc"), "{letters}");
    work.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_reports_in_its_time_and_of_nothing_if_it_shall() {
    let subscriber = Subscriber::new(&[], 100).await;
    let house = House::writing_to(&subscriber.address).await;
    let work = Work::begin(&house);
    let controls = json!({ "schedule": { "second": "[0-59]" }, "reportIfEmpty": true });
    let address = subscribe(&house, &house.context, &subscriber, controls).await;
    subscriber.taken(2).await;
    ship(&house, [1]).await;
    let mut seen = Vec::new();
    for wanted in 3.. {
        seen = subscriber.taken(wanted).await.iter().map(Heard::ids).collect::<Vec<_>>();
        if seen.last().is_some_and(|ids| !ids.is_empty()) {
            break;
        }
    }
    assert_eq!(seen.concat(), ids([1]));
    let shown = house.get(&address).await.json();
    let min = Instant::parse(shown["minRecordTime"].as_str().unwrap()).unwrap();
    assert!(min > Instant::parse(shown["createdAt"].as_str().unwrap()).unwrap());
    work.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_is_sent_what_it_may_see() {
    let subscriber = Subscriber::new(&[], 100).await;
    let house = House::writing_to(&subscriber.address).await;
    let work = Work::begin(&house);
    let partner = house.as_role(Role::Partner, &["4000001987658"]);
    let address = subscribe(&house, &partner, &subscriber, json!({ "stream": true })).await;
    ship(&house, [1]).await;
    let ours = json!([{ "type": "owning_party", "destination": "urn:epc:id:pgln:4000001.98765" }]);
    let shipped = with(object(2, "OBSERVE", "shipping", &[&bottle(2)]), "destinationList", ours);
    let event = with(shipped, "eventID", "urn:e:2");
    assert_eq!(house.capture(document(&[event]), "rollback").await["success"], true);
    assert_eq!(subscriber.taken(1).await[0].ids(), ids([2]));
    assert_eq!(house.get(&address).await.status, 404, "another's query does not exist");
    assert_eq!(house.get_as(&partner, &address).await.status, 200);
    work.end().await;
}

#[tokio::test]
async fn a_named_query_is_created_once_read_asked_and_deleted() {
    let house = House::new().await;
    ship(&house, 1..4).await;
    let body = json!({ "@context": { "ex": "https://e.org/" }, "name": "my query",
        "query": { "EQ_bizStep": ["shipping"], "orderBy": "eventTime", "EXISTS_ex:x": false } });
    let created = post(&house, &house.context, "/queries", &body).await;
    assert_eq!(created.status, 201, "{}", String::from_utf8_lossy(&created.body));
    assert!(created.header("location").ends_with("/epcis/queries/my%20query"));
    let again = post(&house, &house.context, "/queries", &body).await;
    assert_eq!((again.status, &again.json()["type"]), (409, &json!("epcisException:ResourceAlreadyExistsException")));
    let read = house.get("/queries/my%20query").await;
    assert_eq!((&read.json()["name"], &read.json()["query"]["orderBy"]), (&json!("my query"), &json!("eventTime")));
    assert_eq!(read.header("etag"), created.header("etag"));
    assert_eq!(house.get("/queries").await.json(), json!([read.json()]));
    let (mut seen, mut address) = (Vec::new(), Some("/queries/my%20query/events?perPage=2".to_owned()));
    while let Some(at) = address {
        let reply = house.get(&at).await;
        assert_eq!(reply.json()["epcisBody"]["queryResults"]["queryName"], "my query");
        seen.extend(reply.ids());
        address = reply.next();
    }
    assert_eq!(seen, ids([3, 2, 1]));
    let mut stale =
        Request::new(Method::Delete, format!("/{}/epcis/queries/my%20query", house.context.tenant.name), "");
    stale.headers.push("if-match", "\"1\"");
    assert_eq!(house.send(&house.context, stale).await.status, 412);
    assert_eq!(house.delete("/queries/my%20query").await.status, 204);
    for path in ["/queries/my%20query", "/queries/my%20query/events", "/queries/my%20query/subscriptions"] {
        let reply = house.get(path).await;
        assert_eq!(
            (reply.status, &reply.json()["type"]),
            (404, &json!("epcisException:NoSuchNameException")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn queries_and_subscriptions_that_cannot_be_are_refused_by_name() {
    let house = House::new().await;
    for (body, name) in [
        (json!({ "name": "q" }), "QueryValidationException"),
        (json!({ "name": "", "query": {} }), "QueryValidationException"),
        (json!({ "name": "a/b", "query": {} }), "QueryValidationException"),
        (json!({ "name": "q", "query": { "EQ_bizStep": ["flying"] } }), "QueryValidationException"),
        (json!({ "name": "q", "query": { "perPage": 3 } }), "QueryValidationException"),
        (json!({ "name": "q", "query": {}, "more": 1 }), "QueryValidationException"),
    ] {
        let reply = post(&house, &house.context, "/queries", &body).await;
        assert_eq!((reply.status, &reply.json()["type"]), (400, &json!(format!("epcisException:{name}"))), "{body}");
    }
    let reply = post(&house, &house.context, "/queries", &json!({ "name": "SimpleEventQuery", "query": {} })).await;
    assert_eq!(reply.status, 409);
    for (name, query) in [("all", json!({})), ("few", json!({ "orderBy": "eventTime", "eventCountLimit": 3 }))] {
        assert_eq!(
            post(&house, &house.context, "/queries", &json!({ "name": name, "query": query })).await.status,
            201
        );
    }
    for (name, body) in [
        ("all", json!({ "dest": "https://example.com/" })),
        ("all", json!({ "dest": "https://10.0.0.1/", "stream": true })),
        ("all", json!({ "dest": "http://example.com/", "stream": true })),
        ("all", json!({ "dest": "https://example.com/", "stream": true, "secret": "x" })),
        ("few", json!({ "dest": "https://example.com/", "stream": true })),
    ] {
        let reply = post(&house, &house.context, &format!("/queries/{name}/subscriptions"), &body).await;
        let expected = json!("epcisException:SubscriptionControlsException");
        assert_eq!((reply.status, &reply.json()["type"]), (400, &expected), "{body}");
    }
    let reply = house.get("/queries/all/events?stream=true").await;
    assert_eq!(reply.json()["type"], "epcisException:SubscriptionControlsException");
    let body = json!({ "dest": "https://example.com/", "stream": true });
    assert_eq!(post(&house, &house.context, "/queries/all/subscriptions", &body).await.status, 201);
    assert_eq!(house.get("/queries/all/subscriptions").await.json().as_array().unwrap().len(), 1);
    assert_eq!(house.delete("/queries/all").await.status, 204, "and its subscription");
    assert_eq!(post(&house, &house.context, "/queries", &json!({ "name": "all", "query": {} })).await.status, 201);
    assert!(house.get("/queries/all/subscriptions").await.json().as_array().unwrap().is_empty());
}
