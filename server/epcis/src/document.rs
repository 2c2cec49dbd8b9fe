//! EPCISDocument, EPCISQueryDocument and the bare event, JSON binding of EPCIS 2.0 (section 10).
//!
//! The frame is checked when a document is read; each event is checked on its own when it is taken
//! from [`Document::events`], so that a capture may go on past a bad one. Master data of the header
//! is handed through, not judged.

mod whole;

use crate::event::Event;
use crate::event::check::{Checker, Shape};
use crate::namespaces::Namespaces;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Code, Error, Issue, Result};

pub use whole::from_xml;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    Capture,
    Query,
    /// One event without a document around it.
    BareEvent,
}

/// A document whose frame is well formed.
#[derive(Debug)]
pub struct Document<'a> {
    root: Node<'a>,
    pub kind: DocumentKind,
    pub namespaces: Namespaces,
}

type Frame = &'static [(&'static str, Shape, bool)];

/// Members of the two frames: name, shape, required.
#[rustfmt::skip]
const CAPTURE: Frame = &[
    ("@context", Shape::Context, true), ("type", Shape::Text, true), ("id", Shape::Uri, false),
    ("schemaVersion", Shape::Version, true), ("creationDate", Shape::Time, true),
    ("instanceIdentifier", Shape::Text, false), ("sender", Shape::Text, false), ("receiver", Shape::Text, false),
    ("epcisHeader", Shape::Object, false), ("epcisBody", Shape::Object, true),
];
#[rustfmt::skip]
const QUERY: Frame = &[
    ("@context", Shape::Context, true), ("type", Shape::Text, true), ("id", Shape::Uri, false),
    ("schemaVersion", Shape::Version, false), ("creationDate", Shape::Time, false),
    ("epcisHeader", Shape::Object, false), ("epcisBody", Shape::Object, true),
];

impl<'a> Document<'a> {
    /// # Errors
    /// JSON faults with line and column; frame faults with their JSON path.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::read(json::parse(bytes)?)
    }

    /// # Errors
    /// All faults of the frame, each with its path.
    pub fn read(root: Node<'a>) -> Result<Self> {
        let Some(object) = root.as_object() else {
            return Err(Error::malformed(format!("an EPCISDocument object is needed, not {}", root.kind())).at("$"));
        };
        let (kind, frame) = match object.text("type") {
            Some("EPCISDocument") => (DocumentKind::Capture, CAPTURE),
            Some("EPCISQueryDocument") => (DocumentKind::Query, QUERY),
            Some(_) => (DocumentKind::BareEvent, &[][..]),
            None => {
                let message =
                    "`type` is needed: EPCISDocument, EPCISQueryDocument, or an event type such as ObjectEvent";
                return Err(Error::malformed(message).at("$.type"));
            }
        };
        let namespaces = Namespaces::of(object.get("@context"));
        check_frame(object, kind, frame, &namespaces)?;
        Ok(Self { kind, namespaces, root })
    }

    /// Puts events where the frame has none.
    fn fill(&mut self, events: Vec<Node<'a>>) {
        let path: &[&str] = match self.kind {
            DocumentKind::Query => &["epcisBody", "queryResults", "resultsBody", "eventList"],
            _ => &["epcisBody", "eventList"],
        };
        let mut node = Some(&mut self.root);
        for name in path {
            node = node.and_then(Node::as_object_mut).and_then(|object| object.get_mut(name));
        }
        if let Some(node) = node {
            *node = Node::Array(events);
        }
    }

    /// The events in document order, each checked; a failed one does not stop the others.
    pub fn events(&self) -> impl Iterator<Item = Result<Event<'_>>> {
        self.nodes().map(|(path, node)| Event::read(node, path, &self.namespaces))
    }

    /// The events' nodes with their JSON paths, unchecked.
    pub fn nodes(&self) -> impl Iterator<Item = (String, &Node<'a>)> {
        let (at, list) = match self.kind {
            DocumentKind::BareEvent => (None, std::slice::from_ref(&self.root)),
            kind => {
                let (at, list) = self.root.as_object().map_or(("$", None), |root| event_list(root, kind));
                (Some(at), list.and_then(Node::as_array).unwrap_or(&[]))
            }
        };
        list.iter().enumerate().map(move |(i, node)| (at.map_or("$".to_owned(), |at| format!("{at}[{i}]")), node))
    }

    /// The JSON path of the list of events.
    pub fn list_path(&self) -> &'static str {
        match self.kind {
            DocumentKind::BareEvent => "$",
            DocumentKind::Query => QUERY_LIST,
            DocumentKind::Capture => CAPTURE_LIST,
        }
    }

    pub fn len(&self) -> usize {
        self.nodes().count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks all events.
    ///
    /// # Errors
    /// All faults of all events.
    pub fn check(&self) -> Result<()> {
        let issues: Vec<Issue> = self.events().filter_map(Result::err).flat_map(|e| e.issues).collect();
        if issues.is_empty() { Ok(()) } else { Err(Error::from_issues(issues)) }
    }

    /// `epcisHeader.epcisMasterData.vocabularyList`, as it came.
    pub fn vocabulary_list(&self) -> &[Node<'a>] {
        let data = self.root.get("epcisHeader").and_then(|h| h.get("epcisMasterData"));
        data.and_then(|d| d.get("vocabularyList")).and_then(Node::as_array).unwrap_or(&[])
    }

    /// Does its header affirm the transaction statement of the US guideline (GS1 US, "Applying the GS1 Lightweight
    /// Standards for DSCSA", R1.3)?
    pub fn affirms_statement(&self) -> bool {
        let named = |object: &'_ Object<'_>, wanted: &str| {
            let is =
                |name: &str| self.namespaces.split(name).is_some_and(|(space, local)| space == US && local == wanted);
            object.iter().find(|(name, _)| is(name)).map(|(_, node)| node.clone().into_owned())
        };
        let header = self.root.get("epcisHeader").and_then(Node::as_object);
        let statement = header.and_then(|header| named(header, "dscsaTransactionStatement"));
        let affirmed =
            statement.as_ref().and_then(Node::as_object).and_then(|s| named(s, "affirmTransactionStatement"));
        affirmed
            .is_some_and(|said| said.as_bool() == Some(true) || said.as_str().is_some_and(|said| said.trim() == "true"))
    }

    pub fn member(&self, name: &str) -> Option<&Node<'a>> {
        self.root.get(name)
    }

    /// Names of extension members that a repository added and that take no part in the event hash:
    /// the member `ignoreFields` of any namespace, beside the body or beside the query's results.
    pub fn ignored_fields(&self) -> Vec<String> {
        let results = self.root.get("epcisBody").and_then(|b| b.get("queryResults"));
        [Some(&self.root), results]
            .into_iter()
            .flatten()
            .filter_map(Node::as_object)
            .flat_map(Object::iter)
            .filter(|(name, _)| name.ends_with(":ignoreFields"))
            .flat_map(|(_, value)| value.items())
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    }
}

/// The namespace of GS1 US for health care.
const US: &str = "http://epcis.gs1us.org/hc/ns";

const CAPTURE_LIST: &str = "$.epcisBody.eventList";
const QUERY_LIST: &str = "$.epcisBody.queryResults.resultsBody.eventList";

fn event_list<'d, 'a>(root: &'d Object<'a>, kind: DocumentKind) -> (&'static str, Option<&'d Node<'a>>) {
    let body = root.get("epcisBody");
    match kind {
        DocumentKind::Query => {
            let results = body.and_then(|b| b.get("queryResults")).and_then(|r| r.get("resultsBody"));
            (QUERY_LIST, results.and_then(|r| r.get("eventList")))
        }
        _ => (CAPTURE_LIST, body.and_then(|b| b.get("eventList"))),
    }
}

fn check_frame(object: &Object<'_>, kind: DocumentKind, frame: Frame, spaces: &Namespaces) -> Result<()> {
    let mut checker = Checker::new(spaces.clone());
    if kind == DocumentKind::BareEvent {
        if object.get("@context").is_none() {
            checker.fault("$['@context']", "an event that stands alone needs an `@context`");
        }
        return checker.finish();
    }
    for (name, shape, required) in frame {
        let path = crate::event::check::child("$", name);
        match object.get(name) {
            Some(node) => checker.shape(*shape, node, &path),
            None if *required => checker.fault(&path, format!("`{name}` is needed in a document")),
            None => {}
        }
    }
    for (name, _) in object.iter().filter(|(n, _)| !frame.iter().any(|(known, ..)| known == n)) {
        checker.extension_name(name, "$", "a document", &mut frame.iter().map(|(n, ..)| *n));
    }
    check_body(object, kind, &mut checker);
    checker.finish()
}

fn check_body(object: &Object<'_>, kind: DocumentKind, checker: &mut Checker) {
    let (path, list) = event_list(object, kind);
    match list {
        Some(Node::Array(_)) => {}
        Some(other) => {
            checker.issue(Code::Malformed, path, format!("an array of events is needed, not {}", other.kind()))
        }
        None if object.get("epcisBody").is_some() => checker.fault(path, "the list of events is missing"),
        None => {}
    }
    if let Some(version) = object.text("schemaVersion").filter(|v| v.split('.').next() != Some("2")) {
        let message = format!("schemaVersion `{version}` has no JSON binding; use 2.0");
        checker.fault("$.schemaVersion", message);
    }
}

#[cfg(test)]
mod tests;
