//! `iif`, `toX()` and `convertsToX()`. <http://hl7.org/fhirpath/N1/#conversion>

use crate::convert;
use crate::evaluate::{Focus, Invocation};
use crate::fault::Result;
use crate::item::{Item, Items, none, perhaps, truth};
use crate::quantity::Quantity;
use crate::system::System;

pub fn iif<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let this = call.input(&items)?.cloned();
    let focus = Focus { this, ..call.focus.clone() };
    let branch =
        |place| call.argument_expr(place).map_or_else(|| Ok(none()), |expr| call.evaluation.expr(expr, &focus));
    match call.evaluation.truth(call.at, &branch(0)?)? {
        Some(true) => branch(1),
        _ => branch(2),
    }
}

fn to<'a>(system: System, call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Result<Items<'a>> {
    Ok(perhaps(call.input_value(items)?.and_then(|item| convert::to(system, item))))
}

fn converts<'a>(system: System, call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Result<Items<'a>> {
    let input = call.input_value(items)?;
    Ok(input.map_or_else(none, |item| truth(convert::to(system, item).is_some())))
}

macro_rules! conversions {
    ($($to:ident $converts:ident $system:ident;)*) => {$(
        pub fn $to<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
            to(System::$system, call, &items)
        }

        pub fn $converts<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
            converts(System::$system, call, &items)
        }
    )*};
}

conversions! {
    to_boolean converts_to_boolean Boolean;
    to_integer converts_to_integer Integer;
    to_decimal converts_to_decimal Decimal;
    to_date converts_to_date Date;
    to_date_time converts_to_date_time DateTime;
    to_time converts_to_time Time;
    to_string converts_to_string String;
}

fn quantity<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Result<Option<Item<'a>>> {
    let found = call.input_value(items)?.and_then(|item| convert::to(System::Quantity, item));
    let Some(unit) = call.argument_text(0)? else { return Ok(found.filter(|_| !call.has(0))) };
    let unit = Quantity::unit_of_literal(&unit);
    Ok(match found {
        Some(Item::Quantity(q)) => q.value_in(&unit).map(|value| Item::Quantity(Box::new(Quantity { value, unit }))),
        _ => None,
    })
}

pub fn to_quantity<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(quantity(call, &items)?))
}

pub fn converts_to_quantity<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let found = quantity(call, &items)?.is_some();
    Ok(if items.is_empty() { none() } else { truth(found) })
}
