//! The narrative's `div`: XHTML in the words that R4 allows, kept as it was written. In JSON it is a text that must be
//! XHTML on its own; in XML it stands among the other elements.
//!
//! <http://hl7.org/fhir/R4/narrative.html#xhtml>

mod legal;
#[cfg(test)]
mod tests;

use super::{XHTML, entities};
use std::borrow::Cow;
use theriac_core::Result;
use theriac_core::xml::{Event, Limits, Reader, Start, escape};

/// Deeper than any narrative.
const LIMITS: Limits = Limits { depth: 64 };

/// Takes the element that was opened by `start`, up to its end, as it is written; only where names depend on
/// prefixes or on declarations outside it is it written anew.
///
/// # Errors
/// `Malformed`, with the place of what XML or the narrative's rules do not allow.
pub fn take<'a>(reader: &mut Reader<'a>, start: &Start<'a>) -> Result<Cow<'a, str>> {
    let mut stands_alone = start.declares_default() && start.prefix.is_empty();
    let mut anew = Anew::default();
    visit(reader, start, &mut |event| {
        if let Event::Start(inner) = event {
            stands_alone &= inner.prefix.is_empty();
        }
        anew.take(event);
    })?;
    Ok(match stands_alone {
        true => Cow::Borrowed(reader.slice(start.at, reader.end())),
        false => Cow::Owned(anew.text),
    })
}

/// Is the text of a JSON member a narrative? Says what is wrong and where.
pub fn check(text: &str) -> Result<(), String> {
    with_div(text, &mut |_| {}).map(drop)
}

/// The first entity that XHTML defines and XML does not: it can be read, but "Unicode characters SHALL be used instead"
/// (<http://hl7.org/fhir/R4/narrative.html>).
pub fn named_entity(text: &str) -> Option<String> {
    let mut found = None;
    let seen = with_div(text, &mut |event| {
        if let Event::Entity(name) = event {
            found.get_or_insert_with(|| name.to_string());
        }
    });
    seen.ok().and(found)
}

/// The languages of the sections that the narrative's `div` is made of.
///
/// # Errors
/// What is wrong, as [`check`] says it.
pub fn languages(text: &str) -> Result<Vec<String>, String> {
    let (mut depth, mut found) = (0, Vec::new());
    with_div(text, &mut |event| match event {
        Event::Start(start) => {
            depth += 1;
            let said = start.attributes.iter().find(|a| matches!(a.name, "lang" | "xml:lang"));
            found.extend(said.filter(|_| depth == 2 && start.name == "div").map(|a| a.value.to_string()));
        }
        Event::End => depth -= 1,
        _ => {}
    })?;
    Ok(found)
}

/// The text as it stands in an XML document: with the namespace, without prefixes and named entities.
///
/// # Errors
/// What is wrong, as [`check`] says it.
pub fn render(text: &str) -> Result<Cow<'_, str>, String> {
    let mut foreign = false;
    let (start, end) = with_div(text, &mut |event| match event {
        Event::Start(start) => foreign |= !start.prefix.is_empty(),
        Event::Entity(_) => foreign = true,
        _ => {}
    })?;
    let div = &text[start.at..end];
    if start.declares_default() && !foreign {
        return Ok(Cow::Borrowed(div));
    }
    let mut anew = Anew::default();
    with_div(text, &mut |event| anew.take(event))?;
    Ok(Cow::Owned(anew.text))
}

/// The tag of the one `div` and where the element ends; all its events are shown, the first one too.
fn with_div<'t>(text: &'t str, see: &mut dyn FnMut(&Event<'t>)) -> Result<(Start<'t>, usize), String> {
    let wrong = |error: theriac_core::Error| match error.issues.first() {
        Some(issue) => format!("is not XHTML at {}: {}", issue.path, error.message),
        None => error.message,
    };
    let mut read = || -> Result<(Start<'t>, usize)> {
        let mut reader = Reader::fragment(text, LIMITS)?;
        let Event::Start(start) = reader.event()? else { return Err(reader.error(0, "<div> was expected here")) };
        if start.name != "div" {
            return Err(reader.error(start.at, "a narrative is one <div>"));
        }
        visit(&mut reader, &start, see)?;
        let end = reader.end();
        reader.event().map(|_| (start, end))
    };
    read().map_err(wrong)
}

/// Shows every event of the element, having judged it.
fn visit<'a>(reader: &mut Reader<'a>, start: &Start<'a>, see: &mut dyn FnMut(&Event<'a>)) -> Result<()> {
    let namespace = start.namespace.clone();
    let judge = |reader: &Reader<'a>, start: &Start<'a>| match legal::fault(start, &namespace) {
        None => Ok(()),
        Some((at, why)) => Err(reader.error(at, format!("the narrative {why}"))),
    };
    judge(reader, start)?;
    see(&Event::Start(start.clone()));
    let mut open = 1;
    while open > 0 {
        let event = reader.event()?;
        match &event {
            Event::Start(start) => {
                judge(reader, start)?;
                open += 1;
            }
            Event::End => open -= 1,
            Event::Entity(name) if entities::character(name).is_none() => {
                let message =
                    format!("the narrative names '&{name};', which XHTML does not define; write &amp; for '&'");
                return Err(reader.error(reader.at(), message));
            }
            // The reader does not let an element stay open.
            Event::Eof => return Ok(()),
            _ => {}
        }
        see(&event);
    }
    Ok(())
}

/// The element written anew: no prefixes, one declaration, no entities. Comments stay behind.
#[derive(Default)]
struct Anew<'a> {
    text: String,
    open: Vec<&'a str>,
}

impl<'a> Anew<'a> {
    fn take(&mut self, event: &Event<'a>) {
        match event {
            Event::Start(start) => {
                self.text.push('<');
                self.text.push_str(start.name);
                if self.open.is_empty() {
                    self.text.push_str(" xmlns=\"");
                    self.text.push_str(XHTML);
                    self.text.push('"');
                }
                for attribute in &start.attributes {
                    self.text.push(' ');
                    self.text.push_str(attribute.name);
                    self.text.push_str("=\"");
                    self.escaped(&attribute.value);
                    self.text.push('"');
                }
                self.text.push('>');
                self.open.push(start.name);
            }
            Event::End => match (self.open.pop(), self.text.pop()) {
                // An empty element of XHTML is closed in its own tag.
                (Some("br" | "hr" | "img" | "col" | "area"), Some('>')) => self.text.push_str("/>"),
                (name, last) => {
                    self.text.extend(last);
                    self.text.push_str("</");
                    self.text.push_str(name.unwrap_or_default());
                    self.text.push('>');
                }
            },
            Event::Text(text) => self.text.push_str(text),
            Event::CData(text) => self.escaped(text),
            Event::Reference(c) => self.escaped(c.encode_utf8(&mut [0; 4])),
            Event::Entity(name) => self.text.extend(entities::character(name)),
            Event::Eof => {}
        }
    }

    /// What the reader let through can be written.
    fn escaped(&mut self, text: &str) {
        let mut out = Vec::with_capacity(text.len());
        if escape(text, &mut out).is_ok() {
            self.text.push_str(&String::from_utf8_lossy(&out));
        }
    }
}
