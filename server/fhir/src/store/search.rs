//! Criteria compiled to SQL, for both engines. One statement gives a page.

pub(crate) mod contained;
mod dates;
pub(in crate::store) mod filter;
mod hierarchy;
pub(in crate::store) mod moment;
mod order;
mod past;
mod postgres;
mod range;
mod rule;
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
pub(in crate::store) use sql::Sql;
use theriac_access::Interaction;
use theriac_core::{Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::{Engine, Row, Statement};

pub use moment::Moment;
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
    /// As of then; none for now.
    pub moment: Option<&'a Moment>,
    /// Under the caller's rights of which kind.
    pub interaction: Interaction,
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

/// What stands now of what stood at that time; none if some of it is not indexed.
pub(crate) async fn moment_at(context: &Context, at: Instant) -> Result<Option<Moment>> {
    let engine = context.db.engine();
    let sql = format!(
        "SELECT {}, CASE WHEN EXISTS (SELECT 1 FROM fhir_history WHERE tenant_id = $1 AND tokens IS NULL AND ended > $2) \
         THEN 1 ELSE 0 END",
        moment::column(engine)
    );
    let params = vec![context.db.tenant(), at.into()];
    let row = context.db.row(Statement::new("fhir_moment", sql, params)).await?;
    let mut row = row.ok_or_else(|| Error::internal("a statement over no table gives one row"))?;
    match row.int(1)? {
        0 => moment::read(engine, &mut row, 0).map(|moment| Some(moment.at(at.0))),
        _ => Ok(None),
    }
}

/// A page of rows.
#[derive(Debug, Default)]
pub struct Page {
    pub found: Vec<Found>,
    /// As of which moment it is; known when there are rows, or when it was asked for.
    pub moment: Option<Moment>,
}

/// The statement of a page, and what it is sorted by.
async fn statement(context: &Context, visible: &Visible, ask: &Ask<'_>) -> Result<(Statement, Vec<order::Term>)> {
    let ask = &Ask { limit: rounded(ask.limit), ..ask.clone() };
    let mut sql = Sql::new(&context.db, visible, ask.moment);
    let terms = order::terms(&mut sql, ask.sort);
    let (text, params) = match context.db.engine() {
        Engine::Postgres => postgres::page(sql, ask, &terms)?,
        Engine::Sqlite => sqlite::page(context, sql, ask, &terms).await?,
    };
    let statement = Statement::new("fhir_search", text, params);
    Ok((if postgres::one_plan(ask.criteria) { statement } else { statement.planned_anew() }, terms))
}

/// The statement of a page and the database's plan for it, a line each. The statement has no values in it; the plan may.
pub(crate) async fn explain(context: &Context, ask: &Ask<'_>) -> Result<(String, Vec<String>)> {
    let visible = policy::visible(context, ask.interaction);
    let (statement, _) = statement(context, &visible, ask).await?;
    let sql = statement.sql.to_string();
    let (word, column) = match context.db.engine() {
        Engine::Postgres => ("EXPLAIN", 0),
        Engine::Sqlite => ("EXPLAIN QUERY PLAN", 3),
    };
    let asked = Statement { name: "fhir_explain", sql: format!("{word} {sql}").into(), ..statement };
    let rows = context.db.rows(asked).await?;
    let lines = rows.into_iter().map(|mut row| row.text(column)).collect::<Result<_>>()?;
    Ok((sql, lines))
}

/// One page, in the order asked for; going backward its rows are turned round again.
pub(crate) async fn page(context: &Context, ask: &Ask<'_>) -> Result<Page> {
    let visible = policy::visible(context, ask.interaction);
    if visible == Visible::Nothing || ask.limit == 0 {
        return Ok(Page { found: Vec::new(), moment: ask.moment.cloned() });
    }
    let wanted = ask.limit;
    let (statement, terms) = statement(context, &visible, ask).await?;
    let mut rows = context.db.rows(statement).await?;
    let moment = match (ask.moment, rows.first_mut()) {
        (None, Some(row)) => Some(moment::read(context.db.engine(), row, FIXED + terms.len())?),
        (given, _) => given.cloned(),
    };
    let mut found: Vec<Found> = rows.into_iter().map(|row| self::found(row, &terms)).collect::<Result<_>>()?;
    found.truncate(wanted);
    if ask.from.is_some_and(|p| p.backward) {
        found.reverse();
    }
    Ok(Page { found, moment })
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

/// The columns of a page: one of now tells its moment too.
fn of_page(sql: &Sql<'_>, terms: &[order::Term]) -> String {
    match sql.moment {
        Some(_) => columns(terms),
        None => format!("{}, {} AS moment", columns(terms), moment::column(sql.engine)),
    }
}

/// Earlier versions that belong to the page, in its order: few, as they ended after the moment.
fn earlier(sql: &mut Sql<'_>, ask: &Ask<'_>, terms: &[order::Term]) -> Result<String> {
    let matching = sql.about(true, |sql| earlier_matching(sql, &ask.types, ask.criteria));
    let beyond = match ask.from {
        Some(position) => order::beyond(sql, terms, position)?,
        None => "TRUE".to_owned(),
    };
    let values = terms.iter().filter_map(|t| t.past.as_ref().map(|c| format!(", {c} AS {}", t.column)));
    let inner: String = std::iter::once(columns(&[])).chain(values).collect();
    let by = order::by(terms, ask.from.is_some_and(|p| p.backward));
    Ok(format!(
        "SELECT {} FROM (SELECT {inner} FROM {} r WHERE {matching}) r WHERE {beyond} ORDER BY {by} LIMIT {}",
        columns(terms),
        sql::PAST,
        ask.limit
    ))
}

fn earlier_matching(sql: &mut Sql<'_>, types: &[i16], criteria: &[Criterion]) -> String {
    let current = filter::current(sql, "r", types);
    let conditions = filter::conditions(sql, "r", types, criteria);
    conditions.iter().fold(current, |text, c| format!("{text} AND {}", c.each))
}

/// Both together are what stood at the moment.
fn together(ask: &Ask<'_>, terms: &[order::Term], present: &str, earlier: &str) -> String {
    let by = order::of_page(terms, ask.from.is_some_and(|p| p.backward));
    format!(
        "SELECT * FROM (SELECT * FROM ({present}) n UNION ALL SELECT * FROM ({earlier}) e) r ORDER BY {by} LIMIT {}",
        ask.limit
    )
}

/// How many resources there are in all.
pub(crate) async fn count(
    context: &Context,
    types: &[i16],
    criteria: &[Criterion],
    moment: Option<&Moment>,
) -> Result<u64> {
    let visible = policy::visible(context, Interaction::Search);
    if visible == Visible::Nothing {
        return Ok(0);
    }
    let mut sql = Sql::new(&context.db, &visible, moment);
    let mut select = match context.db.engine() {
        Engine::Postgres => postgres::count(&mut sql, types, criteria),
        Engine::Sqlite => sqlite::count(context, &mut sql, types, criteria).await?,
    };
    if moment.is_some() {
        let matching = sql.about(true, |sql| earlier_matching(sql, types, criteria));
        select = format!("SELECT ({select}) + (SELECT count(*) FROM {} r WHERE {matching})", sql::PAST);
    }
    let (text, params) = sql.finish(&select);
    let statement = Statement::new("fhir_count", text, params);
    let row = context.db.row(if postgres::one_plan(criteria) { statement } else { statement.planned_anew() }).await?;
    let count = row.map(|mut row| row.int(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Key, id and version of what matches, newest first: for conditional interactions.
pub(crate) async fn keys(
    context: &Context,
    interaction: Interaction,
    kind: Kind,
    criteria: &[Criterion],
    limit: usize,
) -> Result<Vec<(i64, String, i64)>> {
    let ask = Ask { types: vec![kind.number], criteria, limit, interaction, ..Ask::default() };
    let found = page(context, &ask).await?.found;
    Ok(found.into_iter().map(|f| (f.key, f.version.id, f.version.version)).collect())
}

/// The resources of these addresses that exist for the caller: what an `_include` arrives at.
pub(crate) async fn addressed(
    context: &Context,
    addresses: &[(i16, String)],
    moment: Option<&Moment>,
) -> Result<Vec<Found>> {
    let visible = policy::visible(context, Interaction::Read);
    if visible == Visible::Nothing || addresses.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(&context.db, &visible, moment);
    let mut select = at_addresses(&mut sql, addresses);
    if moment.is_some() {
        let earlier = sql.about(true, |sql| at_addresses(sql, addresses));
        select = format!("{select} UNION ALL {earlier}");
    }
    let (text, params) = sql.finish(&select);
    let rows = context.db.rows(Statement::new("fhir_include", text, params)).await?;
    let mut found: Vec<Found> = rows.into_iter().map(|row| found(row, &[])).collect::<Result<_>>()?;
    // The order in which rows lie would tell of others among them, and the order of ids of ids that a view hides.
    found.sort_by_key(|found| (found.version.kind, found.key));
    Ok(found)
}

fn at_addresses(sql: &mut Sql<'_>, addresses: &[(i16, String)]) -> String {
    let table = sql.table();
    let from = match sql.is_postgres() {
        true => {
            let types: Vec<i64> = addresses.iter().map(|a| i64::from(a.0)).collect();
            let ids: Vec<String> = addresses.iter().map(|a| a.1.clone()).collect();
            let (types, ids) = (sql.bind(types), sql.bind(ids));
            format!(
                "unnest({types}::int[], {ids}::text[]) AS u(type, id) \
                 JOIN {table} r ON r.tenant_id = $1 AND r.type = u.type AND r.id = u.id"
            )
        }
        false => {
            let list = sql.bind(serde_json::json!(addresses).to_string());
            format!(
                "json_each({list}) u CROSS JOIN {table} r \
                 ON r.tenant_id = $1 AND r.type = u.value ->> 0 AND r.id = u.value ->> 1"
            )
        }
    };
    let standing = filter::standing(sql, "r");
    let policy: String = filter::conditions(sql, "r", &[], &[]).iter().map(|c| format!(" AND {}", c.each)).collect();
    format!("SELECT {} FROM {from} WHERE {standing}{policy}", columns(&[]))
}

/// The newest resources of these types that carry one of the tokens: what a `_revinclude` arrives at.
pub(crate) async fn carrying(
    context: &Context,
    types: &[i16],
    tokens: &[i64],
    limit: usize,
    moment: Option<&Moment>,
) -> Result<Vec<Found>> {
    if types.is_empty() || tokens.is_empty() {
        return Ok(Vec::new());
    }
    let criteria = [Criterion::Tokens { any: tokens.to_vec(), negate: false }];
    let ask = Ask {
        types: types.to_vec(),
        criteria: &criteria,
        limit,
        moment,
        interaction: Interaction::Read,
        ..Ask::default()
    };
    Ok(page(context, &ask).await?.found)
}
