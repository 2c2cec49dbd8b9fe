//! A document in XML, all in memory: for one event, for tests, for files that are known to be small.

use super::{Document, DocumentKind};
use crate::split::{Form, Splitter, placed};
use crate::xml;
use theriac_core::json::Node;
use theriac_core::{Issue, Result};

/// Reads the document and all its events into the tree of the JSON binding.
///
/// # Errors
/// What is not XML, and all events that are no such elements as the schema has.
pub fn from_xml(bytes: &[u8], any_order: bool) -> Result<Document<'static>> {
    let mut splitter = Splitter::new(Form::Xml);
    let mut cuts = Vec::new();
    splitter.push(bytes, &mut |cut| {
        cuts.push((cut.bytes.to_vec(), cut.line, cut.column));
        Ok(())
    })?;
    let xml::Frame { node, scope } = xml::frame(&splitter.finish(), any_order)?;
    let mut document = Document::read(node)?;
    if document.kind == DocumentKind::BareEvent {
        return Ok(document);
    }
    let (mut events, mut issues): (Vec<Node<'static>>, Vec<Issue>) = (Vec::new(), Vec::new());
    for (bytes, line, column) in &cuts {
        let around = scope.iter().map(|(prefix, name)| (prefix.as_str(), name.as_str()));
        match xml::event(bytes, around, &document.namespaces, any_order) {
            Ok(event) => events.push(event),
            Err(error) => {
                let cut = crate::split::Cut { bytes, line: *line, column: *column };
                issues.extend(placed(error, &cut).issues);
            }
        }
    }
    if !issues.is_empty() {
        return Err(theriac_core::Error::from_issues(issues));
    }
    document.fill(events);
    Ok(document)
}
