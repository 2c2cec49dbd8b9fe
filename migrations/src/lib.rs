//! The schema, step by step, on both engines.
//!
//! A step is raw SQL written once, in the common words of PostgreSQL and SQLite, with what differs
//! marked (see [`ddl`]); partial indexes, policies and GIN have no common word and stand apart.
//! Every table with a tenant gets forced row-level security on PostgreSQL.

mod ddl;
mod step;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        step::all()
    }
}

/// Brings the schema up to date; does nothing, and needs no right to, where it is.
///
/// # Errors
/// A newer schema than this program knows is refused; otherwise the database's own error.
pub async fn up(db: &DatabaseConnection) -> Result<(), DbErr> {
    let known: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
    // Without the table of steps there is no schema yet.
    let applied = applied(db).await.unwrap_or_default();
    if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
        let message = format!(
            "the database has the schema step '{newer}', which this program does not know; use a newer program"
        );
        return Err(DbErr::Custom(message));
    }
    if applied.len() == known.len() { Ok(()) } else { alone(db).await }
}

/// Programs that start at the same moment bring the schema up one after the other.
async fn alone(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Migrator::up(db, None).await;
    }
    db.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    let outcome = Migrator::up(db, None).await;
    db.execute_unprepared(&format!("SELECT pg_advisory_unlock({LOCK})")).await?;
    outcome
}

/// Any number nobody else locks.
const LOCK: i64 = 0x7468_6572_6961_6301;

async fn applied(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT version FROM seaql_migrations";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

/// One step: a name and its SQL.
pub(crate) struct Step {
    pub name: &'static str,
    /// Common words, see [`ddl`].
    pub common: &'static str,
    pub postgres: &'static str,
    pub sqlite: &'static str,
    /// Tables of `common` that belong to tenants.
    pub tenant_tables: &'static [&'static str],
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    #[allow(elided_lifetimes_in_paths, reason = "the trait is declared without the lifetime")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        let script = if postgres { ddl::postgres(self) } else { ddl::sqlite(self) };
        manager.get_connection().execute_unprepared(&script).await.map(drop)
    }
}
