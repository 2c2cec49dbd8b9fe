//! The event hash id: `ni:///sha-256;<hex>?ver=CBV2.0`. CBV 2.0, section 8.9.
//!
//! One string is built from the event's members in a fixed order, values in canonical spelling, lists
//! sorted; XML and JSON of one event give the same. The reference vectors decide where the text is
//! open: `certificationInfo` stands after the offset, and what the reference has no order for (transactions, parties,
//! ILMD, the rules of a sensor's report) comes last, sorted by name.

mod order;

use crate::decimal::shortest;
use crate::event::Event;
use crate::identifier::canonical;
use crate::namespaces::Namespaces;
use chrono::{DateTime, SecondsFormat, Timelike, Utc};
use order::{Field, Value};
use std::sync::LazyLock;
use theriac_core::hash::{hex, sha256};
use theriac_core::json::{Node, Object};

/// Of prefixed names in values only those of the standard's own prefixes are written out in full.
static STANDARD: LazyLock<Namespaces> = LazyLock::new(Namespaces::default);

/// Members that never take part, beside those of the tables.
const LEFT_OUT: &[&str] = &["@context", "type", "recordTime", "eventID", "errorDeclaration"];

/// The hash id of an event. `ignored` names extension members a repository added.
pub fn event_id(event: &Event<'_>, ignored: &[String]) -> String {
    format!("ni:///sha-256;{}?ver=CBV2.0", hex(&sha256(pre_hash(event, ignored).as_bytes())))
}

/// The string that is hashed; of use when two parties disagree on an id.
pub fn pre_hash(event: &Event<'_>, ignored: &[String]) -> String {
    let writer = Writer { spaces: &event.spaces, ignored };
    let kind = event.spaces.expand(event.type_name());
    format!("eventType={kind}{}", writer.object(event.node, order::EVENT))
}

struct Writer<'w> {
    spaces: &'w Namespaces,
    ignored: &'w [String],
}

impl Writer<'_> {
    /// The known fields in their order, then the extensions, sorted.
    fn object(&self, object: &Object<'_>, fields: &[Field]) -> String {
        let mut out = String::new();
        for (name, value) in fields {
            if let Some(node) = object.get(name) {
                out.push_str(&self.field(name, value, node));
            }
        }
        let known =
            |name: &str| fields.iter().any(|(f, _)| *f == name) || LEFT_OUT.contains(&name) || name == "bizRules";
        out + &self.extensions(object.iter().filter(|(name, _)| !known(name)))
    }

    fn field(&self, name: &str, value: &Value, node: &Node<'_>) -> String {
        match value {
            Value::Plain => node.items().iter().map(|n| format!("{name}={}", self.scalar(n))).collect(),
            Value::Text => node.items().iter().map(|n| format!("{name}={}", raw(n))).collect(),
            Value::Float => format!("{name}={}", float(&raw(node))),
            Value::Time => format!("{name}={}", utc(&raw(node))),
            Value::Word(words) => {
                let one = |n: &Node<'_>| {
                    let text = raw(n);
                    let word = words.canonical(&text, &STANDARD).unwrap_or(text);
                    format!("{name}={word}")
                };
                sorted(node.items().iter().map(one))
            }
            Value::List(item) => {
                let items = sorted(node.items().iter().map(|n| format!("{item}={}", self.scalar(n))));
                if items.is_empty() { items } else { format!("{name}{items}") }
            }
            Value::Rules => rules(node, &|n| self.scalar(n)),
            Value::Structures(item, fields) => {
                let items = sorted(node.items().iter().filter_map(Node::as_object).map(|o| {
                    let text = self.object(o, fields);
                    if text.is_empty() { text } else { format!("{item}{text}") }
                }));
                if items.is_empty() || name == *item { items } else { format!("{name}{items}") }
            }
        }
    }

    fn extensions<'n>(&self, members: impl Iterator<Item = (&'n str, &'n Node<'n>)>) -> String {
        let kept = members.filter(|(name, _)| !self.ignored.iter().any(|i| i == name) && *name != "@context");
        sorted(kept.flat_map(|(name, node)| {
            let name = self.expanded(name);
            node.items().iter().map(move |n| self.extension(&name, n)).collect::<Vec<_>>()
        }))
    }

    fn extension(&self, name: &str, node: &Node<'_>) -> String {
        match node {
            Node::Object(object) => {
                let spaces = self.spaces.with(object.get("@context"));
                let inner = Writer { spaces: &spaces, ignored: self.ignored };
                format!("{name}{}", inner.extensions(object.iter()))
            }
            Node::Array(items) => sorted(items.iter().map(|n| self.extension(name, n))),
            scalar => {
                let text = self.scalar(scalar);
                // XML has no number type: what looks like a number is written like one.
                let text = shortest(&text).unwrap_or(text);
                if text.is_empty() { name.to_owned() } else { format!("{name}={text}") }
            }
        }
    }

    /// `{namespace}local`, or the plain name.
    fn expanded(&self, name: &str) -> String {
        let (mark, name) = name.strip_prefix('@').map_or(("", name), |name| ("@", name));
        match self.spaces.split(name) {
            Some((namespace, local)) => format!("{mark}{{{namespace}}}{local}"),
            None => format!("{mark}{name}"),
        }
    }

    fn scalar(&self, node: &Node<'_>) -> String {
        match node {
            Node::Number(text) => shortest(text).unwrap_or_else(|| text.to_string()),
            other => canonical(&raw(other)).into_owned(),
        }
    }
}

/// As the reference writes numbers: digits beyond those of a double are lost, so that two texts may come out alike.
fn float(text: &str) -> String {
    let Some(short) = shortest(text) else { return text.to_owned() };
    let digits = short.bytes().filter(u8::is_ascii_digit).count();
    match short.parse::<f64>() {
        Ok(number) if digits > 15 && number.fract() == 0.0 => format!("{number:.0}"),
        Ok(number) if digits > 15 => number.to_string(),
        _ => short,
    }
}

fn rules(elements: &Node<'_>, spell: &dyn Fn(&Node<'_>) -> String) -> String {
    let reports = |element: &'_ Node<'_>| {
        let reports = element.get("sensorReport").map_or(&[][..], Node::items).iter();
        sorted(reports.filter_map(|r| Some(format!("sensorReportbizRules={}", spell(r.get("bizRules")?)))))
    };
    let inner = elements.items().iter().map(reports).filter(|reports| !reports.is_empty());
    let inner = sorted(inner.map(|reports| format!("sensorElement{reports}")));
    if inner.is_empty() { inner } else { format!("sensorElementList{inner}") }
}

fn raw(node: &Node<'_>) -> String {
    match node {
        Node::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

fn sorted(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    items.sort_unstable();
    items.concat()
}

/// UTC with three decimals, rounded half up on the fourth; the text itself if it is no time.
fn utc(text: &str) -> String {
    let Ok(time) = DateTime::parse_from_rfc3339(text) else { return text.to_owned() };
    let time = time.with_timezone(&Utc);
    let tenth_of_ms = time.nanosecond() % 1_000_000 / 100_000;
    let up = chrono::Duration::milliseconds(i64::from(tenth_of_ms >= 5));
    let whole = time.with_nanosecond(time.nanosecond() / 1_000_000 * 1_000_000).unwrap_or(time);
    (whole + up).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests;
