//! What FHIR adds. <http://hl7.org/fhir/R4/fhirpath.html#functions>

use crate::convert;
use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::host::{Resolved, refused};
use crate::item::{Element, Item, Items, none, perhaps, truth};
use crate::navigate;
use std::borrow::Cow;
use theriac_core::json::Node;

pub fn extension<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some(url) = call.argument_text(0)? else { return Ok(none()) };
    let mut found = none();
    for item in &items {
        let mut all = none();
        navigate::children(call.model(), item, "extension", &mut all);
        call.spend(all.len())?;
        found.extend(all.into_iter().filter(|e| e.node().and_then(|n| n.text("url")) == Some(&url)));
    }
    Ok(found)
}

pub fn has_extension<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(truth(!extension(call, items)?.is_empty()))
}

/// The value of the only item, if it is a primitive with one.
fn primitive<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Option<Item<'a>> {
    match items {
        [Item::Element(element)] if element.value.is_some_and(|v| v.as_object().is_none()) => {
            convert::of_element(call.model(), element)
        }
        [Item::Element(_) | Item::Type(_) | Item::Quantity(_)] => None,
        [value] => Some(value.clone()),
        _ => None,
    }
}

pub fn has_value<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(truth(primitive(call, &items).is_some()))
}

pub fn get_value<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(primitive(call, &items)))
}

/// The text of a reference: of a Reference, a canonical, a uri or a String.
fn reference<'a>(call: &Invocation<'a, '_>, item: &Item<'a>) -> Option<Cow<'a, str>> {
    match convert::value(call.model(), item) {
        Item::String(text) => Some(text),
        Item::Element(element) => element.value?.text("reference").map(Cow::Borrowed),
        _ => None,
    }
}

/// What cannot be found is left out, unless `Reference.type` at least says its type.
pub fn resolve<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut found = none();
    for item in &items {
        call.spend(1)?;
        let target = match reference(call, item) {
            None => None,
            Some(reference) => match reference.strip_prefix('#') {
                Some(id) => contained(call, id),
                None => outside(call, &reference)?,
            },
        };
        let said = || item.node().and_then(|n| n.text("type")).and_then(|name| of_type_name(call, name));
        found.extend(target.or_else(said));
    }
    Ok(found)
}

fn contained<'a>(call: &Invocation<'a, '_>, id: &str) -> Option<Item<'a>> {
    let environment = call.evaluation.environment;
    let root = environment.root.as_ref().or(environment.resource.as_ref())?;
    if id.is_empty() {
        return Some(root.clone());
    }
    let mut all = none();
    navigate::children(call.model(), root, "contained", &mut all);
    all.into_iter().find(|item| item.node().and_then(|n| n.text("id")) == Some(id))
}

fn outside<'a>(call: &Invocation<'a, '_>, reference: &str) -> Result<Option<Item<'a>>> {
    let resolved = call.evaluation.environment.host.resolve(reference).map_err(refused(call.at))?;
    Ok(match resolved {
        Resolved::Element(element) => Some(Item::Element(element)),
        Resolved::OfType(name) => of_type_name(call, &name),
        Resolved::Nothing => None,
    })
}

/// Something of which only the type is known.
fn of_type_name<'a>(call: &Invocation<'a, '_>, name: &str) -> Option<Item<'a>> {
    let of = call.model().find(name)?;
    Some(Item::Element(Element { value: None, extra: None, of: Some(of) }))
}

pub fn member_of<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let (Some(item), Some(set)) = (call.input(&items)?, call.argument_text(0)?) else { return Ok(none()) };
    let found = call.evaluation.environment.host.member_of(item, &set).map_err(refused(call.at))?;
    Ok(perhaps(found.map(Item::Boolean)))
}

fn subsumption<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>], down: bool) -> Result<Items<'a>> {
    let argument = call.argument(0)?;
    let other = call.evaluation.single(call.at, &argument, "the code")?;
    let (Some(item), Some(other)) = (call.input(items)?, other) else { return Ok(none()) };
    let (left, right) = if down { (item, other) } else { (other, item) };
    let found = call.evaluation.environment.host.subsumes(left, right).map_err(refused(call.at))?;
    Ok(perhaps(found.map(Item::Boolean)))
}

pub fn subsumes<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    subsumption(call, &items, true)
}

pub fn subsumed_by<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    subsumption(call, &items, false)
}

pub fn conforms_to<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let (Some(item), Some(profile)) = (call.input(&items)?, call.argument_text(0)?) else { return Ok(none()) };
    call.evaluation.environment.host.conforms_to(item, &profile).map(truth).map_err(refused(call.at))
}

pub fn element_definition<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut found = none();
    for item in &items {
        let definition = call.evaluation.environment.host.element_definition(item).map_err(refused(call.at))?;
        found.extend(definition.map(Item::Element));
    }
    Ok(found)
}

pub fn slice<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let (Some(structure), Some(name)) = (call.argument_text(0)?, call.argument_text(1)?) else { return Ok(none()) };
    let mut kept = none();
    for item in items {
        if call.evaluation.environment.host.in_slice(&item, &structure, &name).map_err(refused(call.at))? {
            kept.push(item);
        }
    }
    Ok(kept)
}

/// The input, if no element has a modifier extension but those named; else a fault.
pub fn check_modifiers<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let mut allowed = Vec::new();
    for place in 0..call.call.arguments.len() {
        let named = call.argument_text(place)?.unwrap_or_default();
        allowed.extend(named.split(',').map(|url| url.trim().to_owned()));
    }
    for item in &items {
        let modifiers = item.node().and_then(|n| n.get("modifierExtension")).map(Node::items).unwrap_or_default();
        call.spend(modifiers.len())?;
        if modifiers.iter().any(|m| !m.text("url").is_some_and(|url| allowed.iter().any(|a| a == url))) {
            return Err(call.fault("an element has a modifier extension that was not named"));
        }
    }
    Ok(items)
}
