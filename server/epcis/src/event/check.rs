//! The checks an event must pass, member by member. Faults are gathered, each with its JSON path.
//! EPCIS 2.0 JSON Schema, and the semantics it cannot say.

use super::members;
use super::{EVENT_TYPES, EventType, require, sensor};
use crate::identifier::Identifier;
use crate::namespaces::{Namespaces, is_absolute, is_uri};
use crate::vocabulary::{
    ACTIONS, BIZ_TRANSACTION_TYPE, DISPOSITION, ERROR_REASON, SOURCE_DESTINATION_TYPE, Vocabulary,
};
use std::collections::HashSet;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Error, Instant, Issue, Result};

/// What a member holds.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Text,
    Number,
    Boolean,
    Object,
    Context,
    Version,
    Time,
    Offset,
    Action,
    Uri,
    UriOrList,
    UriSet,
    HexBinary,
    Word(&'static Vocabulary),
    Quantities,
    PersistentDisposition,
    Place,
    BizTransactions,
    Sources,
    Destinations,
    Sensors,
    ErrorDeclaration,
    /// An object of namespaced members only.
    Extensions,
}

/// Name, shape, required: the members of an object inside an event.
pub type Inner = &'static [(&'static str, Shape, bool)];

const QUANTITY: Inner =
    &[("epcClass", Shape::Uri, true), ("quantity", Shape::Number, false), ("uom", Shape::Text, false)];
const PLACE: Inner = &[("id", Shape::Uri, true)];
const BIZ_TRANSACTION: Inner =
    &[("type", Shape::Word(&BIZ_TRANSACTION_TYPE), false), ("bizTransaction", Shape::Uri, true)];
const SOURCE: Inner = &[("type", Shape::Word(&SOURCE_DESTINATION_TYPE), true), ("source", Shape::Uri, true)];
const DESTINATION: Inner = &[("type", Shape::Word(&SOURCE_DESTINATION_TYPE), true), ("destination", Shape::Uri, true)];
const ERROR_DECLARATION: Inner = &[
    ("declarationTime", Shape::Time, true),
    ("reason", Shape::Word(&ERROR_REASON), false),
    ("correctiveEventIDs", Shape::UriSet, false),
];

/// Checks a whole event.
///
/// # Errors
/// All its faults.
pub fn event(object: &Object<'_>, path: &str, spaces: &Namespaces) -> Result<EventType> {
    let mut checker = Checker::new(spaces.clone());
    let Some(kind) = event_type(object, path, &mut checker) else {
        return Err(checker.into_error());
    };
    for (name, node) in object.iter() {
        match members::find(name) {
            Some(member) if member.of.contains(&kind) => checker.shape(member.shape, node, &child(path, name)),
            Some(_) => checker.fault(&child(path, name), format!("{} has no `{name}`", type_of(object))),
            None => checker.extension(name, node, path, type_of(object), &mut members::of(kind)),
        }
    }
    require::event(object, kind, path, &mut checker);
    checker.finish().map(|()| kind)
}

fn type_of<'o>(object: &'o Object<'_>) -> &'o str {
    object.text("type").unwrap_or("an event")
}

fn event_type(object: &Object<'_>, path: &str, checker: &mut Checker) -> Option<EventType> {
    let known = || EVENT_TYPES.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(", ");
    let path = child(path, "type");
    match object.get("type") {
        Some(Node::String(name)) => {
            let row = EVENT_TYPES.iter().find(|(n, _)| n == name).map(|(_, kind)| *kind);
            let own = || (checker.spaces.split(name).is_some()).then_some(EventType::Extension);
            let kind = row.or_else(own);
            if kind.is_none() {
                checker.fault(&path, format!("`{name}` is no event type; use {}, or a namespaced type", known()));
            }
            kind
        }
        Some(other) => {
            checker.issue(Code::Malformed, &path, format!("a string is needed, not {}", other.kind()));
            None
        }
        None => {
            checker.fault(&path, format!("`type` is needed: {}", known()));
            None
        }
    }
}

/// The JSON path of a member.
pub fn child(path: &str, name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain { format!("{path}.{name}") } else { format!("{path}['{name}']") }
}

/// Gathers faults; knows the prefixes in scope.
pub struct Checker {
    pub spaces: Namespaces,
    issues: Vec<Issue>,
}

impl Checker {
    pub fn new(spaces: Namespaces) -> Self {
        Self { spaces, issues: Vec::new() }
    }

    pub fn fault(&mut self, path: &str, message: impl Into<String>) {
        self.issue(Code::Invalid, path, message);
    }

    pub fn issue(&mut self, code: Code, path: &str, message: impl Into<String>) {
        self.issues.push(Issue::new(code, path, message));
    }

    /// # Errors
    /// The faults gathered, if any.
    pub fn finish(self) -> Result<()> {
        if self.issues.is_empty() { Ok(()) } else { Err(self.into_error()) }
    }

    fn into_error(self) -> Error {
        Error::from_issues(self.issues)
    }

    /// Checks one value.
    pub fn shape(&mut self, shape: Shape, node: &Node<'_>, path: &str) {
        match shape {
            Shape::Object | Shape::Context if !matches!(node, Node::Object(_)) => self.container(shape, node, path),
            Shape::Object | Shape::Context => {}
            Shape::Number => self.kind(matches!(node, Node::Number(_)), "a number", node, path),
            Shape::Boolean => self.kind(matches!(node, Node::Bool(_)), "a boolean", node, path),
            Shape::UriOrList => node.items().iter().for_each(|n| self.shape(Shape::Uri, n, path)),
            Shape::UriSet => self.uri_set(node, path),
            Shape::Quantities => self.list(node, path, |c, n, p| c.quantity(n, p)),
            Shape::BizTransactions => self.list(node, path, |c, n, p| c.closed(n, p, BIZ_TRANSACTION)),
            Shape::Sources => self.list(node, path, |c, n, p| c.closed(n, p, SOURCE)),
            Shape::Destinations => self.list(node, path, |c, n, p| c.closed(n, p, DESTINATION)),
            Shape::Sensors => self.list(node, path, sensor::element),
            Shape::Place => self.open(node, path, PLACE),
            Shape::ErrorDeclaration => self.open(node, path, ERROR_DECLARATION),
            Shape::Extensions => self.open(node, path, &[]),
            Shape::PersistentDisposition => self.persistent(node, path),
            _ => match node.as_str() {
                Some(text) => self.text(shape, text, path),
                None => self.kind(false, "a string", node, path),
            },
        }
    }

    fn kind(&mut self, fits: bool, wanted: &str, node: &Node<'_>, path: &str) {
        if !fits {
            self.fault(path, format!("{wanted} is needed, not {}", node.kind()));
        }
    }

    fn container(&mut self, shape: Shape, node: &Node<'_>, path: &str) {
        let fits = match (shape, node) {
            (Shape::Context, Node::String(_)) => true,
            (Shape::Context, Node::Array(items)) => {
                items.iter().all(|i| matches!(i, Node::String(_) | Node::Object(_)))
            }
            _ => false,
        };
        let wanted =
            if matches!(shape, Shape::Context) { "an address, an object, or a list of them" } else { "an object" };
        self.kind(fits, wanted, node, path);
    }

    fn text(&mut self, shape: Shape, text: &str, path: &str) {
        let why = match shape {
            Shape::Time => time_fault(text),
            Shape::Offset => {
                (!is_offset(text)).then(|| format!("`{text}` is no offset such as +01:00 (-14:00 to +14:00)"))
            }
            Shape::Version => (!is_version(text)).then(|| format!("`{text}` is no version such as 2.0")),
            Shape::Action => {
                (!ACTIONS.contains(&text)).then(|| format!("`{text}` is no action: use {}", ACTIONS.join(", ")))
            }
            Shape::Uri => uri_fault(text),
            Shape::HexBinary => (text.is_empty() || !text.bytes().all(|b| b.is_ascii_hexdigit()))
                .then(|| format!("`{text}` is not hexadecimal")),
            Shape::Word(words) => words.canonical(text, &self.spaces).is_none().then(|| words.refusal(text)),
            _ => None,
        };
        if let Some(why) = why {
            self.fault(path, why);
        }
    }

    fn uri_set(&mut self, node: &Node<'_>, path: &str) {
        let mut seen = HashSet::new();
        self.list(node, path, |checker, item, path| {
            checker.shape(Shape::Uri, item, path);
            if item.as_str().is_some_and(|text| !seen.insert(text.to_owned())) {
                checker.fault(path, "this value stands in the list twice");
            }
        });
    }

    pub fn list(&mut self, node: &Node<'_>, path: &str, mut each: impl FnMut(&mut Self, &Node<'_>, &str)) {
        let Some(items) = node.as_array() else { return self.kind(false, "an array", node, path) };
        for (i, item) in items.iter().enumerate() {
            each(self, item, &format!("{path}[{i}]"));
        }
    }

    fn quantity(&mut self, node: &Node<'_>, path: &str) {
        self.closed(node, path, QUANTITY);
        if let Some(uom) = node.text("uom") {
            let fits =
                (2..=3).contains(&uom.len()) && uom.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            if !fits {
                self.fault(&child(path, "uom"), format!("`{uom}` is no UN/ECE Rec. 20 code such as KGM"));
            }
        }
    }

    fn persistent(&mut self, node: &Node<'_>, path: &str) {
        let Some(object) = node.as_object() else { return self.kind(false, "an object", node, path) };
        if object.0.is_empty() {
            self.fault(path, "`set` or `unset` is needed");
        }
        for (name, list) in object.iter() {
            let path = child(path, name);
            if !matches!(name, "set" | "unset") {
                self.fault(&path, format!("`{name}` is not known here; persistentDisposition has `set` and `unset`"));
                continue;
            }
            if list.as_array().is_some_and(<[_]>::is_empty) {
                self.fault(&path, "the list must not be empty");
            }
            let mut seen = HashSet::new();
            self.list(list, &path, |checker, item, path| {
                checker.shape(Shape::Word(&DISPOSITION), item, path);
                if item.as_str().is_some_and(|text| !seen.insert(text.to_owned())) {
                    checker.fault(path, "this value stands in the list twice");
                }
            });
        }
    }

    /// An object of exactly these members.
    fn closed(&mut self, node: &Node<'_>, path: &str, inner: Inner) {
        self.members(node, path, inner);
        for (name, _) in node.as_object().into_iter().flat_map(Object::iter) {
            if !inner.iter().any(|(known, ..)| *known == name) {
                let names: Vec<_> = inner.iter().map(|(n, ..)| *n).collect();
                self.fault(&child(path, name), format!("`{name}` is not known here; allowed are {}", names.join(", ")));
            }
        }
    }

    /// An object of these members and namespaced ones.
    pub fn open(&mut self, node: &Node<'_>, path: &str, inner: Inner) {
        self.members(node, path, inner);
        for (name, value) in node.as_object().into_iter().flat_map(Object::iter) {
            if !inner.iter().any(|(known, ..)| *known == name) {
                self.extension(name, value, path, "this object", &mut inner.iter().map(|(n, ..)| *n));
            }
        }
    }

    fn members(&mut self, node: &Node<'_>, path: &str, inner: Inner) {
        let Some(object) = node.as_object() else { return self.kind(false, "an object", node, path) };
        for (name, shape, required) in inner {
            match object.get(name) {
                Some(value) => self.shape(*shape, value, &child(path, name)),
                None if *required => self.fault(&child(path, name), format!("`{name}` is needed")),
                None => {}
            }
        }
    }

    /// A member the standard does not know: its name must be in a declared namespace, all the way down.
    fn extension(
        &mut self,
        name: &str,
        node: &Node<'_>,
        path: &str,
        owner: &str,
        known: &mut dyn Iterator<Item = &str>,
    ) {
        self.extension_name(name, path, owner, known);
        self.inside(node, &child(path, name));
    }

    pub fn extension_name(&mut self, name: &str, path: &str, owner: &str, known: &mut dyn Iterator<Item = &str>) {
        if self.spaces.split(name).is_some() {
            return;
        }
        let message = match name.split_once(':').filter(|_| !is_absolute(name)) {
            Some((prefix, _)) => format!("the prefix `{prefix}` is not declared in any @context around it"),
            None => {
                let known: Vec<_> = known.collect();
                let names = if known.is_empty() { String::new() } else { format!(" (it has {})", known.join(", ")) };
                format!(
                    "{owner} has no `{name}`{names}; a member of your own needs a namespace prefix, as in `example:{name}`"
                )
            }
        };
        self.fault(&child(path, name), message);
    }

    /// Inside an extension plain names are the user's business; prefixes must still be declared.
    fn inside(&mut self, node: &Node<'_>, path: &str) {
        let outer = self.spaces.clone();
        if let Some(context) = node.get("@context") {
            self.spaces = outer.with(Some(context));
        }
        match node {
            Node::Array(items) => items.iter().enumerate().for_each(|(i, n)| self.inside(n, &format!("{path}[{i}]"))),
            Node::Object(object) => {
                for (name, value) in object.iter().filter(|(n, _)| *n != "@context") {
                    if name.contains(':') {
                        // An attribute that came from XML.
                        let name = name.strip_prefix('@').unwrap_or(name);
                        self.extension_name(name, path, "this object", &mut std::iter::empty());
                    }
                    self.inside(value, &child(path, name));
                }
            }
            _ => {}
        }
        self.spaces = outer;
    }
}

fn time_fault(text: &str) -> Option<String> {
    let fits = text.as_bytes().get(10) == Some(&b'T') && Instant::parse(text).is_some();
    (!fits).then(|| format!("`{text}` is no date-time with zone, such as 2026-11-20T08:00:00.000+01:00"))
}

fn is_offset(text: &str) -> bool {
    let Some((hours, minutes)) = text.get(1..).and_then(|t| t.split_once(':')) else { return false };
    let number =
        |t: &str| Some(t).filter(|t| t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit()))?.parse::<u32>().ok();
    match (number(hours), number(minutes)) {
        (Some(h), Some(m)) => text.starts_with(['+', '-']) && m < 60 && h * 60 + m <= 14 * 60,
        _ => false,
    }
}

fn is_version(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// EPC URNs are checked to the digit, since a wrong one could never be found again under its key.
fn uri_fault(text: &str) -> Option<String> {
    if !is_uri(text) {
        return Some(format!("`{text}` is no URI"));
    }
    if text.starts_with("urn:epc:id:") || text.starts_with("urn:epc:class:") {
        return Identifier::parse(text).err().map(|error| error.message);
    }
    None
}
