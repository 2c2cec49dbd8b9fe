//! The clock, tracing, types. <http://hl7.org/fhirpath/N1/#utility-functions>

use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::item::{Item, Items, none, one, perhaps};
use crate::syntax::Argument;
use crate::types;

pub fn now<'a>(call: &Invocation<'a, '_>, _: Items<'a>) -> Result<Items<'a>> {
    Ok(one(Item::Temporal(call.evaluation.now())))
}

pub fn today<'a>(call: &Invocation<'a, '_>, _: Items<'a>) -> Result<Items<'a>> {
    Ok(one(Item::Temporal(call.evaluation.now().date())))
}

pub fn time_of_day<'a>(call: &Invocation<'a, '_>, _: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(call.evaluation.now().time().map(Item::Temporal)))
}

pub fn trace<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let name = call.argument_text(0)?.unwrap_or_default();
    let mut shown = none();
    if call.has(1) {
        for (index, item) in items.iter().enumerate() {
            shown.extend(call.on_item(1, item, index)?);
        }
    }
    call.evaluation.environment.host.trace(&name, if call.has(1) { &shown } else { &items });
    Ok(items)
}

pub fn type_of<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let name = |item: &Item<'a>| Item::Type(Box::new(types::name_of(call.model(), item)));
    Ok(items.iter().map(name).collect())
}

pub fn is<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    match call.call.arguments.first() {
        Some(Argument::Type(at, wanted)) => types::test(call.evaluation, *at, &items, wanted),
        _ => Err(call.fault("the argument is the name of a type")),
    }
}

pub fn narrow<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    match call.call.arguments.first() {
        Some(Argument::Type(at, wanted)) => types::narrow(call.evaluation, *at, items, wanted),
        _ => Err(call.fault("the argument is the name of a type")),
    }
}
