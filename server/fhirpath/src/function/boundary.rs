//! How precise a value is, what it may mean at least and at most, and whether two quantities compare.
//! <https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time>

use crate::convert::to_decimal;
use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::item::{Item, Items, none, perhaps, truth};
use crate::number;
use crate::quantity::Quantity;

/// Places of a number's boundary if none are asked for.
const USUAL_PLACES: i64 = 8;

pub fn precision<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(match call.input_value(&items)? {
        None => none(),
        Some(Item::Temporal(value)) => perhaps(Some(Item::Integer(value.digits_known()))),
        Some(Item::Decimal(value)) => perhaps(Some(Item::Integer(i64::from(value.scale())))),
        Some(Item::Integer(_)) => perhaps(Some(Item::Integer(0))),
        Some(_) => return Err(call.fault("the input is a number, a date or a time")),
    })
}

fn bound<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>], high: bool) -> Result<Items<'a>> {
    let wanted = call.argument_integer(0)?;
    let places = wanted.unwrap_or(USUAL_PLACES);
    let found = match call.input_value(items)? {
        None => None,
        Some(Item::Temporal(value)) => {
            let bound = if high { value.high(wanted) } else { value.low(wanted) };
            bound.map(Item::Temporal)
        }
        Some(item @ (Item::Decimal(_) | Item::Integer(_))) => {
            to_decimal(&item).and_then(|value| number::boundary(value, places, high)).map(Item::Decimal)
        }
        Some(Item::Quantity(q)) => number::boundary(q.value, places, high)
            .map(|value| Item::Quantity(Box::new(Quantity { value, unit: q.unit }))),
        Some(_) => return Err(call.fault("the input is a number, a quantity, a date or a time")),
    };
    Ok(perhaps(found))
}

pub fn low<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    bound(call, &items, false)
}

pub fn high<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    bound(call, &items, true)
}

pub fn comparable<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    match (call.input_value(&items)?, call.argument_value(0)?) {
        (None, _) | (_, None) => Ok(none()),
        (Some(Item::Quantity(left)), Some(Item::Quantity(right))) => Ok(truth(left.is_comparable(&right))),
        _ => Err(call.fault("the input and the argument are quantities")),
    }
}
