//! A tree to XML text. The order of members is the tree's.

use super::Root;
use crate::b2mml::NAMESPACE;
use theriac_core::json::Node;

pub(super) fn write(root: &Root) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let namespaces = format!(" xmlns=\"{NAMESPACE}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
    element(&root.name, &root.tree, &namespaces, 0, &mut out);
    out
}

fn element(name: &str, node: &Node<'_>, namespaces: &str, depth: usize, out: &mut String) {
    if let Node::Array(items) = node {
        return items.iter().for_each(|item| element(name, item, namespaces, depth, out));
    }
    let indent = "  ".repeat(depth);
    out.push_str(&format!("{indent}<{name}{namespaces}"));
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
    members.for_each(|(n, member)| element(n, member, "", depth + 1, out));
    out.push_str(&format!("{indent}</{name}>\n"));
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
