//! Sealing on PostgreSQL while transactions that began earlier are still open: nothing is lost, nothing twice.
//!
//! Needs `THERIAC_TEST_POSTGRES` and `THERIAC_TEST_POSTGRES_OWNER`, who may create databases; skipped without.
//! The database is the test's own: a sealer signs every tenant it finds.

#![allow(clippy::unwrap_used, reason = "functions that tests share are tests too")]

use std::sync::Arc;
use std::time::{Duration, Instant};
use theriac_core::{Clock, Tenant};
use theriac_ledger::{Ledger, load_signing_key, sealer};
use theriac_platform::db::{Db, TenantDb};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

struct House {
    /// Of the owner, beside the test's database.
    owner: Client,
    name: String,
    url: String,
    tenant: Tenant,
    db: TenantDb,
    ledger: Arc<Ledger>,
    stop: watch::Sender<bool>,
    sealing: JoinHandle<()>,
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The address of another database of the same server.
fn beside(url: &str, name: &str) -> String {
    format!("{}/{name}", url.rsplit_once('/').unwrap().0)
}

impl House {
    async fn new() -> Option<Self> {
        let given = [std::env::var("THERIAC_TEST_POSTGRES"), std::env::var("THERIAC_TEST_POSTGRES_OWNER")];
        let [Ok(app), Ok(owner)] = given else {
            println!("skipped: THERIAC_TEST_POSTGRES and THERIAC_TEST_POSTGRES_OWNER name no database");
            return None;
        };
        let name = format!("theriac_seal_{}_{:x}", std::process::id(), Clock::System.now().0);
        let client = connect(&owner).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let schema = Db::open(&beside(&owner, &name), Clock::System).await.unwrap();
        theriac_migrations::up(&schema.migration_connection().await.unwrap()).await.unwrap();
        Some(Self::open(client, name.clone(), beside(&app, &name)).await)
    }

    async fn open(owner: Client, name: String, url: String) -> Self {
        let db = Db::open(&url, Clock::System).await.unwrap();
        let tenant = db.create_tenant("mercy").await.unwrap();
        let folder = std::env::temp_dir().join(&name);
        let ledger = Ledger::new(db.clone(), load_signing_key(&folder).unwrap());
        std::fs::remove_dir_all(&folder).unwrap();
        let (stop, stopped) = watch::channel(false);
        let sealer = ledger.clone();
        let sealing = tokio::spawn(async move { sealer::run(sealer, stopped).await.unwrap() });
        Self { owner, name, url, db: db.tenant(&tenant), tenant, ledger, stop, sealing }
    }

    /// A connection with a transaction open in which one entry was written.
    async fn holding(&self, subject: &str) -> Client {
        let client = connect(&self.url).await;
        self.write(&client, subject).await;
        client
    }

    async fn write(&self, client: &Client, subject: &str) {
        let key = self.tenant.key;
        client.batch_execute(&format!("BEGIN; SET LOCAL theriac.tenant = '{key}'")).await.unwrap();
        let leaf = format!(
            r#"{{"time":"2026-01-01T00:00:00.000Z","topic":"test","action":"create","subject":"{subject}","version":1}}"#
        );
        let sql = "INSERT INTO ledger_pending (tenant_id, leaf) VALUES ($1, $2)";
        client.execute(sql, &[&key, &leaf.as_bytes()]).await.unwrap();
    }

    /// The subjects that are sealed, in order.
    async fn sealed(&self) -> Vec<String> {
        let mut subjects = Vec::new();
        loop {
            let segments = self.ledger.read(&self.db, subjects.len() as u64).await.unwrap();
            if segments.is_empty() {
                return subjects;
            }
            for record in segments.iter().flat_map(|segment| &segment.records) {
                assert_eq!(record.position, subjects.len() as u64);
                subjects.push(record.subject.clone());
            }
        }
    }

    async fn sealed_soon(&self, count: usize) -> Vec<String> {
        let started = Instant::now();
        loop {
            let found = self.sealed().await;
            if found.len() >= count || started.elapsed() > Duration::from_secs(20) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn close(self) {
        self.stop.send_replace(true);
        self.sealing.await.unwrap();
        // The owner of the schema may not end the application's connections; the application may.
        let app = connect(&beside(&self.url, "postgres")).await;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        app.execute(end, &[&self.name]).await.unwrap();
        for _ in 0..100 {
            if self.owner.batch_execute(&format!("DROP DATABASE {}", self.name)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("the database {} could not be removed", self.name);
    }
}

/// Twice what the sealer waits without being rung.
const LONG_ENOUGH: Duration = Duration::from_millis(1_200);

#[tokio::test]
async fn transactions_that_commit_in_reverse_order_of_their_ids_lose_nothing() {
    let Some(house) = House::new().await else { return };
    let first = house.holding("first").await;
    let second = house.holding("second").await;
    second.batch_execute("COMMIT").await.unwrap();
    tokio::time::sleep(LONG_ENOUGH).await;
    assert!(house.sealed().await.is_empty(), "an entry was sealed that an open transaction may still come before");
    first.batch_execute("COMMIT").await.unwrap();
    assert_eq!(house.sealed_soon(2).await, ["first", "second"]);
    let third = house.holding("third").await;
    third.batch_execute("COMMIT").await.unwrap();
    assert_eq!(house.sealed_soon(3).await, ["first", "second", "third"]);
    house.close().await;
}

#[tokio::test]
async fn transactions_are_ordered_by_their_numbers_and_not_by_the_digits_of_them() {
    let Some(house) = House::new().await else { return };
    let client = house.holding("ten").await;
    client.batch_execute("UPDATE ledger_pending SET xid = '10'").await.unwrap();
    house.write(&client, "nine").await;
    client.batch_execute("UPDATE ledger_pending SET xid = '9' WHERE xid <> '10'; COMMIT").await.unwrap();
    assert_eq!(house.sealed_soon(2).await, ["nine", "ten"]);
    house.close().await;
}

#[tokio::test]
async fn what_is_rolled_back_holds_nothing_up_and_is_never_sealed() {
    let Some(house) = House::new().await else { return };
    let first = house.holding("first").await;
    let second = house.holding("second").await;
    second.batch_execute("COMMIT").await.unwrap();
    first.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(house.sealed_soon(1).await, ["second"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_transactions_of_all_lengths_are_each_sealed_once() {
    let Some(house) = House::new().await else { return };
    let writers = (0..8u64).map(|writer| {
        let house = &house;
        async move {
            let client = connect(&house.url).await;
            for n in 0..25u64 {
                house.write(&client, &format!("{writer}/{n}")).await;
                // Different for each, so that ends come in another order than beginnings.
                tokio::time::sleep(Duration::from_millis((writer * 7 + n * 13) % 30)).await;
                client.batch_execute("COMMIT").await.unwrap();
            }
        }
    });
    futures_util::future::join_all(writers).await;
    let mut found = house.sealed_soon(200).await;
    found.sort();
    let mut expected: Vec<String> = (0..8).flat_map(|w| (0..25).map(move |n| format!("{w}/{n}"))).collect();
    expected.sort();
    assert_eq!(found, expected);
    house.close().await;
}
