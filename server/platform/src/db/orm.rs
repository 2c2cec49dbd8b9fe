//! sea-orm on our own handles: entities and queries are its, connections and transactions are ours.
//!
//! sea-orm builds the statement; it runs like any other, with a tenant, in a unit, next to the ledger
//! entry (docs/adr/0002). Reading goes through [`TenantDb::orm`], writing through [`insert`] and
//! [`update_by_key`], which make statements for a unit. Entities hold only `i64`, `f64`, `String`,
//! `Vec<u8>` and options of them.

use super::{Engine, Statement, TenantDb, Value};
use sea_orm::{
    ActiveModelTrait, DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr, EntityTrait, Iterable,
    PrimaryKeyToColumn, ProxyDatabaseTrait, ProxyExecResult, ProxyRow, QueryTrait,
};
use std::collections::BTreeMap;
use std::sync::Arc;

impl TenantDb {
    /// A sea-orm connection that reads as this tenant.
    pub fn orm(&self) -> DatabaseConnection {
        let connection =
            sea_orm::ProxyDatabaseConnection::new(backend(self.engine()), Arc::new(Box::new(Reader(self.clone()))));
        DatabaseConnectionType::ProxyDatabaseConnection(Arc::new(connection)).into()
    }
}

pub(super) fn backend(engine: Engine) -> DbBackend {
    match engine {
        Engine::Postgres => DbBackend::Postgres,
        Engine::Sqlite => DbBackend::Sqlite,
    }
}

/// The INSERT of one entity, as a statement for a unit.
pub fn insert<A: ActiveModelTrait>(name: &'static str, db: &TenantDb, model: A) -> Statement {
    from_orm(name, sea_orm::Insert::one(model).build(backend(db.engine())))
}

/// The UPDATE of one entity by its primary key; guard it with [`Statement::expect`] where it must exist.
pub fn update_by_key<A>(name: &'static str, db: &TenantDb, model: A) -> Result<Statement, theriac_core::Error>
where
    A: ActiveModelTrait,
    <A::Entity as EntityTrait>::PrimaryKey: Iterable + PrimaryKeyToColumn,
{
    let update = sea_orm::Update::one(model).validate().map_err(theriac_core::Error::internal)?;
    Ok(from_orm(name, update.build(backend(db.engine()))))
}

pub(super) fn from_orm(name: &'static str, statement: sea_orm::Statement) -> Statement {
    let params = statement.values.map(|v| v.0).unwrap_or_default();
    Statement::new(name, statement.sql, params.into_iter().map(incoming).collect())
}

fn incoming(value: sea_orm::Value) -> Value {
    use sea_orm::Value as V;
    match value {
        V::Bool(v) => v.into(),
        V::TinyInt(v) => v.map(i64::from).into(),
        V::SmallInt(v) => v.map(i64::from).into(),
        V::Int(v) => v.into(),
        V::BigInt(v) => v.into(),
        V::TinyUnsigned(v) => v.map(i64::from).into(),
        V::SmallUnsigned(v) => v.map(i64::from).into(),
        V::Unsigned(v) => v.into(),
        V::BigUnsigned(v) => v.and_then(|n| i64::try_from(n).ok()).into(),
        V::Float(v) => v.map(f64::from).into(),
        V::Double(v) => v.into(),
        V::String(v) => v.into(),
        V::Char(v) => v.map(|c| c.to_string()).into(),
        V::Bytes(v) => v.into(),
        _ => Value::Null,
    }
}

fn outgoing(value: Value, declared: &str) -> sea_orm::Value {
    use sea_orm::Value as V;
    match value {
        Value::Int(n) => V::BigInt(Some(n)),
        Value::Real(n) => V::Double(Some(n)),
        Value::Text(t) => V::String(Some(t)),
        Value::Bytes(b) => V::Bytes(Some(b)),
        _ => match declared.to_ascii_lowercase().as_str() {
            "blob" | "bytea" => V::Bytes(None),
            "double" | "real" | "float8" | "double precision" => V::Double(None),
            "bigint" | "integer" | "int8" | "int4" | "int" => V::BigInt(None),
            _ => V::String(None),
        },
    }
}

struct Reader(TenantDb);

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "tenant {}", self.0.tenant)
    }
}

#[async_trait::async_trait]
impl ProxyDatabaseTrait for Reader {
    async fn query(&self, statement: sea_orm::Statement) -> Result<Vec<ProxyRow>, DbErr> {
        let statement = from_orm("query", statement);
        self.0
            .named(statement)
            .await
            .map(|rows| rows.into_iter().map(named).collect())
            .map_err(|e| DbErr::Custom(e.to_string()))
    }

    async fn execute(&self, _: sea_orm::Statement) -> Result<ProxyExecResult, DbErr> {
        Err(DbErr::Custom("a change is a unit: build the statement and commit it".to_owned()))
    }
}

/// A row whose columns have names: (name, declared type, value).
pub(super) type Named = Vec<(String, String, Value)>;

pub(super) fn named(row: Named) -> ProxyRow {
    let values: BTreeMap<_, _> = row.into_iter().map(|(name, kind, value)| (name, outgoing(value, &kind))).collect();
    ProxyRow::new(values)
}
