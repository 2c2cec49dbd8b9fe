//! Sessions of browsers, under the hash of their cookie.

use theriac_core::{Error, Instant, Result};
use theriac_platform::db::{Statement, TenantDb};

const NAME: &str = "identity_session";

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub hash: String,
    pub person: String,
    /// How the person proved itself (RFC 8176).
    pub amr: Vec<String>,
    pub begun: Instant,
    pub expires: Instant,
}

pub(crate) async fn find(db: &TenantDb, hash: &str, now: Instant) -> Result<Option<Session>> {
    let sql =
        "SELECT person, amr, begun, expires FROM identity_session WHERE tenant_id = $1 AND hash = $2 AND expires > $3";
    let row = db.row(Statement::new(NAME, sql, vec![db.tenant(), hash.into(), now.into()])).await?;
    row.map(|mut row| {
        let amr = serde_json::from_str(&row.text(1)?).map_err(Error::internal)?;
        Ok(Session {
            hash: hash.to_owned(),
            person: row.text(0)?,
            amr,
            begun: row.instant(2)?,
            expires: row.instant(3)?,
        })
    })
    .transpose()
}

pub(crate) fn insert(db: &TenantDb, session: &Session) -> Result<Statement> {
    let sql =
        "INSERT INTO identity_session (tenant_id, hash, person, amr, begun, expires) VALUES ($1, $2, $3, $4, $5, $6)";
    let amr = serde_json::to_string(&session.amr).map_err(Error::internal)?;
    let (hash, person) = (session.hash.as_str(), session.person.as_str());
    let params =
        vec![db.tenant(), hash.into(), person.into(), amr.into(), session.begun.into(), session.expires.into()];
    Ok(Statement::new(NAME, sql, params))
}

pub(crate) fn remove(db: &TenantDb, hash: &str) -> Statement {
    let sql = "DELETE FROM identity_session WHERE tenant_id = $1 AND hash = $2";
    Statement::new(NAME, sql, vec![db.tenant(), hash.into()])
}

/// All of a person's.
pub(crate) fn remove_of(db: &TenantDb, person: &str) -> Statement {
    let sql = "DELETE FROM identity_session WHERE tenant_id = $1 AND person = $2";
    Statement::new(NAME, sql, vec![db.tenant(), person.into()])
}

pub(crate) fn sweep(db: &TenantDb, now: Instant) -> Statement {
    let sql = "DELETE FROM identity_session WHERE tenant_id = $1 AND expires <= $2";
    Statement::new(NAME, sql, vec![db.tenant(), now.into()])
}
