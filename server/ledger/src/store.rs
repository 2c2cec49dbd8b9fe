//! All SQL of the ledger.

use crate::segment::{self, Segment};
use crate::tree::{Frontier, Hash};
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Statement, TenantDb, Unit, Value};

/// Entries join the unit that makes the change.
pub(crate) fn append(db: &TenantDb, leaves: Vec<Vec<u8>>) -> Statement {
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO ledger_pending (tenant_id, leaf) \
             SELECT $1, u.leaf FROM unnest($2::bytea[]) WITH ORDINALITY AS u(leaf, n) ORDER BY u.n"
        }
        Engine::Sqlite => "INSERT INTO ledger_pending (tenant_id, leaf) VALUES ($1, $2)",
    };
    Statement::new("ledger_pending", sql, vec![db.tenant(), Value::Blobs(leaves)]).each()
}

/// Entries that are committed and can no longer be overtaken, in commit order.
pub(crate) struct Pending {
    pub leaves: Vec<Vec<u8>>,
    /// Transaction (PostgreSQL only) and row of the last one.
    last: (String, i64),
}

pub(crate) async fn pending(db: &TenantDb, most: i64) -> Result<Pending> {
    let sql = match db.engine() {
        // In an order, a bare `xid` would be the text that is given out, in which 1000 comes before 999.
        Engine::Postgres => {
            "SELECT p.leaf, p.xid::text, p.id FROM ledger_pending p \
             WHERE p.tenant_id = $1 AND p.xid < pg_snapshot_xmin(pg_current_snapshot()) \
             ORDER BY p.tenant_id, p.xid, p.id LIMIT $2"
        }
        Engine::Sqlite => "SELECT leaf, '', id FROM ledger_pending WHERE tenant_id = $1 ORDER BY id LIMIT $2",
    };
    let rows = db.rows(Statement::new("ledger_pending", sql, vec![db.tenant(), most.into()])).await?;
    let mut found = Pending { leaves: Vec::with_capacity(rows.len()), last: (String::new(), 0) };
    for mut row in rows {
        found.leaves.push(row.bytes(0)?);
        found.last = (row.text(1)?, row.int(2)?);
    }
    Ok(found)
}

/// Is anything waiting to be sealed?
pub(crate) async fn is_settled(db: &TenantDb) -> Result<bool> {
    let sql = "SELECT 1 FROM ledger_pending WHERE tenant_id = $1 LIMIT 1";
    Ok(db.row(Statement::new("ledger_pending", sql, vec![db.tenant()])).await?.is_none())
}

fn remove(db: &TenantDb, pending: &Pending) -> Statement {
    let (xid, id) = &pending.last;
    let count = pending.leaves.len() as u64;
    let statement = match db.engine() {
        Engine::Postgres => Statement::new(
            "ledger_pending",
            "DELETE FROM ledger_pending WHERE tenant_id = $1 AND (xid, id) <= ($2::text::xid8, $3)",
            vec![db.tenant(), xid.as_str().into(), (*id).into()],
        ),
        Engine::Sqlite => Statement::new(
            "ledger_pending",
            "DELETE FROM ledger_pending WHERE tenant_id = $1 AND id <= $2",
            vec![db.tenant(), (*id).into()],
        ),
    };
    statement.expect(count)
}

/// The tree as it stands: size and peaks, and the checkpoint that says so.
pub(crate) struct Head {
    pub frontier: Frontier,
    pub checkpoint: String,
}

pub(crate) async fn head(db: &TenantDb) -> Result<Option<Head>> {
    let sql = "SELECT frontier, checkpoint FROM ledger_head WHERE tenant_id = $1";
    let row = db.row(Statement::new("ledger_head", sql, vec![db.tenant()])).await?;
    row.map(|mut row| Ok(Head { frontier: Frontier::from_bytes(&row.bytes(0)?)?, checkpoint: row.text(1)? }))
        .transpose()
}

/// What one sealing adds.
pub(crate) struct Sealing<'a> {
    pub pending: &'a Pending,
    pub hashes: &'a [Hash],
    pub nodes: &'a [crate::tree::Completed],
    pub old_size: u64,
    pub head: &'a Head,
    pub sealed_at: i64,
}

/// The unit of one sealing. Only one of two sealers can win: the head's size is the guard.
pub(crate) fn seal(db: &TenantDb, sealing: &Sealing<'_>) -> Result<Unit> {
    let mut unit = Unit::new();
    unit.push(advance(db, sealing)?);
    unit.push(remove(db, sealing.pending));
    unit.push(Statement::new(
        "ledger_segment",
        "INSERT INTO ledger_segment (tenant_id, first, count, sealed_at, leaves, hashes) VALUES ($1, $2, $3, $4, $5, $6)",
        vec![
            db.tenant(),
            signed(sealing.old_size)?.into(),
            signed(sealing.hashes.len() as u64)?.into(),
            sealing.sealed_at.into(),
            segment::pack(&sealing.pending.leaves)?.into(),
            sealing.hashes.concat().into(),
        ],
    ));
    if let Some(nodes) = nodes(db, sealing.nodes)? {
        unit.push(nodes);
    }
    if db.engine() == Engine::Postgres {
        let tenant = db.tenant_key().to_string();
        unit.push(Statement::new("notify", "SELECT pg_notify('theriac_sealed', $1)", vec![tenant.into()]));
    }
    Ok(unit)
}

fn advance(db: &TenantDb, sealing: &Sealing<'_>) -> Result<Statement> {
    let Head { frontier, checkpoint } = sealing.head;
    let mut params =
        vec![db.tenant(), signed(frontier.size())?.into(), frontier.to_bytes().into(), checkpoint.as_str().into()];
    if sealing.old_size == 0 {
        let sql = "INSERT INTO ledger_head (tenant_id, size, frontier, checkpoint) VALUES ($1, $2, $3, $4)";
        return Ok(Statement::new("ledger_head", sql, params));
    }
    params.push(signed(sealing.old_size)?.into());
    let sql = "UPDATE ledger_head SET size = $2, frontier = $3, checkpoint = $4 WHERE tenant_id = $1 AND size = $5";
    Ok(Statement::new("ledger_head", sql, params).expect(1))
}

fn nodes(db: &TenantDb, nodes: &[crate::tree::Completed]) -> Result<Option<Statement>> {
    let above: Vec<_> = nodes.iter().filter(|n| n.subtree.level > 0).collect();
    if above.is_empty() {
        return Ok(None);
    }
    let levels = above.iter().map(|n| i64::from(n.subtree.level)).collect::<Vec<_>>();
    let positions = above.iter().map(|n| signed(n.subtree.index)).collect::<Result<Vec<_>>>()?;
    let hashes = above.iter().map(|n| n.hash.to_vec()).collect::<Vec<_>>();
    let sql = match db.engine() {
        Engine::Postgres => {
            "INSERT INTO ledger_node (tenant_id, level, position, hash) \
             SELECT $1, u.level, u.position, u.hash FROM unnest($2::int[], $3::bigint[], $4::bytea[]) AS u(level, position, hash)"
        }
        Engine::Sqlite => "INSERT INTO ledger_node (tenant_id, level, position, hash) VALUES ($1, $2, $3, $4)",
    };
    let params = vec![db.tenant(), Value::Ints(levels), Value::Ints(positions), Value::Blobs(hashes)];
    Ok(Some(Statement::new("ledger_node", sql, params).each()))
}

/// Stored segments from the one that holds `from` on.
pub(crate) async fn segments(db: &TenantDb, from: u64, most: i64) -> Result<Vec<Segment>> {
    let rows = db.rows(covering(db, "first, leaves", from, most)?).await?;
    rows.into_iter().map(|mut row| Segment::read(unsigned(row.int(0)?)?, &row.bytes(1)?)).collect()
}

/// The unpacked leaves from the segment that holds `from` on: position of the first, text.
pub(crate) async fn leaves(db: &TenantDb, from: u64, most: i64) -> Result<Vec<(u64, Vec<u8>)>> {
    let rows = db.rows(covering(db, "first, leaves", from, most)?).await?;
    rows.into_iter().map(|mut row| Ok((unsigned(row.int(0)?)?, segment::unpack(&row.bytes(1)?)?))).collect()
}

/// Hashes of the leaves `from..to`.
pub(crate) async fn leaf_hashes(db: &TenantDb, from: u64, to: u64) -> Result<Vec<Hash>> {
    let rows = db.rows(covering(db, "first, hashes", from, signed(to - from)?)?).await?;
    let mut found = Vec::new();
    for mut row in rows {
        let first = unsigned(row.int(0)?)?;
        let packed = row.bytes(1)?;
        found
            .extend((first..).zip(segment::hashes(&packed)).filter(|(at, _)| (from..to).contains(at)).map(|(_, h)| *h));
    }
    Ok(found)
}

/// Hashes of stored nodes.
pub(crate) async fn node_hashes(db: &TenantDb, level: u8, from: u64, to: u64) -> Result<Vec<Hash>> {
    let sql = "SELECT hash FROM ledger_node WHERE tenant_id = $1 AND level = $2 AND position >= $3 AND position < $4 ORDER BY position";
    let params = vec![db.tenant(), i64::from(level).into(), signed(from)?.into(), signed(to)?.into()];
    let rows = db.rows(Statement::new("ledger_node", sql, params)).await?;
    rows.into_iter().map(|mut row| Hash::try_from(row.bytes(0)?.as_slice()).map_err(Error::internal)).collect()
}

fn covering(db: &TenantDb, columns: &str, from: u64, most: i64) -> Result<Statement> {
    let sql = format!(
        "SELECT {columns} FROM ledger_segment WHERE tenant_id = $1 AND first >= coalesce(\
         (SELECT max(first) FROM ledger_segment WHERE tenant_id = $1 AND first <= $2), 0) ORDER BY first LIMIT $3"
    );
    Ok(Statement::new("ledger_segment", sql, vec![db.tenant(), signed(from)?.into(), most.into()]))
}

/// Where a reader stands: the position of the next entry it has not seen.
pub(crate) async fn position(db: &TenantDb, reader: &'static str) -> Result<u64> {
    let sql = "SELECT position FROM ledger_cursor WHERE tenant_id = $1 AND reader = $2";
    match db.row(Statement::new("ledger_cursor", sql, vec![db.tenant(), reader.into()])).await? {
        Some(mut row) => unsigned(row.int(0)?),
        None => Ok(0),
    }
}

/// Moves a reader on, in the unit that holds what it made of the entries.
pub(crate) fn advance_reader(db: &TenantDb, reader: &'static str, from: u64, to: u64) -> Result<Statement> {
    let mut params = vec![db.tenant(), reader.into(), signed(to)?.into()];
    if from == 0 {
        let sql = "INSERT INTO ledger_cursor (tenant_id, reader, position) VALUES ($1, $2, $3)";
        return Ok(Statement::new("ledger_cursor", sql, params));
    }
    params.push(signed(from)?.into());
    let sql = "UPDATE ledger_cursor SET position = $3 WHERE tenant_id = $1 AND reader = $2 AND position = $4";
    Ok(Statement::new("ledger_cursor", sql, params).expect(1))
}

fn signed(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(|_| Error::invalid("a position in the ledger is less than 2^63"))
}

fn unsigned(n: i64) -> Result<u64> {
    u64::try_from(n).map_err(Error::internal)
}
