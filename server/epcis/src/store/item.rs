//! The state of items. A row is changed only from the revision it was read at.

use crate::item::Item;
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

/// The items that exist, of those named.
pub(crate) async fn load(db: &TenantDb, epcs: Vec<String>) -> Result<Vec<Item>> {
    let by = match db.engine() {
        Engine::Postgres => "epc = ANY($2::text[])",
        Engine::Sqlite => "epc IN (SELECT value FROM json_each($2))",
    };
    read(db, by, epcs).await
}

/// The items packed in, or fixed to, one of the parents.
pub(crate) async fn children(db: &TenantDb, parents: Vec<String>) -> Result<Vec<Item>> {
    let by = match db.engine() {
        Engine::Postgres => "(parent = ANY($2::text[]) OR attached_to = ANY($2::text[]))",
        Engine::Sqlite => {
            "(parent IN (SELECT value FROM json_each($2)) OR attached_to IN (SELECT value FROM json_each($2)))"
        }
    };
    read(db, by, parents).await
}

async fn read(db: &TenantDb, by: &str, texts: Vec<String>) -> Result<Vec<Item>> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT state FROM epcis_item WHERE tenant_id = $1 AND {by}");
    let rows = db.rows(Statement::new("epcis_item", sql, vec![db.tenant(), Value::Texts(texts)])).await?;
    let item = |mut row: Row| serde_json::from_slice(&row.bytes(0)?).map_err(Error::internal);
    rows.into_iter().map(item).collect()
}

/// An item as it is to be written.
pub(crate) struct Changed<'a> {
    pub item: &'a Item,
    /// The revision it was read at; none if it was not there.
    pub from: Option<u64>,
}

/// Rows of one statement.
#[derive(Default)]
struct Columns {
    epcs: Vec<String>,
    parents: Vec<String>,
    attached: Vec<String>,
    revisions: Vec<i64>,
    from: Vec<i64>,
    states: Vec<Vec<u8>>,
}

pub(crate) fn save(db: &TenantDb, mut items: Vec<Changed<'_>>, unit: &mut Unit) -> Result<()> {
    // One order for all writers, so that two never wait for each other.
    items.sort_unstable_by(|a, b| a.item.epc.cmp(&b.item.epc));
    let (mut new, mut old) = (Columns::default(), Columns::default());
    for changed in items {
        let columns = if changed.from.is_some() { &mut old } else { &mut new };
        columns.push(&changed)?;
    }
    if !old.epcs.is_empty() {
        unit.push(update(db, old));
    }
    if !new.epcs.is_empty() {
        unit.push(insert(db, new));
    }
    Ok(())
}

impl Columns {
    /// An empty text stands for "none": arrays of texts hold no nulls.
    fn push(&mut self, changed: &Changed<'_>) -> Result<()> {
        let Changed { item, from } = changed;
        self.epcs.push(item.epc.clone());
        self.parents.push(item.parent.get().cloned().unwrap_or_default());
        self.attached.push(item.attached_to.get().cloned().unwrap_or_default());
        self.revisions.push(signed(item.revision)?);
        self.from.push(signed(from.unwrap_or(0))?);
        self.states.push(serde_json::to_vec(item).map_err(Error::internal)?);
        Ok(())
    }
}

fn signed(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(Error::internal)
}

fn insert(db: &TenantDb, rows: Columns) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO epcis_item (tenant_id, revision, epc, parent, attached_to, state) \
             SELECT $1, u.revision, u.epc, nullif(u.parent, ''), nullif(u.attached_to, ''), u.state \
             FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[]) \
             AS u(epc, parent, attached_to, revision, state)"
        }
        Engine::Sqlite => {
            "INSERT INTO epcis_item (tenant_id, revision, epc, parent, attached_to, state) \
             VALUES ($1, $5, $2, nullif($3, ''), nullif($4, ''), $6)"
        }
    };
    let params = vec![
        db.tenant(),
        Value::Texts(rows.epcs),
        Value::Texts(rows.parents),
        Value::Texts(rows.attached),
        Value::Ints(rows.revisions),
        Value::Blobs(rows.states),
    ];
    Statement::new("epcis_item", sql, params).each()
}

fn update(db: &TenantDb, rows: Columns) -> Statement {
    let count = rows.epcs.len() as u64;
    let sql = match db.engine() {
        Engine::Postgres => {
            "UPDATE epcis_item SET revision = u.revision, parent = nullif(u.parent, ''), \
             attached_to = nullif(u.attached_to, ''), state = u.state \
             FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[], $7::bigint[]) \
             AS u(epc, parent, attached_to, revision, state, read_at) \
             WHERE epcis_item.tenant_id = $1 AND epcis_item.epc = u.epc AND epcis_item.revision = u.read_at"
        }
        Engine::Sqlite => {
            "UPDATE epcis_item SET revision = $5, parent = nullif($3, ''), attached_to = nullif($4, ''), state = $6 \
             WHERE tenant_id = $1 AND epc = $2 AND revision = $7"
        }
    };
    let params = vec![
        db.tenant(),
        Value::Texts(rows.epcs),
        Value::Texts(rows.parents),
        Value::Texts(rows.attached),
        Value::Ints(rows.revisions),
        Value::Blobs(rows.states),
        Value::Ints(rows.from),
    ];
    Statement::new("epcis_item", sql, params).each().expect(count)
}
