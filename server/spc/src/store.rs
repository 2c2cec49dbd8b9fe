//! All SQL of process control.

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use theriac_core::{Error, Result};
use theriac_platform::db::{self, Engine, Statement, TenantDb, Value as Parameter};

mod chart {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "spc_chart")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub version: i64,
        pub updated: i64,
        pub property: String,
        pub document: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use chart::{ActiveModel, Column, Entity};

pub(crate) use chart::Model as Stored;

pub(crate) async fn find(db: &TenantDb, id: &str) -> Result<Option<Stored>> {
    let key = (i64::from(db.tenant_key()), id.to_owned());
    Entity::find_by_id(key).one(&db.orm()).await.map_err(Error::internal)
}

/// Charts by id, from `from` on.
pub(crate) async fn list(db: &TenantDb, property: Option<&str>, from: Option<&str>, most: u64) -> Result<Vec<Stored>> {
    let mut query = Entity::find().filter(Column::TenantId.eq(i64::from(db.tenant_key())));
    if let Some(property) = property {
        query = query.filter(Column::Property.eq(property));
    }
    if let Some(from) = from {
        query = query.filter(Column::Id.gte(from));
    }
    query.order_by_asc(Column::Id).limit(most).all(&db.orm()).await.map_err(Error::internal)
}

/// The first version is inserted, a later one takes the place of the one before it and of no other.
pub(crate) fn put(db: &TenantDb, row: Stored) -> Statement {
    if row.version == 1 {
        let model = ActiveModel {
            tenant_id: Set(i64::from(db.tenant_key())),
            id: Set(row.id),
            version: Set(1),
            updated: Set(row.updated),
            property: Set(row.property),
            document: Set(row.document),
        };
        return db::insert("spc_chart", db, model);
    }
    let sql = "UPDATE spc_chart SET version = $3, updated = $4, property = $5, document = $6 \
               WHERE tenant_id = $1 AND id = $2 AND version = $7";
    let params = vec![
        db.tenant(),
        row.id.into(),
        row.version.into(),
        row.updated.into(),
        row.property.into(),
        row.document.into(),
        (row.version - 1).into(),
    ];
    Statement::new("spc_chart", sql, params).expect(1)
}

pub(crate) fn delete(db: &TenantDb, id: &str, version: i64) -> Statement {
    let sql = "DELETE FROM spc_chart WHERE tenant_id = $1 AND id = $2 AND version = $3";
    Statement::new("spc_chart", sql, vec![db.tenant(), id.into(), version.into()]).expect(1)
}

/// A chart as the worker left it: the definition it took from the ledger, and how far it got with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    pub chart: String,
    pub version: i64,
    /// Position of the ledger entry that defined it.
    pub born: i64,
    pub document: String,
    pub state: Vec<u8>,
}

/// The state of one chart, or of all.
pub(crate) async fn states(db: &TenantDb, chart: Option<&str>) -> Result<Vec<State>> {
    let sql = "SELECT chart, version, born, document, state FROM spc_state WHERE tenant_id = $1 ORDER BY chart";
    let one = "SELECT chart, version, born, document, state FROM spc_state WHERE tenant_id = $1 AND chart = $2";
    let statement = match chart {
        None => Statement::new("spc_state", sql, vec![db.tenant()]),
        Some(chart) => Statement::new("spc_state", one, vec![db.tenant(), chart.into()]),
    };
    let rows = db.rows(statement).await?;
    let state = |mut row: db::Row| {
        let (chart, version, born) = (row.text(0)?, row.int(1)?, row.int(2)?);
        Ok(State { chart, version, born, document: row.text(3)?, state: row.bytes(4)? })
    };
    rows.into_iter().map(state).collect()
}

/// A chart begins, or begins anew under another definition.
pub(crate) fn begin(db: &TenantDb, state: State) -> Statement {
    let sql = "INSERT INTO spc_state (tenant_id, chart, version, born, document, state) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (tenant_id, chart) DO UPDATE SET version = excluded.version, born = excluded.born, \
               document = excluded.document, state = excluded.state";
    let State { chart, version, born, document, state } = state;
    let params = vec![db.tenant(), chart.into(), version.into(), born.into(), document.into(), state.into()];
    Statement::new("spc_state", sql, params)
}

pub(crate) fn save(db: &TenantDb, charts: Vec<String>, states: Vec<Vec<u8>>) -> Statement {
    let count = charts.len() as u64;
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE spc_state s SET state = u.state FROM unnest($2::text[], $3::bytea[]) AS u(chart, state) \
             WHERE s.tenant_id = $1 AND s.chart = u.chart"
        }
        Engine::Sqlite => "UPDATE spc_state SET state = $3 WHERE tenant_id = $1 AND chart = $2",
    };
    let params = vec![db.tenant(), Parameter::Texts(charts), Parameter::Blobs(states)];
    Statement::new("spc_state", sql, params).each().expect(count)
}

pub(crate) fn end(db: &TenantDb, chart: &str) -> Statement {
    let sql = "DELETE FROM spc_state WHERE tenant_id = $1 AND chart = $2";
    Statement::new("spc_state", sql, vec![db.tenant(), chart.into()])
}

/// The limits of a property as the worker took them from the ledger, and on which side of them it was left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Limit {
    pub address: String,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Below, within, above: -1, 0, 1.
    pub side: i64,
    pub since: i64,
    /// The versions that ever hold, as JSON.
    pub schedule: String,
}

pub(crate) async fn limits(db: &TenantDb) -> Result<Vec<Limit>> {
    let sql = "SELECT address, low, high, side, since, schedule FROM spc_limit WHERE tenant_id = $1 ORDER BY address";
    let rows = db.rows(Statement::new("spc_limit", sql, vec![db.tenant()])).await?;
    let limit = |mut row: db::Row| {
        let (address, low, high) = (row.text(0)?, row.maybe_real(1)?, row.maybe_real(2)?);
        Ok(Limit { address, low, high, side: row.int(3)?, since: row.int(4)?, schedule: row.text(5)? })
    };
    rows.into_iter().map(limit).collect()
}

/// An open end is bound as not a number, which SQLite stores as NULL by itself.
pub(crate) fn save_limits(db: &TenantDb, limits: Vec<Limit>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO spc_limit (tenant_id, address, low, high, side, since, schedule) \
             SELECT $1, u.address, nullif(u.low, 'NaN'), nullif(u.high, 'NaN'), u.side, u.since, u.schedule \
             FROM unnest($2::text[], $3::float8[], $4::float8[], $5::int[], $6::bigint[], $7::text[]) \
             AS u(address, low, high, side, since, schedule) \
             ON CONFLICT (tenant_id, address) DO UPDATE SET low = excluded.low, high = excluded.high, \
             side = excluded.side, since = excluded.since, schedule = excluded.schedule"
        }
        Engine::Sqlite => {
            "INSERT INTO spc_limit (tenant_id, address, low, high, side, since, schedule) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, address) DO UPDATE SET low = excluded.low, \
             high = excluded.high, side = excluded.side, since = excluded.since, schedule = excluded.schedule"
        }
    };
    let params = vec![
        db.tenant(),
        Parameter::Texts(limits.iter().map(|l| l.address.clone()).collect()),
        Parameter::Reals(limits.iter().map(|l| l.low.unwrap_or(f64::NAN)).collect()),
        Parameter::Reals(limits.iter().map(|l| l.high.unwrap_or(f64::NAN)).collect()),
        Parameter::Ints(limits.iter().map(|l| l.side).collect()),
        Parameter::Ints(limits.iter().map(|l| l.since).collect()),
        Parameter::Texts(limits.iter().map(|l| l.schedule.clone()).collect()),
    ];
    Statement::new("spc_limit", sql, params).each()
}

pub(crate) fn remove_limits(db: &TenantDb, addresses: Vec<String>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => "DELETE FROM spc_limit WHERE tenant_id = $1 AND address = ANY($2)",
        Engine::Sqlite => "DELETE FROM spc_limit WHERE tenant_id = $1 AND address = $2",
    };
    Statement::new("spc_limit", sql, vec![db.tenant(), Parameter::Texts(addresses)]).each()
}
