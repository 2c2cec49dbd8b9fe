//! The database: one way to say what is to be done, two engines that do it.
//!
//! * There is no way to run a statement without a tenant: [`Db::tenant`] gives the only handle.
//! * A change is a [`Unit`]: its statements are sent together, and stand or fall together. Nothing is
//!   read in between; what must still hold is a guard ([`Statement::expect`]) or a key.
//! * On PostgreSQL a unit is one pipelined transaction with the tenant set for row-level security; on
//!   SQLite waiting units share one transaction of the single writer, each in a savepoint of its own.

mod emergency;
mod gather;
mod known;
mod memory;
mod orm;
mod postgres;
mod revision;
mod revocation;
mod setting;
mod sqlite;
mod statement;
mod system;
mod usage;
mod value;

use crate::Bell;
use std::sync::Arc;
use theriac_core::{Clock, Keys, Result, Tenant};

pub use gather::Gather;
pub use orm::{insert, update_by_key};
pub(crate) use revocation::new_revocation;
pub use statement::{Statement, Unit};
pub use value::{Row, Value};

/// Which engine stands behind a handle; stores choose their SQL by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

/// The database of the whole server.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    clock: Clock,
    keys: Arc<Keys>,
    /// Rung after every commit that wrote ledger entries.
    bell: Bell,
    known: known::Known,
    memory: memory::Memory,
}

enum Backend {
    Postgres(postgres::Pool),
    Sqlite(sqlite::Pool),
}

impl Db {
    /// Opens `sqlite://path?mode=rwc` or `postgres://...`.
    ///
    /// # Errors
    /// `Unavailable` if nothing answers there, `Invalid` for an address of another kind.
    pub async fn open(url: &str, clock: Clock) -> Result<Self> {
        let backend = match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Backend::Postgres(postgres::Pool::open(url).await?),
            Some(("sqlite", path)) => Backend::Sqlite(sqlite::Pool::open(path)?),
            _ => {
                return Err(theriac_core::Error::invalid(
                    "a database address begins with sqlite:// or postgres:// (THERIAC_DATABASE_URL)",
                ));
            }
        };
        let node = uuid::Uuid::new_v4().as_fields().1;
        let (keys, bell) = (Arc::new(Keys::new(node)), Bell::default());
        let (known, memory) = (known::Known::default(), memory::Memory::default());
        Ok(Self { inner: Arc::new(Inner { backend, clock, keys, bell, known, memory }) })
    }

    pub fn engine(&self) -> Engine {
        match self.inner.backend {
            Backend::Postgres(_) => Engine::Postgres,
            Backend::Sqlite(_) => Engine::Sqlite,
        }
    }

    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    pub fn keys(&self) -> &Arc<Keys> {
        &self.inner.keys
    }

    /// Rung after every commit that wrote ledger entries.
    pub fn bell(&self) -> &Bell {
        &self.inner.bell
    }

    /// What a domain keeps in memory for this database; made when it is first asked for.
    pub fn kept<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.inner.memory.kept()
    }

    /// The handle through which everything of one tenant is read and written.
    pub fn tenant(&self, tenant: &Tenant) -> TenantDb {
        TenantDb { db: self.clone(), tenant: tenant.key, rider: None }
    }
}

/// The database as one tenant sees it.
#[derive(Clone)]
pub struct TenantDb {
    db: Db,
    tenant: i32,
    /// Goes along with every unit.
    rider: Option<Arc<Statement>>,
}

impl TenantDb {
    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    /// The tenant's key, the first parameter of every statement.
    pub fn tenant(&self) -> Value {
        Value::Int(i64::from(self.tenant))
    }

    pub fn tenant_key(&self) -> i32 {
        self.tenant
    }

    /// The database of the whole server, for the work that goes from tenant to tenant.
    pub fn server(&self) -> &Db {
        &self.db
    }

    /// The same handle, whose units carry one statement more: what they do is done together with it, or not at all.
    #[must_use]
    pub fn riding(&self, rider: Statement) -> Self {
        Self { rider: Some(Arc::new(rider)), ..self.clone() }
    }

    /// The rows a statement gives.
    ///
    /// # Errors
    /// `Unavailable` or `Internal`.
    pub async fn rows(&self, statement: Statement) -> Result<Vec<Row>> {
        match &self.db.inner.backend {
            Backend::Postgres(pool) => pool.read(self.tenant, statement).await,
            Backend::Sqlite(pool) => pool.read(statement).await,
        }
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`TenantDb::rows`].
    pub async fn row(&self, statement: Statement) -> Result<Option<Row>> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Was a row added through this server that [`Unit::makes_known`] gave this hash? If not, it may be there all the same.
    pub fn is_known(&self, hash: i64) -> bool {
        self.db.inner.known.has(self.tenant, hash)
    }

    /// Does all of the unit or nothing; gives the number of rows each statement touched.
    ///
    /// The work goes on to its end also when the caller goes away.
    ///
    /// # Errors
    /// `Conflict` with [`theriac_core::Error::guard`] naming the statement whose key or guard failed.
    pub async fn commit(&self, unit: Unit) -> Result<Vec<u64>> {
        let mut unit = unit;
        if let Some(rider) = &self.rider {
            unit.push((**rider).clone());
        }
        let (rings, known, marks) = (unit.rings, unit.known.clone(), unit.marks.clone());
        let counts = match &self.db.inner.backend {
            Backend::Postgres(pool) => pool.commit(self.tenant, unit).await?,
            Backend::Sqlite(pool) => pool.commit(unit).await?,
        };
        self.db.inner.known.add(self.tenant, &known);
        self.db.inner.memory.touch(self.tenant, &marks);
        if rings {
            self.db.inner.bell.ring(self.tenant);
        }
        Ok(counts)
    }

    /// How many commits of this process have touched what the mark stands for, see [`Unit::touch`].
    pub fn touches(&self, mark: &'static str) -> u64 {
        self.db.inner.memory.touches(self.tenant, mark)
    }
}
