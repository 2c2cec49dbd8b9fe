//! Versions in time: of one resource, of a type, of all types; newest first, in pages by key.

use super::read::{Version, version};
use theriac_core::{Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::{Statement, Value};

/// Which versions: the narrower, the faster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Span {
    pub kind: Option<i16>,
    pub id: Option<String>,
    /// Versions made at or after.
    pub since: Option<Instant>,
    /// Versions made at or before: `_at` of an instant.
    pub until: Option<Instant>,
    /// The page ends above this one: (updated, type, id, version).
    pub below: Option<(i64, i64, String, i64)>,
}

/// One page and, if there are more, the place of its end.
pub(crate) async fn page(context: &Context, span: &Span, count: usize) -> Result<Vec<Version>> {
    let mut params: Vec<Value> = vec![context.db.tenant()];
    let mut tests = vec!["r.tenant_id = $1".to_owned()];
    let mut test = |text: &str, value: Value| {
        params.push(value);
        tests.push(text.replace('?', &format!("${}", params.len())));
    };
    if let Some(kind) = span.kind {
        test("r.type = ?", i64::from(kind).into());
    }
    if let Some(id) = &span.id {
        test("r.id = ?", id.as_str().into());
    }
    if let Some(since) = span.since {
        test("r.updated >= ?", since.into());
    }
    if let Some(until) = span.until {
        test("r.updated <= ?", until.into());
    }
    if let Some((updated, kind, id, number)) = &span.below {
        test("r.updated <= ?", (*updated).into());
        let at = params.len();
        params.extend([(*kind).into(), id.as_str().into(), (*number).into()]);
        tests.push(format!("(r.updated, r.type, r.id, r.version) < (${at}, ${}, ${}, ${})", at + 1, at + 2, at + 3));
    }
    params.push((count as i64).into());
    let limit = format!("ORDER BY r.updated DESC, r.type DESC, r.id DESC, r.version DESC LIMIT ${}", params.len());
    let tests = tests.join(" AND ");
    let one = |table: &str| {
        format!(
            "SELECT * FROM (SELECT r.type, r.id, r.version, r.updated, r.deleted, r.dictionary, r.body FROM {table} r \
             WHERE {tests} {limit}) AS {table}_page"
        )
    };
    let sql = format!("SELECT * FROM ({} UNION ALL {}) AS r {limit}", one("fhir_resource"), one("fhir_history"));
    let rows = context.db.rows(Statement::new("fhir_history", sql, params)).await?;
    rows.into_iter().map(|mut row| version(&mut row)).collect()
}

/// How many versions one resource has.
pub(crate) async fn count(context: &Context, kind: i16, id: &str) -> Result<i64> {
    let sql = "SELECT version FROM fhir_resource WHERE tenant_id = $1 AND type = $2 AND id = $3";
    let params = vec![context.db.tenant(), i64::from(kind).into(), id.into()];
    let row = context.db.row(Statement::new("fhir_resource", sql, params)).await?;
    row.map_or(Ok(0), |mut row| row.int(0))
}
