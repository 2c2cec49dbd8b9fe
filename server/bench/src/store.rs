//! The databases that are measured: made fresh, asked for their sizes, removed.

pub mod postgres;
pub mod sqlite;

use crate::Result;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite (embedded)",
            Self::Postgres => "PostgreSQL",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Database {
    pub engine: Engine,
    /// How the server reaches it.
    pub url: String,
    /// The role that owns the schema; PostgreSQL only.
    pub owner_url: Option<String>,
    pub version: String,
    name: String,
}

/// Bytes of tables and their indexes, by the prefix of their names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes {
    pub fhir: i64,
    pub ledger: i64,
    /// Chunks of readings with their index.
    pub chunks: i64,
}

impl Database {
    pub async fn create(engine: Engine, folder: &Path) -> Result<Self> {
        match engine {
            Engine::Sqlite => {
                let file = folder.join("theriac.db").display().to_string();
                let url = format!("sqlite://{file}?mode=rwc");
                Ok(Self { engine, url, owner_url: None, version: sqlite::version(), name: file })
            }
            Engine::Postgres => {
                let name = format!("theriac_bench_{}", std::process::id());
                let (url, owner_url, version) = postgres::create(&name).await?;
                Ok(Self { engine, url, owner_url: Some(owner_url), version, name })
            }
        }
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> &Path {
        Path::new(&self.name)
    }

    pub async fn remove(&self) -> Result<()> {
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => postgres::remove(&self.name).await,
        }
    }

    pub async fn sizes(&self) -> Result<Sizes> {
        match &self.owner_url {
            None => sqlite::sizes(self.file()),
            Some(owner) => postgres::sizes(owner).await,
        }
    }

    /// What a database that runs for long has done by itself: statistics, and rows moved into their indexes.
    pub async fn settle(&self) -> Result<()> {
        match &self.owner_url {
            None => Ok(()),
            Some(owner) => postgres::settle(owner).await,
        }
    }
}
