//! Elements of users' own namespaces, as the members of the JSON binding they stand for.
//!
//! `<ex:a>1</ex:a>` is `"ex:a":"1"`; an element with elements in it is an object; one that stands several times
//! is an array. An attribute with a prefix is a member like an element's (so the event hash has it); without one,
//! or beside text, its name begins with `@`, and the text is `#text`.

use super::tree::{Attribute, Element};
use super::{VENDOR, is_frame};
use crate::namespaces::Namespaces;
use theriac_core::json::{Node, Object};

/// The prefixes of one event: those of the document around it, and what it declares itself.
pub(super) struct Prefixes<'n> {
    outer: &'n Namespaces,
    own: Vec<(String, String)>,
}

impl<'n> Prefixes<'n> {
    pub fn new(outer: &'n Namespaces) -> Self {
        Self { outer, own: Vec::new() }
    }

    /// The member's name: `prefix:local`, with a prefix that stands for this namespace throughout the event.
    pub fn name(&mut self, prefix: &str, namespace: &str, local: &str) -> String {
        if namespace.is_empty() {
            return local.to_owned();
        }
        format!("{}:{local}", self.prefix(prefix, namespace))
    }

    fn prefix(&mut self, wanted: &str, namespace: &str) -> String {
        if self.get(wanted) == Some(namespace) {
            return wanted.to_owned();
        }
        if let Some((prefix, _)) = self.own.iter().find(|(_, known)| known == namespace) {
            return prefix.clone();
        }
        let free = |prefix: &str| !prefix.is_empty() && self.get(prefix).is_none();
        let numbered = (1..).map(|n| format!("ns{n}"));
        let prefix = std::iter::once(wanted.to_owned()).chain(numbered).find(|prefix| free(prefix)).unwrap_or_default();
        self.own.push((prefix.clone(), namespace.to_owned()));
        prefix
    }

    fn own(&self, prefix: &str) -> Option<&str> {
        self.own.iter().find(|(known, _)| known == prefix).map(|(_, namespace)| namespace.as_str())
    }

    fn get(&self, prefix: &str) -> Option<&str> {
        self.own(prefix).or_else(|| self.outer.get(prefix))
    }

    /// Values may be prefixed names too: what the event declares is kept; of one prefix the outermost binding.
    pub fn declare(&mut self, prefix: &str, namespace: &str) {
        let named = !matches!(prefix, "" | "epcis") && !is_frame(namespace);
        if named && self.own(prefix).is_none() && self.outer.get(prefix) != Some(namespace) {
            self.own.push((prefix.to_owned(), namespace.to_owned()));
        }
    }

    /// What the event has to declare.
    pub fn context(self) -> Option<Node<'static>> {
        let members = self.own.into_iter().map(|(prefix, name)| (prefix.into(), Node::string(name))).collect();
        let object = Object(members);
        (!object.0.is_empty()).then_some(Node::Object(object))
    }
}

/// The value of an element.
pub(super) fn value(element: &Element<'_>, prefixes: &mut Prefixes<'_>) -> Node<'static> {
    if element.children.is_empty() && element.attributes.is_empty() {
        return Node::string(element.text.as_ref());
    }
    let mut object = Object::default();
    for attribute in &element.attributes {
        let marked = attribute.prefix.is_empty() || !element.text.is_empty();
        let name = attribute_name(attribute, prefixes);
        let name = if marked { format!("@{name}") } else { name };
        object.0.push((name.into(), Node::string(attribute.value.as_ref())));
    }
    if !element.text.is_empty() {
        object.0.push(("#text".into(), Node::string(element.text.as_ref())));
    }
    members(&element.children, prefixes, &mut object);
    Node::Object(object)
}

/// Adds elements as members; those of one name become one array.
pub(super) fn members(elements: &[Element<'_>], prefixes: &mut Prefixes<'_>, object: &mut Object<'static>) {
    for element in elements {
        let name = prefixes.name(element.prefix, &element.namespace, element.name);
        let value = value(element, prefixes);
        add(object, name, value);
    }
}

pub(super) fn add(object: &mut Object<'static>, name: String, value: Node<'static>) {
    match object.get_mut(&name) {
        None => object.0.push((name.into(), value)),
        Some(Node::Array(items)) => items.push(value),
        Some(slot) => {
            let first = std::mem::replace(slot, Node::Null);
            *slot = Node::Array(vec![first, value]);
        }
    }
}

pub(super) fn attribute_name(attribute: &Attribute<'_>, prefixes: &mut Prefixes<'_>) -> String {
    prefixes.name(attribute.prefix, &attribute.namespace, attribute.name)
}

/// What 1.2 lets a vendor write without a namespace, inside `extension`: it takes a namespace that is ours.
pub(super) fn unqualified(element: &Element<'_>, prefixes: &mut Prefixes<'_>, object: &mut Object<'static>) {
    let name = prefixes.name("vendor", VENDOR, element.name);
    let value = value(element, prefixes);
    add(object, name, value);
}
