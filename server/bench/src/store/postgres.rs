//! PostgreSQL: a database of one's own, sizes, and what the bare database does.

use super::Sizes;
use crate::Result;
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls};

const REMOVALS: usize = 50;

pub async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("a connection to PostgreSQL ended: {error}");
        }
    });
    Ok(client)
}

fn setting(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| format!("{name} names the PostgreSQL to measure on").into())
}

/// The same server, another database.
fn within(url: &str, database: &str) -> Result<String> {
    let (server, _) = url.rsplit_once('/').ok_or("a PostgreSQL address ends with /database")?;
    Ok(format!("{server}/{database}"))
}

/// Gives the application's address, the owner's, and the version.
pub async fn create(name: &str) -> Result<(String, String, String)> {
    let owner = setting("THERIAC_TEST_POSTGRES_OWNER")?;
    let client = connect(&owner).await?;
    client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let version: String = client.query_one("SELECT split_part(version(), ' ', 2)", &[]).await?.get(0);
    Ok((within(&setting("THERIAC_TEST_POSTGRES")?, name)?, within(&owner, name)?, version))
}

/// The application's last sessions may take a moment to end, and the owner may not end them.
pub async fn remove(name: &str) -> Result<()> {
    let client = connect(&setting("THERIAC_TEST_POSTGRES_OWNER")?).await?;
    for _ in 0..REMOVALS {
        if client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    eprintln!("the database {name} is still in use and stays");
    Ok(())
}

pub async fn sizes(url: &str) -> Result<Sizes> {
    let client = connect(url).await?;
    let sql = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class \
               WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname LIKE $1";
    let fhir = client.query_one(sql, &[&"fhir\\_%"]).await?.get(0);
    let ledger = client.query_one(sql, &[&"ledger\\_%"]).await?.get(0);
    let chunks = client.query_one(sql, &[&"isa95\\_chunk%"]).await?.get(0);
    Ok(Sizes { fhir, ledger, chunks })
}

pub async fn settle(url: &str) -> Result<()> {
    Ok(connect(url).await?.batch_execute("VACUUM (ANALYZE)").await?)
}

pub async fn bare(url: &str) -> Result<Client> {
    let client = connect(url).await?;
    client.batch_execute("CREATE TABLE IF NOT EXISTS bare (key bigint PRIMARY KEY, body bytea NOT NULL)").await?;
    Ok(client)
}

pub async fn remove_bare(client: &Client) -> Result<()> {
    Ok(client.batch_execute("DROP TABLE bare").await?)
}

/// Rows a second by COPY in transactions of this many; gives the next key too.
pub async fn copy(client: &Client, together: usize, body: &[u8], time: Duration) -> Result<(f64, i64)> {
    let line = body.iter().fold(String::from("\\\\x"), |hex, byte| format!("{hex}{byte:02x}"));
    let (begin, mut key) = (Instant::now(), 0_i64);
    while begin.elapsed() < time {
        let mut rows = BytesMut::with_capacity(together * (line.len() + 12));
        for _ in 0..together {
            rows.put_slice(format!("{key}\t{line}\n").as_bytes());
            key += 1;
        }
        let mut sink = Box::pin(client.copy_in::<_, Bytes>("COPY bare (key, body) FROM STDIN").await?);
        sink.send(rows.freeze()).await?;
        sink.as_mut().finish().await?;
    }
    Ok((key as f64 / begin.elapsed().as_secs_f64(), key))
}

/// Single reads by key, so many at a time on one connection.
pub async fn read(client: &Client, rows: i64, at_once: i64, time: Duration) -> Result<f64> {
    let statement = client.prepare("SELECT body FROM bare WHERE key = $1").await?;
    // One closure, so that all that wait are of one type.
    let ask = |n: i64| {
        let statement = &statement;
        async move { client.query_one(statement, &[&((n * 7_919) % rows)]).await }
    };
    let mut waiting = FuturesUnordered::new();
    (0..at_once).for_each(|n| waiting.push(ask(n)));
    let (begin, mut done) = (Instant::now(), 0_i64);
    while let Some(row) = waiting.next().await {
        let _body: &[u8] = row?.get(0);
        done += 1;
        if begin.elapsed() >= time {
            break;
        }
        waiting.push(ask(done + at_once));
    }
    Ok(done as f64 / begin.elapsed().as_secs_f64())
}

/// Transactions of one inserted row a second, on so many connections.
pub async fn commit(url: &str, connections: usize, from: i64, body: &[u8], time: Duration) -> Result<f64> {
    let begin = Instant::now();
    let one = async |number: usize| -> Result<u64> {
        let client = connect(url).await?;
        let statement = client.prepare("INSERT INTO bare (key, body) VALUES ($1, $2)").await?;
        let mut done = 0;
        while begin.elapsed() < time {
            let key = from + (done * connections as u64 + number as u64) as i64;
            client.execute(&statement, &[&key, &body]).await?;
            done += 1;
        }
        Ok(done)
    };
    let mut running: FuturesUnordered<_> = (0..connections).map(one).collect();
    let mut done = 0;
    while let Some(part) = running.next().await {
        done += part?;
    }
    Ok(done as f64 / begin.elapsed().as_secs_f64())
}
