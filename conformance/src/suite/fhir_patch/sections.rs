//! A file of cases in XML: each a child of the root, with parts whose text is taken as it stands.

use crate::run::text;
use theriac_core::xml::{Event, Limits, Reader};

#[derive(Debug, Default)]
pub struct Section<'t> {
    attributes: Vec<(String, String)>,
    parts: Vec<Part<'t>>,
}

#[derive(Debug)]
pub struct Part<'t> {
    name: String,
    /// With its own tags.
    pub outer: &'t str,
    pub inner: &'t str,
}

impl<'t> Section<'t> {
    /// Empty if it has none of that name.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    pub fn part(&self, name: &str) -> Option<&Part<'t>> {
        self.parts.iter().find(|part| part.name == name)
    }
}

pub fn read(bytes: &[u8]) -> Result<Vec<Section<'_>>, String> {
    let mut reader = Reader::document(bytes, Limits::default()).map_err(text)?;
    let mut sections = Vec::new();
    let (mut depth, mut from, mut after, mut name) = (0, 0, 0, String::new());
    loop {
        match reader.event().map_err(text)? {
            Event::Start(start) => {
                depth += 1;
                match depth {
                    2 => {
                        let attributes = start.attributes.iter().map(|a| (a.name.to_owned(), a.value.to_string()));
                        sections.push(Section { attributes: attributes.collect(), parts: Vec::new() });
                    }
                    3 => (from, after, name) = (start.at, reader.end(), start.name.to_owned()),
                    _ => {}
                }
            }
            Event::End => {
                if let (3, Some(section)) = (depth, sections.last_mut()) {
                    // Where the tag was empty there is nothing between its beginning and its end.
                    let until = reader.at().max(after);
                    section.parts.push(Part {
                        name: std::mem::take(&mut name),
                        outer: reader.slice(from, reader.end()),
                        inner: reader.slice(after, until),
                    });
                }
                depth -= 1;
            }
            Event::Eof => return Ok(sections),
            _ => {}
        }
    }
}
