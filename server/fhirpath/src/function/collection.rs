//! Filtering, projection, parts and combinations. <http://hl7.org/fhirpath/N1/#filtering-and-projection>,
//! <http://hl7.org/fhirpath/N1/#subsetting>, <http://hl7.org/fhirpath/N1/#combining>, <http://hl7.org/fhirpath/N1/#tree-navigation>

use super::existence::criterion;
use crate::equality;
use crate::evaluate::{Focus, Invocation};
use crate::fault::Result;
use crate::item::{Item, Items, none, perhaps};
use crate::navigate;
use crate::syntax::Argument;
use crate::types;
use std::rc::Rc;

pub fn filter<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut kept = none();
    for (index, item) in items.into_iter().enumerate() {
        if criterion(call, &item, index)? {
            kept.push(item);
        }
    }
    Ok(kept)
}

pub fn select<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut found = none();
    for (index, item) in items.iter().enumerate() {
        let projected = call.on_item(0, item, index)?;
        call.spend(projected.len())?;
        found.extend(projected);
    }
    Ok(found)
}

/// Until nothing new comes.
pub fn repeat<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut found = none();
    let mut waiting = items;
    while !waiting.is_empty() {
        let before = found.len();
        for (index, item) in waiting.iter().enumerate() {
            let projected = call.on_item(0, item, index)?;
            add_new(call, &mut found, projected)?;
        }
        waiting = found[before..].iter().cloned().collect();
    }
    Ok(found)
}

/// Elements are new by their place in the document, values by what they are. Elements can only be found again if the
/// expression climbs, which children never do.
fn add_new<'a>(call: &Invocation<'a, '_>, to: &mut Items<'a>, from: Items<'a>) -> Result<()> {
    for item in from {
        call.spend(1 + to.len() / 8)?;
        let known = match item.node() {
            Some(node) => to.iter().filter_map(Item::node).any(|other| std::ptr::eq(other, node)),
            None => equality::holds(call.evaluation, call.at, to, &item)?,
        };
        if !known {
            to.push(item);
        }
    }
    Ok(())
}

pub fn of_type<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    match call.call.arguments.first() {
        Some(Argument::Type(at, wanted)) => types::filter(call.evaluation, *at, items, wanted),
        _ => Err(call.fault("the argument is the name of a type")),
    }
}

pub fn single<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    call.input(&items)?;
    Ok(items)
}

pub fn first<'a>(_: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(items.into_iter().next()))
}

pub fn last<'a>(_: &Invocation<'a, '_>, mut items: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(items.pop()))
}

pub fn tail<'a>(_: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(items.into_iter().skip(1).collect())
}

fn amount(call: &Invocation<'_, '_>) -> Result<Option<usize>> {
    Ok(call.argument_integer(0)?.map(|n| usize::try_from(n).unwrap_or(0)))
}

pub fn skip<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(amount(call)?.map_or_else(none, |n| items.into_iter().skip(n).collect()))
}

pub fn take<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(amount(call)?.map_or_else(none, |n| items.into_iter().take(n).collect()))
}

pub fn intersect<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let other = call.argument(0)?;
    let mut found = none();
    for item in items {
        if equality::holds(call.evaluation, call.at, &other, &item)? {
            equality::add_distinct(call.evaluation, call.at, &mut found, [item])?;
        }
    }
    Ok(found)
}

pub fn exclude<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let other = call.argument(0)?;
    let mut kept = none();
    for item in items {
        if !equality::holds(call.evaluation, call.at, &other, &item)? {
            kept.push(item);
        }
    }
    Ok(kept)
}

pub fn union<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut all = none();
    equality::add_distinct(call.evaluation, call.at, &mut all, items)?;
    equality::add_distinct(call.evaluation, call.at, &mut all, call.argument(0)?)?;
    Ok(all)
}

pub fn combine<'a>(call: &Invocation<'a, '_>, mut items: Items<'a>) -> Result<Items<'a>> {
    let other = call.argument(0)?;
    call.spend(other.len())?;
    items.extend(other);
    Ok(items)
}

pub fn aggregate<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut total = Rc::new(call.argument(1)?);
    let Some(aggregator) = call.argument_expr(0) else { return Ok(none()) };
    for (index, item) in items.into_iter().enumerate() {
        let focus = Focus { this: Some(item), index: Some(index), total: Some(total) };
        total = Rc::new(call.evaluation.expr(aggregator, &focus)?);
        call.spend(total.len())?;
    }
    Ok(Rc::unwrap_or_clone(total))
}

pub fn children<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut found = none();
    for item in &items {
        navigate::all_children(call.model(), item, &mut found);
        call.spend(found.len().min(64))?;
    }
    Ok(found)
}

pub fn descendants<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut found = children(call, items)?;
    let mut next = 0;
    while next < found.len() {
        let item = found[next].clone();
        let before = found.len();
        navigate::all_children(call.model(), &item, &mut found);
        call.spend(1 + found.len() - before)?;
        next += 1;
    }
    Ok(found)
}
