//! Which patients a person is assigned to, since when, by whom, and until when.

use serde::Serialize;
use theriac_core::{Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb};

const NAME: &str = "identity_assignment";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assignment {
    pub user: String,
    pub patient: String,
    pub assigned_at: String,
    pub assigned_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Those of a person, of a patient, or all, in order; what is over is shown too.
pub(crate) async fn list(
    db: &TenantDb,
    user: &str,
    patient: &str,
    after: &(String, String),
    most: u64,
) -> Result<Vec<Assignment>> {
    let sql = "SELECT person, patient, assigned, assigned_by, until FROM identity_assignment \
               WHERE tenant_id = $1 AND ($2 = '' OR person = $2) AND ($3 = '' OR patient = $3) \
               AND (person > $4 OR (person = $4 AND patient > $5)) ORDER BY person, patient LIMIT $6";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let (person, last) = (after.0.as_str(), after.1.as_str());
    let params = vec![db.tenant(), user.into(), patient.into(), person.into(), last.into(), most.into()];
    db.rows(Statement::new(NAME, sql, params)).await?.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<Assignment> {
    Ok(Assignment {
        user: row.text(0)?,
        patient: row.text(1)?,
        assigned_at: row.instant(2)?.rfc3339(),
        assigned_by: row.text(3)?,
        until: row.maybe_int(4)?.map(|until| Instant(until).rfc3339()),
    })
}

/// The patients of a person now: `Patient/1`.
pub(crate) async fn patients(db: &TenantDb, user: &str, now: Instant) -> Result<Vec<String>> {
    let sql = "SELECT patient FROM identity_assignment WHERE tenant_id = $1 AND person = $2 AND (until IS NULL OR until > $3) \
               ORDER BY patient";
    let rows = db.rows(Statement::new(NAME, sql, vec![db.tenant(), user.into(), now.into()])).await?;
    rows.into_iter().map(|mut row| row.text(0)).collect()
}

pub(crate) fn put(
    db: &TenantDb,
    user: &str,
    patient: &str,
    by: &str,
    now: Instant,
    until: Option<Instant>,
) -> Statement {
    let sql = "INSERT INTO identity_assignment (tenant_id, person, patient, assigned, assigned_by, until) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, person, patient) \
               DO UPDATE SET assigned = excluded.assigned, assigned_by = excluded.assigned_by, until = excluded.until";
    let params = vec![db.tenant(), user.into(), patient.into(), now.into(), by.into(), until.into()];
    Statement::new(NAME, sql, params)
}

pub(crate) fn remove(db: &TenantDb, user: &str, patient: &str) -> Statement {
    let sql = "DELETE FROM identity_assignment WHERE tenant_id = $1 AND person = $2 AND patient = $3";
    Statement::new(NAME, sql, vec![db.tenant(), user.into(), patient.into()]).expect(1)
}
