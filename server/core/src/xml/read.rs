//! The reader: one token after the other, borrowed from the text.

use super::characters::{illegal, is_name, is_space, resolve, unknown, value};
use super::namespaces::Namespaces;
use super::tag::{Attribute, Start};
use crate::{Error, Result};
use quick_xml::events::Event as Token;
use quick_xml::events::attributes::{AttrError, Attributes};
use quick_xml::reader::Reader as Tokens;
use std::borrow::Cow;

/// Bounds that keep a hostile document from costing more than its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Deepest nesting of elements.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128 }
    }
}

/// What a document is made of; comments and processing instructions are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    Start(Start<'a>),
    /// Of the element opened last, also where its tag was `<empty/>`.
    End,
    /// Between tags, as written; references come on their own.
    Text(&'a str),
    CData(&'a str),
    /// The character of a reference.
    Reference(char),
    /// The name of a reference to an entity that is not XML's own; only in a fragment that may hold them.
    Entity(&'a str),
    Eof,
}

type Declared<'a> = Vec<(&'a str, Cow<'a, str>)>;

pub struct Reader<'a> {
    text: &'a str,
    tokens: Tokens<&'a [u8]>,
    limits: Limits,
    namespaces: Namespaces<'a>,
    /// Names of the elements that are open, as written.
    open: Vec<&'a str>,
    /// The tag read last was empty, and its end is due.
    closes: bool,
    rooted: bool,
    takes_entities: bool,
    passes_doctype: bool,
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    /// A whole document: UTF-8, with or without a byte order mark and a declaration.
    ///
    /// # Errors
    /// `Malformed` for another encoding, and for characters that XML does not have.
    pub fn document(bytes: &'a [u8], limits: Limits) -> Result<Self> {
        let wide = |bytes: &[u8]| matches!(bytes, [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, ..] | [_, 0, ..]);
        if wide(bytes) {
            return Err(place(b"", 0, "the document is in UTF-16 or UTF-32; send it in UTF-8"));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        declaration(bytes)?;
        let text = std::str::from_utf8(bytes)
            .map_err(|e| place(bytes, e.valid_up_to(), "not valid UTF-8 from here; XML is taken in UTF-8 only"))?;
        Self::over(text, limits, false)
    }

    /// One element on its own, such as a narrative inside JSON. Entities are passed on by name.
    ///
    /// # Errors
    /// `Malformed` for characters that XML does not have.
    pub fn fragment(text: &'a str, limits: Limits) -> Result<Self> {
        Self::over(text, limits, true)
    }

    /// One element cut out of a document, where these prefixes were bound around it (the empty one is the default).
    ///
    /// # Errors
    /// `Malformed` for what is not UTF-8, characters that XML does not have, and bindings it forbids.
    pub fn within(
        bytes: &'a [u8],
        scope: impl IntoIterator<Item = (&'a str, &'a str)>,
        limits: Limits,
    ) -> Result<Self> {
        let text = std::str::from_utf8(bytes)
            .map_err(|e| place(bytes, e.valid_up_to(), "not valid UTF-8 from here; XML is taken in UTF-8 only"))?;
        let mut reader = Self::over(text, limits, false)?;
        for (prefix, name) in scope {
            let bound = reader.namespaces.bind(0, prefix, Cow::Borrowed(name));
            bound.map_err(|why| place(b"", 0, why))?;
        }
        Ok(reader)
    }

    /// Passes over a document type declaration that names the outermost element and declares nothing.
    #[must_use]
    pub fn passing_doctype(self) -> Self {
        Self { passes_doctype: true, ..self }
    }

    /// What each prefix stands for here, inside the element opened last.
    pub fn scope(&self) -> Vec<(&'a str, Cow<'a, str>)> {
        self.namespaces.in_scope()
    }

    /// The namespace of a prefix, inside the element opened last.
    pub fn namespace(&self, prefix: &str) -> Option<Cow<'a, str>> {
        self.namespaces.of(prefix)
    }

    fn over(text: &'a str, limits: Limits, takes_entities: bool) -> Result<Self> {
        if let Some(at) = illegal(text) {
            return Err(place(text.as_bytes(), at, "a character that XML does not have stands here; leave it out"));
        }
        let mut tokens = Tokens::from_reader(text.as_bytes());
        tokens.config_mut().check_comments = true;
        Ok(Self {
            text,
            tokens,
            limits,
            namespaces: Namespaces::default(),
            open: Vec::new(),
            closes: false,
            rooted: false,
            takes_entities,
            passes_doctype: false,
            at: 0,
            end: 0,
        })
    }

    /// Where the event read last begins.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Where the event read last ends.
    pub fn end(&self) -> usize {
        self.end
    }

    /// The text as it was written.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or("")
    }

    /// An error that names the place by line and column.
    pub fn error(&self, at: usize, message: impl Into<String>) -> Error {
        place(self.text.as_bytes(), at, message)
    }

    /// # Errors
    /// `Malformed`, where the text stops being XML that is taken here.
    pub fn event(&mut self) -> Result<Event<'a>> {
        if std::mem::take(&mut self.closes) {
            return Ok(self.close());
        }
        loop {
            self.at = self.offset();
            let token = self.tokens.read_event().map_err(|e| self.broken(&e))?;
            self.end = self.offset();
            let raw = self.slice(self.at, self.end);
            match token {
                Token::Start(_) => return self.open(&raw[1..raw.len() - 1]),
                Token::Empty(_) => {
                    self.closes = true;
                    return self.open(&raw[1..raw.len() - 2]);
                }
                Token::End(_) => return Ok(self.close()),
                Token::Text(_) => {
                    if let Some(text) = self.text(raw)? {
                        return Ok(text);
                    }
                }
                Token::CData(_) => {
                    self.inside()?;
                    return Ok(Event::CData(&raw["<![CDATA[".len()..raw.len() - "]]>".len()]));
                }
                Token::GeneralRef(_) => return self.reference(&raw[1..raw.len() - 1]),
                Token::Comment(_) => {}
                Token::PI(pi) if !pi.target().eq_ignore_ascii_case("xml") && is_name(pi.target()) => {}
                Token::Decl(_) if self.at == 0 && !self.takes_entities => {}
                Token::PI(_) | Token::Decl(_) => {
                    return Err(self.error(self.at, "<?xml ...?> stands at the very beginning of a document only"));
                }
                Token::DocType(_) if self.passes_doctype && !self.rooted && is_name(doctype(raw)) => {}
                Token::DocType(_) => {
                    let message = "a document type definition (<!DOCTYPE) is not taken; leave it out";
                    return Err(self.error(self.at, message));
                }
                Token::Eof => return self.finish(),
            }
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.tokens.buffer_position()).unwrap_or(usize::MAX)
    }

    fn broken(&self, error: &quick_xml::Error) -> Error {
        let at = usize::try_from(self.tokens.error_position()).unwrap_or(self.at);
        self.error(at, format!("not XML: {error}"))
    }

    fn open(&mut self, tag: &'a str) -> Result<Event<'a>> {
        let length = tag.bytes().position(is_space).unwrap_or(tag.len());
        let qualified = &tag[..length];
        let (prefix, name) = qualified.split_once(':').unwrap_or(("", qualified));
        if !is_name(name) || !(prefix.is_empty() || is_name(prefix)) || qualified.starts_with(':') {
            return Err(self.error(self.at, "not XML: no element can have this name"));
        }
        if self.open.is_empty() && self.rooted {
            return Err(self.error(self.at, "the document ended before this; it has one outermost element"));
        }
        if self.open.len() >= self.limits.depth {
            return Err(self.error(self.at, "nested deeper than is allowed"));
        }
        self.rooted = true;
        self.open.push(qualified);
        let (attributes, declares) = self.attributes(tag, length)?;
        let undeclared = || self.error(self.at, format!("the prefix '{prefix}' is not declared (xmlns:{prefix})"));
        let namespace = self.namespaces.of(prefix).ok_or_else(undeclared)?;
        Ok(Event::Start(Start { name, prefix, namespace, attributes, declares, at: self.at }))
    }

    fn attributes(&mut self, tag: &'a str, length: usize) -> Result<(Vec<Attribute<'a>>, Declared<'a>)> {
        let (mut found, mut declares) = (Vec::new(), Vec::new());
        for attribute in Attributes::new(tag, length) {
            let attribute = attribute.map_err(|e| self.ill_formed(&e))?;
            let (name, Cow::Borrowed(raw)) = (attribute.key.0, attribute.value) else { continue };
            let at = self.place_of(name);
            if !self.text[..at].ends_with(|c: char| c.is_ascii_whitespace()) {
                return Err(self.error(at, "not XML: attributes have white space between them"));
            }
            let value = value(raw).map_err(|(inner, why)| self.error(self.place_of(raw) + inner, why))?;
            let (prefix, local) = name.split_once(':').unwrap_or(("", name));
            if !is_name(local) || !(prefix.is_empty() || is_name(prefix)) || name.starts_with(':') {
                return Err(self.error(at, "not XML: no attribute can have this name"));
            }
            let bound = match (prefix, local) {
                ("", "xmlns") => Some(""),
                ("xmlns", prefix) => Some(prefix),
                _ => None,
            };
            let Some(prefix) = bound else {
                found.push(Attribute { name, value, at });
                continue;
            };
            self.namespaces.bind(self.open.len(), prefix, value.clone()).map_err(|why| self.error(at, why))?;
            declares.push((prefix, value));
        }
        let unknown = |a: &&Attribute<'_>| a.name.split_once(':').is_some_and(|(p, _)| self.namespaces.of(p).is_none());
        match found.iter().find(unknown) {
            Some(attribute) => Err(self.error(attribute.at, "the attribute's prefix is not declared")),
            None => Ok((found, declares)),
        }
    }

    fn ill_formed(&self, error: &AttrError) -> Error {
        let (inner, message) = match error {
            AttrError::Duplicated(at, _) => (*at, "the attribute stands here twice"),
            AttrError::ExpectedEq(at) | AttrError::ExpectedValue(at) | AttrError::UnquotedValue(at) => {
                (*at, "not XML: an attribute is written name=\"value\"")
            }
            AttrError::ExpectedQuote(at, _) => (*at, "not XML: the attribute's quotation mark is not closed"),
        };
        self.error(self.at + 1 + inner, message)
    }

    /// Where in the text this part of it stands.
    fn place_of(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    fn close(&mut self) -> Event<'a> {
        self.open.pop();
        self.namespaces.leave(self.open.len());
        Event::End
    }

    fn inside(&self) -> Result<()> {
        match self.open.is_empty() {
            true => Err(self.error(self.at, "text stands outside the outermost element")),
            false => Ok(()),
        }
    }

    /// Nothing for white space around the outermost element.
    fn text(&self, raw: &'a str) -> Result<Option<Event<'a>>> {
        if self.open.is_empty() && raw.bytes().all(is_space) {
            return Ok(None);
        }
        self.inside()?;
        match raw.find("]]>") {
            Some(at) => Err(self.error(self.at + at, "not XML: ']]>' in text is written ']]&gt;'")),
            None => Ok(Some(Event::Text(raw))),
        }
    }

    fn reference(&self, name: &'a str) -> Result<Event<'a>> {
        self.inside()?;
        match resolve(name) {
            Some(c) => Ok(Event::Reference(c)),
            None if self.takes_entities && is_name(name) => Ok(Event::Entity(name)),
            None => Err(self.error(self.at, unknown(name))),
        }
    }

    fn finish(&self) -> Result<Event<'a>> {
        match (self.open.last(), self.rooted) {
            (Some(name), _) => Err(self.error(self.at, format!("the document ends before </{name}>"))),
            (None, false) => Err(self.error(self.at, "the document has no element")),
            (None, true) => Ok(Event::Eof),
        }
    }
}

/// What stands in `<!DOCTYPE ...>`.
fn doctype(raw: &str) -> &str {
    raw.get("<!DOCTYPE".len()..raw.len().saturating_sub(1)).unwrap_or("").trim()
}

/// The XML declaration: version 1.0, and no other encoding than UTF-8.
fn declaration(bytes: &[u8]) -> Result<()> {
    let Some(rest) = bytes.strip_prefix(b"<?xml").filter(|rest| rest.first().is_some_and(|b| is_space(*b))) else {
        return Ok(());
    };
    let length = rest.windows(2).position(|pair| pair == b"?>").unwrap_or(rest.len());
    let text = String::from_utf8_lossy(&rest[..length]);
    for attribute in Attributes::new(&text, 0) {
        let Ok(attribute) = attribute else {
            return Err(place(bytes, 0, "not XML: write <?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
        };
        let value = attribute.value.as_ref();
        let shown: String = value.chars().filter(char::is_ascii_graphic).take(32).collect();
        match attribute.key.0 {
            "version" if value != "1.0" => {
                return Err(place(bytes, 0, format!("XML {shown} is not taken; send version=\"1.0\"")));
            }
            "encoding" if !matches!(value.to_ascii_lowercase().as_str(), "utf-8" | "us-ascii") => {
                let message = format!("the encoding {shown} is not taken; send the document in UTF-8 and say so");
                return Err(place(bytes, 0, message));
            }
            "version" | "encoding" | "standalone" => {}
            _ => return Err(place(bytes, 0, "the XML declaration says version, encoding and standalone only")),
        }
    }
    Ok(())
}

fn place(bytes: &[u8], at: usize, message: impl Into<String>) -> Error {
    let before = &bytes[..at.min(bytes.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    Error::malformed(message).at(format!("line {line}, column {column}"))
}

#[cfg(test)]
mod tests;
