//! `isa95_equipment`: the documents with what they are found by.

use crate::equipment::{EquipmentLevel, Place};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use std::collections::HashMap;
use theriac_access::Rows;
use theriac_core::{Error, Result};
use theriac_platform::db::{self, Engine, Statement, TenantDb, Value as Parameter};

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "isa95_equipment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub version: i64,
        pub updated: i64,
        pub level: String,
        pub parent: Option<String>,
        pub site: Option<String>,
        pub document: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use row::{ActiveModel, Column, Entity};

pub(crate) use row::Model as Stored;

pub(crate) async fn find(db: &TenantDb, id: &str) -> Result<Option<Stored>> {
    let key = (i64::from(db.tenant_key()), id.to_owned());
    Entity::find_by_id(key).one(&db.orm()).await.map_err(Error::internal)
}

#[derive(Debug, Default)]
pub(crate) struct Question {
    pub parent: Option<String>,
    pub level: Option<String>,
    /// Ids from this one on.
    pub from: Option<String>,
    pub most: u64,
}

pub(crate) async fn list(db: &TenantDb, rows: &Rows, question: Question) -> Result<Vec<Stored>> {
    let mut query = Entity::find().filter(Column::TenantId.eq(i64::from(db.tenant_key())));
    if let Some(parent) = question.parent {
        query = query.filter(Column::Parent.eq(parent));
    }
    if let Some(level) = question.level {
        query = query.filter(Column::Level.eq(level));
    }
    if let Some(from) = question.from {
        query = query.filter(Column::Id.gte(from));
    }
    match rows {
        Rows::All => {}
        Rows::Nothing => return Ok(Vec::new()),
        Rows::Labels(labels) => {
            query = query.filter(Column::Site.is_in(labels.iter().filter_map(|label| label.strip_prefix("site/"))));
        }
    }
    query.order_by_asc(Column::Id).limit(question.most).all(&db.orm()).await.map_err(Error::internal)
}

/// The whole hierarchy: what stands where, and under which site.
pub(crate) async fn places(db: &TenantDb) -> Result<HashMap<String, (Place, Option<String>)>> {
    let sql = "SELECT id, level, parent, site FROM isa95_equipment WHERE tenant_id = $1";
    let rows = db.rows(Statement::new("isa95_equipment", sql, vec![db.tenant()])).await?;
    let mut places = HashMap::with_capacity(rows.len());
    for mut row in rows {
        let (id, level) = (row.text(0)?, row.text(1)?);
        let level = EquipmentLevel::from_name(&level).ok_or_else(|| Error::internal(format!("level {level}")))?;
        places.insert(id, (Place { level, parent: row.maybe_text(2)? }, row.maybe_text(3)?));
    }
    Ok(places)
}

/// The first version is inserted, a later one takes the place of the one before it and of no other.
pub(crate) fn put(db: &TenantDb, row: Stored) -> Result<Statement> {
    if row.version == 1 {
        let model = ActiveModel {
            tenant_id: Set(i64::from(db.tenant_key())),
            id: Set(row.id),
            version: Set(1),
            updated: Set(row.updated),
            level: Set(row.level),
            parent: Set(row.parent),
            site: Set(row.site),
            document: Set(row.document),
        };
        return Ok(db::insert("isa95_equipment", db, model));
    }
    let sql = "UPDATE isa95_equipment SET version = $3, updated = $4, level = $5, parent = $6, site = $7, document = $8 \
               WHERE tenant_id = $1 AND id = $2 AND version = $9";
    let params = vec![
        db.tenant(),
        row.id.into(),
        row.version.into(),
        row.updated.into(),
        row.level.into(),
        row.parent.into(),
        row.site.into(),
        row.document.into(),
        (row.version - 1).into(),
    ];
    Ok(Statement::new("isa95_equipment", sql, params).expect(1))
}

/// Holds the unit to the parent's being there, at this level and in this place, until it is committed.
pub(crate) fn hold_parent(db: &TenantDb, id: &str, place: &Place) -> Statement {
    let sql = "UPDATE isa95_equipment SET version = version WHERE tenant_id = $1 AND id = $2 AND level = $3 \
               AND coalesce(parent, '') = $4";
    let parent = place.parent.clone().unwrap_or_default();
    let params = vec![db.tenant(), id.into(), place.level.name().into(), parent.into()];
    Statement::new("isa95_parent", sql, params).expect(1)
}

/// Removes a version of it, if nothing is part of it.
pub(crate) fn delete(db: &TenantDb, id: &str, version: i64) -> Statement {
    let sql = "DELETE FROM isa95_equipment WHERE tenant_id = $1 AND id = $2 AND version = $3 \
               AND NOT EXISTS (SELECT 1 FROM isa95_equipment c WHERE c.tenant_id = $1 AND c.parent = $2)";
    Statement::new("isa95_equipment", sql, vec![db.tenant(), id.into(), version.into()]).expect(1)
}

/// Equipment came under another site. An empty site is none.
pub(crate) fn set_sites(db: &TenantDb, ids: Vec<String>, sites: Vec<String>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE isa95_equipment e SET site = nullif(u.site, '') FROM unnest($2::text[], $3::text[]) AS u(id, site) \
             WHERE e.tenant_id = $1 AND e.id = u.id"
        }
        Engine::Sqlite => "UPDATE isa95_equipment SET site = nullif($3, '') WHERE tenant_id = $1 AND id = $2",
    };
    Statement::new("isa95_site", sql, vec![db.tenant(), Parameter::Texts(ids), Parameter::Texts(sites)]).each()
}
