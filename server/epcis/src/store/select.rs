//! The event query as SQL: a conjunction of index terms and time bounds, in a keyset order.
//!
//! The database does not know how frequent one term is. Terms that name single things (items, ids,
//! transactions) are therefore looked up first and what they find is ordered afterwards; all other
//! questions walk the order and look at the terms on the way.

use super::unpack;
use crate::query::{AnyOf, Bound, Bounded, Column, Compare, Direction, TimeBound};
use theriac_core::{Instant, Keys, Result};
use theriac_platform::db::{Engine, Row, Statement, TenantDb, Value};

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub event_time: i64,
    pub key: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Select {
    pub all_of: Vec<AnyOf>,
    pub bounded: Vec<Bounded>,
    pub times: Vec<TimeBound>,
    pub order_by: Column,
    pub direction: Direction,
    pub after: Option<Position>,
    pub most: u64,
}

pub(crate) struct Found {
    pub position: Position,
    pub body: Vec<u8>,
}

/// The time an event was recorded, out of its key.
pub(crate) fn record_time(key: i64) -> Instant {
    Instant(key / Keys::STEP).to_millis()
}

pub(crate) async fn events(db: &TenantDb, select: &Select) -> Result<Vec<Found>> {
    let rows = db.rows(statement(db, select, "key, event_time, body")).await?;
    let read = |mut row: Row| {
        let position = Position { key: row.int(0)?, event_time: row.int(1)? };
        Ok(Found { position, body: unpack(&row.bytes(2)?)? })
    };
    rows.into_iter().map(read).collect()
}

/// How many there are, counted no further than `select.most`.
pub(crate) async fn count(db: &TenantDb, select: &Select) -> Result<u64> {
    let mut inner = statement(db, select, "key");
    inner.sql = format!("SELECT count(*) FROM ({}) AS found", inner.sql).into();
    let row = db.row(inner).await?;
    row.map_or(Ok(0), |mut row| row.int(0)).map(|n| u64::try_from(n).unwrap_or(0))
}

/// Parameters whose values name single things.
const SELECTIVE: &[&str] =
    &["MATCH_", "EQ_eventID", "EQ_bizTransaction", "EQ_transformationID", "EQ_correctiveEventID"];

fn is_selective(any: &AnyOf) -> bool {
    SELECTIVE.iter().any(|name| any.parameter.starts_with(name))
}

fn statement(db: &TenantDb, select: &Select, columns: &str) -> Statement {
    let mut sql = Sql { params: vec![db.tenant()], conditions: Vec::new(), key: "e.key" };
    let text = match db.engine() {
        Engine::Postgres => postgres(&mut sql, select, columns),
        Engine::Sqlite => sqlite(&mut sql, select, columns),
    };
    Statement::new("epcis_event", text, sql.params).planned_anew()
}

struct Sql {
    params: Vec<Value>,
    conditions: Vec<String>,
    /// The column whose order is walked.
    key: &'static str,
}

impl Sql {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    fn all(&self) -> String {
        self.conditions.join(" AND ")
    }

    /// Numbers of the event that stand in a bound.
    fn numbers(&mut self, bounded: &Bounded) -> String {
        let field = self.bind(bounded.field);
        let numbers: Vec<String> = bounded.numbers.iter().map(|number| self.bind(*number)).collect();
        let stands = match bounded.compare {
            Compare::Eq => format!("IN ({})", numbers.join(", ")),
            Compare::Gt => format!("> {}", numbers.join("")),
            Compare::Ge => format!(">= {}", numbers.join("")),
            Compare::Lt => format!("< {}", numbers.join("")),
            Compare::Le => format!("<= {}", numbers.join("")),
        };
        format!("FROM epcis_value v WHERE v.tenant_id = $1 AND v.field = {field} AND v.number {stands}")
    }

    /// Bounds on numbers and times, and the place to go on from.
    fn bounds(&mut self, select: &Select) {
        for bounded in &select.bounded {
            let numbers = self.numbers(bounded);
            // SQLite does not turn one form into the other: single numbers are looked up, spans probed on the way.
            self.conditions.push(match bounded.compare {
                Compare::Eq => format!("e.key IN (SELECT v.key {numbers})"),
                _ => format!("EXISTS (SELECT 1 {numbers} AND v.key = e.key)"),
            });
        }
        for time in &select.times {
            let comparison = if time.bound == Bound::Ge { ">=" } else { "<" };
            let (column, at) = match time.column {
                Column::EventTime => ("e.event_time", time.at.0),
                Column::RecordTime => (self.key, first_key_at(time.at)),
            };
            let at = self.bind(at);
            self.conditions.push(format!("{column} {comparison} {at}"));
        }
        if let Some(after) = select.after {
            let comparison = if select.direction == Direction::Asc { ">" } else { "<" };
            let key = self.bind(after.key);
            let condition = match select.order_by {
                Column::RecordTime => format!("{} {comparison} {key}", self.key),
                Column::EventTime => {
                    let time = self.bind(after.event_time);
                    format!("(e.event_time, e.key) {comparison} ({time}, {key})")
                }
            };
            self.conditions.push(condition);
        }
    }

    fn list(&mut self, any: &AnyOf) -> String {
        any.terms.iter().map(|term| self.bind(*term)).collect::<Vec<_>>().join(", ")
    }

    fn end(&mut self, select: &Select, table: &str, key: &str) -> String {
        let direction = if select.direction == Direction::Asc { "ASC" } else { "DESC" };
        let limit = self.bind(i64::try_from(select.most).unwrap_or(i64::MAX));
        match select.order_by {
            Column::RecordTime => format!("ORDER BY {key} {direction} LIMIT {limit}"),
            Column::EventTime => {
                format!("ORDER BY {table}.event_time {direction}, {table}.key {direction} LIMIT {limit}")
            }
        }
    }
}

/// Record times are shown in milliseconds, keys count microseconds.
fn first_key_at(at: Instant) -> i64 {
    let millis = at.0.div_euclid(1000) + i64::from(at.0.rem_euclid(1000) != 0);
    millis.saturating_mul(1000).saturating_mul(Keys::STEP)
}

fn postgres(sql: &mut Sql, select: &Select, columns: &str) -> String {
    sql.conditions.push("e.tenant_id = $1".to_owned());
    let (single, several): (Vec<&AnyOf>, Vec<&AnyOf>) = select.all_of.iter().partition(|any| any.terms.len() == 1);
    if !single.is_empty() {
        let terms = sql.bind(single.iter().flat_map(|any| any.terms.clone()).collect::<Vec<_>>());
        sql.conditions.push(format!("e.tokens @> {terms}::bigint[]"));
    }
    for any in several {
        let terms = sql.bind(any.terms.clone());
        sql.conditions.push(format!("e.tokens && {terms}::bigint[]"));
    }
    sql.bounds(select);
    let from = format!("FROM epcis_captured e WHERE {}", sql.all());
    if select.all_of.iter().any(is_selective) {
        let end = sql.end(select, "hit", "hit.key");
        return format!(
            "WITH hit AS MATERIALIZED (SELECT e.key, e.event_time, e.body {from}) SELECT {columns} FROM hit {end}"
        );
    }
    let end = sql.end(select, "e", "e.key");
    format!("SELECT {columns} {from} {end}")
}

fn sqlite(sql: &mut Sql, select: &Select, columns: &str) -> String {
    sql.conditions.push("e.tenant_id = $1".to_owned());
    // One term's rows are in the order of keys already; several terms' have to be put together.
    let rank = |any: &&AnyOf| (!is_selective(any), any.terms.len() > 1);
    let driver = select.all_of.iter().min_by_key(rank);
    let walks = select.order_by == Column::EventTime && driver.is_some_and(|any| !is_selective(any));
    let driver = driver.filter(|_| !walks);
    let from = match driver {
        Some(any) if any.terms.len() == 1 => {
            let term = sql.list(any);
            sql.conditions.push(format!("d.tenant_id = $1 AND d.hash = {term} AND e.key = d.key"));
            sql.key = "d.key";
            "epcis_token d CROSS JOIN epcis_event e"
        }
        Some(any) => {
            let terms = sql.list(any);
            let keys = format!("SELECT t.key FROM epcis_token t WHERE t.tenant_id = $1 AND t.hash IN ({terms})");
            sql.conditions.push(format!("e.key IN ({keys})"));
            "epcis_event e"
        }
        None => "epcis_event e",
    };
    for any in select.all_of.iter().filter(|any| !driver.is_some_and(|d| std::ptr::eq(d, *any))) {
        let terms = sql.list(any);
        let found = format!("SELECT 1 FROM epcis_token t WHERE t.tenant_id = $1 AND t.hash IN ({terms})");
        sql.conditions.push(format!("EXISTS ({found} AND t.key = e.key)"));
    }
    sql.bounds(select);
    let columns: Vec<String> = columns.split(", ").map(|c| format!("e.{c}")).collect();
    let end = sql.end(select, "e", sql.key);
    format!("SELECT {} FROM {from} WHERE {} {end}", columns.join(", "), sql.all())
}
