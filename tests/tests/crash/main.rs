//! The server is killed at random moments under load, and nothing that it had acknowledged may be missing,
//! doubled or half there: not in what is read, not in the ledger, not on the feed, not among the alerts. Charts go on to the
//! bit as those of a tenant that was told the same and never disturbed.
//!
//! | variable | meaning |
//! |---|---|
//! | `THERIAC_CRASH_CYCLES` | how often it is killed; 5 unless told |
//! | `THERIAC_CRASH_SEED` | the moments of a run that failed, again |
//! | `THERIAC_DATABASE_URL` | run on that PostgreSQL instead of an SQLite file |

#![allow(clippy::unwrap_used, reason = "functions that tests share are tests too")]

mod audit;
mod charts;
mod document;
mod load;
mod stored;
mod subscription;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Duration;
use theriac_sdk::Client;
use theriac_tests::harness::{self, Home, Running};
use theriac_tests::sample::reactor;

/// Held by each of the tests: on PostgreSQL they share a database, whose ledgers a server of another test would seal with
/// the keys of its own folder.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const USUAL: u32 = 5;
/// Within this time after the first write the server is killed, in milliseconds.
const MOMENTS: std::ops::Range<u64> = 20..1_200;

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}")))
}

/// The plant that readings come from; a value beyond 23 raises an alert.
async fn furnish(client: &Client) {
    client.isa95().put_equipment(&reactor("r1")).await.unwrap();
    charts::define(client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_being_killed() {
    let _alone = ALONE.lock().await;
    let cycles = number("THERIAC_CRASH_CYCLES").unwrap_or(USUAL);
    let seed = number("THERIAC_CRASH_SEED").unwrap_or_else(rand::random::<u64>);
    println!("{cycles} cycles, THERIAC_CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let home = Home::empty();
    let mut server = Running::start(&home);
    let tenant = harness::tenant(&home, "crash").await;
    let token = harness::token(&home, &tenant, "administrator", &["--ttl", "30d"]).await;
    let client = |server: &Running| harness::client(&server.url, &tenant, &token);
    furnish(&client(&server)).await;
    let mut auditor = audit::Auditor::begin(&client(&server)).await;
    for cycle in 0..cycles {
        let moment = Duration::from_millis(random.random_range(MOMENTS));
        let (book, hearing) = load::until_killed(client(&server), server, cycle, moment, auditor.hearing()).await;
        server = Running::start(&home);
        let told = auditor.check(&client(&server), &book, hearing, &mut random).await;
        println!("cycle {cycle}, killed after {moment:?}: {told}");
    }
    auditor.close(&client(&server)).await;
    let calm = harness::tenant(&home, "calm").await;
    let token = harness::token(&home, &calm, "administrator", &["--ttl", "30d"]).await;
    let calm = harness::client(&server.url, &calm, &token);
    furnish(&calm).await;
    println!("{}", charts::compare(&client(&server), &calm).await);
    server.kill();
    if std::env::var_os("THERIAC_TESTS_KEEP").is_none() {
        std::fs::remove_dir_all(&home.folder).unwrap();
    }
}
