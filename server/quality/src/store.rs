//! All SQL of quality records: one row a record as it stands, one row a version.

use crate::kind::Kind;
use serde_json::{Value, json};
use theriac_access::{Rows, label};
use theriac_core::{Error, Instant, Result};
use theriac_platform::db::{Row, Statement, TenantDb, Value as Parameter};

#[derive(Clone)]
pub struct Stored {
    pub kind: &'static Kind,
    pub id: String,
    pub key: i64,
    pub version: i64,
    pub state: &'static str,
    pub opened_by: String,
    pub opened_at: Instant,
    pub changed_by: String,
    pub changed_at: Instant,
    /// Why the state moved.
    pub reason: Option<String>,
    pub document: Value,
}

impl Stored {
    pub fn subject(&self) -> String {
        format!("{}/{}", self.kind.segment, self.id)
    }

    pub fn site(&self) -> Option<&str> {
        self.document["site"].as_str()
    }

    pub fn due(&self) -> Option<&str> {
        self.document["dueDate"].as_str()
    }

    pub fn labels(&self) -> Vec<String> {
        self.site().map(label::site).into_iter().collect()
    }

    /// As it is given out: what the record is, then what it says.
    pub fn shown(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "version": self.version,
            "state": self.state,
            "openedBy": self.opened_by,
            "openedAt": self.opened_at.rfc3339(),
            "changedBy": self.changed_by,
            "changedAt": self.changed_at.rfc3339(),
        });
        if let Some(reason) = &self.reason {
            shown["reason"] = reason.as_str().into();
        }
        if let (Value::Object(shown), Value::Object(document)) = (&mut shown, self.document.clone()) {
            shown.extend(document);
        }
        shown
    }
}

/// What a list asks for.
#[derive(Default)]
pub struct Question {
    pub state: Option<&'static str>,
    pub owner: Option<String>,
    /// Not settled, and due before this day.
    pub due_before: Option<String>,
    /// Keys below this.
    pub before: Option<i64>,
    pub count: u64,
}

const COLUMNS: &str = "id, key, version, state, opened_by, opened_at, changed_by, changed_at, reason, document";

fn stored(kind: &'static Kind, mut row: Row) -> Result<Stored> {
    let state = row.text(3)?;
    Ok(Stored {
        kind,
        id: row.text(0)?,
        key: row.int(1)?,
        version: row.int(2)?,
        state: kind.state(&state).ok_or_else(|| Error::internal("a quality record in no known state"))?,
        opened_by: row.text(4)?,
        opened_at: Instant(row.int(5)?),
        changed_by: row.text(6)?,
        changed_at: Instant(row.int(7)?),
        reason: row.maybe_text(8)?,
        document: serde_json::from_str(&row.text(9)?).map_err(Error::internal)?,
    })
}

pub async fn find(db: &TenantDb, kind: &'static Kind, id: &str) -> Result<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM quality_record WHERE tenant_id = $1 AND kind = $2 AND id = $3");
    let params = vec![db.tenant(), kind.segment.into(), id.into()];
    let row = db.row(Statement::new("quality_record", sql, params)).await?;
    row.map(|row| stored(kind, row)).transpose()
}

/// The record in its new version, in place of the one before it, and the version for good.
pub fn put(db: &TenantDb, record: &Stored) -> [Statement; 2] {
    let sql = if record.version == 1 {
        "INSERT INTO quality_record (tenant_id, kind, id, version, state, changed_by, changed_at, reason, document, \
         site, owner, due, key, opened_by, opened_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
    } else {
        "UPDATE quality_record SET version = $4, state = $5, changed_by = $6, changed_at = $7, reason = $8, \
         document = $9, site = $10, owner = $11, due = $12 \
         WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND version = $4 - 1 AND key = $13 AND opened_by = $14 \
         AND opened_at = $15"
    };
    let document = record.document.to_string();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let params = vec![
        db.tenant(),
        record.kind.segment.into(),
        record.id.as_str().into(),
        record.version.into(),
        record.state.into(),
        record.changed_by.as_str().into(),
        record.changed_at.into(),
        record.reason.clone().into(),
        document.into(),
        owned(record.site()).into(),
        owned(record.document["owner"].as_str()).into(),
        owned(record.due()).into(),
        record.key.into(),
        record.opened_by.as_str().into(),
        record.opened_at.into(),
    ];
    let version = "INSERT INTO quality_version (tenant_id, kind, id, version, shown) VALUES ($1, $2, $3, $4, $5)";
    let kept = vec![
        db.tenant(),
        record.kind.segment.into(),
        record.id.as_str().into(),
        record.version.into(),
        record.shown().to_string().into(),
    ];
    [
        Statement::new("quality_record", sql, params).expect(1),
        Statement::new("quality_version", version, kept).expect(1),
    ]
}

/// All versions, the first one first.
pub async fn versions(db: &TenantDb, kind: &Kind, id: &str) -> Result<Vec<Value>> {
    let sql = "SELECT shown FROM quality_version WHERE tenant_id = $1 AND kind = $2 AND id = $3 ORDER BY version";
    let params = vec![db.tenant(), kind.segment.into(), id.into()];
    let rows = db.rows(Statement::new("quality_version", sql, params)).await?;
    rows.into_iter().map(|mut row| serde_json::from_str(&row.text(0)?).map_err(Error::internal)).collect()
}

/// Conditions with their parameters, numbered from the one that follows.
struct Conditions {
    sql: String,
    params: Vec<Parameter>,
}

impl Conditions {
    fn new(db: &TenantDb, kind: &Kind) -> Self {
        Self { sql: "tenant_id = $1 AND kind = $2".to_owned(), params: vec![db.tenant(), kind.segment.into()] }
    }

    fn add(&mut self, condition: &str, value: Parameter) {
        self.params.push(value);
        self.sql.push_str(&format!(" AND {condition} ${}", self.params.len()));
    }

    fn not_settled(&mut self, kind: &Kind) {
        kind.settled.iter().for_each(|state| self.add("state <>", (*state).into()));
    }

    /// Records that these rows admit; false if there can be none.
    fn admit(&mut self, rows: &Rows) -> bool {
        match rows {
            Rows::All => true,
            Rows::Nothing => false,
            Rows::Labels(labels) => {
                let sites = labels.iter().filter_map(|label| label.strip_prefix("site/"));
                let mut places = Vec::new();
                for site in sites {
                    self.params.push(site.into());
                    places.push(format!("${}", self.params.len()));
                }
                self.sql.push_str(&format!(" AND site IN ({})", places.join(", ")));
                !places.is_empty()
            }
        }
    }
}

pub async fn list(db: &TenantDb, kind: &'static Kind, rows: &Rows, question: &Question) -> Result<Vec<Stored>> {
    let mut wanted = Conditions::new(db, kind);
    if !wanted.admit(rows) {
        return Ok(Vec::new());
    }
    if let Some(state) = question.state {
        wanted.add("state =", state.into());
    }
    if let Some(owner) = &question.owner {
        wanted.add("owner =", owner.as_str().into());
    }
    if let Some(day) = &question.due_before {
        wanted.add("due <", day.as_str().into());
        wanted.not_settled(kind);
    }
    if let Some(before) = question.before {
        wanted.add("key <", before.into());
    }
    select(db, kind, wanted, &format!("ORDER BY key DESC LIMIT {}", question.count + 1)).await
}

/// Records due before the day and not settled.
pub async fn late(db: &TenantDb, kind: &'static Kind, day: &str) -> Result<Vec<Stored>> {
    let mut wanted = Conditions::new(db, kind);
    wanted.add("due <", day.into());
    wanted.not_settled(kind);
    select(db, kind, wanted, "ORDER BY key").await
}

async fn select(db: &TenantDb, kind: &'static Kind, wanted: Conditions, end: &str) -> Result<Vec<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM quality_record WHERE {} {end}", wanted.sql);
    let rows = db.rows(Statement::new("quality_record", sql, wanted.params)).await?;
    rows.into_iter().map(|row| stored(kind, row)).collect()
}

/// Ids of the actions for this deviation that are not settled.
pub async fn answering(db: &TenantDb, deviation: &str) -> Result<Vec<String>> {
    let kind = &crate::capa::KIND;
    let mut wanted = Conditions::new(db, kind);
    wanted.not_settled(kind);
    let open = select(db, kind, wanted, "ORDER BY key").await?;
    let named = |record: &Stored| (kind.references)(&record.document).iter().any(|(_, id)| id == deviation);
    Ok(open.into_iter().filter(named).map(|record| record.subject()).collect())
}
