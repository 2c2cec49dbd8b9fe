//! A tree to XML text. The order of members is the tree's.

use super::Root;
use crate::b2mml::{Kind, NAMESPACE, document, kind};
use theriac_core::json::Node;

/// An element on its way out.
struct Place<'k> {
    name: &'k str,
    /// Its type, as far as it is known from the documents above it.
    kind: Option<&'static Kind>,
    /// What its start says of namespaces.
    namespaces: String,
    bare: bool,
    depth: usize,
}

pub(super) fn write(root: &Root) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let namespaces = format!(" xmlns=\"{NAMESPACE}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
    let place = Place { name: &root.name, kind: of_document(&root.name), namespaces, bare: false, depth: 0 };
    element(&place, &root.tree, &mut out);
    out
}

fn of_document(name: &str) -> Option<&'static Kind> {
    document(name).and_then(|document| kind(document.kind))
}

fn element(place: &Place<'_>, node: &Node<'_>, out: &mut String) {
    if let Node::Array(items) = node {
        return items.iter().for_each(|item| element(place, item, out));
    }
    let (indent, name) = ("  ".repeat(place.depth), place.name);
    out.push_str(&format!("{indent}<{name}{}", place.namespaces));
    let Node::Object(object) = node else {
        return match node {
            Node::Null => out.push_str(" xsi:nil=\"true\"/>\n"),
            value => text(name, value, out),
        };
    };
    for (attribute, value) in object.iter().filter_map(|(n, v)| Some((n.strip_prefix('@')?, v.as_str()?))) {
        out.push_str(&format!(" {attribute}=\"{}\"", escaped(value, true)));
    }
    if let Some(value) = object.get("$") {
        return text(name, value, out);
    }
    let mut members = object.iter().filter(|(n, _)| !n.starts_with('@')).peekable();
    if members.peek().is_none() {
        return out.push_str("/>\n");
    }
    out.push_str(">\n");
    members.for_each(|(n, node)| element(&inner(place, n), node, out));
    out.push_str(&format!("{indent}</{name}>\n"));
}

/// A member of that name.
fn inner<'n>(place: &Place<'_>, name: &'n str) -> Place<'n> {
    let member = place.kind.and_then(|kind| kind.element(name));
    // The areas of a message have no type of their own; the nouns in them do.
    let kind = match place.kind {
        Some(_) => member.map(|member| member.kind()),
        None => of_document(name),
    };
    let bare = member.is_some_and(|member| member.bare);
    let namespaces = match (place.bare, bare) {
        (false, true) => " xmlns=\"\"".to_owned(),
        (true, false) => format!(" xmlns=\"{NAMESPACE}\""),
        _ => String::new(),
    };
    Place { name, kind, namespaces, bare, depth: place.depth + 1 }
}

/// The value of an element whose start is open.
fn text(name: &str, value: &Node<'_>, out: &mut String) {
    let value = match value {
        Node::String(text) => escaped(text, false),
        other => other.to_string(),
    };
    match value.is_empty() {
        true => out.push_str("/>\n"),
        false => out.push_str(&format!(">{value}</{name}>\n")),
    }
}

/// Line ends and tabulators of an attribute, and returns of a text, would be read as others.
fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
    out
}
