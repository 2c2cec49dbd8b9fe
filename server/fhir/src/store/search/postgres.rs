//! Pages on PostgreSQL.
//!
//! The planner knows nothing of how frequent one array member is, nor where in the order what has it lies. So a statement
//! goes in steps, each of which runs only if the one before was not enough:
//! 1. gather up to [`FEW`] keys, in no order; if that was all, they are sorted;
//! 2. walk the order's own index for [`FAR`] times as many rows, until the page is full;
//! 3. gather all, where much matches and lies together at the far end.
//!
//! Gathering costs a visit to a scattered row for each of F keys; walking N rows costs about 21 N / F visits until a page
//! of 21 is full, ten of which cost as much as a scattered one. Both are equal at F = sqrt(2 N), and N is the table's size
//! by some 640 bytes a row.

use super::filter::{self, Condition};
use super::order::{self, Term};
use super::sql::{Sql, VIEW};
use super::{Ask, earlier, of_page, together};
use crate::search::criterion::Criterion;
use theriac_core::Result;
use theriac_platform::db::Value;

/// How many keys are gathered at most. Few in tests, so that these take all ways.
const FEW: &str = if cfg!(test) {
    "SELECT 5::bigint AS few"
} else {
    "SELECT greatest(100, least(2000, sqrt(pg_relation_size('fhir_resource') / 320.0)))::bigint AS few"
};

/// How many times as many rows are walked.
const FAR: u32 = if cfg!(test) { 2 } else { 24 };

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
    let mut conditions = filter::conditions(sql, "r", &ask.types, ask.criteria);
    if by_token(ask.criteria) {
        conditions.iter_mut().for_each(|c| c.gate = c.gate.take().or(c.beside_token.take()));
    }
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
    if !conditions.iter().any(|c| c.narrows) {
        let matching = all(&current, &conditions, |c| c.each.as_str(), &place);
        let walk = format!("SELECT {columns} FROM {VIEW} r WHERE {matching}");
        return Ok(format!("{walk} ORDER BY {by} LIMIT {limit}"));
    }
    // Only what the order needs is gathered: most pages go by key alone.
    let keys = if terms.is_empty() { "r.type, r.key" } else { "r.type, r.key, r.updated, r.id" };
    let few = sql.set(FEW);
    let most = format!("(SELECT few + 1 FROM {few})");
    let hits = sql.set(&gather(keys, &narrowed, &conditions, &place, &format!(" LIMIT {most}")));
    let few_enough = sql.set(&format!("SELECT count(*) < {most} AS yes FROM {hits}"));
    let too_many = format!("NOT (SELECT yes FROM {few_enough})");
    let stretch = format!(
        "SELECT * FROM {VIEW} r WHERE {current}{place} AND {too_many} ORDER BY {by} LIMIT (SELECT few * {FAR} FROM {few})"
    );
    let asked = all("TRUE", &conditions, |c| c.each.as_str(), "");
    let near = sql.set(&format!("SELECT {keys} FROM ({stretch}) r WHERE {asked} ORDER BY {by} LIMIT {limit}"));
    let near_enough = sql.set(&format!("SELECT count(*) >= {limit} AS yes FROM {near}"));
    let too_far = format!("{too_many} AND NOT (SELECT yes FROM {near_enough})");
    let rest = gather(keys, &narrowed, &conditions, &format!("{place} AND {too_far}"), "");
    let by_page = order::of_page(terms, backward);
    let step = |from: &str, when: &str| {
        format!("(SELECT r.type, r.key FROM {from} r WHERE {when} ORDER BY {by} LIMIT {limit})")
    };
    let steps = [
        step(&hits, &format!("(SELECT yes FROM {few_enough})")),
        step(&near, &format!("(SELECT yes FROM {near_enough})")),
        step(&format!("({rest})"), "TRUE"),
    ];
    Ok(format!(
        "SELECT * FROM (SELECT {columns} FROM ({}) h JOIN {VIEW} r ON r.tenant_id = $1 AND r.type = h.type AND r.key = h.key) r \
         ORDER BY {by_page}",
        steps.join(" UNION ALL ")
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

/// Keys that match, in no order. Sets that turn out to be large do not drive, they filter.
fn gather(columns: &str, current: &str, conditions: &[Condition], place: &str, most: &str) -> String {
    let arm = |form: fn(&Condition) -> &str, gate: &str| {
        let matching = all(current, conditions, form, place);
        format!("SELECT {columns} FROM {VIEW} r WHERE {matching}{gate}{most}")
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
