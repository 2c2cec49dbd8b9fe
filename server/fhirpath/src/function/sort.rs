//! `sort()`: by the items themselves or by keys; a key with a minus before it goes downwards. What has no key comes
//! first, upwards and downwards. <https://hl7.org/fhirpath/#sort>

use crate::convert;
use crate::evaluate::{Focus, Invocation};
use crate::fault::Result;
use crate::item::{Item, Items};
use crate::operator;
use crate::syntax::{Expr, Form};
use std::cmp::Ordering;

struct Key<'a> {
    expr: Option<&'a Expr>,
    down: bool,
}

pub fn sort<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let keys = keys(call);
    let mut rows = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let values = keys.iter().map(|key| value(call, key, &item, index)).collect::<Result<Vec<_>>>()?;
        rows.push((values, item));
    }
    // A sort compares each row with about as many others as its number has bits.
    call.spend(rows.len() * (1 + rows.len().checked_ilog2().unwrap_or(0) as usize))?;
    let mut fault = None;
    rows.sort_by(|(left, _), (right, _)| {
        order(call, &keys, left, right).unwrap_or_else(|error| {
            fault.get_or_insert(error);
            Ordering::Equal
        })
    });
    match fault {
        Some(fault) => Err(fault),
        None => Ok(rows.into_iter().map(|(_, item)| item).collect()),
    }
}

fn keys<'a>(call: &Invocation<'a, '_>) -> Vec<Key<'a>> {
    let count = call.call.arguments.len();
    let key = |place| match call.argument_expr(place) {
        Some(Expr { form: Form::Signed(down, inner), .. }) => Key { expr: Some(inner), down: *down },
        expr => Key { expr, down: false },
    };
    if count == 0 { vec![Key { expr: None, down: false }] } else { (0..count).map(key).collect() }
}

fn value<'a>(call: &Invocation<'a, '_>, key: &Key<'a>, item: &Item<'a>, index: usize) -> Result<Option<Item<'a>>> {
    let Some(expr) = key.expr else { return Ok(Some(convert::value(call.model(), item))) };
    let focus = Focus { this: Some(item.clone()), index: Some(index), total: None };
    let found = call.evaluation.expr(expr, &focus)?;
    call.evaluation.single_value(call.at, &found, "a sort key")
}

fn order<'a>(
    call: &Invocation<'a, '_>,
    keys: &[Key<'a>],
    left: &[Option<Item<'a>>],
    right: &[Option<Item<'a>>],
) -> Result<Ordering> {
    for ((key, left), right) in keys.iter().zip(left).zip(right) {
        let order = match (left, right) {
            (Some(left), Some(right)) => {
                let order = operator::order(call.at, "sort()", left, right)?.unwrap_or(Ordering::Equal);
                if key.down { order.reverse() } else { order }
            }
            _ => left.is_some().cmp(&right.is_some()),
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}
