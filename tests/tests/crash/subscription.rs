//! The server is killed again and again while it captures and delivers; its subscriber gets every event once, each
//! batch that came twice being the same batch, and in the order of capture.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use theriac_tests::harness::{self, Heard, Home, Running, Subscriber};

/// How long a batch of a killed server may wait for its lease to end, and then some.
const PATIENCE: Duration = Duration::from_secs(90);

struct Writer {
    http: reqwest::Client,
    token: String,
    acknowledged: Vec<String>,
    next: u32,
}

impl Writer {
    async fn post(&self, address: String, body: &Value) -> Option<u16> {
        let request = self.http.post(address).bearer_auth(&self.token).json(body);
        request.send().await.ok().map(|answer| answer.status().as_u16())
    }

    /// Writes until the server is gone.
    async fn write(&mut self, base: &str) {
        loop {
            let id = format!("urn:e:{}", self.next);
            let event = json!({ "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
                "type": "ObjectEvent", "eventID": id, "eventTime": "2026-01-01T08:00:00.000Z",
                "eventTimeZoneOffset": "+00:00", "action": "OBSERVE", "bizStep": "shipping",
                "epcList": [format!("urn:epc:id:sgtin:4012345.011111.{}", self.next)] });
            self.next += 1;
            match self.post(format!("{base}/events"), &event).await {
                Some(201) => self.acknowledged.push(id),
                Some(status) => assert!(matches!(status, 409 | 503), "{status}"),
                None => return,
            }
        }
    }
}

fn ids(heard: &Heard) -> Vec<String> {
    let document: Value = serde_json::from_slice(&heard.body).unwrap();
    let results = &document["epcisBody"]["queryResults"]["resultsBody"];
    results["eventList"].as_array().unwrap().iter().map(|e| e["eventID"].as_str().unwrap().to_owned()).collect()
}

/// The events of all messages, one that came again by its key left out.
fn taken(heard: &[Heard]) -> Vec<String> {
    let mut known: HashMap<String, Vec<u8>> = HashMap::new();
    let mut events = Vec::new();
    for message in heard {
        match known.get(message.header("idempotency-key")) {
            Some(body) => assert_eq!(body, &message.body, "the same key is the same message"),
            None => {
                known.insert(message.header("idempotency-key").to_owned(), message.body.clone());
                events.extend(ids(message));
            }
        }
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_gets_each_event_once_though_the_server_is_killed() {
    let _alone = crate::ALONE.lock().await;
    let cycles = crate::number("THERIAC_CRASH_CYCLES").unwrap_or(3_u32);
    let seed = crate::number("THERIAC_CRASH_SEED").unwrap_or_else(rand::random::<u64>);
    println!("{cycles} cycles, THERIAC_CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let subscriber = Subscriber::new().await;
    let home = Home::empty().with("THERIAC_OUTBOUND_ALLOW", &subscriber.address);
    let mut server = Running::start(&home);
    let tenant = harness::tenant(&home, "hook").await;
    let token = harness::token(&home, &tenant, "administrator", &["--ttl", "30d"]).await;
    let mut writer = Writer { http: reqwest::Client::new(), token, acknowledged: Vec::new(), next: 0 };
    let base = |server: &Running| format!("{}/{tenant}/epcis", server.url);
    let query = json!({ "name": "q", "query": { "EQ_bizStep": ["shipping"] } });
    assert_eq!(writer.post(format!("{}/queries", base(&server)), &query).await, Some(201));
    let hook = json!({ "dest": format!("http://{}/hook", subscriber.address), "stream": true });
    assert_eq!(writer.post(format!("{}/queries/q/subscriptions", base(&server)), &hook).await, Some(201));
    for _ in 0..cycles {
        let moment = Duration::from_millis(random.random_range(200..1_500));
        let address = base(&server);
        let (killed, ()) = tokio::join!(
            async {
                tokio::time::sleep(moment).await;
                server.kill();
            },
            writer.write(&address)
        );
        let () = killed;
        server = Running::start(&home);
    }
    let began = std::time::Instant::now();
    loop {
        let events = taken(&subscriber.heard());
        let missing = writer.acknowledged.iter().filter(|id| !events.contains(id)).count();
        if missing == 0 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{missing} of {} events did not come", writer.acknowledged.len());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let events = taken(&subscriber.heard());
    let numbers: Vec<u32> = events.iter().map(|id| id.rsplit(':').next().unwrap().parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "in the order of capture, and none twice: {numbers:?}");
    println!(
        "{} events acknowledged, {} delivered in {} messages",
        writer.acknowledged.len(),
        events.len(),
        subscriber.heard().len()
    );
    server.kill();
    if std::env::var_os("THERIAC_TESTS_KEEP").is_none() {
        std::fs::remove_dir_all(&home.folder).unwrap();
    }
}
