//! The caller's [`Rule`] as conditions on one table alias. Every alias of a statement carries them, so that what may
//! not be seen has no influence on what is found.

use super::filter::{Condition, condition, of_types, tokens};
use super::sql::{PAST, Sql};
use crate::kind;
use crate::policy::{Limit, Rule, Visible};
use crate::search::hash::type_token;

/// What exists for the caller of these types (empty: all); with `today` an earlier version only while its resource
/// does so.
pub(in crate::store) fn policy(sql: &mut Sql<'_>, alias: &str, types: &[i16], today: bool) -> Vec<Condition> {
    let rule = match sql.visible {
        Visible::All => return Vec::new(),
        Visible::Nothing => return vec![Condition::plain("FALSE".to_owned(), true)],
        Visible::Some(rule) => rule,
    };
    let mut all = standing(sql, alias, types, rule);
    if sql.is_past() && today {
        all.push(still_there(sql, alias, &|sql, row| {
            format!("{row}.deleted = 0 AND {}", joined(&standing(sql, row, types, rule)))
        }));
    }
    all
}

/// The same of versions, deletions among them. A deletion says nothing of what was deleted: it is judged by the
/// version before it, and for whoever sees the rows of some patients only it does not exist.
pub(in crate::store) fn policy_of_versions(sql: &mut Sql<'_>, alias: &str, types: &[i16]) -> Vec<Condition> {
    let Visible::Some(rule) = sql.visible else { return policy(sql, alias, types, true) };
    if rule.any.is_some() {
        let mut all = policy(sql, alias, types, true);
        all.push(Condition::plain(format!("{alias}.deleted = 0"), false));
        return all;
    }
    let mut all = vec![Condition::plain(version(sql, alias, types, rule), false)];
    if sql.is_past() {
        all.push(still_there(sql, alias, &|sql, row| version(sql, row, types, rule)));
    }
    all
}

fn version(sql: &mut Sql<'_>, alias: &str, types: &[i16], rule: &Rule) -> String {
    let (here, before) = (joined(&standing(sql, alias, types, rule)), sql.alias('p'));
    let there = sql.about(true, |sql| joined(&standing(sql, &before, types, rule)));
    format!(
        "CASE WHEN {alias}.deleted = 0 THEN {here} ELSE EXISTS (SELECT 1 FROM {PAST} {before} WHERE {before}.tenant_id = $1 \
         AND {before}.type = {alias}.type AND {before}.id = {alias}.id AND {before}.version = {alias}.version - 1 AND {there}) END"
    )
}

/// Whoever sees some rows only sees no more through the past than is there for them today.
fn still_there(sql: &mut Sql<'_>, alias: &str, seen: &dyn Fn(&mut Sql<'_>, &str) -> String) -> Condition {
    let row = sql.alias('n');
    let text = sql.about(false, |sql| {
        let (seen, table) = (seen(sql, &row), sql.table());
        format!(
            "EXISTS (SELECT 1 FROM {table} {row} WHERE {row}.tenant_id = $1 AND {row}.type = {alias}.type \
             AND {row}.key = {alias}.key AND {seen} LIMIT 1 OFFSET 0)"
        )
    });
    Condition::plain(text, false)
}

fn joined(conditions: &[Condition]) -> String {
    match conditions {
        [] => "TRUE".to_owned(),
        some => format!("({})", some.iter().map(|c| c.each.as_str()).collect::<Vec<_>>().join(" AND ")),
    }
}

/// Type, rows and limits of a version that is not a deletion.
fn standing(sql: &mut Sql<'_>, alias: &str, types: &[i16], rule: &Rule) -> Vec<Condition> {
    let mut all = Vec::new();
    all.extend(of_allowed(sql, alias, types, rule));
    all.extend(of_rows(sql, alias, types, rule));
    all.extend(rule.limits.iter().filter_map(|limit| of_limit(sql, alias, types, limit)));
    all
}

fn of_allowed(sql: &mut Sql<'_>, alias: &str, types: &[i16], rule: &Rule) -> Option<Condition> {
    let allowed = rule.types.as_deref()?;
    match types {
        [] => Some(Condition::plain(of_types(sql, alias, allowed), false)),
        some if some.iter().all(|n| allowed.contains(n)) => None,
        some => {
            let both: Vec<i16> = some.iter().copied().filter(|n| allowed.contains(n)).collect();
            let text = if both.is_empty() { "FALSE".to_owned() } else { of_types(sql, alias, &both) };
            Some(Condition::plain(text, true))
        }
    }
}

fn of_rows(sql: &mut Sql<'_>, alias: &str, types: &[i16], rule: &Rule) -> Option<Condition> {
    let any = rule.any.as_deref()?;
    let is_shared = |n: &i16| rule.shared.contains(n);
    match types {
        [_, ..] if types.iter().all(is_shared) => None,
        [_, ..] if !types.iter().any(is_shared) => Some(tokens(sql, alias, any, false)),
        // Every resource carries its type as a token, and one index answers for both.
        _ => {
            let shared = rule.shared.iter().filter(|n| types.is_empty() || types.contains(n));
            let shared = shared.map(|n| type_token(kind::name(*n)));
            let both: Vec<i64> = any.iter().copied().chain(shared).collect();
            Some(tokens(sql, alias, &both, false))
        }
    }
}

fn of_limit(sql: &mut Sql<'_>, alias: &str, types: &[i16], limit: &Limit) -> Option<Condition> {
    if !types.is_empty() && !types.iter().any(|n| limit.is_about(*n)) {
        return None;
    }
    let must = condition(sql, alias, &limit.must);
    if limit.types.is_empty() || (!types.is_empty() && types.iter().all(|n| limit.is_about(*n))) {
        return Some(must);
    }
    let about = of_types(sql, alias, &limit.types);
    Some(Condition::plain(format!("(NOT ({about}) OR {})", must.each), false))
}
