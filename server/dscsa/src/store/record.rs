//! Records of all kinds, one row each, changed only from the version before its own; and what they are about.

use crate::record::{Kind, Record};
use theriac_core::{Error, Instant, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

const NAME: &str = "dscsa_record";

fn read(kind: &'static Kind, mut row: Row) -> Result<Record> {
    let state = row.text(3)?;
    Ok(Record {
        kind,
        id: row.text(0)?,
        key: row.int(1)?,
        version: row.int(2)?,
        state: kind.state(&state).ok_or_else(|| Error::internal(format!("a record in the state {state}")))?,
        due: row.maybe_int(4)?.map(Instant),
        document: serde_json::from_str(&row.text(5)?).map_err(Error::internal)?,
        subjects: Vec::new(),
    })
}

pub(crate) async fn find(db: &TenantDb, kind: &'static Kind, id: &str) -> Result<Option<Record>> {
    let sql = "SELECT id, key, version, state, due, document FROM dscsa_record \
               WHERE tenant_id = $1 AND kind = $2 AND id = $3";
    let params = vec![db.tenant(), kind.segment.into(), id.into()];
    db.row(Statement::new(NAME, sql, params)).await?.map(|row| read(kind, row)).transpose()
}

/// What a list asks for.
#[derive(Debug)]
pub(crate) struct Question {
    pub state: Option<&'static str>,
    pub subject: Option<String>,
    /// Keys below this.
    pub before: i64,
    pub most: i64,
}

/// Newest first.
pub(crate) async fn list(db: &TenantDb, kind: &'static Kind, question: &Question) -> Result<Vec<Record>> {
    let mut sql = "SELECT r.id, r.key, r.version, r.state, r.due, r.document FROM dscsa_record r \
                   WHERE r.tenant_id = $1 AND r.kind = $2 AND r.key < $3"
        .to_owned();
    let mut params = vec![db.tenant(), kind.segment.into(), question.before.into(), question.most.into()];
    if let Some(state) = question.state {
        params.push(state.into());
        sql.push_str(&format!(" AND r.state = ${}", params.len()));
    }
    if let Some(subject) = &question.subject {
        params.push(subject.as_str().into());
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM dscsa_subject s WHERE s.tenant_id = $1 AND s.subject = ${} AND s.kind = r.kind \
             AND s.id = r.id)",
            params.len()
        ));
    }
    sql.push_str(" ORDER BY r.key DESC LIMIT $4");
    db.rows(Statement::new(NAME, sql, params)).await?.into_iter().map(|row| read(kind, row)).collect()
}

/// Records of a kind about one of the subjects.
pub(crate) async fn about(db: &TenantDb, kind: &'static Kind, subjects: Vec<String>) -> Result<Vec<Record>> {
    let among = match db.engine() {
        Engine::Postgres => "= ANY($3::text[])",
        Engine::Sqlite => "IN (SELECT value FROM json_each($3))",
    };
    let sql = format!(
        "SELECT DISTINCT r.id, r.key, r.version, r.state, r.due, r.document FROM dscsa_subject s JOIN dscsa_record r \
         ON r.tenant_id = $1 AND r.kind = s.kind AND r.id = s.id \
         WHERE s.tenant_id = $1 AND s.kind = $2 AND s.subject {among} ORDER BY r.key"
    );
    let params = vec![db.tenant(), kind.segment.into(), Value::Texts(subjects)];
    db.rows(Statement::new(NAME, sql, params)).await?.into_iter().map(|row| read(kind, row)).collect()
}

/// A record whose due time has passed.
pub(crate) struct Late {
    pub kind: String,
    pub id: String,
    pub state: String,
    pub due: Instant,
}

/// Records looked at in one round.
const MOST_LATE: i64 = 1_000;

pub(crate) async fn overdue(db: &TenantDb, now: Instant) -> Result<Vec<Late>> {
    let sql = "SELECT kind, id, state, due FROM dscsa_record WHERE tenant_id = $1 AND due < $2 ORDER BY due LIMIT $3";
    let rows = db.rows(Statement::new(NAME, sql, vec![db.tenant(), now.into(), MOST_LATE.into()])).await?;
    let late =
        |mut row: Row| Ok(Late { kind: row.text(0)?, id: row.text(1)?, state: row.text(2)?, due: row.instant(3)? });
    rows.into_iter().map(late).collect()
}

/// The record in its new version.
pub(crate) fn put(db: &TenantDb, record: &Record, document: String, unit: &mut Unit) {
    let sql = if record.version == 1 {
        "INSERT INTO dscsa_record (tenant_id, kind, id, key, version, state, due, document) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    } else {
        "UPDATE dscsa_record SET version = $5, state = $6, due = $7, document = $8 \
         WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND key = $4 AND version = $5 - 1"
    };
    let params = vec![
        db.tenant(),
        record.kind.segment.into(),
        record.id.as_str().into(),
        record.key.into(),
        record.version.into(),
        record.state.into(),
        record.due.into(),
        document.into(),
    ];
    unit.push(Statement::new(NAME, sql, params).expect(1));
    if !record.subjects.is_empty() {
        let sql = match db.engine() {
            Engine::Postgres => {
                "INSERT INTO dscsa_subject (tenant_id, kind, id, subject) SELECT $1, $2, $3, unnest($4::text[]) \
                 ON CONFLICT DO NOTHING"
            }
            Engine::Sqlite => {
                "INSERT INTO dscsa_subject (tenant_id, kind, id, subject) SELECT $1, $2, $3, value FROM json_each($4) \
                 WHERE true ON CONFLICT DO NOTHING"
            }
        };
        let params = vec![
            db.tenant(),
            record.kind.segment.into(),
            record.id.as_str().into(),
            Value::Texts(record.subjects.clone()),
        ];
        unit.push(Statement::new("dscsa_subject", sql, params));
    }
}
