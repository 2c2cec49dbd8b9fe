//! The operators. <http://hl7.org/fhirpath/N1/#operations>

mod arithmetic;

use crate::convert::{self, to_decimal};
use crate::evaluate::{Evaluation, Focus};
use crate::fault::{Fault, Position, Result};
use crate::item::{Item, Items, none, one, perhaps, truth};
use crate::quantity::Relation;
use crate::syntax::{Expr, Operation, Operator, Right};
use crate::{equality, types};
use std::cmp::Ordering;

pub use arithmetic::signed;

/// Operators of one rank, from left to right.
pub fn operations<'a>(
    evaluation: &Evaluation<'a, '_>,
    first: &'a Expr,
    rest: &'a [Operation],
    focus: &Focus<'a>,
) -> Result<Items<'a>> {
    let mut left = evaluation.expr(first, focus)?;
    if rest.first().is_some_and(|operation| operation.operator == Operator::Union) {
        let mut all = none();
        equality::add_distinct(evaluation, first.at, &mut all, left)?;
        left = all;
    }
    for operation in rest {
        evaluation.spend(operation.at, 1)?;
        left = match &operation.right {
            Right::Type(wanted) => types::operator(evaluation, operation, left, wanted)?,
            Right::Expr(right) => binary(evaluation, operation, left, right, focus)?,
        };
    }
    Ok(left)
}

fn binary<'a>(
    evaluation: &Evaluation<'a, '_>,
    operation: &Operation,
    mut left: Items<'a>,
    right: &'a Expr,
    focus: &Focus<'a>,
) -> Result<Items<'a>> {
    use Operator as O;
    let (at, operator) = (operation.at, operation.operator);
    if matches!(operator, O::And | O::Or | O::Xor | O::Implies) {
        return logic(evaluation, at, operator, &left, right, focus);
    }
    let right = evaluation.expr(right, focus)?;
    Ok(match operator {
        O::Union => {
            equality::add_distinct(evaluation, at, &mut left, right)?;
            left
        }
        O::Equal => flag(equality::collections_equal(evaluation, at, &left, &right)?),
        O::NotEqual => flag(equality::collections_equal(evaluation, at, &left, &right)?.map(|same| !same)),
        O::Equivalent => truth(equality::collections_equivalent(evaluation, at, &left, &right)?),
        O::NotEquivalent => truth(!equality::collections_equivalent(evaluation, at, &left, &right)?),
        O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => {
            flag(compare(evaluation, operation, &left, &right)?)
        }
        O::In => member(evaluation, at, &left, &right)?,
        O::Contains => member(evaluation, at, &right, &left)?,
        _ => arithmetic::apply(evaluation, operation, &left, &right)?,
    })
}

fn flag<'a>(value: Option<bool>) -> Items<'a> {
    perhaps(value.map(Item::Boolean))
}

fn logic<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    operator: Operator,
    left: &[Item<'a>],
    right: &'a Expr,
    focus: &Focus<'a>,
) -> Result<Items<'a>> {
    let left = evaluation.truth(at, left)?;
    match (operator, left) {
        (Operator::And, Some(false)) => return Ok(truth(false)),
        (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => return Ok(truth(true)),
        _ => {}
    }
    let right = evaluation.truth(at, &evaluation.expr(right, focus)?)?;
    Ok(flag(match operator {
        Operator::And if right == Some(false) => Some(false),
        Operator::Or | Operator::Implies if right == Some(true) => Some(true),
        Operator::And => left.zip(right).map(|(a, b)| a && b),
        Operator::Or => left.zip(right).map(|(a, b)| a || b),
        Operator::Xor => left.zip(right).map(|(a, b)| a != b),
        _ => left.zip(right).map(|(a, b)| !a || b),
    }))
}

fn member<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    item: &[Item<'a>],
    items: &[Item<'a>],
) -> Result<Items<'a>> {
    match evaluation.single(at, item, "what is looked for")? {
        None => Ok(none()),
        Some(item) => equality::holds(evaluation, at, items, item).map(truth),
    }
}

fn compare<'a>(
    evaluation: &Evaluation<'a, '_>,
    operation: &Operation,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Result<Option<bool>> {
    let what = "what is compared";
    let left = evaluation.single_value(operation.at, left, what)?;
    let right = evaluation.single_value(operation.at, right, what)?;
    let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
    let order = order(operation.at, operation.operator.text(), &left, &right)?;
    Ok(order.map(|order| match operation.operator {
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}

/// Which of two values comes first; nothing if precision or units leave it open.
pub fn order(at: Position, what: &str, left: &Item<'_>, right: &Item<'_>) -> Result<Option<Ordering>> {
    match (left, right) {
        (Item::Integer(a), Item::Integer(b)) => Ok(Some(a.cmp(b))),
        (Item::Integer(_) | Item::Decimal(_), Item::Integer(_) | Item::Decimal(_)) => {
            Ok(to_decimal(left).zip(to_decimal(right)).map(|(a, b)| a.cmp(&b)))
        }
        (Item::String(a), Item::String(b)) => Ok(Some(a.as_ref().cmp(b.as_ref()))),
        (Item::Temporal(a), Item::Temporal(b)) if a.is_comparable(b) => Ok(a.order(b)),
        (Item::Quantity(a), Item::Quantity(b)) => Ok(match a.relation(b) {
            Relation::Ordered(order) => Some(order),
            Relation::Different | Relation::Unknown => None,
        }),
        _ => Err(unfit(at, what, left, right)),
    }
}

fn unfit(at: Position, what: &str, left: &Item<'_>, right: &Item<'_>) -> Fault {
    let name = |item: &Item<'_>| convert::system_of(item).map_or("an element without a value", |s| s.name());
    Fault::execution(at, format!("`{what}` does not go with {} and {}", name(left), name(right)))
}

/// Two single values, or nothing if one is missing.
fn operands<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Result<Option<(Item<'a>, Item<'a>)>> {
    let left = evaluation.single_value(at, left, "an operand")?;
    let right = evaluation.single_value(at, right, "an operand")?;
    Ok(left.zip(right))
}

fn single<'a>(item: Option<Item<'a>>) -> Items<'a> {
    item.map_or_else(none, one)
}
