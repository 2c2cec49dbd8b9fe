//! A small tree of an XML document: elements, texts, comments. Processing instructions have no place in FHIR.

use std::borrow::Cow;
use theriac_core::xml::{Event, Limits, Reader, escape};
use theriac_core::{Error, Result};

#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    pub namespace: String,
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Content>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Element(Element),
    Text(String),
    Comment(String),
}

impl Content {
    /// White space only.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, name: &str, value: String) {
        match self.attributes.iter_mut().find(|(own, _)| own == name) {
            Some((_, slot)) => *slot = value,
            None => self.attributes.push((name.to_owned(), value)),
        }
    }

    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Content::Element(element) => Some(element),
            _ => None,
        })
    }

    /// All text inside, as XPath's string value has it.
    pub fn string(&self) -> String {
        let parts = self.children.iter().map(|child| match child {
            Content::Element(element) => element.string(),
            Content::Text(text) => text.clone(),
            Content::Comment(_) => String::new(),
        });
        parts.collect()
    }
}

/// The text, if there is nothing else.
pub fn text(content: &[Content]) -> Option<String> {
    content
        .iter()
        .map(|content| match content {
            Content::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// # Errors
/// `Malformed`, as the reader of XML says.
pub fn read(bytes: &[u8]) -> Result<Element> {
    let mut reader = Reader::document(bytes, Limits::default())?;
    let mut open: Vec<Element> = Vec::new();
    let mut end = 0;
    loop {
        let event = reader.event()?;
        if let Some(inner) = open.last_mut() {
            // The reader passes over comments: they stand between its events.
            comments(reader.slice(end, reader.at()), inner);
        }
        end = reader.end().max(end);
        match event {
            Event::Start(start) => open.push(Element {
                namespace: start.namespace.into_owned(),
                name: start.name.to_owned(),
                attributes: start
                    .attributes
                    .iter()
                    .map(|a| (a.name.to_owned(), a.value.clone().into_owned()))
                    .collect(),
                children: Vec::new(),
            }),
            Event::End => {
                let Some(element) = open.pop() else { return Err(Error::malformed("an end without a beginning")) };
                match open.last_mut() {
                    Some(parent) => parent.children.push(Content::Element(element)),
                    None => return Ok(element),
                }
            }
            Event::Text(text) | Event::CData(text) => push(&mut open, lines(text)),
            Event::Reference(sign) => push(&mut open, Cow::Owned(sign.to_string())),
            Event::Entity(name) => return Err(Error::malformed(format!("the entity {name} is not XML's"))),
            Event::Eof => return Err(Error::malformed("the document has no element")),
        }
    }
}

/// A line ends with a line feed, however it was written (XML 1.0, 2.11).
fn lines(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(text),
    }
}

fn push(open: &mut [Element], text: Cow<'_, str>) {
    let Some(inner) = open.last_mut() else { return };
    match inner.children.last_mut() {
        Some(Content::Text(own)) => own.push_str(&text),
        _ => inner.children.push(Content::Text(text.into_owned())),
    }
}

fn comments(gap: &str, inner: &mut Element) {
    let mut rest = gap;
    while let Some((_, after)) = rest.split_once("<!--") {
        let Some((comment, behind)) = after.split_once("-->") else { return };
        inner.children.push(Content::Comment(comment.to_owned()));
        rest = behind;
    }
}

pub fn write(root: &Element) -> Vec<u8> {
    let mut out = Vec::new();
    element(root, "", &mut out);
    out
}

/// A namespace is declared where it changes; prefixes are not kept.
fn element(element: &Element, outer: &str, out: &mut Vec<u8>) {
    out.push(b'<');
    out.extend_from_slice(element.name.as_bytes());
    if element.namespace != outer {
        attribute("xmlns", &element.namespace, out);
    }
    element.attributes.iter().for_each(|(name, value)| attribute(name, value, out));
    if element.children.is_empty() {
        out.extend_from_slice(b"/>");
        return;
    }
    out.push(b'>');
    for child in &element.children {
        match child {
            Content::Element(child) => self::element(child, &element.namespace, out),
            Content::Text(text) => between(text, out),
            Content::Comment(text) => {
                [b"<!--", text.as_bytes(), b"-->"].iter().for_each(|part| out.extend_from_slice(part))
            }
        }
    }
    out.extend_from_slice(b"</");
    out.extend_from_slice(element.name.as_bytes());
    out.push(b'>');
}

fn attribute(name: &str, value: &str, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    escaped(value, out);
    out.push(b'"');
}

/// Between tags the ends of lines stand as they are.
fn between(text: &str, out: &mut Vec<u8>) {
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push(b'\n');
        }
        escaped(line, out);
    }
}

fn escaped(text: &str, out: &mut Vec<u8>) {
    // What was read as XML has no character that XML lacks.
    let _ = escape(text, out);
}
