//! The shelf: alarms (source, rule, subject) that are set aside until a time.

use crate::raise::{Alert, Shelf};
use theriac_core::{Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb};

/// An alarm on the shelf.
pub(crate) struct Shelved {
    pub source: String,
    pub rule: String,
    pub subject: String,
    pub shelf: Shelf,
}

impl Shelved {
    pub fn holds(&self, alert: &Alert) -> bool {
        (&self.source, &self.rule, &self.subject) == (&alert.source, &alert.rule, &alert.subject)
    }
}

/// What lies on the shelf now.
pub(crate) async fn all(db: &TenantDb, now: Instant) -> Result<Vec<Shelved>> {
    let sql =
        "SELECT source, rule, subject, until, shelved_by, reason FROM alerts_shelf WHERE tenant_id = $1 AND until > $2";
    let rows = db.rows(Statement::new("alerts_shelf", sql, vec![db.tenant(), now.into()])).await?;
    let shelved = |mut row: Row| {
        let shelf = Shelf { until: Instant(row.int(3)?).rfc3339(), by: row.text(4)?, reason: row.text(5)? };
        Ok(Shelved { source: row.text(0)?, rule: row.text(1)?, subject: row.text(2)?, shelf })
    };
    rows.into_iter().map(shelved).collect()
}

pub(crate) fn put(db: &TenantDb, alert: &Alert, until: Instant) -> Statement {
    let sql = "INSERT INTO alerts_shelf (tenant_id, source, rule, subject, until, shelved_by, reason) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, source, rule, subject) \
               DO UPDATE SET until = excluded.until, shelved_by = excluded.shelved_by, reason = excluded.reason";
    let (by, reason) = alert.shelf.as_ref().map_or(("", ""), |shelf| (shelf.by.as_str(), shelf.reason.as_str()));
    let params = vec![
        db.tenant(),
        alert.source.as_str().into(),
        alert.rule.as_str().into(),
        alert.subject.as_str().into(),
        until.into(),
        by.into(),
        reason.into(),
    ];
    Statement::new("alerts_shelf", sql, params)
}

pub(crate) fn remove(db: &TenantDb, alert: &Alert) -> Statement {
    let sql = "DELETE FROM alerts_shelf WHERE tenant_id = $1 AND source = $2 AND rule = $3 AND subject = $4";
    let alarm = [&alert.source, &alert.rule, &alert.subject].map(|text| text.as_str().into());
    Statement::new("alerts_shelf", sql, std::iter::once(db.tenant()).chain(alarm).collect())
}

/// Takes down what its time is over for.
pub(crate) fn sweep(db: &TenantDb, now: Instant) -> Statement {
    let sql = "DELETE FROM alerts_shelf WHERE tenant_id = $1 AND until <= $2";
    Statement::new("alerts_shelf", sql, vec![db.tenant(), now.into()])
}
