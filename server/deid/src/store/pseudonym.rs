//! Pseudonyms: found by a mark of the value, or by themselves. The value stands beside them, sealed.

use theriac_core::Result;
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// A pseudonym with what stands behind it.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub find: String,
    pub pseudonym: String,
    pub kind: String,
    pub key_version: i64,
    pub sealed: Vec<u8>,
}

/// Marks and pseudonyms of those that are there.
pub(crate) async fn known(db: &TenantDb, project: &str, finds: Vec<String>) -> Result<Vec<(String, String)>> {
    let sql = match db.engine() {
        Engine::Postgres => {
            "SELECT find, pseudonym FROM deid_pseudonym WHERE tenant_id = $1 AND project = $2 AND find = ANY($3)"
        }
        Engine::Sqlite => {
            "SELECT find, pseudonym FROM deid_pseudonym WHERE tenant_id = $1 AND project = $2 \
             AND find IN (SELECT value FROM json_each($3))"
        }
    };
    let params = vec![db.tenant(), project.into(), Value::Texts(finds)];
    let rows = db.rows(Statement::new("deid_pseudonym", sql, params)).await?;
    rows.into_iter().map(|mut row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Adds those that nobody has added meanwhile.
pub(crate) async fn add(db: &TenantDb, project: &str, new: &[Kept]) -> Result<()> {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO deid_pseudonym (tenant_id, project, key_version, find, pseudonym, kind, sealed) \
             SELECT $1, $2, $3, u.find, u.pseudonym, u.kind, u.sealed \
             FROM unnest($4::text[], $5::text[], $6::text[], $7::bytea[]) AS u(find, pseudonym, kind, sealed) \
             ON CONFLICT DO NOTHING"
        }
        Engine::Sqlite => {
            "INSERT INTO deid_pseudonym (tenant_id, project, key_version, find, pseudonym, kind, sealed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
        }
    };
    let Some(first) = new.first() else { return Ok(()) };
    let texts = |of: fn(&Kept) -> &String| Value::Texts(new.iter().map(of).cloned().collect());
    let params = vec![
        db.tenant(),
        project.into(),
        first.key_version.into(),
        texts(|k| &k.find),
        texts(|k| &k.pseudonym),
        texts(|k| &k.kind),
        Value::Blobs(new.iter().map(|k| k.sealed.clone()).collect()),
    ];
    let mut unit = Unit::new();
    unit.push(Statement::new("deid_pseudonym", sql, params).each());
    db.commit(unit).await.map(drop)
}

/// Who has this pseudonym.
pub(crate) async fn behind(db: &TenantDb, project: &str, pseudonym: &str) -> Result<Option<Kept>> {
    let sql = "SELECT find, pseudonym, kind, key_version, sealed FROM deid_pseudonym \
               WHERE tenant_id = $1 AND project = $2 AND pseudonym = $3";
    let params = vec![db.tenant(), project.into(), pseudonym.into()];
    let Some(mut row) = db.row(Statement::new("deid_pseudonym", sql, params)).await? else { return Ok(None) };
    Ok(Some(Kept {
        find: row.text(0)?,
        pseudonym: row.text(1)?,
        kind: row.text(2)?,
        key_version: row.int(3)?,
        sealed: row.bytes(4)?,
    }))
}
