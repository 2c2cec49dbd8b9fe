//! The values of a parameter whose expression needs the whole of FHIRPath.
//!
//! References are not followed: their type shows in the address or in `Reference.type`, which is what
//! `where(resolve() is Patient)` asks. What cannot be evaluated on a resource leaves no value, as a value of a wrong
//! shape does.

use super::super::kind::reference;
use super::Visit;
use crate::path::{environment, model};
use std::borrow::Cow;
use theriac_core::clock::Instant;
use theriac_core::json::{Node, Object};
use theriac_fhirpath::{Environment, Expression, Host, Item, Limits, Quantity, Resolved, Unit};
use theriac_units::SYSTEM;

/// A write may wait for this many steps of one parameter.
const LIMITS: Limits = Limits { steps: 200_000, text: 1 << 16 };

pub fn each(expression: &Expression, resource: &Node<'_>, visit: &mut Visit<'_>) {
    let world = Environment { limits: LIMITS, as_takes_many: true, ..environment(resource, &Addresses) };
    match expression.evaluate(&world, Item::resource(model(), resource)) {
        Ok(items) => items.iter().for_each(|item| one(item, visit)),
        // The message may hold values of the resource.
        Err(fault) => {
            tracing::warn!(expression = expression.text(), kind = ?fault.kind, "a search parameter was not evaluated")
        }
    }
}

fn one(item: &Item<'_>, visit: &mut Visit<'_>) {
    let name = item.type_name(model()).name;
    match item {
        // R4's own definitions name an extension where they mean its value.
        Item::Element(_) if name == "Extension" => {
            item.children(model(), "value").iter().for_each(|value| one(value, visit));
        }
        Item::Element(element) => element.value.into_iter().for_each(|node| match node.get("resourceType") {
            // What is never in a choice needs no name of its type.
            None if name != "BackboneElement" => visit(node, &capital(&name)),
            _ => visit(node, ""),
        }),
        value => node(value).into_iter().for_each(|node| visit(&node, &name)),
    }
}

/// `string` as the end of `valueString`.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// A computed value as a document would have it.
fn node(value: &Item<'_>) -> Option<Node<'static>> {
    Some(match value {
        Item::Boolean(value) => Node::Bool(*value),
        Item::Integer(value) => Node::Number(Cow::Owned(value.to_string())),
        Item::Decimal(value) => Node::Number(Cow::Owned(value.to_string())),
        Item::String(text) => Node::string(text.as_ref()),
        Item::Temporal(value) => Node::string(value.to_string()),
        Item::Quantity(quantity) => self::quantity(quantity),
        Item::Element(_) | Item::Type(_) => return None,
    })
}

fn quantity(quantity: &Quantity<'_>) -> Node<'static> {
    let code = match &quantity.unit {
        Unit::Calendar(duration) => duration.ucum(),
        Unit::Code(code) => code.as_ref(),
    };
    let mut object = Object::default();
    object.set("value", Node::Number(Cow::Owned(quantity.value.to_string())));
    object.set("system", Node::string(SYSTEM));
    object.set("code", Node::string(code));
    Node::Object(object)
}

/// References by their addresses alone.
struct Addresses;

impl Host<'_> for Addresses {
    /// Declared parameters may not ask for the time: an index is not made again when it passes.
    fn now(&self) -> Instant {
        Instant::default()
    }

    fn resolve(&self, address: &str) -> Result<Resolved<'static>, String> {
        let found = reference::local_part(address);
        Ok(found.map_or(Resolved::Nothing, |(name, _)| Resolved::OfType(name.to_owned())))
    }
}
