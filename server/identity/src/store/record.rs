//! What is registered, of every kind: one row each, replaced with a version that grows by one.

use crate::record::{Record, Registered, State};
use theriac_core::{Error, Result};
use theriac_platform::db::{Row, Statement, TenantDb, Value};

const NAME: &str = "identity_record";

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, key, version, state, created, changed, document FROM identity_record WHERE tenant_id = $1 AND kind = $2 ", $rest)
    };
}

fn read<T: Registered>(mut row: Row) -> Result<Record<T>> {
    let state = row.text(3)?;
    Ok(Record {
        id: row.text(0)?,
        key: row.int(1)?,
        version: row.int(2)?,
        state: State::parse(&state).ok_or_else(|| Error::internal(format!("the state {state}")))?,
        created: row.instant(4)?,
        changed: row.instant(5)?,
        document: serde_json::from_str(&row.text(6)?).map_err(Error::internal)?,
    })
}

pub(crate) async fn find<T: Registered>(db: &TenantDb, id: &str) -> Result<Option<Record<T>>> {
    let params = vec![db.tenant(), T::KIND.as_str().into(), id.into()];
    db.row(Statement::new(NAME, select!("AND id = $3"), params)).await?.map(read).transpose()
}

/// Newest first, those before `before`.
pub(crate) async fn list<T: Registered>(
    db: &TenantDb,
    state: Option<State>,
    before: Option<i64>,
    most: u64,
) -> Result<Vec<Record<T>>> {
    let sql = select!("AND ($3 = '' OR state = $3) AND key < $4 ORDER BY key DESC LIMIT $5");
    let state = state.map_or("", State::as_str);
    let (before, most) = (before.unwrap_or(i64::MAX), i64::try_from(most).unwrap_or(i64::MAX));
    let params = vec![db.tenant(), T::KIND.as_str().into(), state.into(), before.into(), most.into()];
    db.rows(Statement::new(NAME, sql, params)).await?.into_iter().map(read).collect()
}

pub(crate) async fn count<T: Registered>(db: &TenantDb, state: State) -> Result<i64> {
    let sql = "SELECT count(*) FROM identity_record WHERE tenant_id = $1 AND kind = $2 AND state = $3";
    let params = vec![db.tenant(), T::KIND.as_str().into(), state.as_str().into()];
    db.row(Statement::new(NAME, sql, params)).await?.map_or(Ok(0), |mut row| row.int(0))
}

/// The first version is inserted, a later one takes the place of the one before it.
pub(crate) fn put<T: Registered>(db: &TenantDb, record: &Record<T>) -> Result<Statement> {
    let sql = if record.version == 1 {
        "INSERT INTO identity_record (tenant_id, kind, id, version, state, changed, document, key, created) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    } else {
        "UPDATE identity_record SET version = $4, state = $5, changed = $6, document = $7 \
         WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND version = $4 - 1"
    };
    let document = serde_json::to_string(&record.document).map_err(Error::internal)?;
    let mut params: Vec<Value> = vec![
        db.tenant(),
        T::KIND.as_str().into(),
        record.id.as_str().into(),
        record.version.into(),
        record.state.as_str().into(),
        record.changed.into(),
        document.into(),
    ];
    if record.version == 1 {
        params.extend([record.key.into(), record.created.into()]);
    }
    Ok(Statement::new(NAME, sql, params).expect(1))
}
