//! The state of items. A row is changed only from the revision it was read at.

use crate::item::Item;
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

/// An item with the revision of its row.
pub(crate) struct Stored {
    pub item: Item,
    pub revision: i64,
}

/// Steps up or down that are followed at most.
const DEEPEST: i64 = crate::item::inherit::DEEPEST as i64;

/// The items that exist, of those named, and all that they are in.
pub(crate) async fn with_parents(db: &TenantDb, epcs: Vec<String>) -> Result<Vec<Stored>> {
    let named = match db.engine() {
        Engine::Postgres => "epc = ANY($2::text[])",
        Engine::Sqlite => "epc IN (SELECT value FROM json_each($2))",
    };
    let sql = format!(
        "WITH RECURSIVE up(epc, parent, depth) AS (\
           SELECT epc, parent, 0 FROM epcis_item WHERE tenant_id = $1 AND {named} \
           UNION SELECT i.epc, i.parent, up.depth + 1 FROM up JOIN epcis_item i \
           ON i.tenant_id = $1 AND i.epc = up.parent WHERE up.depth < $3) \
         SELECT state, revision FROM epcis_item WHERE tenant_id = $1 AND epc IN (SELECT up.epc FROM up)"
    );
    read(db, sql, epcs, vec![Value::Int(DEEPEST)]).await
}

/// All that is packed in one of these, down to the last pack.
pub(crate) async fn within(db: &TenantDb, epcs: Vec<String>) -> Result<Vec<Stored>> {
    let named = match db.engine() {
        Engine::Postgres => "parent = ANY($2::text[])",
        Engine::Sqlite => "parent IN (SELECT value FROM json_each($2))",
    };
    let sql = format!(
        "WITH RECURSIVE down(epc, depth) AS (\
           SELECT epc, 1 FROM epcis_item WHERE tenant_id = $1 AND {named} \
           UNION SELECT i.epc, down.depth + 1 FROM down JOIN epcis_item i \
           ON i.tenant_id = $1 AND i.parent = down.epc WHERE down.depth < $3) \
         SELECT state, revision FROM epcis_item WHERE tenant_id = $1 AND epc IN (SELECT down.epc FROM down)"
    );
    read(db, sql, epcs, vec![Value::Int(DEEPEST)]).await
}

/// The items packed in, or fixed to, one of the parents.
pub(crate) async fn children(db: &TenantDb, parents: Vec<String>) -> Result<Vec<Stored>> {
    let by = match db.engine() {
        Engine::Postgres => "(parent = ANY($2::text[]) OR attached_to = ANY($2::text[]))",
        Engine::Sqlite => {
            "(parent IN (SELECT value FROM json_each($2)) OR attached_to IN (SELECT value FROM json_each($2)))"
        }
    };
    let sql = format!("SELECT state, revision FROM epcis_item WHERE tenant_id = $1 AND {by}");
    read(db, sql, parents, Vec::new()).await
}

async fn read(db: &TenantDb, sql: String, texts: Vec<String>, more: Vec<Value>) -> Result<Vec<Stored>> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let params = [db.tenant(), Value::Texts(texts)].into_iter().chain(more).collect();
    let rows = db.rows(Statement::new("epcis_item", sql, params)).await?;
    let item = |mut row: Row| {
        let item = serde_json::from_slice(&row.bytes(0)?).map_err(Error::internal)?;
        Ok(Stored { item, revision: row.int(1)? })
    };
    rows.into_iter().map(item).collect()
}

/// The keys of all that is in an item or fixed to it, with how many steps down they are, the nearest first.
pub(crate) async fn below(db: &TenantDb, epc: &str, depth: usize, most: usize) -> Result<Vec<(usize, String)>> {
    let sql = "WITH RECURSIVE down(epc, depth) AS (\
           SELECT epc, 1 FROM (SELECT epc FROM epcis_item WHERE tenant_id = $1 AND parent = $2 \
             UNION SELECT epc FROM epcis_item WHERE tenant_id = $1 AND attached_to = $2) AS first \
           UNION SELECT i.epc, down.depth + 1 FROM down JOIN epcis_item i \
             ON i.tenant_id = $1 AND i.parent = down.epc WHERE down.depth < $3) \
         SELECT epc, min(depth) FROM down GROUP BY epc ORDER BY 2, 1 LIMIT $4";
    let (depth, most) = (depth.min(crate::item::inherit::DEEPEST), i64::try_from(most).unwrap_or(i64::MAX));
    let params = vec![db.tenant(), epc.into(), Value::Int(depth as i64), Value::Int(most)];
    let rows = db.rows(Statement::new("epcis_item", sql, params)).await?;
    let step = |mut row: Row| Ok((usize::try_from(row.int(1)?).unwrap_or(1), row.text(0)?));
    rows.into_iter().map(step).collect()
}

/// Keys of the items of a lot, in order, after one of them.
pub(crate) async fn of_lot(db: &TenantDb, lot: &str, after: &str, most: i64) -> Result<Vec<String>> {
    let sql = "SELECT epc FROM epcis_item WHERE tenant_id = $1 AND lot = $2 AND epc > $3 ORDER BY epc LIMIT $4";
    let params = vec![db.tenant(), lot.into(), after.into(), Value::Int(most)];
    let rows = db.rows(Statement::new("epcis_item", sql, params)).await?;
    rows.into_iter().map(|mut row| row.text(0)).collect()
}

/// An item as it is to be written.
pub(crate) struct Changed<'a> {
    pub item: &'a Item,
    /// The revision of the row it was read from; none if it was not there.
    pub from: Option<i64>,
}

/// Rows of one statement.
#[derive(Default)]
struct Columns {
    epcs: Vec<String>,
    parents: Vec<String>,
    attached: Vec<String>,
    lots: Vec<String>,
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
        self.lots.push(item.lot_class().unwrap_or_default());
        self.revisions.push(from.unwrap_or(0) + 1);
        self.from.push(from.unwrap_or(0));
        self.states.push(serde_json::to_vec(item).map_err(Error::internal)?);
        Ok(())
    }
}

fn insert(db: &TenantDb, rows: Columns) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO epcis_item (tenant_id, revision, epc, parent, attached_to, lot, state) \
             SELECT $1, u.revision, u.epc, nullif(u.parent, ''), nullif(u.attached_to, ''), nullif(u.lot, ''), u.state \
             FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[]) \
             AS u(epc, parent, attached_to, lot, revision, state)"
        }
        Engine::Sqlite => {
            "INSERT INTO epcis_item (tenant_id, revision, epc, parent, attached_to, lot, state) \
             VALUES ($1, $6, $2, nullif($3, ''), nullif($4, ''), nullif($5, ''), $7)"
        }
    };
    let params = vec![
        db.tenant(),
        Value::Texts(rows.epcs),
        Value::Texts(rows.parents),
        Value::Texts(rows.attached),
        Value::Texts(rows.lots),
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
             attached_to = nullif(u.attached_to, ''), lot = nullif(u.lot, ''), state = u.state \
             FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[], $8::bigint[]) \
             AS u(epc, parent, attached_to, lot, revision, state, read_at) \
             WHERE epcis_item.tenant_id = $1 AND epcis_item.epc = u.epc AND epcis_item.revision = u.read_at"
        }
        Engine::Sqlite => {
            "UPDATE epcis_item SET revision = $6, parent = nullif($3, ''), attached_to = nullif($4, ''), \
             lot = nullif($5, ''), state = $7 WHERE tenant_id = $1 AND epc = $2 AND revision = $8"
        }
    };
    let params = vec![
        db.tenant(),
        Value::Texts(rows.epcs),
        Value::Texts(rows.parents),
        Value::Texts(rows.attached),
        Value::Texts(rows.lots),
        Value::Ints(rows.revisions),
        Value::Blobs(rows.states),
        Value::Ints(rows.from),
    ];
    Statement::new("epcis_item", sql, params).each().expect(count)
}
