//! One element with all that stands in it: an event, or the frame of a document.

use super::{INSTANCE, is_frame};
use std::borrow::Cow;
use theriac_core::xml::{Event, Reader, Start};
use theriac_core::{Error, Result};

#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub prefix: &'a str,
    /// Empty for attributes without a prefix.
    pub namespace: Cow<'a, str>,
    pub name: &'a str,
    pub value: Cow<'a, str>,
}

#[derive(Debug)]
pub(super) struct Element<'a> {
    pub name: &'a str,
    pub prefix: &'a str,
    pub namespace: Cow<'a, str>,
    pub attributes: Vec<Attribute<'a>>,
    /// Prefixes that its tag declares.
    pub declares: Vec<(&'a str, Cow<'a, str>)>,
    pub children: Vec<Element<'a>>,
    /// Without the white space around it.
    pub text: Cow<'a, str>,
    /// Said to have no value (`xsi:nil`).
    pub nil: bool,
    /// The place of its `<`.
    pub at: usize,
}

impl<'a> Element<'a> {
    /// Is this one of the standard's own, written with its namespace or, as the schema wants it, without?
    pub fn is_own(&self) -> bool {
        is_frame(&self.namespace)
    }

    /// All that this element and those in it declare, the outer first.
    pub fn declared(&self, each: &mut dyn FnMut(&str, &str)) {
        self.declares.iter().for_each(|(prefix, name)| each(prefix, name));
        self.children.iter().for_each(|child| child.declared(each));
    }

    pub fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The value of an attribute that has no prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.prefix.is_empty() && a.name == name).map(|a| a.value.as_ref())
    }
}

/// Reads on to the end of the element just opened.
///
/// # Errors
/// What is no XML, and text beside elements.
pub(super) fn element<'a>(reader: &mut Reader<'a>, start: Start<'a>) -> Result<Element<'a>> {
    let mut element = opened(reader, start);
    loop {
        match reader.event()? {
            Event::Start(start) => element.children.push(self::element(reader, start)?),
            Event::Text(text) | Event::CData(text) => add(&mut element.text, text),
            Event::Reference(character) => element.text.to_mut().push(character),
            Event::End => break,
            Event::Entity(_) | Event::Eof => return Err(reader.error(element.at, "the element is not closed")),
        }
    }
    element.text = trimmed(element.text);
    if !element.text.is_empty() && !element.children.is_empty() {
        return Err(reader.error(element.at, format!("text stands beside elements in <{}>", element.name)));
    }
    Ok(element)
}

/// The element alone; what stands in it is still to be read.
pub(super) fn opened<'a>(reader: &Reader<'a>, start: Start<'a>) -> Element<'a> {
    let attribute = |attribute: theriac_core::xml::Attribute<'a>| {
        let (prefix, name) = attribute.name.split_once(':').unwrap_or(("", attribute.name));
        let namespace = if prefix.is_empty() { None } else { reader.namespace(prefix) };
        Attribute { prefix, namespace: namespace.unwrap_or_default(), name, value: attribute.value }
    };
    // xsi:type and its like tell a schema how to read what is plain text here.
    let (schemas, attributes): (Vec<_>, Vec<_>) =
        start.attributes.into_iter().map(attribute).partition(|a| a.namespace == INSTANCE);
    let nil = schemas.iter().any(|a| a.name == "nil" && matches!(a.value.trim(), "true" | "1"));
    Element {
        name: start.name,
        prefix: start.prefix,
        namespace: start.namespace,
        attributes,
        declares: start.declares,
        children: Vec::new(),
        text: Cow::Borrowed(""),
        nil,
        at: start.at,
    }
}

fn add<'a>(text: &mut Cow<'a, str>, more: &'a str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else {
        text.to_mut().push_str(more);
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// An error at an element.
pub(super) fn wrong(reader: &Reader<'_>, element: &Element<'_>, message: impl Into<String>) -> Error {
    reader.error(element.at, message)
}
