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

pub(crate) async fn state(db: &TenantDb, chart: &str) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT state FROM spc_state WHERE tenant_id = $1 AND chart = $2";
    let row = db.row(Statement::new("spc_state", sql, vec![db.tenant(), chart.into()])).await?;
    row.map(|mut row| row.bytes(0)).transpose()
}

/// All states: (chart, bytes).
pub(crate) async fn states(db: &TenantDb) -> Result<Vec<(String, Vec<u8>)>> {
    let sql = "SELECT chart, state FROM spc_state WHERE tenant_id = $1";
    let rows = db.rows(Statement::new("spc_state", sql, vec![db.tenant()])).await?;
    rows.into_iter().map(|mut row| Ok((row.text(0)?, row.bytes(1)?))).collect()
}

pub(crate) fn save_states(db: &TenantDb, charts: Vec<String>, states: Vec<Vec<u8>>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO spc_state (tenant_id, chart, state) \
             SELECT $1, u.chart, u.state FROM unnest($2::text[], $3::bytea[]) AS u(chart, state) \
             ON CONFLICT (tenant_id, chart) DO UPDATE SET state = excluded.state"
        }
        Engine::Sqlite => {
            "INSERT INTO spc_state (tenant_id, chart, state) VALUES ($1, $2, $3) \
             ON CONFLICT (tenant_id, chart) DO UPDATE SET state = excluded.state"
        }
    };
    Statement::new("spc_state", sql, vec![db.tenant(), Parameter::Texts(charts), Parameter::Blobs(states)]).each()
}

pub(crate) fn remove_states(db: &TenantDb, charts: Vec<String>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => "DELETE FROM spc_state WHERE tenant_id = $1 AND chart = ANY($2)",
        Engine::Sqlite => "DELETE FROM spc_state WHERE tenant_id = $1 AND chart = $2",
    };
    Statement::new("spc_state", sql, vec![db.tenant(), Parameter::Texts(charts)]).each()
}

/// On which side of its limits each property was left: (property, side, since).
pub(crate) async fn sides(db: &TenantDb) -> Result<Vec<(i64, i64, i64)>> {
    let sql = "SELECT property, side, since FROM spc_side WHERE tenant_id = $1";
    let rows = db.rows(Statement::new("spc_side", sql, vec![db.tenant()])).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, row.int(1)?, row.int(2)?))).collect()
}

pub(crate) fn save_sides(db: &TenantDb, sides: &[(i64, i64, i64)]) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO spc_side (tenant_id, property, side, since) \
             SELECT $1, u.property, u.side, u.since \
             FROM unnest($2::bigint[], $3::int[], $4::bigint[]) AS u(property, side, since) \
             ON CONFLICT (tenant_id, property) DO UPDATE SET side = excluded.side, since = excluded.since"
        }
        Engine::Sqlite => {
            "INSERT INTO spc_side (tenant_id, property, side, since) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (tenant_id, property) DO UPDATE SET side = excluded.side, since = excluded.since"
        }
    };
    let column = |of: fn(&(i64, i64, i64)) -> i64| Parameter::Ints(sides.iter().map(of).collect());
    let params = vec![db.tenant(), column(|s| s.0), column(|s| s.1), column(|s| s.2)];
    Statement::new("spc_side", sql, params).each()
}
