//! A moment: which versions were the current ones. <http://hl7.org/fhir/R4/http.html#paging>, docs/adr/0010
//!
//! On PostgreSQL a moment is the snapshot of the statement that gave the first page, as transaction numbers; on
//! SQLite, whose one writer puts changes in a line, it is the last change. Both are compared alike.

use super::sql::Sql;
use serde::{Deserialize, Serialize};
use theriac_core::{Error, Result};
use theriac_platform::db::{Engine, Row};

/// A place in the order of commits, and perhaps an earlier time by the clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Everything before this was committed.
    low: i64,
    /// Nothing from here on was.
    high: i64,
    /// In between, these were not.
    open: Vec<i64>,
    /// Of what was committed, only what was stored at this time or before.
    at: Option<i64>,
}

/// The column that tells a statement's own moment.
pub(in crate::store) fn column(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "(SELECT pg_current_snapshot()::text)",
        Engine::Sqlite => "(SELECT max(last) FROM fhir_position WHERE tenant_id = $1)",
    }
}

/// Reads [`column`].
pub(in crate::store) fn read(engine: Engine, row: &mut Row, column: usize) -> Result<Moment> {
    match engine {
        Engine::Postgres => snapshot(&row.text(column)?).ok_or_else(|| Error::internal("a snapshot of another form")),
        Engine::Sqlite => {
            let next = row.maybe_int(column)?.unwrap_or_default() + 1;
            Ok(Moment { low: next, high: next, ..Moment::default() })
        }
    }
}

/// `10:20:10,14`, <https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-SNAPSHOT-PARTS>
fn snapshot(text: &str) -> Option<Moment> {
    let mut parts = text.splitn(3, ':');
    let (low, high) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let open = parts.next()?.split(',').filter(|t| !t.is_empty()).map(str::parse).collect::<Result<_, _>>().ok()?;
    Some(Moment { low, high, open, at: None })
}

impl Moment {
    /// The same place in the order of commits, and what of it was there at that time.
    #[must_use]
    pub fn at(self, time: i64) -> Self {
        Self { at: Some(time), ..self }
    }

    pub fn is_earlier(&self) -> bool {
        self.at.is_some()
    }
}

/// A version that had begun.
pub(in crate::store) fn begun(sql: &mut Sql<'_>, alias: &str, moment: &Moment) -> String {
    let mut text = format!("{alias}.pos < {}", sql.bind(moment.high));
    if !moment.open.is_empty() {
        text += &format!(" AND NOT {}", among(sql, &format!("{alias}.pos"), &moment.open));
    }
    if let Some(at) = moment.at {
        text += &format!(" AND {alias}.updated <= {}", sql.bind(at));
    }
    text
}

/// An earlier version that had not ended.
pub(super) fn unended(sql: &mut Sql<'_>, alias: &str, moment: &Moment) -> String {
    let mut later = format!("{alias}.until >= {}", sql.bind(moment.high));
    if !moment.open.is_empty() {
        // The bound lets the index be read from there.
        let (low, open) = (sql.bind(moment.low), among(sql, &format!("{alias}.until"), &moment.open));
        later = format!("{alias}.until >= {low} AND ({later} OR {open})");
    }
    match moment.at {
        Some(at) => format!("(({later}) OR {alias}.ended > {})", sql.bind(at)),
        None => format!("({later})"),
    }
}

fn among(sql: &mut Sql<'_>, column: &str, numbers: &[i64]) -> String {
    let list = sql.bind_list(numbers);
    match sql.is_postgres() {
        true => format!("({column} = ANY ({list}::bigint[]))"),
        false => format!("({column} IN (SELECT value FROM json_each({list})))"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_from_the_form_postgresql_gives_it() {
        let moment = |low, high, open: &[i64]| Some(Moment { low, high, open: open.to_vec(), at: None });
        assert_eq!(snapshot("10:20:10,14"), moment(10, 20, &[10, 14]));
        assert_eq!(snapshot("795:795:"), moment(795, 795, &[]));
        assert_eq!(snapshot("795"), None);
    }
}
