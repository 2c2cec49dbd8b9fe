//! All SQL of de-identification.

pub(crate) mod pseudonym;

use theriac_core::Result;
use theriac_platform::db::{Row, Statement, TenantDb};

/// A profile or a project as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub id: String,
    pub version: i64,
    pub text: String,
}

/// Which of the two tables of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Profile,
    Project,
}

impl Of {
    fn sql(self) -> [&'static str; 4] {
        match self {
            Self::Profile => [
                "deid_profile",
                "SELECT id, version, document FROM deid_profile WHERE tenant_id = $1 ORDER BY id",
                "INSERT INTO deid_profile (tenant_id, id, version, document) VALUES ($1, $2, $3, $4)",
                "UPDATE deid_profile SET version = $3, document = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3 - 1",
            ],
            Self::Project => [
                "deid_project",
                "SELECT id, version, document FROM deid_project WHERE tenant_id = $1 ORDER BY id",
                "INSERT INTO deid_project (tenant_id, id, version, document) VALUES ($1, $2, $3, $4)",
                "UPDATE deid_project SET version = $3, document = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3 - 1",
            ],
        }
    }
}

/// Few: all of a tenant.
pub(crate) async fn all(db: &TenantDb, of: Of) -> Result<Vec<Document>> {
    let [name, select, ..] = of.sql();
    let rows = db.rows(Statement::new(name, select, vec![db.tenant()])).await?;
    let document = |mut row: Row| Ok(Document { id: row.text(0)?, version: row.int(1)?, text: row.text(2)? });
    rows.into_iter().map(document).collect()
}

/// The first version is inserted, a later one takes the place of the one before it.
pub(crate) fn put(db: &TenantDb, of: Of, document: &Document) -> Statement {
    let [name, _, insert, update] = of.sql();
    let sql = if document.version == 1 { insert } else { update };
    let Document { id, version, text } = document;
    Statement::new(name, sql, vec![db.tenant(), id.as_str().into(), (*version).into(), text.as_str().into()]).expect(1)
}

/// The sealed keys of a project, oldest first.
pub(crate) async fn keys(db: &TenantDb, project: &str) -> Result<Vec<(i64, Vec<u8>)>> {
    let sql = "SELECT version, sealed FROM deid_key WHERE tenant_id = $1 AND project = $2 ORDER BY version";
    let rows = db.rows(Statement::new("deid_key", sql, vec![db.tenant(), project.into()])).await?;
    rows.into_iter().map(|mut row| Ok((row.int(0)?, row.bytes(1)?))).collect()
}

pub(crate) fn put_key(db: &TenantDb, project: &str, version: i64, sealed: Vec<u8>) -> Statement {
    let sql = "INSERT INTO deid_key (tenant_id, project, version, sealed) VALUES ($1, $2, $3, $4)";
    let params = vec![db.tenant(), project.into(), version.into(), sealed.into()];
    Statement::new("deid_key", sql, params).expect(1)
}

/// What changes whenever a profile, a project or a key does.
pub(crate) async fn stamp(db: &TenantDb) -> Result<(i64, i64, i64)> {
    let sql = "SELECT (SELECT CAST(coalesce(sum(version), 0) AS bigint) FROM deid_profile WHERE tenant_id = $1), \
               (SELECT CAST(coalesce(sum(version), 0) AS bigint) FROM deid_project WHERE tenant_id = $1), \
               (SELECT count(*) FROM deid_key WHERE tenant_id = $1)";
    match db.row(Statement::new("deid_project", sql, vec![db.tenant()])).await? {
        Some(mut row) => Ok((row.int(0)?, row.int(1)?, row.int(2)?)),
        None => Ok((0, 0, 0)),
    }
}
