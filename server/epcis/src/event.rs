//! One event, as a view over its JSON. EPCIS 2.0, section 7.4.
//!
//! An [`Event`] exists only after all checks of [`check`] passed, so the readers here need no errors.

pub mod check;
pub mod members;
mod require;
mod sensor;

use crate::identifier::canonical;
use crate::namespaces::Namespaces;
use crate::vocabulary::{BIZ_STEP, DISPOSITION, Vocabulary};
use theriac_core::json::{Node, Object};
use theriac_core::{Error, Instant, Result};

/// The event types of EPCIS 2.0, and whatever a user's vocabulary adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventType {
    Object,
    Aggregation,
    Transaction,
    Transformation,
    Association,
    Extension,
}

pub const EVENT_TYPES: &[(&str, EventType)] = &[
    ("ObjectEvent", EventType::Object),
    ("AggregationEvent", EventType::Aggregation),
    ("TransactionEvent", EventType::Transaction),
    ("TransformationEvent", EventType::Transformation),
    ("AssociationEvent", EventType::Association),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Observe,
    Add,
    Delete,
}

/// A checked event where it stands in its document.
#[derive(Debug, Clone)]
pub struct Event<'d> {
    pub path: String,
    pub kind: EventType,
    pub node: &'d Object<'d>,
    pub spaces: Namespaces,
    pub time: Instant,
}

impl<'d> Event<'d> {
    /// # Errors
    /// Every fault found, each with its path.
    pub fn read(node: &'d Node<'d>, path: impl Into<String>, spaces: &Namespaces) -> Result<Self> {
        let path = path.into();
        let Some(object) = node.as_object() else {
            return Err(Error::malformed(format!("an event object is needed, not {}", node.kind())).at(path));
        };
        let spaces = spaces.with(object.get("@context"));
        let kind = check::event(object, &path, &spaces)?;
        let time = object.text("eventTime").and_then(Instant::parse).unwrap_or_default();
        Ok(Self { path, kind, node: object, spaces, time })
    }

    pub fn text(&self, name: &str) -> Option<&'d str> {
        self.node.text(name).map(str::trim)
    }

    pub fn event_id(&self) -> Option<&'d str> {
        self.text("eventID")
    }

    pub fn action(&self) -> Option<Action> {
        match self.text("action")? {
            "ADD" => Some(Action::Add),
            "DELETE" => Some(Action::Delete),
            _ => Some(Action::Observe),
        }
    }

    /// The name of the event type as it was written.
    pub fn type_name(&self) -> &'d str {
        self.text("type").unwrap_or("")
    }

    /// Canonical Web URI of a vocabulary member.
    pub fn word(&self, name: &str, vocabulary: &Vocabulary) -> Option<String> {
        vocabulary.canonical(self.text(name)?, &self.spaces)
    }

    pub fn biz_step(&self) -> Option<String> {
        self.word("bizStep", &BIZ_STEP)
    }

    pub fn disposition(&self) -> Option<String> {
        self.word("disposition", &DISPOSITION)
    }

    /// Canonical Web URIs of `persistentDisposition.set` or `.unset`.
    pub fn persistent_dispositions(&self, which: &str) -> Vec<String> {
        let list = self.node.get("persistentDisposition").and_then(|p| p.get(which));
        texts(list).filter_map(|text| DISPOSITION.canonical(text, &self.spaces)).collect()
    }

    /// Canonical identifiers of a list of EPCs, or of one such as `parentID`.
    pub fn epcs(&self, name: &str) -> Vec<String> {
        texts(self.node.get(name)).map(|epc| canonical(epc).into_owned()).collect()
    }

    /// Canonical class identifiers of a quantity list.
    pub fn classes(&self, name: &str) -> Vec<String> {
        let list = self.node.get(name).map_or(&[][..], Node::items);
        list.iter().filter_map(|q| q.text("epcClass")).map(|class| canonical(class).into_owned()).collect()
    }

    /// Canonical id of `readPoint` or `bizLocation`.
    pub fn place(&self, name: &str) -> Option<String> {
        Some(canonical(self.node.get(name)?.text("id")?).into_owned())
    }

    /// Type and canonical value of each entry of a `bizTransactionList`, `sourceList` or `destinationList`.
    pub fn typed(&self, list: &str, value: &str, types: &Vocabulary) -> Vec<(Option<String>, String)> {
        let entries = self.node.get(list).map_or(&[][..], Node::items).iter();
        entries
            .filter_map(|entry| {
                let kind = entry.text("type").and_then(|t| types.canonical(t, &self.spaces));
                Some((kind, canonical(entry.text(value)?).into_owned()))
            })
            .collect()
    }

    pub fn is_error_declaration(&self) -> bool {
        self.node.get("errorDeclaration").is_some()
    }

    /// The event as it is kept: its own members in their order and digits, with `eventID` and
    /// `recordTime`, and with the document's prefixes it uses, so that it can stand alone.
    pub fn stored(&self, event_id: &str, record_time: Instant) -> Vec<u8> {
        let mut object = self.node.clone();
        object.set("eventID", Node::string(event_id));
        object.set("recordTime", Node::string(record_time.rfc3339()));
        object.remove("@context");
        let text = Node::Object(object.clone()).to_string();
        let used: Vec<_> = self.spaces.own().filter(|(p, _)| text.contains(&format!("\"{p}:"))).collect();
        if !used.is_empty() {
            let prefixes = used.into_iter().map(|(p, n)| (p.to_owned().into(), Node::string(n))).collect();
            object.set_at(0, "@context", Node::Object(Object(prefixes)));
        }
        Node::Object(object).to_vec()
    }
}

fn texts<'n>(node: Option<&'n Node<'_>>) -> impl Iterator<Item = &'n str> {
    node.map_or(&[][..], Node::items).iter().filter_map(Node::as_str)
}

#[cfg(test)]
mod tests;
