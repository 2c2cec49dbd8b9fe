//! `isa95_run`: when which record ran on which equipment, with its batch and phase.

use crate::run::{OPEN, Run, Told};
use theriac_access::Rows;
use theriac_core::Result;
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Unit, Value};

/// What a record tells now.
pub(crate) fn put(unit: &mut Unit, db: &TenantDb, (kind, id): (&'static str, &str), told: Told) {
    match told {
        Told::Nothing => {}
        Told::Ended(now) => {
            let sql = "UPDATE isa95_run SET ends = $4 WHERE tenant_id = $1 AND type = $2 AND id = $3 AND ends = $5";
            let params = vec![db.tenant(), kind.into(), id.into(), now.into(), OPEN.into()];
            unit.push(Statement::new("isa95_run", sql, params));
        }
        Told::Runs { equipment, starts, ends, batch, phase, anew } => {
            if anew {
                unit.push(remove(db, kind, id));
            }
            if !equipment.is_empty() {
                let own =
                    vec![db.tenant(), kind.into(), id.into(), starts.into(), ends.into(), batch.into(), phase.into()];
                unit.push(insert(db, own, equipment));
            }
        }
    }
}

/// A run that was begun keeps its start.
fn insert(db: &TenantDb, mut params: Vec<Value>, equipment: Vec<String>) -> Statement {
    let values = match db.engine() {
        Engine::Postgres => {
            "SELECT $1, $2, $3, $4::bigint, $5::bigint, $6::text, $7::text, u.equipment FROM unnest($8::text[]) AS u(equipment)"
        }
        Engine::Sqlite => "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    };
    let sql = format!(
        "INSERT INTO isa95_run (tenant_id, type, id, starts, ends, batch, phase, equipment) {values} \
         ON CONFLICT (tenant_id, type, id, equipment) DO UPDATE SET batch = excluded.batch, phase = excluded.phase"
    );
    params.push(Value::Texts(equipment));
    Statement::new("isa95_run", sql, params).each()
}

pub(crate) fn remove(db: &TenantDb, kind: &'static str, id: &str) -> Statement {
    let sql = "DELETE FROM isa95_run WHERE tenant_id = $1 AND type = $2 AND id = $3";
    Statement::new("isa95_run", sql, vec![db.tenant(), kind.into(), id.into()])
}

/// Runs on the equipment and on what it is part of, that touch `from..to`.
pub(crate) async fn near(db: &TenantDb, rows: &Rows, equipment: &str, (from, to): (i64, i64)) -> Result<Vec<Run>> {
    let mut params = vec![db.tenant(), equipment.into(), from.into(), to.into()];
    let Some(seen) = super::seen("r", rows, &mut params) else { return Ok(Vec::new()) };
    // Both halves of a recursion must sort alike.
    let collation = if db.engine() == Engine::Postgres { " COLLATE \"C\"" } else { "" };
    let sql = format!(
        "WITH RECURSIVE above(id, depth) AS (SELECT CAST($2 AS text){collation}, 0 \
           UNION SELECT p.parent, a.depth + 1 FROM above a JOIN isa95_resource p ON p.tenant_id = $1 \
           AND p.type = 'equipment' AND p.id = a.id AND p.parent IS NOT NULL WHERE a.depth < 16) \
         SELECT a.depth, e.equipment, e.type, e.id, e.starts, e.ends, e.batch, e.phase FROM above a \
         JOIN isa95_run e ON e.tenant_id = $1 AND e.equipment = a.id AND e.starts < $4 AND e.ends > $3 \
         JOIN isa95_resource r ON r.tenant_id = $1 AND r.type = e.type AND r.id = e.id{seen}"
    );
    db.rows(Statement::new("isa95_run", sql, params)).await?.into_iter().map(run).collect()
}

fn run(mut row: Row) -> Result<Run> {
    Ok(Run {
        depth: row.int(0)?,
        equipment: row.text(1)?,
        record: (row.text(2)?, row.text(3)?),
        starts: row.int(4)?,
        ends: row.int(5)?,
        batch: row.maybe_text(6)?,
        phase: row.maybe_text(7)?,
    })
}
