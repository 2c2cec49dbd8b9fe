//! Pages on SQLite, whose planner is told what drives: the few keys of the rarest condition, the token table
//! in key order, or the order's own index. A probe that stops early says which conditions are rare.

use super::filter::{self, Condition};
use super::order::{self, Term};
use super::sql::{Sql, TABLE};
use super::{Ask, earlier, of_page, together};
use crate::search::criterion::Criterion;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::db::{Statement, Value};

/// Where a probe stops counting; early in tests, so that these take all ways.
const FEW: i64 = if cfg!(test) { 5 } else { 500 };

type Text = (String, Vec<Value>);

/// What a statement goes by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// The keys of the condition at that place.
    Keys(usize),
    /// The entries of that condition's one token, which stand in key order.
    Token(usize),
    /// An index of the resources, or all of them.
    Rows,
}

pub(super) async fn page(context: &Context, mut sql: Sql<'_>, ask: &Ask<'_>, terms: &[Term]) -> Result<Text> {
    let current = filter::current(&mut sql, "r", &ask.types);
    let conditions = filter::conditions(&mut sql, "r", &ask.types, ask.criteria);
    let driver = driver(context, &sql, &conditions, terms).await?;
    let mut select =
        present(&mut sql, ask, terms, &from(&conditions, driver), driver, &matching(&current, &conditions, driver))?;
    if ask.moment.is_some() {
        let earlier = earlier(&mut sql, ask, terms)?;
        select = together(ask, terms, &select, &earlier);
    }
    Ok(sql.finish(&select))
}

/// Of the current versions.
fn present(
    sql: &mut Sql<'_>,
    ask: &Ask<'_>,
    terms: &[Term],
    from: &str,
    driver: Driver,
    matching: &str,
) -> Result<String> {
    let beyond = match ask.from {
        Some(position) => order::beyond(sql, terms, position)?,
        None => "TRUE".to_owned(),
    };
    let by = order::by(terms, ask.from.is_some_and(|p| p.backward));
    let (columns, limit) = (of_page(sql, terms), ask.limit);
    if terms.iter().any(|t| t.computed.is_some()) {
        let values = terms.iter().filter_map(|t| t.computed.as_ref().map(|c| format!(", {c} AS {}", t.column)));
        let inner: String = std::iter::once(super::columns(&[])).chain(values).collect();
        return Ok(format!(
            "SELECT {columns} FROM (SELECT {inner} FROM {from} WHERE {matching}) r WHERE {beyond} ORDER BY {by} LIMIT {limit}"
        ));
    }
    // The token's entries and their resources have the same key, and only the entries stand in its order.
    let (beyond, by) = match driver {
        Driver::Token(_) => (beyond.replace("r.key", "t.key"), by.replace("r.key", "t.key")),
        _ => (beyond, by),
    };
    Ok(format!("SELECT {columns} FROM {from} WHERE {matching} AND {beyond} ORDER BY {by} LIMIT {limit}"))
}

fn from(conditions: &[Condition], driver: Driver) -> String {
    let condition = |i: usize| conditions.get(i);
    match driver {
        Driver::Keys(i) => {
            let keys = condition(i).and_then(|c| c.keys.as_deref()).unwrap_or_default();
            format!("(SELECT DISTINCT key FROM ({keys})) k CROSS JOIN {TABLE} r ON r.key = k.key")
        }
        Driver::Token(i) => {
            let token = condition(i).and_then(|c| c.token.as_deref()).unwrap_or_default();
            format!("fhir_token t CROSS JOIN {TABLE} r ON t.tenant_id = $1 AND t.hash = {token} AND r.key = t.key")
        }
        Driver::Rows => format!("{TABLE} r"),
    }
}

fn matching(current: &str, conditions: &[Condition], driver: Driver) -> String {
    let driven = match driver {
        Driver::Keys(i) | Driver::Token(i) => Some(i),
        Driver::Rows => None,
    };
    let rest = conditions.iter().enumerate().filter(|(i, _)| Some(*i) != driven);
    rest.fold(current.to_owned(), |text, (_, c)| format!("{text} AND {}", c.each))
}

async fn driver(context: &Context, sql: &Sql<'_>, conditions: &[Condition], terms: &[Term]) -> Result<Driver> {
    let candidates: Vec<usize> = (0..conditions.len()).filter(|i| conditions[*i].keys.is_some()).collect();
    let token = |i: &usize| conditions[*i].token.is_some();
    match candidates.as_slice() {
        [] => return Ok(Driver::Rows),
        [one] if token(one) && terms.is_empty() => return Ok(Driver::Token(*one)),
        _ => {}
    }
    let counts = probe(context, sql, conditions, &candidates).await?;
    let rarest = counts.iter().zip(&candidates).min().map(|(count, i)| (*count, *i));
    let sorted_by_column = !terms.is_empty() && terms.iter().all(|t| t.computed.is_none());
    Ok(match rarest {
        Some((count, i)) if count < FEW => Driver::Keys(i),
        _ if sorted_by_column => Driver::Rows,
        _ => match candidates.iter().find(|i| token(i)) {
            Some(i) if terms.is_empty() => Driver::Token(*i),
            Some(i) => Driver::Keys(*i),
            None => Driver::Rows,
        },
    })
}

/// How many keys each condition has, counted no further than [`FEW`].
async fn probe(context: &Context, sql: &Sql<'_>, conditions: &[Condition], candidates: &[usize]) -> Result<Vec<i64>> {
    let keys = candidates.iter().filter_map(|i| conditions[*i].keys.as_deref());
    let counts: Vec<String> =
        keys.map(|k| format!("(SELECT count(*) FROM (SELECT 1 FROM ({k}) LIMIT {FEW}))")).collect();
    // The last column names the last parameter, so that all have a place.
    let select = format!("SELECT {}, ${} IS NULL", counts.join(", "), sql.last());
    let row = context.db.row(Statement::new("fhir_probe", select, sql.params())).await?;
    let Some(mut row) = row else { return Ok(Vec::new()) };
    (0..candidates.len()).map(|i| row.int(i)).collect()
}

pub(super) async fn count(
    context: &Context,
    sql: &mut Sql<'_>,
    types: &[i16],
    criteria: &[Criterion],
) -> Result<String> {
    let current = filter::current(sql, "r", types);
    let conditions = filter::conditions(sql, "r", types, criteria);
    let driver = driver(context, sql, &conditions, &[]).await?;
    let (from, matching) = (from(&conditions, driver), matching(&current, &conditions, driver));
    Ok(format!("SELECT count(*) FROM {from} WHERE {matching}"))
}
