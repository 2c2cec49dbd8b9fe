//! What this machine does at most, measured in the same run with the same generator.

use crate::load::{Asked, Script};
use crate::store::{Engine, postgres, sqlite};
use crate::table::Workload;
use crate::world::World;
use crate::{Result, load};
use std::time::Duration;

/// Bytes of a row's body: a packed FHIR resource is about as long.
const BODY: usize = 300;
const TOGETHER: usize = 1_000;

pub struct Ceiling {
    pub name: &'static str,
    pub says: &'static str,
}

pub const CEILINGS: &[Ceiling] = &[
    Ceiling {
        name: "handler",
        says: "an actix handler that does nothing, through our edge: GET /healthz, 16 connections",
    },
    Ceiling {
        name: "read",
        says: "one indexed read on the bare database, no HTTP: one thread (SQLite), 16 at a time on one connection (PostgreSQL)",
    },
    Ceiling {
        name: "commit",
        says: "one row of 300 bytes inserted and synced: one connection (SQLite), 16 connections (PostgreSQL)",
    },
    Ceiling {
        name: "bulk",
        says: "rows of 300 bytes with a primary key alone, 1,000 to a transaction: prepared inserts (SQLite), COPY (PostgreSQL)",
    },
];

#[derive(Debug, Clone, Copy)]
pub struct Measured {
    pub name: &'static str,
    pub value: f64,
}

/// Those that the chosen workloads stand beside.
pub async fn measure(world: &World, chosen: &[&'static Workload]) -> Result<Vec<Measured>> {
    let wanted = |name: &str| chosen.iter().any(|w| w.ceilings.contains(&name));
    let mut found = Vec::new();
    if wanted("handler") {
        found.push(Measured { name: "handler", value: handler(world).await? });
    }
    if ["read", "commit", "bulk"].into_iter().any(wanted) {
        found.extend(bare(world).await?);
    }
    found.iter().for_each(|c| eprintln!("   ceiling {}: {:.0}/s", c.name, c.value));
    Ok(found)
}

struct Health(Vec<u8>);

impl Script for Health {
    fn next(&mut self) -> Option<Asked> {
        Some(Asked { label: "healthz", bytes: self.0.clone(), expected: &[200], units: 1 })
    }
}

async fn handler(world: &World) -> Result<f64> {
    let authority = &world.server()?.authority;
    let get = format!("GET /healthz HTTP/1.1\r\nhost: {authority}\r\n\r\n").into_bytes();
    let scripts = (0..16).map(|_| Box::new(Health(get.clone())) as Box<dyn Script>).collect();
    let measured = time(world);
    let plan = load::Plan { warm_up: measured / 5, measured, pace: None };
    Ok(world.drive(&plan, scripts).await?.rate())
}

fn time(world: &World) -> Duration {
    Duration::from_millis(world.seconds * 300).max(Duration::from_secs(1))
}

async fn bare(world: &World) -> Result<Vec<Measured>> {
    let (body, time) = (vec![0x5a; BODY], time(world));
    let (read, commit, bulk) = match world.database.engine {
        Engine::Sqlite => {
            let file = world.settings.folder.join("bare.db");
            tokio::task::spawn_blocking(move || on_sqlite(&file, &body, time)).await??
        }
        Engine::Postgres => {
            let url = world.database.owner_url.as_deref().ok_or("the owner's address is needed")?;
            on_postgres(url, &body, time).await?
        }
    };
    Ok(vec![
        Measured { name: "read", value: read },
        Measured { name: "commit", value: commit },
        Measured { name: "bulk", value: bulk },
    ])
}

fn on_sqlite(file: &std::path::Path, body: &[u8], time: Duration) -> Result<(f64, f64, f64)> {
    let mut connection = sqlite::bare(file)?;
    let (bulk, rows) = sqlite::insert(&mut connection, 0, TOGETHER, body, time)?;
    let read = sqlite::read(&connection, rows, time)?;
    let (commit, _) = sqlite::insert(&mut connection, rows, 1, body, time)?;
    drop(connection);
    std::fs::remove_file(file)?;
    Ok((read, commit, bulk))
}

async fn on_postgres(url: &str, body: &[u8], time: Duration) -> Result<(f64, f64, f64)> {
    let client = postgres::bare(url).await?;
    let (bulk, rows) = postgres::copy(&client, TOGETHER, body, time).await?;
    let read = postgres::read(&client, rows, 16, time).await?;
    let commit = postgres::commit(url, 16, rows, body, time).await?;
    postgres::remove_bare(&client).await?;
    Ok((read, commit, bulk))
}
