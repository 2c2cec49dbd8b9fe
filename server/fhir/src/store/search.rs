//! Criteria compiled to SQL, for both engines. One statement gives a page.

mod filter;
mod hierarchy;
mod order;
mod postgres;
mod range;
mod sql;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod tree;

use crate::kind::Kind;
use crate::policy::{self, Visible};
use crate::search::criterion::Criterion;
use crate::search::query::SortKey;
use crate::store::read::{self, Version};
use sql::Sql;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::db::{Engine, Row, Statement};

pub use order::{Mark, Position};

/// What a page is asked for.
#[derive(Debug, Clone, Default)]
pub struct Ask<'a> {
    /// Empty means all.
    pub types: Vec<i16>,
    pub criteria: &'a [Criterion],
    pub sort: &'a [SortKey],
    pub limit: usize,
    pub from: Option<&'a Position>,
    /// Rows with greater keys came after the first page and do not count.
    pub until: Option<i64>,
}

/// A row of a page.
#[derive(Debug, Clone)]
pub struct Found {
    pub key: i64,
    pub version: Version,
    /// What it was sorted by.
    pub marks: Vec<Mark>,
}

impl Found {
    /// The place of this row in the order.
    pub fn position(&self, backward: bool) -> Position {
        Position { key: self.key, marks: self.marks.clone(), backward }
    }
}

/// One page, in the order asked for; going backward its rows are turned round again.
pub(crate) async fn page(context: &Context, ask: &Ask<'_>) -> Result<Vec<Found>> {
    let visible = policy::tokens(&context.grant.rows());
    if visible == Visible::Nothing || ask.limit == 0 {
        return Ok(Vec::new());
    }
    let (wanted, ask) = (ask.limit, &Ask { limit: rounded(ask.limit), ..ask.clone() });
    let mut sql = Sql::new(&context.db, &visible);
    let terms = order::terms(&mut sql, ask.sort);
    let (text, params) = match context.db.engine() {
        Engine::Postgres => postgres::page(sql, ask, &terms)?,
        Engine::Sqlite => sqlite::page(context, sql, ask, &terms).await?,
    };
    let statement = Statement::new("fhir_search", text, params);
    let one_plan = postgres::one_plan(ask.criteria);
    let rows = context.db.rows(if one_plan { statement } else { statement.planned_anew() }).await?;
    let mut found: Vec<Found> = rows.into_iter().map(|row| self::found(row, &terms)).collect::<Result<_>>()?;
    found.truncate(wanted);
    if ask.from.is_some_and(|p| p.backward) {
        found.reverse();
    }
    Ok(found)
}

/// The limit stands in the text, for the planner; few sizes make few texts.
fn rounded(limit: usize) -> usize {
    const SIZES: [usize; 8] = [2, 6, 11, 21, 51, 101, 251, 1_001];
    SIZES.into_iter().find(|size| *size >= limit).unwrap_or_else(|| limit.next_multiple_of(1_000))
}

fn found(mut row: Row, terms: &[order::Term]) -> Result<Found> {
    let marks = terms.iter().enumerate();
    // A value taken out of the row is gone: the marks have columns of their own.
    let marks = marks.map(|(i, term)| term.mark(&mut row, FIXED + i)).collect::<Result<_>>()?;
    Ok(Found { key: row.int(FIXED - 1)?, version: read::version(&mut row)?, marks })
}

/// [`read::COLUMNS`], the key, then one column a sort term.
const FIXED: usize = 8;

fn columns(terms: &[order::Term]) -> String {
    let marks = terms.iter().enumerate().map(|(i, t)| format!(", r.{} AS m{i}", t.column));
    std::iter::once(format!("{}, r.key", read::COLUMNS)).chain(marks).collect()
}

/// How many resources there are in all.
pub(crate) async fn count(context: &Context, types: &[i16], criteria: &[Criterion]) -> Result<u64> {
    let visible = policy::tokens(&context.grant.rows());
    if visible == Visible::Nothing {
        return Ok(0);
    }
    let sql = Sql::new(&context.db, &visible);
    let (text, params) = match context.db.engine() {
        Engine::Postgres => postgres::count(sql, types, criteria),
        Engine::Sqlite => sqlite::count(context, sql, types, criteria).await?,
    };
    let statement = Statement::new("fhir_count", text, params);
    let row = context.db.row(if postgres::one_plan(criteria) { statement } else { statement.planned_anew() }).await?;
    let count = row.map(|mut row| row.int(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Key, id and version of what matches, newest first: for conditional interactions.
pub(crate) async fn keys(
    context: &Context,
    kind: Kind,
    criteria: &[Criterion],
    limit: usize,
) -> Result<Vec<(i64, String, i64)>> {
    let ask = Ask { types: vec![kind.number], criteria, limit, ..Ask::default() };
    let found = page(context, &ask).await?;
    Ok(found.into_iter().map(|f| (f.key, f.version.id, f.version.version)).collect())
}

/// The resources of these addresses that exist for the caller: what an `_include` arrives at.
pub(crate) async fn addressed(context: &Context, addresses: &[(i16, String)]) -> Result<Vec<Found>> {
    let visible = policy::tokens(&context.grant.rows());
    if visible == Visible::Nothing || addresses.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(&context.db, &visible);
    let from = match sql.is_postgres() {
        true => {
            let types: Vec<i64> = addresses.iter().map(|a| i64::from(a.0)).collect();
            let ids: Vec<String> = addresses.iter().map(|a| a.1.clone()).collect();
            let (types, ids) = (sql.bind(types), sql.bind(ids));
            format!(
                "unnest({types}::int[], {ids}::text[]) AS u(type, id) \
                 JOIN {} r ON r.tenant_id = $1 AND r.type = u.type AND r.id = u.id",
                sql::TABLE
            )
        }
        false => {
            let list = sql.bind(serde_json::json!(addresses).to_string());
            format!(
                "json_each({list}) u CROSS JOIN {} r \
                 ON r.tenant_id = $1 AND r.type = u.value ->> 0 AND r.id = u.value ->> 1",
                sql::TABLE
            )
        }
    };
    let policy: String = filter::conditions(&mut sql, "r", &[]).iter().map(|c| format!(" AND {}", c.each)).collect();
    let select = format!("SELECT {} FROM {from} WHERE r.deleted = 0{policy}", columns(&[]));
    let (text, params) = sql.finish(&select);
    let rows = context.db.rows(Statement::new("fhir_include", text, params)).await?;
    rows.into_iter().map(|row| found(row, &[])).collect()
}

/// The newest resources of these types that carry one of the tokens: what a `_revinclude` arrives at.
pub(crate) async fn carrying(context: &Context, types: &[i16], tokens: &[i64], limit: usize) -> Result<Vec<Found>> {
    if types.is_empty() || tokens.is_empty() {
        return Ok(Vec::new());
    }
    let criteria = [Criterion::Tokens { any: tokens.to_vec(), negate: false }];
    page(context, &Ask { types: types.to_vec(), criteria: &criteria, limit, ..Ask::default() }).await
}
