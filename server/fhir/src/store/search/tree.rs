//! Criteria joined by and, or, not: conditions out of conditions.

use super::filter::{Condition, condition, current};
use super::sql::Sql;
use crate::search::criterion::Criterion;

/// What must hold together, out of its brackets.
pub(super) fn flat(criteria: &[Criterion]) -> Vec<&Criterion> {
    criteria
        .iter()
        .flat_map(|criterion| if let Criterion::All(parts) = criterion { flat(parts) } else { vec![criterion] })
        .collect()
}

pub(super) fn all(sql: &mut Sql<'_>, alias: &str, parts: &[Criterion]) -> Condition {
    let keys = if sql.is_postgres() || sql.is_past() { None } else { keys_of_all(sql, parts) };
    let conditions: Vec<Condition> = parts.iter().map(|part| condition(sql, alias, part)).collect();
    let form = |form: fn(&Condition) -> &str| joined(&conditions, form, " AND ", "TRUE");
    let (each, set) = (form(|c| c.each.as_str()), form(Condition::set));
    let narrows = conditions.iter().any(|c| c.narrows);
    Condition { set: Some(set), keys, ..Condition::plain(each, narrows) }
}

pub(super) fn any(sql: &mut Sql<'_>, alias: &str, parts: &[Criterion]) -> Condition {
    let conditions: Vec<Condition> = parts.iter().map(|part| condition(sql, alias, part)).collect();
    let each = joined(&conditions, |c| c.each.as_str(), " OR ", "FALSE");
    let narrows = conditions.iter().all(|c| c.narrows);
    if sql.is_past() {
        return Condition::plain(each, narrows);
    }
    if sql.is_postgres() {
        return match narrows {
            true => Condition { set: Some(gathered(sql, alias, parts)), ..Condition::plain(each, true) },
            false => Condition::plain(each, false),
        };
    }
    let keys: Option<Vec<&str>> = conditions.iter().map(|c| c.keys.as_deref()).collect();
    match keys.filter(|keys| !keys.is_empty()) {
        Some(keys) => Condition { narrows, ..Condition::keyed(alias, keys.join(" UNION ALL "), each) },
        None => Condition::plain(each, narrows),
    }
}

pub(super) fn not(sql: &mut Sql<'_>, alias: &str, part: &Criterion) -> Condition {
    Condition::plain(format!("NOT ({})", condition(sql, alias, part).each), false)
}

fn joined(conditions: &[Condition], form: fn(&Condition) -> &str, word: &str, none: &str) -> String {
    match conditions.is_empty() {
        true => none.to_owned(),
        false => format!("({})", conditions.iter().map(form).collect::<Vec<_>>().join(word)),
    }
}

/// PostgreSQL: each arm by its own index, their keys together.
fn gathered(sql: &mut Sql<'_>, alias: &str, parts: &[Criterion]) -> String {
    let mut selects = Vec::new();
    for part in parts {
        let row = sql.alias('r');
        let matching = condition(sql, &row, part);
        let (table, standing) =
            (sql.table(), if sql.is_inside() { "TRUE".to_owned() } else { format!("{row}.deleted = 0") });
        selects.push(format!("SELECT {row}.key FROM {table} {row} WHERE {standing} AND {}", matching.set()));
    }
    format!("{alias}.key IN ({})", selects.join(" UNION ALL "))
}

/// SQLite: the keys of one part, of which the other parts are looked up by key.
fn keys_of_all(sql: &mut Sql<'_>, parts: &[Criterion]) -> Option<String> {
    let at = parts.iter().position(|part| by_key(part) && matches!(part, Criterion::Tokens { negate: false, .. }));
    let at = at.or_else(|| parts.iter().position(by_key))?;
    let row = sql.alias('k');
    let mut text = format!("SELECT {row}.key FROM ({}) {row}", condition(sql, &row, &parts[at]).keys?);
    let rest: Vec<&Criterion> = parts.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, part)| part).collect();
    if rest.iter().all(|part| looks_by_key(part)) {
        let tests = rest.iter().map(|part| condition(sql, &row, part).each).collect::<Vec<_>>();
        text += if tests.is_empty() { "" } else { " WHERE " };
        text += &tests.join(" AND ");
        return Some(text);
    }
    let whole = sql.alias('r');
    let current = current(sql, &whole, &[]);
    let tests: Vec<String> = rest.iter().map(|part| condition(sql, &whole, part).each).collect();
    Some(format!(
        "SELECT {whole}.key FROM ({text}) {row}x CROSS JOIN {table} {whole} ON {whole}.key = {row}x.key WHERE {current} AND {}",
        tests.join(" AND "),
        table = sql.table(),
    ))
}

/// Has it a set of keys on SQLite?
fn by_key(part: &Criterion) -> bool {
    match part {
        Criterion::Tokens { negate, .. } => !negate,
        Criterion::Dates { .. }
        | Criterion::Period { .. }
        | Criterion::Numbers { .. }
        | Criterion::Pairs { .. }
        | Criterion::Strings { .. }
        | Criterion::Texts { .. }
        | Criterion::Near { .. }
        | Criterion::Hierarchy(_)
        | Criterion::Chain { .. }
        | Criterion::Contains { .. }
        | Criterion::LastUpdated { .. } => true,
        Criterion::Any(parts) => !parts.is_empty() && parts.iter().all(by_key),
        Criterion::All(parts) => parts.iter().any(by_key),
        Criterion::Ids { .. } | Criterion::Has { .. } | Criterion::Not(_) => false,
    }
}

/// Does its look at a row need nothing but the key?
fn looks_by_key(part: &Criterion) -> bool {
    match part {
        Criterion::Tokens { .. }
        | Criterion::Dates { .. }
        | Criterion::Period { .. }
        | Criterion::Numbers { .. }
        | Criterion::Pairs { .. }
        | Criterion::Strings { .. }
        | Criterion::Texts { .. }
        | Criterion::Near { .. }
        | Criterion::Hierarchy(_)
        | Criterion::Chain { .. } => true,
        Criterion::All(parts) | Criterion::Any(parts) => parts.iter().all(looks_by_key),
        Criterion::Not(part) => looks_by_key(part),
        Criterion::Ids { .. } | Criterion::LastUpdated { .. } | Criterion::Has { .. } | Criterion::Contains { .. } => {
            false
        }
    }
}

impl Criterion {
    /// Do other resources decide?
    pub(crate) fn looks_elsewhere(&self) -> bool {
        match self {
            Self::Chain { .. } | Self::Has { .. } | Self::Hierarchy(_) | Self::Contains { .. } => true,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::looks_elsewhere),
            Self::Not(part) => part.looks_elsewhere(),
            _ => false,
        }
    }
}
