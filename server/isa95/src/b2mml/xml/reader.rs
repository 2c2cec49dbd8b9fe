//! XML text to a tree: elements by name, those that stand more than once as lists, attributes with `@`, text as `$`.

use super::Root;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};
use std::borrow::Cow;
use std::collections::HashMap;
use theriac_core::json::{Node, Object};
use theriac_core::{Error, Result};

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const DEPTH_MAX: usize = 64;

/// An element that is not closed yet.
#[derive(Default)]
struct Open {
    name: String,
    nil: bool,
    text: String,
    members: Object<'static>,
    /// Where in `members` an element of that name stands.
    places: HashMap<String, usize>,
}

struct Tree {
    namespace: Option<String>,
    open: Vec<Open>,
    done: Option<Root>,
}

/// The document, and the namespace of its root.
pub(super) fn read(text: &str) -> Result<(Root, String)> {
    let mut reader = NsReader::from_str(text);
    let mut tree = Tree { namespace: None, open: Vec::new(), done: None };
    loop {
        let event = reader.read_event();
        let place = |why: String| {
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).min(text.len());
            let line = text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1;
            Error::malformed(format!("line {line}: {why}"))
        };
        let event = event.map_err(|e| place(format!("the XML is not well-formed: {e}")))?;
        if matches!(event, Event::Eof) {
            break;
        }
        tree.take(&reader, event).map_err(place)?;
    }
    match tree.done {
        Some(root) if tree.open.is_empty() => Ok((root, tree.namespace.unwrap_or_default())),
        _ if !tree.open.is_empty() => Err(Error::malformed("the XML ends before its elements do")),
        _ => Err(Error::malformed("the XML has no element")),
    }
}

impl Tree {
    fn take(&mut self, reader: &NsReader<&[u8]>, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(start) => self.start(reader, &start),
            Event::Empty(start) => {
                self.start(reader, &start)?;
                self.end()
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => self.text(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => {
                let known = reference.resolve_char_ref().map_err(|e| e.to_string())?.map(String::from);
                let known = known.or_else(|| quick_xml::escape::resolve_xml_entity(&reference).map(str::to_owned));
                let unknown = || format!("the entity &{}; is not known; only those of XML itself are", &*reference);
                self.text(&known.ok_or_else(unknown)?)
            }
            Event::DocType(_) => Err("a document type is not taken".to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<(), String> {
        let (namespace, local) = reader.resolver().resolve_element(start.name());
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => return Err(format!("the prefix {prefix:?} is not declared")),
        };
        let name = local.as_ref().to_owned();
        match &self.namespace {
            None => self.namespace = Some(namespace),
            Some(_) if self.open.is_empty() => return Err("a document has one element".to_owned()),
            // The schema has elements of no namespace inside of its own, see `Member::bare`.
            Some(root) if *root != namespace && !namespace.is_empty() => {
                return Err(format!("{name} is of the namespace {namespace:?}, its document of {root:?}"));
            }
            Some(_) => {}
        }
        if self.open.len() == DEPTH_MAX {
            return Err(format!("elements stand more than {DEPTH_MAX} levels deep"));
        }
        let mut open = Open { name, ..Open::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e: AttrError| e.to_string())?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| e.to_string())?;
            let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
            match namespace {
                _ if attribute.key.as_namespace_binding().is_some() => {}
                ResolveResult::Bound(instance) if instance.as_ref() == INSTANCE => {
                    open.nil |= local.as_ref() == "nil" && matches!(value.as_ref(), "true" | "1");
                }
                _ => open.members.set(&format!("@{}", local.as_ref()), Node::string(value.into_owned())),
            }
        }
        self.open.push(open);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(open) => open.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err("text stands outside of the document's element".to_owned()),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(open) = self.open.pop() else { return Err("an element ends that did not begin".to_owned()) };
        let (name, node) = open.node()?;
        match self.open.last_mut() {
            Some(parent) => parent.add(name, node),
            None => self.done = Some(Root { name, tree: node }),
        }
        Ok(())
    }
}

impl Open {
    fn node(mut self) -> Result<(String, Node<'static>), String> {
        let node = match (self.nil, self.places.is_empty()) {
            (true, _) => Node::Null,
            (_, false) if !self.text.trim().is_empty() => {
                return Err(format!("{} holds both text and elements", self.name));
            }
            (_, false) => Node::Object(self.members),
            (_, true) if self.members.0.is_empty() => Node::string(self.text),
            (_, true) => {
                self.members.0.push((Cow::Borrowed("$"), Node::string(self.text)));
                Node::Object(self.members)
            }
        };
        Ok((self.name, node))
    }

    /// A second element of a name makes a list of the first.
    fn add(&mut self, name: String, node: Node<'static>) {
        let Some(place) = self.places.get(&name).copied() else {
            self.places.insert(name.clone(), self.members.0.len());
            self.members.0.push((Cow::Owned(name), node));
            return;
        };
        match &mut self.members.0[place].1 {
            Node::Array(items) => items.push(node),
            one => *one = Node::Array(vec![std::mem::replace(one, Node::Null), node]),
        }
    }
}
