//! From an item to its children. JSON's two members for a primitive (`birthDate`, `_birthDate`) are one child; the
//! members of a choice are found under its one name.

use crate::item::{Element, Item, Items};
use crate::model::{Member, Model, TypeId};
use theriac_core::json::{Node, Object};

/// Adds the children of that name.
pub fn children<'a>(model: &dyn Model, item: &Item<'a>, name: &str, out: &mut Items<'a>) {
    match item {
        Item::Element(element) => of_element(model, element, name, out),
        Item::Quantity(quantity) if name == "value" => out.push(Item::Decimal(quantity.value)),
        Item::Type(found) if name == "namespace" => out.push(Item::text(found.namespace.clone())),
        Item::Type(found) if name == "name" => out.push(Item::text(found.name.clone())),
        _ => {}
    }
}

fn of_element<'a>(model: &dyn Model, element: &Element<'a>, name: &str, out: &mut Items<'a>) {
    let Some(Node::Object(object)) = element.attributes() else { return };
    let Some(of) = element.of else { return untyped(object, name, out) };
    let Some(found) = model.element(of, name) else { return };
    match found.of {
        Some(of) => {
            let (value, extra) = pair(object, name);
            push(model, value, extra, of, out);
        }
        None => choice(model, object, of, name, out),
    }
}

/// A member and the one with an underscore before the same name.
fn pair<'a>(object: &'a Object<'a>, name: &str) -> (Option<&'a Node<'a>>, Option<&'a Node<'a>>) {
    let (mut value, mut extra) = (None, None);
    for (member, node) in &object.0 {
        if member == name {
            value = Some(node);
        } else if member.len() == name.len() + 1 && member.strip_prefix('_') == Some(name) {
            extra = Some(node);
        }
    }
    (value, extra)
}

fn choice<'a>(model: &dyn Model, object: &'a Object<'a>, of: TypeId, name: &str, out: &mut Items<'a>) {
    let mut seen: Option<&str> = None;
    for (member, _) in &object.0 {
        let json = member.strip_prefix('_').unwrap_or(member);
        let known = json.len() > name.len() && json.starts_with(name) && seen != Some(json);
        let Some(found) = known.then(|| model.member(of, json)).flatten().filter(|m| m.element == name) else {
            continue;
        };
        seen = Some(json);
        let (value, extra) = pair(object, json);
        push(model, value, extra, found.of, out);
    }
}

/// Where the model does not know the type: the member as JSON has it.
fn untyped<'a>(object: &'a Object<'a>, name: &str, out: &mut Items<'a>) {
    let value = object.get(name);
    for node in value.map(Node::items).unwrap_or_default() {
        out.push(Item::Element(Element { value: Some(node), extra: None, of: None }));
    }
}

fn push<'a>(
    model: &dyn Model,
    value: Option<&'a Node<'a>>,
    extra: Option<&'a Node<'a>>,
    of: TypeId,
    out: &mut Items<'a>,
) {
    match (value, extra) {
        (None | Some(Node::Null), None | Some(Node::Null)) => {}
        (Some(Node::Array(values)), extra) => {
            let extras = extra.and_then(Node::as_array).unwrap_or_default();
            for (place, value) in values.iter().enumerate() {
                push_one(model, Some(value), extras.get(place), of, out);
            }
            extras.iter().skip(values.len()).for_each(|extra| push_one(model, None, Some(extra), of, out));
        }
        (None, Some(Node::Array(extras))) => {
            extras.iter().for_each(|extra| push_one(model, None, Some(extra), of, out))
        }
        (value, extra) => push_one(model, value, extra, of, out),
    }
}

fn push_one<'a>(
    model: &dyn Model,
    value: Option<&'a Node<'a>>,
    extra: Option<&'a Node<'a>>,
    of: TypeId,
    out: &mut Items<'a>,
) {
    let value = value.filter(|v| **v != Node::Null);
    let extra = extra.filter(|e| e.as_object().is_some());
    if value.is_some() || extra.is_some() {
        out.push(Item::Element(Element { value, extra, of: Some(real_type(model, value, of)) }));
    }
}

/// A contained resource says its type itself.
pub fn real_type(model: &dyn Model, value: Option<&Node<'_>>, of: TypeId) -> TypeId {
    if !model.is_open(of) {
        return of;
    }
    value.and_then(|v| v.text("resourceType")).and_then(|name| model.find(name)).unwrap_or(of)
}

/// Adds all children, in the document's order.
pub fn all_children<'a>(model: &dyn Model, item: &Item<'a>, out: &mut Items<'a>) {
    let Item::Element(element) = item else { return };
    let Some(Node::Object(object)) = element.attributes() else { return };
    for (place, (member, node)) in object.0.iter().enumerate() {
        let json = member.strip_prefix('_').unwrap_or(member);
        if json == "resourceType" {
            continue;
        }
        let Some(of) = element.of else {
            out.extend(node.items().iter().map(|n| Item::Element(Element::of_node(n, None))));
            continue;
        };
        let first = object.0[..place].iter().all(|(before, _)| before.strip_prefix('_').unwrap_or(before) != json);
        let Some(Member { of, .. }) = first.then(|| model.member(of, json)).flatten() else { continue };
        let (value, extra) = pair(object, json);
        push(model, value, extra, of, out);
    }
}
