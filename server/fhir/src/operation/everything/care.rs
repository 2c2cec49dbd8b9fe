//! When care was given: of each type the first of these search parameters that it has.

use super::asked::Asked;
use crate::search::extract::extract;
use crate::search::r4_catalogue;
use crate::service;
use theriac_core::json::Node;
use theriac_platform::Context;

const DATES: &[&str] = &[
    "date",
    "period",
    "onset-date",
    "effective-time",
    "authoredon",
    "authored-on",
    "authored",
    "whenhandedover",
    "whenprepared",
    "started",
    "start-date",
    "occurrence",
    "collected",
    "received",
    "sent",
    "created",
    "issued",
];

/// Does the resource's time of care meet the span that was asked for? One without a time does.
pub fn is_within(context: &Context, asked: &Asked, name: &str, node: &Node<'_>) -> bool {
    let Some(plan) = r4_catalogue().plan(name) else { return true };
    let Some(number) = DATES.iter().find_map(|code| plan.get(code)).map(|prepared| prepared.number) else {
        return true;
    };
    let base = service::base(context);
    let index = extract(plan, node, &service::search_context(&base, context.now()));
    let mut times = index.dates.iter().filter(|row| row.param == number).peekable();
    let meets = |lo: i64, hi: i64| asked.start.is_none_or(|start| hi > start) && asked.end.is_none_or(|end| lo < end);
    times.peek().is_none() || times.any(|row| meets(row.lo, row.hi))
}
