//! `=` and `~`. <http://hl7.org/fhirpath/N1/#equality>, <http://hl7.org/fhirpath/N1/#equivalence>

use crate::convert::{self, to_decimal};
use crate::evaluate::Evaluation;
use crate::fault::{Position, Result};
use crate::item::{Item, Items};
use crate::number;
use crate::quantity::Relation;
use std::cmp::Ordering;
use theriac_core::json::{Node, Object};

/// Are two items equal? Nothing if precision or units leave it open.
pub fn equal<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    left: &Item<'a>,
    right: &Item<'a>,
) -> Result<Option<bool>> {
    if let (Item::Element(a), Item::Element(b)) = (left, right)
        && let (Some(a), Some(b)) = (a.value, b.value)
        && (std::ptr::eq(a, b) || matches!((a, b), (Node::Object(_), Node::Object(_))))
    {
        return same_nodes(evaluation, at, a, b, same_text).map(Some);
    }
    let model = evaluation.model();
    Ok(values_equal(&convert::value(model, left), &convert::value(model, right)))
}

fn values_equal(left: &Item<'_>, right: &Item<'_>) -> Option<bool> {
    match (left, right) {
        (Item::Boolean(a), Item::Boolean(b)) => Some(a == b),
        (Item::Integer(a), Item::Integer(b)) => Some(a == b),
        (Item::Integer(_) | Item::Decimal(_), Item::Integer(_) | Item::Decimal(_)) => {
            Some(to_decimal(left) == to_decimal(right))
        }
        (Item::String(a), Item::String(b)) => Some(a == b),
        (Item::Temporal(a), Item::Temporal(b)) if a.is_comparable(b) => a.order(b).map(|o| o == Ordering::Equal),
        (Item::Quantity(a), Item::Quantity(b)) => match a.relation(b) {
            Relation::Ordered(order) => Some(order == Ordering::Equal),
            Relation::Different => Some(false),
            Relation::Unknown => None,
        },
        (Item::Type(a), Item::Type(b)) => Some(a == b),
        _ => Some(false),
    }
}

/// `=` of collections: the same items in the same order.
pub fn collections_equal<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Result<Option<bool>> {
    if left.is_empty() || right.is_empty() {
        return Ok(None);
    }
    if left.len() != right.len() {
        return Ok(Some(false));
    }
    let mut open = false;
    for (a, b) in left.iter().zip(right) {
        match evaluation.equal(at, a, b)? {
            Some(false) => return Ok(Some(false)),
            Some(true) => {}
            None => open = true,
        }
    }
    Ok((!open).then_some(true))
}

/// Does `items` hold an equal of `item`?
pub fn holds<'a>(evaluation: &Evaluation<'a, '_>, at: Position, items: &[Item<'a>], item: &Item<'a>) -> Result<bool> {
    for other in items {
        if evaluation.equal(at, item, other)? == Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds what is not there yet.
pub fn add_distinct<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    to: &mut Items<'a>,
    from: impl IntoIterator<Item = Item<'a>>,
) -> Result<()> {
    for item in from {
        if !holds(evaluation, at, to, &item)? {
            to.push(item);
        }
    }
    Ok(())
}

/// `~` of collections: the same items in any order; two empty ones are equivalent.
pub fn collections_equivalent<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Result<bool> {
    if left.len() != right.len() {
        return Ok(false);
    }
    let mut rest: Vec<&Item<'a>> = right.iter().collect();
    for item in left {
        let mut found = None;
        for (place, other) in rest.iter().enumerate() {
            evaluation.spend(at, 1)?;
            if equivalent(evaluation, at, item, other)? {
                found = Some(place);
                break;
            }
        }
        match found {
            Some(place) => drop(rest.swap_remove(place)),
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn equivalent<'a>(evaluation: &Evaluation<'a, '_>, at: Position, left: &Item<'a>, right: &Item<'a>) -> Result<bool> {
    let model = evaluation.model();
    let (a, b) = (convert::value(model, left), convert::value(model, right));
    if let (Some(a), Some(b)) = (a.node(), b.node()) {
        return same_nodes(evaluation, at, a, b, similar_text);
    }
    Ok(match (&a, &b) {
        (Item::Integer(_) | Item::Decimal(_), Item::Integer(_) | Item::Decimal(_)) => {
            to_decimal(&a).zip(to_decimal(&b)).is_some_and(|(a, b)| number::equivalent(a, b))
        }
        (Item::String(a), Item::String(b)) => similar_text(a, b),
        (Item::Quantity(a), Item::Quantity(b)) => a.in_coarser(b).map_or(a == b, |(a, b)| number::equivalent(a, b)),
        _ => values_equal(&a, &b) == Some(true),
    })
}

fn same_text(left: &str, right: &str) -> bool {
    left == right
}

/// Without regard to case, and any white space alike.
fn similar_text(left: &str, right: &str) -> bool {
    let lower = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    left == right || lower(left) == lower(right)
}

type TextTest = fn(&str, &str) -> bool;

/// The same members with the same values, in any order of members.
fn same_nodes<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    a: &Node<'_>,
    b: &Node<'_>,
    text: TextTest,
) -> Result<bool> {
    evaluation.spend(at, 1)?;
    Ok(match (a, b) {
        _ if std::ptr::eq(a, b) => true,
        (Node::String(a), Node::String(b)) => text(a, b),
        (Node::Number(a), Node::Number(b)) => a == b || same_numbers(a, b),
        (Node::Array(a), Node::Array(b)) if a.len() == b.len() => {
            for (a, b) in a.iter().zip(b) {
                if !same_nodes(evaluation, at, a, b, text)? {
                    return Ok(false);
                }
            }
            true
        }
        (Node::Object(a), Node::Object(b)) => same_objects(evaluation, at, a, b, text)?,
        (a, b) => a == b,
    })
}

fn same_numbers(a: &str, b: &str) -> bool {
    number::parse_json(a).zip(number::parse_json(b)).is_some_and(|(a, b)| a == b)
}

fn same_objects<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    a: &Object<'_>,
    b: &Object<'_>,
    text: TextTest,
) -> Result<bool> {
    if a.0.len() != b.0.len() {
        return Ok(false);
    }
    for (name, value) in a.iter() {
        match b.get(name) {
            Some(other) if same_nodes(evaluation, at, value, other, text)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}
