//! What belongs to no tenant: the list of tenants, and the connection migrations run on.

use super::orm::{self, Named};
use super::{Backend, Db, Engine, Statement, TenantDb, Unit};
use parking_lot::Mutex;
use sea_orm::{DatabaseConnection, DbErr, ProxyDatabaseTrait, ProxyExecResult, ProxyRow};
use std::sync::Arc;
use theriac_core::{Code, Error, Result, Tenant, tenant};

/// The key under which rows that belong to no tenant are reached.
const SYSTEM: i32 = 0;

/// How often a tenant is created anew whose key another one took at the same moment.
const TRIES: usize = 10;

impl Db {
    pub(super) fn system(&self) -> TenantDb {
        TenantDb { db: self.clone(), tenant: SYSTEM, rider: None }
    }

    /// The tenant of that name.
    ///
    /// # Errors
    /// `Unavailable` or `Internal`.
    pub async fn find_tenant(&self, name: &str) -> Result<Option<Tenant>> {
        let sql = "SELECT key, name FROM platform_tenant WHERE name = $1";
        let row = self.system().row(Statement::new("tenant", sql, vec![name.into()])).await?;
        row.map(|mut row| Ok(Tenant::new(narrow(row.int(0)?)?, &row.text(1)?))).transpose()
    }

    /// All tenants.
    ///
    /// # Errors
    /// `Unavailable` or `Internal`.
    pub async fn tenants(&self) -> Result<Vec<Tenant>> {
        let sql = "SELECT key, name FROM platform_tenant ORDER BY key";
        let rows = self.system().rows(Statement::new("tenant", sql, vec![])).await?;
        rows.into_iter().map(|mut row| Ok(Tenant::new(narrow(row.int(0)?)?, &row.text(1)?))).collect()
    }

    /// Creates a tenant.
    ///
    /// # Errors
    /// `Invalid` for a bad name, `Conflict` if it exists.
    pub async fn create_tenant(&self, name: &str) -> Result<Tenant> {
        tenant::check_name(name)?;
        let sql = "INSERT INTO platform_tenant (key, name, created) \
                   SELECT coalesce(max(key), 0) + 1, $1, $2 FROM platform_tenant";
        for _ in 0..TRIES {
            let mut unit = Unit::new();
            unit.push(Statement::new("tenant", sql, vec![name.into(), self.clock().now().into()]));
            let lost = match self.system().commit(unit).await {
                Ok(_) => None,
                Err(e) if e.code == Code::Conflict => Some(e),
                Err(e) => return Err(e),
            };
            match (lost, self.find_tenant(name).await?) {
                (None, Some(tenant)) => return Ok(tenant),
                (None, None) => return Err(Error::internal("a tenant vanished as it was created")),
                (Some(_), Some(_)) => return Err(Error::conflict(format!("the tenant '{name}' exists already"))),
                // Another tenant took the key.
                (Some(_), None) => {}
            }
        }
        Err(Error::conflict("others keep creating tenants; try again").retry_after(1))
    }

    /// Does the database answer?
    ///
    /// # Errors
    /// `Unavailable` if it does not.
    pub async fn ping(&self) -> Result<()> {
        self.system().rows(Statement::new("ping", "SELECT 1", vec![])).await.map(drop)
    }

    /// Refreshes the planner's statistics of tables that changed by a fifth: PostgreSQL's own turn comes once a
    /// minute, and until then searches of freshly loaded data are planned blindly. Nothing to do on SQLite.
    ///
    /// # Errors
    /// `Unavailable` or `Internal`.
    pub async fn refresh_statistics(&self) -> Result<()> {
        if self.engine() == Engine::Sqlite {
            return Ok(());
        }
        let mut unit = Unit::new();
        unit.push(Statement::new("statistics", "SELECT platform_analyze()", vec![]));
        self.system().commit(unit).await.map(drop)
    }

    /// A connection for migrations: no tenant, may begin and commit.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn migration_connection(&self) -> Result<DatabaseConnection> {
        let line: Box<dyn ProxyDatabaseTrait> = match &self.inner.backend {
            Backend::Postgres(pool) => Box::new(PostgresLine(pool.client().await?)),
            Backend::Sqlite(pool) => Box::new(SqliteLine(Mutex::new(pool.connection()?))),
        };
        let connection = sea_orm::ProxyDatabaseConnection::new(orm::backend(self.engine()), Arc::new(line));
        Ok(sea_orm::DatabaseConnectionType::ProxyDatabaseConnection(Arc::new(connection)).into())
    }

    /// Rings the bell whenever another node seals or writes: PostgreSQL's LISTEN. Runs until the connection ends.
    ///
    /// # Errors
    /// `Unavailable`; `NotSupported` on SQLite, where there is no other node.
    pub async fn listen(&self, channel: &'static str, heard: impl Fn(i32) + Send + 'static) -> Result<()> {
        match (&self.inner.backend, self.engine()) {
            (Backend::Postgres(pool), Engine::Postgres) => pool.listen(channel, heard).await,
            _ => Err(Error::new(Code::NotSupported, "SQLite has no other nodes to listen to")),
        }
    }
}

fn narrow(key: i64) -> Result<i32> {
    i32::try_from(key).map_err(Error::internal)
}

struct PostgresLine(tokio_postgres::Client);

impl std::fmt::Debug for PostgresLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgreSQL")
    }
}

#[async_trait::async_trait]
impl ProxyDatabaseTrait for PostgresLine {
    async fn query(&self, statement: sea_orm::Statement) -> Result<Vec<ProxyRow>, DbErr> {
        let statement = orm::from_orm("migration", statement);
        let params = super::postgres::borrowed(&statement.params);
        let rows = self.0.query(statement.sql.as_ref(), &params).await.map_err(custom)?;
        rows.iter().map(|r| super::postgres::named_row(r).map(orm::named).map_err(custom)).collect()
    }

    async fn execute(&self, statement: sea_orm::Statement) -> Result<ProxyExecResult, DbErr> {
        let statement = orm::from_orm("migration", statement);
        if statement.params.is_empty() {
            return self.0.batch_execute(&statement.sql).await.map(|()| ProxyExecResult::default()).map_err(custom);
        }
        let params = super::postgres::borrowed(&statement.params);
        let rows = self.0.execute(statement.sql.as_ref(), &params).await.map_err(custom)?;
        Ok(ProxyExecResult::new(0, rows))
    }

    async fn begin(&self) {
        report(self.0.batch_execute("BEGIN").await);
    }

    async fn commit(&self) {
        report(self.0.batch_execute("COMMIT").await);
    }

    async fn rollback(&self) {
        report(self.0.batch_execute("ROLLBACK").await);
    }
}

struct SqliteLine(Mutex<rusqlite::Connection>);

impl std::fmt::Debug for SqliteLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SQLite")
    }
}

#[async_trait::async_trait]
impl ProxyDatabaseTrait for SqliteLine {
    async fn query(&self, statement: sea_orm::Statement) -> Result<Vec<ProxyRow>, DbErr> {
        let rows = super::sqlite::named_rows(&self.0.lock(), &orm::from_orm("migration", statement)).map_err(custom)?;
        Ok(rows.into_iter().map(orm::named).collect())
    }

    async fn execute(&self, statement: sea_orm::Statement) -> Result<ProxyExecResult, DbErr> {
        let statement = orm::from_orm("migration", statement);
        let connection = self.0.lock();
        if statement.params.is_empty() {
            return connection.execute_batch(&statement.sql).map(|()| ProxyExecResult::default()).map_err(custom);
        }
        super::sqlite::execute(&connection, &statement).map(|rows| ProxyExecResult::new(0, rows)).map_err(custom)
    }

    async fn begin(&self) {
        report(self.0.lock().execute_batch("BEGIN IMMEDIATE"));
    }

    async fn commit(&self) {
        report(self.0.lock().execute_batch("COMMIT"));
    }

    async fn rollback(&self) {
        report(self.0.lock().execute_batch("ROLLBACK"));
    }
}

/// sea-orm gives these no way to fail; the statements that follow will.
fn report<E: std::fmt::Display>(result: Result<(), E>) {
    if let Err(error) = result {
        tracing::error!(%error, "a migration's transaction could not be begun or ended");
    }
}

fn custom(error: impl std::fmt::Display) -> DbErr {
    DbErr::Custom(error.to_string())
}

impl TenantDb {
    /// Reads with the columns' names and declared types, as entities want them.
    pub(super) async fn named(&self, statement: Statement) -> Result<Vec<Named>> {
        match &self.db.inner.backend {
            Backend::Postgres(pool) => pool.named(self.tenant, statement).await,
            Backend::Sqlite(pool) => pool.named(statement).await,
        }
    }
}
