//! A document without its events: which kind it is, what its header says, and what prefixes stand for around
//! the events. EPCIS 2.0 section 9.2; the header is the SBDH, <https://www.gs1.org/standards/edi/sbdh>.

use super::event::{alone, is_event};
use super::extension::{self, Prefixes};
use super::tree::{self, Element, wrong};
use super::{EPCIS, MASTER, QUERY, is_frame, master};
use crate::namespaces::Namespaces;
use crate::view::CONTEXT;
use theriac_core::json::{Node, Object};
use theriac_core::xml::{Event, Limits, Reader, Start};
use theriac_core::{Error, Result};

/// The frame, in the words of the JSON binding.
#[derive(Debug)]
pub struct Frame {
    /// The document with an empty list of events; or the one event that came without a document.
    pub node: Node<'static>,
    /// What prefixes stand for around the events, the default namespace under the empty one.
    pub scope: Vec<(String, String)>,
}

/// # Errors
/// What is not XML, or no document of EPCIS, with line and column.
pub fn read(bytes: &[u8], any_order: bool) -> Result<Frame> {
    let mut reader = Reader::document(bytes, Limits::default())?.passing_doctype();
    let start = match reader.event()? {
        Event::Start(start) => start,
        _ => return Err(reader.error(0, "an element is needed here: <EPCISDocument>")),
    };
    let frame = match kind(&start) {
        Some(kind) => Reading::new(&mut reader, kind).document(start)?,
        None => bare(&mut reader, start, any_order)?,
    };
    while reader.event()? != Event::Eof {}
    Ok(frame)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Capture,
    Query,
    MasterData,
}

fn kind(start: &Start<'_>) -> Option<Kind> {
    const KINDS: &[(&str, [&str; 2], Kind)] = &[
        ("EPCISDocument", EPCIS, Kind::Capture),
        ("EPCISQueryDocument", QUERY, Kind::Query),
        ("EPCISMasterDataDocument", MASTER, Kind::MasterData),
    ];
    let namespace = start.namespace.as_ref();
    let row = KINDS.iter().find(|(name, spaces, _)| *name == start.name && spaces.contains(&namespace));
    row.map(|(.., kind)| *kind)
}

/// One event without a document around it.
fn bare<'a>(reader: &mut Reader<'a>, start: Start<'a>, any_order: bool) -> Result<Frame> {
    let at = start.at;
    let name = start.name.to_owned();
    let (scope, element) = (owned(reader), tree::element(reader, start)?);
    if !is_event(&element) {
        let message = format!(
            "type: <{name}> in the namespace `{}` is neither <EPCISDocument> of {}, nor <EPCISQueryDocument> of {}, \
             nor an event",
            element.namespace,
            EPCIS.join(" or "),
            QUERY.join(" or ")
        );
        return Err(reader.error(at, message));
    }
    // The document's own attributes may stand on the event.
    let mut node = alone(reader, &element, any_order)?;
    if let Some(object) = node.as_object_mut() {
        let own = declared(&scope).chain(object.get("@context").cloned());
        let context = std::iter::once(Node::string(CONTEXT)).chain(own).collect();
        object.set_at(0, "@context", Node::Array(context));
    }
    Ok(Frame { node, scope })
}

fn owned(reader: &Reader<'_>) -> Vec<(String, String)> {
    reader.scope().into_iter().map(|(prefix, name)| (prefix.to_owned(), name.into_owned())).collect()
}

/// The bindings that a `@context` has to declare.
fn declared(scope: &[(String, String)]) -> impl Iterator<Item = Node<'static>> {
    let own = scope.iter().filter(|(prefix, name)| !prefix.is_empty() && prefix != "epcis" && !is_frame(name));
    let members: Vec<_> = own.map(|(prefix, name)| (prefix.clone().into(), Node::string(name.as_str()))).collect();
    (!members.is_empty()).then_some(Node::Object(Object(members))).into_iter()
}

struct Reading<'r, 'a> {
    reader: &'r mut Reader<'a>,
    kind: Kind,
    outer: Namespaces,
    document: Object<'static>,
    header: Object<'static>,
    body: Object<'static>,
    vocabularies: Vec<Node<'static>>,
    /// Set where the list of events stands.
    scope: Option<Vec<(String, String)>>,
    own: Vec<Node<'static>>,
}

impl<'r, 'a> Reading<'r, 'a> {
    fn new(reader: &'r mut Reader<'a>, kind: Kind) -> Self {
        let scope = owned(reader);
        let outer = super::namespaces(scope.iter().map(|(p, n)| (p.as_str(), n.as_str())));
        let own = declared(&scope).collect();
        Self {
            reader,
            kind,
            outer,
            document: Object::default(),
            header: Object::default(),
            body: Object::default(),
            vocabularies: Vec::new(),
            scope: None,
            own,
        }
    }

    fn document(mut self, start: Start<'a>) -> Result<Frame> {
        let root = tree::opened(self.reader, start);
        let version = root.attribute("schemaVersion").unwrap_or_default().trim();
        let fits = matches!(version.split('.').next(), Some("1" | "2"));
        if !fits && (self.kind != Kind::Query || !version.is_empty()) {
            let message = format!("schemaVersion is 1.0 to 1.2, or 2.0, not `{version}`");
            return Err(wrong(self.reader, &root, message));
        }
        self.document.set("schemaVersion", Node::string("2.0"));
        if let Some(date) = root.attribute("creationDate") {
            self.document.set("creationDate", Node::string(date.trim()));
        }
        self.inside(Self::of_document)?;
        self.finish(&root)
    }

    /// Reads to the end of the element just opened; anything else than elements is blank.
    fn inside(&mut self, each: fn(&mut Self, Start<'a>) -> Result<()>) -> Result<()> {
        loop {
            match self.reader.event()? {
                Event::Start(start) => each(self, start)?,
                Event::Text(text) if text.trim().is_empty() => {}
                Event::End => return Ok(()),
                _ => return Err(self.reader.error(self.reader.at(), "text stands here, where elements are wanted")),
            }
        }
    }

    fn of_document(&mut self, start: Start<'a>) -> Result<()> {
        match start.name {
            "EPCISHeader" if is_frame(&start.namespace) => self.inside(Self::of_header),
            "EPCISBody" if is_frame(&start.namespace) => self.inside(Self::of_body),
            "extension" if is_frame(&start.namespace) => self.inside(Self::of_document),
            _ => {
                let element = tree::element(self.reader, start)?;
                self.extra(element, |reading| &mut reading.document)
            }
        }
    }

    fn of_header(&mut self, start: Start<'a>) -> Result<()> {
        match start.name {
            "StandardBusinessDocumentHeader" => {
                let header = tree::element(self.reader, start)?;
                self.business_header(&header);
                Ok(())
            }
            "extension" if is_frame(&start.namespace) => self.inside(Self::of_header),
            "EPCISMasterData" if is_frame(&start.namespace) => self.inside(Self::of_master_data),
            _ => {
                let element = tree::element(self.reader, start)?;
                self.extra(element, |reading| &mut reading.header)
            }
        }
    }

    fn of_master_data(&mut self, start: Start<'a>) -> Result<()> {
        let element = tree::element(self.reader, start)?;
        match element.name {
            "VocabularyList" => self.vocabulary_list(&element),
            _ => Ok(()),
        }
    }

    fn vocabulary_list(&mut self, element: &Element<'_>) -> Result<()> {
        let mut prefixes = Prefixes::new(&self.outer);
        let list = master::vocabularies(self.reader, element, &mut prefixes)?;
        self.own.extend(prefixes.context());
        if let Node::Array(items) = list {
            self.vocabularies.extend(items);
        }
        Ok(())
    }

    fn business_header(&mut self, header: &Element<'_>) {
        let identifier = |name: &str| header.child(name).and_then(|party| party.child("Identifier"));
        let instance = header.child("DocumentIdentification").and_then(|d| d.child("InstanceIdentifier"));
        let parts =
            [("sender", identifier("Sender")), ("receiver", identifier("Receiver")), ("instanceIdentifier", instance)];
        for (name, element) in parts {
            if let Some(element) = element.filter(|element| !element.text.is_empty()) {
                self.document.set(name, Node::string(element.text.as_ref()));
            }
        }
    }

    fn of_body(&mut self, start: Start<'a>) -> Result<()> {
        match (start.name, self.kind) {
            ("EventList", Kind::Capture) => self.event_list(&start),
            ("QueryResults", Kind::Query) => self.inside(Self::of_results),
            ("VocabularyList", Kind::MasterData) => {
                let element = tree::element(self.reader, start)?;
                self.vocabulary_list(&element)
            }
            ("extension", _) if is_frame(&start.namespace) => self.inside(Self::of_body),
            (name, Kind::Query) if is_frame(&start.namespace) => {
                let message = format!("<QueryResults> is what can be captured of an EPCISQueryDocument, not <{name}>");
                Err(self.reader.error(start.at, message))
            }
            _ => {
                let element = tree::element(self.reader, start)?;
                self.extra(element, |reading| &mut reading.body)
            }
        }
    }

    fn of_results(&mut self, start: Start<'a>) -> Result<()> {
        match start.name {
            "resultsBody" => self.inside(Self::of_results_body),
            "queryName" | "subscriptionID" => {
                let element = tree::element(self.reader, start)?;
                self.body.set(element.name, Node::string(element.text.as_ref()));
                Ok(())
            }
            _ => {
                let element = tree::element(self.reader, start)?;
                self.extra(element, |reading| &mut reading.body)
            }
        }
    }

    fn of_results_body(&mut self, start: Start<'a>) -> Result<()> {
        match start.name {
            "EventList" => self.event_list(&start),
            "VocabularyList" => {
                let element = tree::element(self.reader, start)?;
                self.vocabulary_list(&element)
            }
            other => Err(self.reader.error(start.at, format!("<resultsBody> holds <EventList>, not <{other}>"))),
        }
    }

    fn event_list(&mut self, start: &Start<'a>) -> Result<()> {
        if self.scope.is_some() {
            return Err(self.reader.error(start.at, "<EventList> stands twice"));
        }
        self.scope = Some(owned(self.reader));
        self.inside(|reading, start| {
            Err(reading.reader.error(start.at, format!("<{}> does not stand in <EventList>", start.name)))
        })
    }

    /// An element of another namespace; one of our own that nobody knows is refused.
    fn extra(&mut self, element: Element<'a>, place: fn(&mut Self) -> &mut Object<'static>) -> Result<()> {
        if element.is_own() {
            return Err(wrong(self.reader, &element, format!("<{}> is not known here", element.name)));
        }
        let mut prefixes = Prefixes::new(&self.outer);
        let name = prefixes.name(element.prefix, &element.namespace, element.name);
        let value = match element.name {
            "ignoreFields" => Node::Array(
                element.children.iter().map(|e| Node::string(prefixes.name(e.prefix, &e.namespace, e.name))).collect(),
            ),
            _ => extension::value(&element, &mut prefixes),
        };
        self.own.extend(prefixes.context());
        extension::add(place(self), name, value);
        Ok(())
    }

    fn finish(mut self, root: &Element<'_>) -> Result<Frame> {
        if self.kind != Kind::MasterData && self.scope.is_none() {
            // The body may be empty (EPCIS 2.0, section 9.5): a document that only carries master data.
            self.scope = self.body_may_be_empty(root)?;
        }
        let outer = self.scope.unwrap_or_default();
        let mut own = self.own;
        own.extend(declared(&outer).filter(|context| !own.contains(context)).collect::<Vec<_>>());
        let context = std::iter::once(Node::string(CONTEXT)).chain(own).collect();
        let mut document = Object::default();
        document.set("@context", Node::Array(context));
        let kind = if self.kind == Kind::Query { "EPCISQueryDocument" } else { "EPCISDocument" };
        document.set("type", Node::string(kind));
        document.0.extend(self.document.0);
        let mut header = self.header;
        if !self.vocabularies.is_empty() {
            let list = object([("vocabularyList", Node::Array(self.vocabularies))]);
            header.set("epcisMasterData", list);
        }
        if !header.0.is_empty() {
            document.set("epcisHeader", Node::Object(header));
        }
        let list = object([("eventList", Node::Array(Vec::new()))]);
        let body = match (self.kind, list) {
            (Kind::Query, list) => {
                let mut results = self.body;
                results.set("resultsBody", list);
                object([("queryResults", Node::Object(results))])
            }
            (_, Node::Object(mut list)) => {
                list.0.extend(self.body.0);
                Node::Object(list)
            }
            (_, other) => other,
        };
        document.set("epcisBody", body);
        Ok(Frame { node: Node::Object(document), scope: outer })
    }

    fn body_may_be_empty(&self, root: &Element<'_>) -> Result<Option<Vec<(String, String)>>> {
        match self.kind == Kind::Capture || !self.vocabularies.is_empty() {
            true => Ok(Some(Vec::new())),
            false => Err(missing(self.reader, root)),
        }
    }
}

fn missing(reader: &Reader<'_>, root: &Element<'_>) -> Error {
    wrong(reader, root, format!("<EventList> is missing in the <EPCISBody> of <{}>", root.name))
}

fn object<const N: usize>(members: [(&'static str, Node<'static>); N]) -> Node<'static> {
    Node::Object(Object(members.into_iter().map(|(name, node)| (name.into(), node)).collect()))
}
