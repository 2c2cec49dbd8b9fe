//! The walk over `isa95_edge`: one recursive statement, forwards or backwards, over what the caller may see.

use theriac_access::Rows;
use theriac_core::Result;
use theriac_platform::db::{Engine, Row, Statement, TenantDb};

/// An edge on the way, and the record that says it.
pub(crate) struct Step {
    pub source: (String, String),
    pub target: (String, String),
    pub kind: String,
    pub quantity: String,
    pub unit: String,
    pub record: (String, String),
    /// Of the end nearer to where the walk began.
    pub depth: i64,
}

/// Edges of everything that came of a lot, or that it came from, at most `most` of them, nearest first.
pub(crate) async fn walk(
    db: &TenantDb,
    rows: &Rows,
    (kind, id): (&str, &str),
    forwards: bool,
    depth: i64,
    most: i64,
) -> Result<Vec<Step>> {
    let (from, to) = if forwards { ("source", "target") } else { ("target", "source") };
    let mut params = vec![db.tenant(), kind.into(), id.into(), depth.into(), most.into()];
    let Some(seen) = super::seen("r", rows, &mut params) else { return Ok(Vec::new()) };
    // A lot that nobody described is shown as far as the record that names it is seen; one of another site is not.
    let hidden = super::seen("n", rows, &mut params).unwrap_or_default();
    let open = if hidden.is_empty() {
        String::new()
    } else {
        format!(
            " AND NOT EXISTS (SELECT 1 FROM isa95_resource h WHERE h.tenant_id = $1 AND h.type = e.{to}_type \
             AND h.id = e.{to} AND NOT EXISTS (SELECT 1 FROM isa95_resource n WHERE n.tenant_id = $1 \
             AND n.type = h.type AND n.id = h.id{hidden}))"
        )
    };
    let step = format!(
        "isa95_edge e ON e.tenant_id = $1 AND e.{from}_type = w.type AND e.{from} = w.id \
         JOIN isa95_resource r ON r.tenant_id = $1 AND r.type = e.type AND r.id = e.id{seen}"
    );
    // Both halves of a recursion must sort alike.
    let collation = if db.engine() == Engine::Postgres { " COLLATE \"C\"" } else { "" };
    let sql = format!(
        "WITH RECURSIVE walk(type, id, depth) AS (\
           SELECT CAST($2 AS text){collation}, CAST($3 AS text){collation}, 0 \
           UNION SELECT e.{to}_type, e.{to}, w.depth + 1 FROM walk w JOIN {step} WHERE w.depth < $4{open}), \
         nearest AS (SELECT type, id, min(depth) AS depth FROM walk GROUP BY type, id) \
         SELECT DISTINCT e.source_type, e.source, e.target_type, e.target, e.kind, e.quantity, e.unit, e.type, e.id, w.depth \
         FROM nearest w JOIN {step} WHERE w.depth < $4{open} \
         ORDER BY w.depth, e.source_type, e.source, e.target_type, e.target, e.kind, e.type, e.id LIMIT $5"
    );
    let found = db.rows(Statement::new("isa95_edge", sql, params)).await?;
    found.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<Step> {
    Ok(Step {
        source: (row.text(0)?, row.text(1)?),
        target: (row.text(2)?, row.text(3)?),
        kind: row.text(4)?,
        quantity: row.text(5)?,
        unit: row.text(6)?,
        record: (row.text(7)?, row.text(8)?),
        depth: row.int(9)?,
    })
}
