//! Pages on PostgreSQL.
//!
//! The planner knows nothing of how frequent one array member is. So a statement gathers first, up to
//! [`FEW`] keys and in no order; if that was all, they are sorted, and if there are more, the order's own
//! index is walked until the page is full. Which of both happens is decided as the statement runs.
//!
//! Gathering costs a row visit for each of F keys; walking N rows costs about 21 N / F visits until a page of
//! 21 is full. Both are equal at F = sqrt(21 N), and N is the table's size by some 640 bytes a row.

use super::filter::{self, Condition};
use super::order::{self, Term};
use super::sql::{Sql, VIEW};
use super::{Ask, earlier, of_page, together};
use crate::search::criterion::Criterion;
use theriac_core::Result;
use theriac_platform::db::Value;

/// How many keys are gathered at most. Few in tests, so that these take both ways.
const FEW: &str = if cfg!(test) {
    "SELECT 5::bigint AS few"
} else {
    "SELECT greatest(200, least(4000, sqrt(pg_relation_size('fhir_resource') / 30.0)))::bigint AS few"
};

type Text = (String, Vec<Value>);

pub(super) fn page(mut sql: Sql<'_>, ask: &Ask<'_>, terms: &[Term]) -> Result<Text> {
    let mut select = present(&mut sql, ask, terms)?;
    if ask.moment.is_some() {
        let earlier = earlier(&mut sql, ask, terms)?;
        select = together(ask, terms, &select, &earlier);
    }
    Ok(sql.finish(&select))
}

/// Of the current versions.
fn present(sql: &mut Sql<'_>, ask: &Ask<'_>, terms: &[Term]) -> Result<String> {
    let current = filter::current(sql, "r", &ask.types);
    let conditions = filter::conditions(sql, "r", &ask.types, ask.criteria);
    let backward = ask.from.is_some_and(|p| p.backward);
    let beyond = match ask.from {
        Some(position) => order::beyond(sql, terms, position)?,
        None => "TRUE".to_owned(),
    };
    let narrowed = if by_token(ask.criteria) { past_the_type(&current) } else { current.clone() };
    if terms.iter().any(|t| t.computed.is_some()) {
        return Ok(computed(sql, ask, terms, &all(&narrowed, &conditions, Condition::set, ""), &beyond));
    }
    let place = format!(" AND {beyond}");
    let (columns, by, limit) = (of_page(sql, terms), order::by(terms, backward), ask.limit);
    let walked = all(&current, &conditions, |c| c.each.as_str(), &place);
    let walk = format!("SELECT {columns} FROM {VIEW} r WHERE {walked}");
    if !conditions.iter().any(|c| c.narrows) {
        return Ok(format!("{walk} ORDER BY {by} LIMIT {limit}"));
    }
    // Only what the order needs is gathered: most pages go by key alone.
    let gathered = if terms.is_empty() { "r.type, r.key" } else { "r.type, r.key, r.updated, r.id" };
    let few = sql.set(FEW);
    let most = format!("(SELECT few + 1 FROM {few})");
    let hits = sql.set(&gather(gathered, &narrowed, &conditions, &place, &most));
    let all_here = sql.set(&format!("SELECT count(*) < {most} AS all_here FROM {hits}"));
    let all_here = format!("(SELECT all_here FROM {all_here})");
    let by_page = order::of_page(terms, backward);
    Ok(format!(
        "SELECT * FROM ((SELECT {columns} FROM (SELECT r.type, r.key FROM {hits} r WHERE {all_here} ORDER BY {by} LIMIT {limit}) h \
         JOIN {VIEW} r ON r.tenant_id = $1 AND r.type = h.type AND r.key = h.key) UNION ALL \
         ({walk} AND NOT {all_here} ORDER BY {by} LIMIT {limit})) r ORDER BY {by_page}"
    ))
}

/// Is there a criterion the array index answers? It drives: what else is asked is looked up for each hit.
fn by_token(criteria: &[Criterion]) -> bool {
    criteria.iter().any(|c| matches!(c, Criterion::Tokens { negate: false, .. }))
}

/// Tenant and type as tests that no index answers: else a plan for unknown values goes by them and not by token.
fn past_the_type(current: &str) -> String {
    current.replace("r.type = ", "(r.type + 0) = ").replace("r.tenant_id = ", "(r.tenant_id + 0) = ")
}

/// Is one plan right whatever the values are? Where other resources decide, the best one to begin with is the
/// rarest, and that depends on the values.
pub(super) fn one_plan(criteria: &[Criterion]) -> bool {
    !criteria.iter().any(Criterion::looks_elsewhere)
}

/// Some keys that match, in no order. Sets that turn out to be large do not drive, they filter.
fn gather(columns: &str, current: &str, conditions: &[Condition], place: &str, most: &str) -> String {
    let arm = |form: fn(&Condition) -> &str, gate: &str| {
        let matching = all(current, conditions, form, place);
        format!("SELECT {columns} FROM {VIEW} r WHERE {matching}{gate} LIMIT {most}")
    };
    let gates: Vec<&str> = conditions.iter().filter_map(|c| c.gate.as_deref()).collect();
    if gates.is_empty() {
        return arm(Condition::set, "");
    }
    let gate = gates.join(" AND ");
    let filter: fn(&Condition) -> &str = |c| if c.gate.is_some() { &c.each } else { c.set() };
    format!(
        "({}) UNION ALL ({})",
        arm(Condition::set, &format!(" AND {gate}")),
        arm(filter, &format!(" AND NOT ({gate})"))
    )
}

fn all(current: &str, conditions: &[Condition], form: fn(&Condition) -> &str, place: &str) -> String {
    let text = conditions.iter().fold(current.to_owned(), |text, c| format!("{text} AND {}", form(c)));
    text + place
}

/// Values that no index has in order: all that matches is sorted.
fn computed(sql: &Sql<'_>, ask: &Ask<'_>, terms: &[Term], matching: &str, beyond: &str) -> String {
    let values = terms.iter().filter_map(|t| t.computed.as_ref().map(|c| format!(", {c} AS {}", t.column)));
    let inner: String = std::iter::once(super::columns(&[])).chain(values).collect();
    let by = order::by(terms, ask.from.is_some_and(|p| p.backward));
    format!(
        "SELECT {} FROM (SELECT {inner} FROM {VIEW} r WHERE {matching}) r WHERE {beyond} ORDER BY {by} LIMIT {}",
        of_page(sql, terms),
        ask.limit
    )
}

pub(super) fn count(sql: &mut Sql<'_>, types: &[i16], criteria: &[Criterion]) -> String {
    let current = filter::current(sql, "r", types);
    let current = if by_token(criteria) { past_the_type(&current) } else { current };
    let conditions = filter::conditions(sql, "r", types, criteria);
    let matching = all(&current, &conditions, Condition::set, "");
    format!("SELECT count(*) FROM {VIEW} r WHERE {matching}")
}
