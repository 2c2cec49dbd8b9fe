//! `isa95_resource`, the records as they are, and `isa95_version`, as they were.

use crate::resource::TYPES;
use std::collections::HashMap;
use theriac_core::{Error, Instant, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

/// A record with what a decision about it needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub kind: &'static str,
    pub id: String,
    pub version: i64,
    pub updated: i64,
    pub deleted: bool,
    pub site: Option<String>,
    pub parent: Option<String>,
    pub scope: Option<String>,
    pub starts: Option<i64>,
    pub ends: Option<i64>,
    pub document: String,
}

pub(super) const COLUMNS: &str =
    "r.type, r.id, r.version, r.updated, r.deleted, r.site, r.parent, r.scope, r.starts, r.ends, r.document";

pub(super) fn stored(mut row: Row) -> Result<Stored> {
    Ok(Stored {
        kind: kind(&row.text(0)?)?,
        id: row.text(1)?,
        version: row.int(2)?,
        updated: row.int(3)?,
        deleted: row.int(4)? != 0,
        site: row.maybe_text(5)?,
        parent: row.maybe_text(6)?,
        scope: row.maybe_text(7)?,
        starts: row.maybe_int(8)?,
        ends: row.maybe_int(9)?,
        document: row.text(10)?,
    })
}

pub(super) fn kind(address: &str) -> Result<&'static str> {
    let known = TYPES.iter().find(|row| row.address == address).map(|row| row.address);
    known.ok_or_else(|| Error::internal(format!("records of {address}")))
}

/// Those of the records that are or were there, by type and id.
pub(crate) async fn find(
    db: &TenantDb,
    wanted: &[(&'static str, String)],
) -> Result<HashMap<(&'static str, String), Stored>> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let given = match db.engine() {
        Engine::Postgres => "unnest($2::text[], $3::text[]) AS u(type, id) JOIN",
        Engine::Sqlite => {
            "(SELECT t.value AS type, i.value AS id FROM json_each($2) t JOIN json_each($3) i ON i.key = t.key) u \
             CROSS JOIN"
        }
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM {given} isa95_resource r ON r.tenant_id = $1 AND r.type = u.type AND r.id = u.id"
    );
    let (types, ids): (Vec<String>, Vec<String>) =
        wanted.iter().map(|(kind, id)| ((*kind).to_owned(), id.clone())).unzip();
    let params = vec![db.tenant(), Value::Texts(types), Value::Texts(ids)];
    let rows = db.rows(Statement::new("isa95_resource", sql, params)).await?;
    let found = rows.into_iter().map(stored).collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().map(|stored| ((stored.kind, stored.id.clone()), stored)).collect())
}

pub(crate) async fn one(db: &TenantDb, kind: &'static str, id: &str) -> Result<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM isa95_resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.id = $3");
    let row = db.row(Statement::new("isa95_resource", sql, vec![db.tenant(), kind.into(), id.into()])).await?;
    row.map(stored).transpose()
}

/// The record's row and its version. The first version is inserted, a later one takes the place of the one before
/// it and of no other.
pub(crate) fn put(unit: &mut Unit, db: &TenantDb, row: &Stored, action: &str) {
    let sql = if row.version == 1 {
        "INSERT INTO isa95_resource (tenant_id, type, id, version, updated, deleted, site, parent, scope, starts, ends, \
         document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    } else {
        "UPDATE isa95_resource SET version = $4, updated = $5, deleted = $6, site = $7, parent = $8, scope = $9, \
         starts = $10, ends = $11, document = $12 WHERE tenant_id = $1 AND type = $2 AND id = $3 AND version = $13"
    };
    let mut params = vec![
        db.tenant(),
        row.kind.into(),
        row.id.clone().into(),
        row.version.into(),
        row.updated.into(),
        row.deleted.into(),
        row.site.clone().into(),
        row.parent.clone().into(),
        row.scope.clone().into(),
        row.starts.into(),
        row.ends.into(),
        row.document.clone().into(),
    ];
    if row.version > 1 {
        params.push((row.version - 1).into());
    }
    unit.push(Statement::new("isa95_resource", sql, params).expect(1));
    let sql = "INSERT INTO isa95_version (tenant_id, type, id, version, updated, action, document) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = vec![
        db.tenant(),
        row.kind.into(),
        row.id.clone().into(),
        row.version.into(),
        row.updated.into(),
        action.into(),
        row.document.clone().into(),
    ];
    unit.push(Statement::new("isa95_version", sql, params));
}

/// Holds the unit to the record's being there, in this place, until it is committed.
pub(crate) fn hold(db: &TenantDb, kind: &'static str, id: &str, parent: Option<&str>) -> Statement {
    let sql = "UPDATE isa95_resource SET version = version WHERE tenant_id = $1 AND type = $2 AND id = $3 \
               AND deleted = 0 AND coalesce(parent, '') = $4";
    let params = vec![db.tenant(), kind.into(), id.into(), parent.unwrap_or_default().into()];
    Statement::new("isa95_parent", sql, params).expect(1)
}

/// Holds the unit to nobody's naming the record or being part of it.
pub(crate) fn hold_free(db: &TenantDb, kind: &'static str, id: &str) -> Statement {
    let sql = "UPDATE isa95_resource SET version = version WHERE tenant_id = $1 AND type = $2 AND id = $3 \
               AND NOT EXISTS (SELECT 1 FROM isa95_reference f WHERE f.tenant_id = $1 AND f.target_type = $2 AND f.target = $3) \
               AND NOT EXISTS (SELECT 1 FROM isa95_resource c WHERE c.tenant_id = $1 AND c.type = $2 AND c.parent = $3 \
               AND c.deleted = 0)";
    Statement::new("isa95_parent", sql, vec![db.tenant(), kind.into(), id.into()]).expect(1)
}

/// What belongs to these pieces of equipment came under another site. An empty site is none.
pub(crate) fn set_sites(db: &TenantDb, equipment: Vec<String>, sites: Vec<String>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE isa95_resource r SET site = nullif(u.site, '') FROM unnest($2::text[], $3::text[]) AS u(id, site) \
             WHERE r.tenant_id = $1 AND r.scope = u.id"
        }
        Engine::Sqlite => "UPDATE isa95_resource SET site = nullif($3, '') WHERE tenant_id = $1 AND scope = $2",
    };
    Statement::new("isa95_site", sql, vec![db.tenant(), Value::Texts(equipment), Value::Texts(sites)]).each()
}

/// One version, as the history gives it.
pub(crate) struct Version {
    pub version: i64,
    pub updated: Instant,
    pub action: String,
    pub document: String,
}

fn version_of(mut row: Row) -> Result<Version> {
    Ok(Version { version: row.int(0)?, updated: row.instant(1)?, action: row.text(2)?, document: row.text(3)? })
}

/// The versions of a record below one, newest first.
pub(crate) async fn versions(
    db: &TenantDb,
    (kind, id): (&'static str, &str),
    below: i64,
    most: i64,
) -> Result<Vec<Version>> {
    let sql = "SELECT version, updated, action, document FROM isa95_version WHERE tenant_id = $1 AND type = $2 \
               AND id = $3 AND version < $4 ORDER BY version DESC LIMIT $5";
    let params = vec![db.tenant(), kind.into(), id.into(), below.into(), most.into()];
    let rows = db.rows(Statement::new("isa95_version", sql, params)).await?;
    rows.into_iter().map(version_of).collect()
}

/// The version that stood at a moment.
pub(crate) async fn version_at(db: &TenantDb, (kind, id): (&'static str, &str), at: i64) -> Result<Option<Version>> {
    let sql = "SELECT version, updated, action, document FROM isa95_version WHERE tenant_id = $1 AND type = $2 \
               AND id = $3 AND updated <= $4 ORDER BY version DESC LIMIT 1";
    let params = vec![db.tenant(), kind.into(), id.into(), at.into()];
    db.row(Statement::new("isa95_version", sql, params)).await?.map(version_of).transpose()
}
