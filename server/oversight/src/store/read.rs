//! What was read under emergency accesses, by the place of its entry in the ledger.

use serde_json::{Value, json};
use theriac_core::{Error, Result};
use theriac_ledger::Record;
use theriac_platform::db::{Row, Statement, TenantDb};

const NAME: &str = "oversight_read";

pub(crate) struct Read {
    pub position: i64,
    at: String,
    document: Value,
}

impl Read {
    /// Which entry of the ledger it is, when, and what was given.
    pub fn shown(&self) -> Value {
        let mut shown = json!({ "entry": self.position, "at": self.at });
        for name in ["road", "count", "given"] {
            shown[name] = self.document[name].clone();
        }
        shown
    }
}

pub(crate) fn insert(db: &TenantDb, emergency: &str, record: &Record) -> Result<Statement> {
    let sql = "INSERT INTO oversight_read (tenant_id, emergency, position, at, document) VALUES ($1, $2, $3, $4, $5)";
    let position = i64::try_from(record.position).map_err(Error::internal)?;
    let document = record.data.as_ref().map_or("{}", |data| data.get());
    let params = vec![db.tenant(), emergency.into(), position.into(), record.time.as_str().into(), document.into()];
    Ok(Statement::new(NAME, sql, params))
}

pub(crate) async fn list(db: &TenantDb, emergency: &str, after: i64, most: u64) -> Result<Vec<Read>> {
    let sql = "SELECT position, at, document FROM oversight_read WHERE tenant_id = $1 AND emergency = $2 AND position > $3 \
               ORDER BY position LIMIT $4";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let params = vec![db.tenant(), emergency.into(), after.into(), most.into()];
    let read = |mut row: Row| {
        let document = serde_json::from_str(&row.text(2)?).map_err(Error::internal)?;
        Ok(Read { position: row.int(0)?, at: row.text(1)?, document })
    };
    db.rows(Statement::new(NAME, sql, params)).await?.into_iter().map(read).collect()
}
