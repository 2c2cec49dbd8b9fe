//! Is there something, and how much. <http://hl7.org/fhirpath/N1/#existence>

use crate::convert;
use crate::equality;
use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::item::{Item, Items, none, one, perhaps, truth};

pub fn empty<'a>(_: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(truth(items.is_empty()))
}

pub fn exists<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    if !call.has(0) {
        return Ok(truth(!items.is_empty()));
    }
    for (index, item) in items.iter().enumerate() {
        if criterion(call, item, index)? {
            return Ok(truth(true));
        }
    }
    Ok(truth(false))
}

/// Does the first argument hold for an item? Empty counts as no.
pub fn criterion<'a>(call: &Invocation<'a, '_>, item: &Item<'a>, index: usize) -> Result<bool> {
    let result = call.on_item(0, item, index)?;
    Ok(call.evaluation.truth(call.at, &result)? == Some(true))
}

pub fn all<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    for (index, item) in items.iter().enumerate() {
        if !criterion(call, item, index)? {
            return Ok(truth(false));
        }
    }
    Ok(truth(true))
}

fn booleans<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Result<Vec<bool>> {
    let boolean = |item: &Item<'a>| match convert::value(call.model(), item) {
        Item::Boolean(value) => Ok(value),
        _ => Err(call.fault("every item of the input is a Boolean")),
    };
    items.iter().map(boolean).collect()
}

pub fn all_true<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(truth(booleans(call, &items)?.iter().all(|b| *b)))
}

pub fn any_true<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(truth(booleans(call, &items)?.iter().any(|b| *b)))
}

pub fn all_false<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(truth(booleans(call, &items)?.iter().all(|b| !*b)))
}

pub fn any_false<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(truth(booleans(call, &items)?.iter().any(|b| !*b)))
}

fn is_subset<'a>(call: &Invocation<'a, '_>, part: &[Item<'a>], whole: &[Item<'a>]) -> Result<Items<'a>> {
    for item in part {
        if !equality::holds(call.evaluation, call.at, whole, item)? {
            return Ok(truth(false));
        }
    }
    Ok(truth(true))
}

pub fn subset_of<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    is_subset(call, &items, &call.argument(0)?)
}

pub fn superset_of<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    is_subset(call, &call.argument(0)?, &items)
}

pub fn count<'a>(_: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(i64::try_from(items.len()).ok().map(Item::Integer)))
}

pub fn distinct<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut found = none();
    equality::add_distinct(call.evaluation, call.at, &mut found, items)?;
    Ok(found)
}

pub fn is_distinct<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let length = items.len();
    Ok(truth(distinct(call, items)?.len() == length))
}

pub fn not<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let value = call.evaluation.truth(call.at, &items)?;
    Ok(value.map_or_else(none, |value| one(Item::Boolean(!value))))
}
