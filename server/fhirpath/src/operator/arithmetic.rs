//! `+ - * / div mod &` and signs. <http://hl7.org/fhirpath/N1/#math>
//!
//! What overflows or divides by zero is empty.

use super::{operands, single, unfit};
use crate::convert::to_decimal;
use crate::evaluate::Evaluation;
use crate::fault::{Fault, Position, Result};
use crate::item::{Item, Items, none, one};
use crate::number;
use crate::quantity::Quantity;
use crate::syntax::{Operation, Operator};
use crate::temporal::Temporal;
use rust_decimal::Decimal;
use std::borrow::Cow;

pub fn apply<'a>(
    evaluation: &Evaluation<'a, '_>,
    operation: &Operation,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Result<Items<'a>> {
    let (at, operator) = (operation.at, operation.operator);
    if operator == Operator::Concatenate {
        return concatenate(evaluation, at, left, right);
    }
    let Some((left, right)) = operands(evaluation, at, left, right)? else { return Ok(none()) };
    match (&left, &right, operator) {
        (Item::Integer(a), Item::Integer(b), _) if operator != Operator::Divide => {
            Ok(single(integers(operator, *a, *b)))
        }
        (Item::Integer(_) | Item::Decimal(_), Item::Integer(_) | Item::Decimal(_), _) => {
            let both = to_decimal(&left).zip(to_decimal(&right));
            Ok(single(both.and_then(|(a, b)| decimals(operator, a, b))))
        }
        (Item::String(a), Item::String(b), Operator::Plus) => text(evaluation, at, a, b),
        (Item::Temporal(moment), Item::Quantity(length), Operator::Plus) => shift(at, *moment, length, false),
        (Item::Temporal(moment), Item::Quantity(length), Operator::Minus) => shift(at, *moment, length, true),
        _ => match (quantity(&left), quantity(&right)) {
            (Some(a), Some(b)) => quantities(operation, &a, &b),
            _ => Err(unfit(at, operator.text(), &left, &right)),
        },
    }
}

fn integers<'a>(operator: Operator, a: i64, b: i64) -> Option<Item<'a>> {
    let value = match operator {
        Operator::Plus => a.checked_add(b),
        Operator::Minus => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Div => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    value.and_then(number::integer).map(Item::Integer)
}

fn decimals<'a>(operator: Operator, a: Decimal, b: Decimal) -> Option<Item<'a>> {
    match operator {
        Operator::Plus => a.checked_add(b).map(Item::Decimal),
        Operator::Minus => a.checked_sub(b).map(Item::Decimal),
        Operator::Multiply => a.checked_mul(b).map(Item::Decimal),
        Operator::Divide => a.checked_div(b).map(Item::Decimal),
        Operator::Div => number::to_integer(a.checked_div(b)?.trunc()).map(Item::Integer),
        _ => a.checked_rem(b).map(Item::Decimal),
    }
}

fn concatenate<'a>(
    evaluation: &Evaluation<'a, '_>,
    at: Position,
    left: &[Item<'a>],
    right: &[Item<'a>],
) -> Result<Items<'a>> {
    let side = |items: &[Item<'a>]| match evaluation.single_value(at, items, "an operand")? {
        None => Ok(Cow::Borrowed("")),
        Some(Item::String(text)) => Ok(text),
        Some(_) => Err(Fault::execution(at, "`&` joins Strings; toString() makes one")),
    };
    text(evaluation, at, &side(left)?, &side(right)?)
}

fn text<'a>(evaluation: &Evaluation<'a, '_>, at: Position, left: &str, right: &str) -> Result<Items<'a>> {
    evaluation.spend_text(at, left.len() + right.len())?;
    Ok(one(Item::text(format!("{left}{right}"))))
}

fn quantity<'a>(item: &Item<'a>) -> Option<Quantity<'a>> {
    match item {
        Item::Quantity(quantity) => Some((**quantity).clone()),
        Item::Integer(_) | Item::Decimal(_) => to_decimal(item).map(Quantity::unity),
        _ => None,
    }
}

fn quantities<'a>(operation: &Operation, left: &Quantity<'a>, right: &Quantity<'a>) -> Result<Items<'a>> {
    let result = match operation.operator {
        Operator::Plus => left.plus(right, false),
        Operator::Minus => left.plus(right, true),
        Operator::Multiply => left.times(right),
        Operator::Divide => left.per(right),
        _ => {
            let message = format!("`{}` does not go with a Quantity", operation.operator.text());
            return Err(Fault::execution(operation.at, message));
        }
    };
    Ok(single(result.map(|q| Item::Quantity(Box::new(q)))))
}

fn shift<'a>(at: Position, moment: Temporal, length: &Quantity<'a>, back: bool) -> Result<Items<'a>> {
    let Some(unit) = length.unit.duration() else {
        let message = format!(
            "{length} cannot be added to a date or time: the unit is a calendar word such as `day` or `months`, or one of 'wk', 'd', 'h', 'min', 's', 'ms'"
        );
        return Err(Fault::execution(at, message));
    };
    let amount = if back { -length.value } else { length.value };
    Ok(single(moment.plus(amount, unit).map(Item::Temporal)))
}

/// `-x` and `+x`.
pub fn signed<'a>(evaluation: &Evaluation<'a, '_>, at: Position, minus: bool, items: Items<'a>) -> Result<Items<'a>> {
    match evaluation.single_value(at, &items, "what has a sign")? {
        None => Ok(none()),
        Some(Item::Integer(value)) => {
            Ok(single(number::integer(if minus { -value } else { value }).map(Item::Integer)))
        }
        Some(Item::Decimal(value)) => Ok(one(Item::Decimal(if minus { -value } else { value }))),
        Some(Item::Quantity(mut quantity)) => {
            quantity.value = if minus { -quantity.value } else { quantity.value };
            Ok(one(Item::Quantity(quantity)))
        }
        Some(_) => Err(Fault::execution(at, "only an Integer, Decimal or Quantity has a sign")),
    }
}
