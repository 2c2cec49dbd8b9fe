//! From the XML of one event to the JSON it stands for.

use super::extension::{self, Prefixes};
use super::order::{self, Holds};
use super::sensor;
use super::tree::{self, Element, wrong};
use crate::event::{EVENT_TYPES, EventType};
use crate::namespaces::Namespaces;
use std::collections::HashSet;
use theriac_core::json::{Node, Object};
use theriac_core::xml::{Event, Limits, Reader};
use theriac_core::{Error, Result};

/// Reads one event; `scope` is what prefixes stand for around it, and `outer` what the document's JSON declares.
///
/// # Errors
/// What is not XML, or not where the schema wants it, with line and column within `bytes`.
pub fn read<'s>(
    bytes: &'s [u8],
    scope: impl IntoIterator<Item = (&'s str, &'s str)>,
    outer: &Namespaces,
    any_order: bool,
) -> Result<Node<'static>> {
    let mut reader = Reader::within(bytes, scope, Limits::default())?;
    let start = match reader.event()? {
        Event::Start(start) => start,
        _ => return Err(reader.error(0, "an element is needed here: an event")),
    };
    let element = tree::element(&mut reader, start)?;
    while reader.event()? != Event::Eof {}
    Conversion { reader: &reader, any_order }.event(&element, outer)
}

/// As [`read`], of an event that stands alone: its own prefixes are the document's.
///
/// # Errors
/// As [`read`].
pub(super) fn alone(reader: &Reader<'_>, element: &Element<'_>, any_order: bool) -> Result<Node<'static>> {
    Conversion { reader, any_order }.event(element, &Namespaces::default())
}

/// Is this the element of an event, or the `extension` around one?
pub(super) fn is_event(element: &Element<'_>) -> bool {
    EVENT_TYPES.iter().any(|(name, _)| *name == element.name) || element.name == "QuantityEvent"
}

struct Conversion<'r, 'a> {
    reader: &'r Reader<'a>,
    any_order: bool,
}

impl Conversion<'_, '_> {
    fn event(&self, element: &Element<'_>, outer: &Namespaces) -> Result<Node<'static>> {
        let mut prefixes = Prefixes::new(outer);
        element.declared(&mut |prefix, name| prefixes.declare(prefix, name));
        let wrapped = element.name == "extension";
        let element = self.unwrapped(element)?;
        let mut object = Object::default();
        let kind = self.kind(element, &mut prefixes, &mut object)?;
        // The schema of 1.2 does not know this one, and so has no order for it.
        let any_order = self.any_order || (wrapped && kind == EventType::Association);
        Conversion { any_order, ..*self }.elements(element, kind, &mut prefixes, &mut object)?;
        if element.name == "QuantityEvent" {
            quantity_event(&mut object);
        }
        for attribute in element.attributes.iter().filter(|a| !a.prefix.is_empty()) {
            let name = extension::attribute_name(attribute, &mut prefixes);
            extension::add(&mut object, name, Node::string(attribute.value.as_ref()));
        }
        if let Some(context) = prefixes.context() {
            object.set_at(0, "@context", context);
        }
        Ok(Node::Object(object))
    }

    /// 1.2 wraps event types that came later in `extension`.
    fn unwrapped<'e, 'a>(&self, element: &'e Element<'a>) -> Result<&'e Element<'a>> {
        match element {
            Element { name: "extension", children, .. } if element.is_own() => match &children[..] {
                [inner] => self.unwrapped(inner),
                _ => Err(wrong(self.reader, element, "<extension> holds one event here")),
            },
            other => Ok(other),
        }
    }

    fn kind(
        &self,
        element: &Element<'_>,
        prefixes: &mut Prefixes<'_>,
        object: &mut Object<'static>,
    ) -> Result<EventType> {
        let known = EVENT_TYPES.iter().find(|(name, _)| *name == element.name).filter(|_| element.is_own());
        let (name, kind) = match known {
            Some((name, kind)) => ((*name).to_owned(), *kind),
            None if element.is_own() && element.name == "QuantityEvent" => {
                ("ObjectEvent".to_owned(), EventType::Object)
            }
            None if !element.is_own() => {
                (prefixes.name(element.prefix, &element.namespace, element.name), EventType::Extension)
            }
            None => {
                let names: Vec<&str> = EVENT_TYPES.iter().map(|(name, _)| *name).collect();
                let message = format!("type: <{}> is no event type; there are {}", element.name, names.join(", "));
                return Err(wrong(self.reader, element, message));
            }
        };
        object.set("type", Node::string(name));
        Ok(kind)
    }

    fn elements(
        &self,
        event: &Element<'_>,
        kind: EventType,
        prefixes: &mut Prefixes<'_>,
        object: &mut Object<'static>,
    ) -> Result<()> {
        let mut reached = 0;
        let mut before = "";
        for element in &event.children {
            if let Some(place) = self.place(event, element, kind) {
                if place < reached {
                    let message = format!("<{}> stands after <{before}>, but comes before it", element.name);
                    return Err(wrong(self.reader, element, message));
                }
                (reached, before) = (place, element.name);
            }
            self.member(event, element, 0, prefixes, object)?;
        }
        Ok(())
    }

    fn place(&self, event: &Element<'_>, element: &Element<'_>, kind: EventType) -> Option<usize> {
        if self.any_order || kind == EventType::Extension || event.name == "QuantityEvent" {
            return None;
        }
        match element.is_own() {
            true => order::place(kind, element.name),
            false => Some(usize::MAX),
        }
    }

    /// One element of the event; `deep` counts the extensions around it.
    fn member(
        &self,
        event: &Element<'_>,
        element: &Element<'_>,
        deep: usize,
        prefixes: &mut Prefixes<'_>,
        object: &mut Object<'static>,
    ) -> Result<()> {
        if !element.is_own() {
            extension::members(std::slice::from_ref(element), prefixes, object);
            return Ok(());
        }
        if matches!(element.name, "extension" | "baseExtension") {
            return element.children.iter().try_for_each(|inner| self.member(event, inner, deep + 1, prefixes, object));
        }
        let row = order::find(element.name);
        let Some(row) = row else {
            if event.name == "QuantityEvent" && matches!(element.name, "epcClass" | "quantity") {
                object.set(element.name, Node::string(element.text.as_ref()));
                return Ok(());
            }
            if deep > 0 {
                extension::unqualified(element, prefixes, object);
                return Ok(());
            }
            return Err(self.unknown(event, element));
        };
        if row.holds == Holds::Texts {
            extension::add(object, row.name.to_owned(), Node::string(element.text.as_ref()));
            return Ok(());
        }
        if object.get(row.name).is_some() {
            return Err(wrong(self.reader, element, format!("<{}> stands twice in the event", element.name)));
        }
        let value = self.value(row.holds, element, prefixes)?;
        object.set(row.name, value);
        Ok(())
    }

    fn unknown(&self, event: &Element<'_>, element: &Element<'_>) -> Error {
        let message =
            format!("<{}> is no element of <{}>; an element of your own has a namespace", element.name, event.name);
        wrong(self.reader, element, message)
    }

    fn value(&self, holds: Holds, element: &Element<'_>, prefixes: &mut Prefixes<'_>) -> Result<Node<'static>> {
        Ok(match holds {
            Holds::Text | Holds::Texts => self.text(element)?,
            Holds::List(item) => once(self.list(element, item, |this, e| this.text(e))?),
            Holds::Typed(item) => self.list(element, item, |this, e| {
                let mut object = Object::default();
                if let Some(kind) = e.attribute("type") {
                    object.set("type", Node::string(kind.trim()));
                }
                object.set(item, this.text(e)?);
                Ok(Node::Object(object))
            })?,
            Holds::Quantities => self.list(element, "quantityElement", Self::quantity)?,
            Holds::Place => self.open(element, prefixes)?,
            Holds::ErrorDeclaration => self.open(element, prefixes)?,
            Holds::PersistentDisposition => self.persistent(element)?,
            Holds::Sensors => {
                let wanted = |e: &&Element<'_>| e.name == "sensorElement";
                Node::Array(element.children.iter().filter(wanted).map(|e| sensor::element(e, prefixes)).collect())
            }
            Holds::Ilmd => {
                let mut object = Object::default();
                for child in &element.children {
                    match child.name {
                        "extension" if child.is_own() => {
                            child.children.iter().for_each(|e| extension::unqualified(e, prefixes, &mut object));
                        }
                        _ => extension::members(std::slice::from_ref(child), prefixes, &mut object),
                    }
                }
                Node::Object(object)
            }
        })
    }

    fn text(&self, element: &Element<'_>) -> Result<Node<'static>> {
        match element.children.first() {
            None => Ok(Node::string(element.text.as_ref())),
            Some(_) => Err(wrong(self.reader, element, format!("<{}> holds text, no elements", element.name))),
        }
    }

    fn list(
        &self,
        element: &Element<'_>,
        item: &str,
        read: impl Fn(&Self, &Element<'_>) -> Result<Node<'static>>,
    ) -> Result<Node<'static>> {
        if let Some(other) = element.children.iter().find(|e| e.name != item || !e.is_own()) {
            let message = format!("<{}> holds <{item}>, not <{}>", element.name, other.name);
            return Err(wrong(self.reader, other, message));
        }
        if !element.text.is_empty() {
            return Err(wrong(self.reader, element, format!("<{}> holds <{item}>, no text", element.name)));
        }
        Ok(Node::Array(element.children.iter().map(|e| read(self, e)).collect::<Result<_>>()?))
    }

    fn quantity(&self, element: &Element<'_>) -> Result<Node<'static>> {
        let mut object = Object::default();
        for child in &element.children {
            let value = match child.name {
                "quantity" if child.nil && child.text.is_empty() => continue,
                "quantity" => sensor::number(&child.text),
                "epcClass" | "uom" => self.text(child)?,
                other => {
                    let message = format!("<quantityElement> holds epcClass, quantity and uom, not <{other}>");
                    return Err(wrong(self.reader, child, message));
                }
            };
            object.set(child.name, value);
        }
        Ok(Node::Object(object))
    }

    /// Known elements and users' own: a place, an error declaration.
    fn open(&self, element: &Element<'_>, prefixes: &mut Prefixes<'_>) -> Result<Node<'static>> {
        let mut object = Object::default();
        for child in &element.children {
            match child.name {
                _ if !child.is_own() => extension::members(std::slice::from_ref(child), prefixes, &mut object),
                "extension" => child.children.iter().for_each(|e| match e.is_own() {
                    true => extension::unqualified(e, prefixes, &mut object),
                    false => extension::members(std::slice::from_ref(e), prefixes, &mut object),
                }),
                "correctiveEventIDs" => {
                    object.set(child.name, self.list(child, "correctiveEventID", |this, e| this.text(e))?);
                }
                _ => object.set(child.name, self.text(child)?),
            }
        }
        Ok(Node::Object(object))
    }

    fn persistent(&self, element: &Element<'_>) -> Result<Node<'static>> {
        let mut object = Object::default();
        for child in &element.children {
            if !matches!(child.name, "set" | "unset") {
                let message = format!("<persistentDisposition> holds set and unset, not <{}>", child.name);
                return Err(wrong(self.reader, child, message));
            }
            let value = self.text(child)?;
            match object.get_mut(child.name) {
                Some(Node::Array(items)) => items.push(value),
                _ => object.set(child.name, Node::Array(vec![value])),
            }
        }
        Ok(Node::Object(object))
    }
}

/// The schema of XML lets an identifier stand twice in a list, that of JSON does not: a list is a set.
fn once(list: Node<'static>) -> Node<'static> {
    let Node::Array(items) = list else { return list };
    let mut seen = HashSet::new();
    let repeats: Vec<bool> = items.iter().map(|item| !seen.insert(item.as_str())).collect();
    if !repeats.contains(&true) {
        return Node::Array(items);
    }
    Node::Array(items.into_iter().zip(repeats).filter(|(_, repeat)| !repeat).map(|(item, _)| item).collect())
}

/// EPCIS 1.1 and later: a QuantityEvent says what an ObjectEvent with one quantity, observed, says.
fn quantity_event(object: &mut Object<'static>) {
    let mut quantity = Object::default();
    if let Some(class) = object.remove("epcClass") {
        quantity.set("epcClass", class);
    }
    if let Some(text) = object.remove("quantity") {
        quantity.set("quantity", sensor::number(text.as_str().unwrap_or_default()));
    }
    object.set("action", Node::string("OBSERVE"));
    object.set("quantityList", Node::Array(vec![Node::Object(quantity)]));
}
