//! What a person proves itself with: password, second factor, recovery codes.

use theriac_core::{Instant, Result};
use theriac_platform::db::{Statement, TenantDb};

const NAME: &str = "identity_credential";

#[derive(Debug, Default, Clone)]
pub(crate) struct Credential {
    /// PHC form.
    pub password: Option<String>,
    /// Was it given by an administrator, and must be changed at the first sign-in?
    pub one_time: bool,
    /// The key of the second factor, sealed.
    pub totp: Option<String>,
    /// The last step whose code was taken; none is taken twice.
    pub totp_step: i64,
    pub signed_in: Option<Instant>,
}

pub(crate) async fn find(db: &TenantDb, person: &str) -> Result<Credential> {
    let sql = "SELECT password, one_time, totp, totp_step, signed_in FROM identity_credential \
               WHERE tenant_id = $1 AND person = $2";
    let Some(mut row) = db.row(Statement::new(NAME, sql, vec![db.tenant(), person.into()])).await? else {
        return Ok(Credential::default());
    };
    Ok(Credential {
        password: row.maybe_text(0)?,
        one_time: row.int(1)? != 0,
        totp: row.maybe_text(2)?,
        totp_step: row.int(3)?,
        signed_in: row.maybe_int(4)?.map(Instant),
    })
}

pub(crate) fn set_password(db: &TenantDb, person: &str, password: &str, one_time: bool) -> Statement {
    let sql = "INSERT INTO identity_credential (tenant_id, person, password, one_time, totp_step) VALUES ($1, $2, $3, $4, 0) \
               ON CONFLICT (tenant_id, person) DO UPDATE SET password = excluded.password, one_time = excluded.one_time";
    Statement::new(NAME, sql, vec![db.tenant(), person.into(), password.into(), one_time.into()])
}

/// Takes the second factor away; the next sign-in begins with a new one where the role needs it.
pub(crate) fn reset_totp(db: &TenantDb, person: &str) -> [Statement; 2] {
    let sql = "UPDATE identity_credential SET totp = NULL, totp_step = 0 WHERE tenant_id = $1 AND person = $2";
    let codes = "DELETE FROM identity_recovery WHERE tenant_id = $1 AND person = $2";
    [sql, codes].map(|sql| Statement::new(NAME, sql, vec![db.tenant(), person.into()]))
}

pub(crate) fn signed_in(db: &TenantDb, person: &str, now: Instant) -> Statement {
    let sql = "UPDATE identity_credential SET signed_in = $3 WHERE tenant_id = $1 AND person = $2";
    Statement::new(NAME, sql, vec![db.tenant(), person.into(), now.into()])
}

/// A second factor for who has none.
pub(crate) fn set_totp(db: &TenantDb, person: &str, sealed: &str, step: i64) -> Statement {
    let sql = "INSERT INTO identity_credential (tenant_id, person, one_time, totp, totp_step) VALUES ($1, $2, 0, $3, $4) \
               ON CONFLICT (tenant_id, person) DO UPDATE SET totp = excluded.totp, totp_step = excluded.totp_step \
               WHERE identity_credential.totp IS NULL";
    Statement::new(NAME, sql, vec![db.tenant(), person.into(), sealed.into(), step.into()]).expect(1)
}

/// Takes a step's code; the unit fails if it was taken.
pub(crate) fn use_step(db: &TenantDb, person: &str, step: i64) -> Statement {
    let sql = "UPDATE identity_credential SET totp_step = $3 WHERE tenant_id = $1 AND person = $2 AND totp_step < $3";
    Statement::new(NAME, sql, vec![db.tenant(), person.into(), step.into()]).expect(1)
}

pub(crate) fn add_recovery(db: &TenantDb, person: &str, hash: &str) -> Statement {
    let sql = "INSERT INTO identity_recovery (tenant_id, person, hash) VALUES ($1, $2, $3)";
    Statement::new(NAME, sql, vec![db.tenant(), person.into(), hash.into()])
}

/// Uses a recovery code up; the unit fails if it is none.
pub(crate) fn use_recovery(db: &TenantDb, person: &str, hash: &str) -> Statement {
    let sql = "DELETE FROM identity_recovery WHERE tenant_id = $1 AND person = $2 AND hash = $3";
    Statement::new(NAME, sql, vec![db.tenant(), person.into(), hash.into()]).expect(1)
}
