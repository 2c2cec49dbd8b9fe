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
    pub signed_in: Option<Instant>,
}

pub(crate) async fn find(db: &TenantDb, person: &str) -> Result<Credential> {
    let sql = "SELECT password, one_time, totp, signed_in FROM identity_credential \
               WHERE tenant_id = $1 AND person = $2";
    let Some(mut row) = db.row(Statement::new(NAME, sql, vec![db.tenant(), person.into()])).await? else {
        return Ok(Credential::default());
    };
    Ok(Credential {
        password: row.maybe_text(0)?,
        one_time: row.int(1)? != 0,
        totp: row.maybe_text(2)?,
        signed_in: row.maybe_int(3)?.map(Instant),
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
