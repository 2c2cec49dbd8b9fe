//! Exceptions, one row for each rule that an event breaks.

use crate::exception::{Exception, State};
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

const COLUMNS: &str = "key, version, event_time, document";

fn read(mut row: Row) -> Result<Exception> {
    let (key, version, time) = (row.int(0)?, row.int(1)?, row.int(2)?);
    let kept: Exception = serde_json::from_str(&row.text(3)?).map_err(Error::internal)?;
    Ok(Exception { key, version, time, ..kept })
}

/// What is asked of a list.
#[derive(Debug, Default)]
pub(crate) struct Question {
    pub state: Option<State>,
    pub rule: Option<String>,
    pub events: Option<Vec<String>>,
    pub before: Option<i64>,
    pub most: i64,
}

/// Newest first.
pub(crate) async fn list(db: &TenantDb, question: &Question) -> Result<Vec<Exception>> {
    let mut params = vec![db.tenant()];
    let mut sql = format!("SELECT {COLUMNS} FROM epcis_exception WHERE tenant_id = $1");
    let mut and = |condition: &str, value: Value| {
        params.push(value);
        sql.push_str(&format!(" AND {condition}").replace('?', &format!("${}", params.len())));
    };
    if let Some(state) = question.state {
        and("state = ?", state.as_str().into());
    }
    if let Some(rule) = &question.rule {
        and("rule = ?", rule.as_str().into());
    }
    if let Some(events) = &question.events {
        let any = match db.engine() {
            Engine::Postgres => "event_id = ANY(?::text[])",
            Engine::Sqlite => "event_id IN (SELECT value FROM json_each(?))",
        };
        and(any, Value::Texts(events.clone()));
    }
    if let Some(before) = question.before {
        and("key < ?", Value::Int(before));
    }
    params.push(Value::Int(question.most));
    sql.push_str(&format!(" ORDER BY key DESC LIMIT ${}", params.len()));
    let rows = db.rows(Statement::new("epcis_exception", sql, params)).await?;
    rows.into_iter().map(read).collect()
}

/// All of these events.
pub(crate) async fn of_events(db: &TenantDb, events: Vec<String>) -> Result<Vec<Exception>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    list(db, &Question { events: Some(events), most: i64::MAX, ..Question::default() }).await
}

pub(crate) async fn find(db: &TenantDb, key: i64) -> Result<Option<Exception>> {
    let sql = format!("SELECT {COLUMNS} FROM epcis_exception WHERE tenant_id = $1 AND key = $2");
    db.row(Statement::new("epcis_exception", sql, vec![db.tenant(), Value::Int(key)])).await?.map(read).transpose()
}

pub(crate) fn insert(db: &TenantDb, exceptions: &[Exception], unit: &mut Unit) -> Result<()> {
    if exceptions.is_empty() {
        return Ok(());
    }
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO epcis_exception (tenant_id, key, rule, event_id, event_time, state, version, document) \
             SELECT $1, u.key, u.rule, u.event_id, u.event_time, u.state, u.version, u.document \
             FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::text[]) \
             AS u(key, rule, event_id, event_time, state, version, document)"
        }
        Engine::Sqlite => {
            "INSERT INTO epcis_exception (tenant_id, key, rule, event_id, event_time, state, version, document) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        }
    };
    let texts = |read: fn(&Exception) -> String| Value::Texts(exceptions.iter().map(read).collect());
    let ints = |read: fn(&Exception) -> i64| Value::Ints(exceptions.iter().map(read).collect());
    let params = vec![
        db.tenant(),
        ints(|e| e.key),
        texts(|e| e.rule.clone()),
        texts(|e| e.event_id.clone()),
        ints(|e| e.time),
        texts(|e| e.state.as_str().to_owned()),
        ints(|e| e.version),
        Value::Texts(documents(exceptions)?),
    ];
    unit.push(Statement::new("epcis_exception", sql, params).each());
    Ok(())
}

fn documents(exceptions: &[Exception]) -> Result<Vec<String>> {
    exceptions.iter().map(|exception| serde_json::to_string(exception).map_err(Error::internal)).collect()
}

/// Each is changed from the version before its own only.
pub(crate) fn update(db: &TenantDb, exceptions: &[Exception], unit: &mut Unit) -> Result<()> {
    for (exception, document) in exceptions.iter().zip(documents(exceptions)?) {
        let sql = "UPDATE epcis_exception SET state = $3, version = $4, document = $5 \
                   WHERE tenant_id = $1 AND key = $2 AND version = $4 - 1";
        let params = vec![
            db.tenant(),
            Value::Int(exception.key),
            exception.state.as_str().into(),
            Value::Int(exception.version),
            document.into(),
        ];
        unit.push(Statement::new("epcis_exception", sql, params).expect(1));
    }
    Ok(())
}
