//! One large EPCIS document, while the server is killed again and again: it goes on where it was, and nothing of it
//! is missing or there twice.

use crate::number;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use std::time::Duration;
use theriac_sdk::Client;
use theriac_tests::harness::{self, Home, Running};
use theriac_tests::sample::{commissioning, epcis_document, sgtin};

/// Units of a large document have 5,000 events.
const EVENTS: usize = 10_500;
const KILLS: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(120);

async fn job(client: &Client, id: &str) -> Value {
    let path = format!("epcis/capture/{id}");
    let answer = client.request("GET".parse().unwrap(), &path, &[], Vec::new()).await.unwrap();
    answer.json().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_document_goes_on_after_every_kill() {
    let _alone = crate::ALONE.lock().await;
    let seed = number("THERIAC_CRASH_SEED").unwrap_or_else(rand::random::<u64>);
    println!("THERIAC_CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let home = Home::empty();
    let mut server = Running::start(&home);
    let tenant = harness::tenant(&home, "document").await;
    let token = harness::token(&home, &tenant, "administrator", &["--ttl", "1d"]).await;
    let client = |server: &Running| harness::client(&server.url, &tenant, &token);
    let epc = |n: usize| sgtin(&format!("7{n}"));
    let time = |n: usize| format!("2026-01-01T{:02}:{:02}:{:02}.000Z", n / 3_600, n / 60 % 60, n % 60);
    let events: Vec<Value> = (0..EVENTS).map(|n| commissioning(&epc(n), &time(n))).collect();
    let body = epcis_document(&events).to_string().into_bytes();
    let headers = [("content-type", "application/json")];
    let answer = client(&server).request("POST".parse().unwrap(), "epcis/capture", &headers, body).await.unwrap();
    assert_eq!(answer.status, 202);
    let id = answer.header("location").unwrap().rsplit('/').next().unwrap().to_owned();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random.random_range(100..3_000))).await;
        server.kill();
        server = Running::start(&home);
    }
    let client = client(&server);
    let started = std::time::Instant::now();
    let done = loop {
        let job = job(&client, &id).await;
        if job["running"] == false {
            break job;
        }
        assert!(started.elapsed() < PATIENCE, "{job}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(done["success"], true, "{done}");
    let all = client.epcis().events(&[("perPage", "1000")]).await.unwrap();
    let ids: std::collections::HashSet<&str> = all.iter().filter_map(|event| event["eventID"].as_str()).collect();
    assert_eq!((all.len(), ids.len()), (EVENTS, EVENTS));
    server.kill();
    if std::env::var_os("THERIAC_TESTS_KEEP").is_none() {
        std::fs::remove_dir_all(&home.folder).unwrap();
    }
}
