//! Mathematics. What has no real or representable result is empty. <http://hl7.org/fhirpath/N1/#math>

use crate::convert::to_decimal;
use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::item::{Item, Items, none, perhaps};
use crate::number;
use crate::quantity::Quantity;
use rust_decimal::Decimal;

/// The input as a number.
fn input<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Result<Option<Decimal>> {
    match call.input_value(items)? {
        None => Ok(None),
        Some(item @ (Item::Integer(_) | Item::Decimal(_))) => Ok(to_decimal(&item)),
        Some(_) => Err(call.fault("the input is an Integer or a Decimal")),
    }
}

fn argument(call: &Invocation<'_, '_>) -> Result<Option<Decimal>> {
    match call.argument_value(0)? {
        None => Ok(None),
        Some(item @ (Item::Integer(_) | Item::Decimal(_))) => Ok(to_decimal(&item)),
        Some(_) => Err(call.fault("the argument is an Integer or a Decimal")),
    }
}

fn decimal<'a>(value: Option<Decimal>) -> Items<'a> {
    perhaps(value.map(Item::Decimal))
}

fn integer<'a>(value: Option<Decimal>) -> Items<'a> {
    perhaps(value.and_then(number::to_integer).map(Item::Integer))
}

pub fn abs<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(match call.input_value(&items)? {
        None => none(),
        Some(Item::Integer(value)) => perhaps(number::integer(value.abs()).map(Item::Integer)),
        Some(Item::Decimal(value)) => decimal(Some(value.abs())),
        Some(Item::Quantity(q)) => {
            let Quantity { value, unit } = *q;
            perhaps(Some(Item::Quantity(Box::new(Quantity { value: value.abs(), unit }))))
        }
        Some(_) => return Err(call.fault("the input is an Integer, a Decimal or a Quantity")),
    })
}

pub fn ceiling<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(integer(input(call, &items)?.map(|value| value.ceil())))
}

pub fn floor<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(integer(input(call, &items)?.map(|value| value.floor())))
}

pub fn truncate<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(integer(input(call, &items)?.map(|value| value.trunc())))
}

pub fn round<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let places = call.argument_integer(0)?;
    if call.has(0) && places.is_none() {
        return Ok(none());
    }
    match u32::try_from(places.unwrap_or(0)) {
        Ok(places) => Ok(decimal(input(call, &items)?.map(|value| number::round(value, places.min(28))))),
        Err(_) => Err(call.fault("the precision is not below zero")),
    }
}

pub fn exp<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(decimal(input(call, &items)?.and_then(number::exp)))
}

pub fn ln<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(decimal(input(call, &items)?.and_then(number::ln)))
}

pub fn sqrt<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(decimal(input(call, &items)?.and_then(number::sqrt)))
}

pub fn log<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let both = input(call, &items)?.zip(argument(call)?);
    Ok(decimal(both.and_then(|(value, base)| number::log(value, base))))
}

/// Of two Integers it is an Integer, if it is whole.
pub fn power<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let integers = matches!(call.input_value(&items)?, Some(Item::Integer(_)))
        && matches!(call.argument_value(0)?, Some(Item::Integer(0..)));
    let both = input(call, &items)?.zip(argument(call)?);
    let result = both.and_then(|(value, exponent)| number::power(value, exponent));
    Ok(if integers { integer(result) } else { decimal(result) })
}
