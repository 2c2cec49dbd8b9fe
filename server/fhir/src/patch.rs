//! Patch engines: pure functions from a document and a patch to the document that comes of it.
//! <http://hl7.org/fhir/R4/http.html#patch>
//!
//! A patch is all of its operations or none. What the result must be is not judged here: it is checked like the
//! body of an update.

pub mod fhirpath;
pub mod json;
pub mod xml;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use theriac_core::json::Node;
use theriac_core::{Code, Error, Result};

/// A way to write patches: a row more is a format more.
struct Format {
    media: &'static str,
    read: fn(&[u8]) -> Result<Patch>,
}

const FORMATS: &[Format] = &[
    Format { media: "application/json-patch+json", read: |body| json::JsonPatch::read(body).map(Patch::Json) },
    Format { media: "application/xml-patch+xml", read: |body| xml::XmlPatch::read(body).map(Patch::Xml) },
    Format { media: "application/fhir+json", read: of_parameters },
    Format { media: "application/fhir+xml", read: of_parameters_in_xml },
];

fn of_parameters(body: &[u8]) -> Result<Patch> {
    fhirpath::FhirPathPatch::of(&theriac_core::json::parse(body)?).map(Patch::FhirPath)
}

pub fn media_types() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.media)
}

/// What is taken, as `Accept-Patch` says it (RFC 5789, 3.1).
pub fn accepted() -> String {
    media_types().collect::<Vec<_>>().join(", ")
}

fn of_parameters_in_xml(body: &[u8]) -> Result<Patch> {
    fhirpath::FhirPathPatch::of(&crate::xml::read(body)?).map(Patch::FhirPath)
}

#[derive(Debug, Clone)]
pub enum Patch {
    Json(json::JsonPatch),
    FhirPath(fhirpath::FhirPathPatch),
    Xml(xml::XmlPatch),
}

impl Patch {
    /// # Errors
    /// `UnsupportedMedia`, naming what is taken; `Malformed` for a body that is no such patch.
    pub fn read(media: &str, body: &[u8]) -> Result<Self> {
        match FORMATS.iter().find(|format| format.media == media) {
            Some(format) => (format.read)(body),
            None => Err(Error::new(
                Code::UnsupportedMedia,
                format!("'{media}' is not taken as a patch; send one of {}", accepted()),
            )),
        }
    }

    /// The resource after the patch.
    ///
    /// # Errors
    /// `Unprocessable` if an operation cannot be carried out, `Invalid` if the outcome has another type or id.
    pub fn apply(&self, resource: Node<'static>) -> Result<Node<'static>> {
        let (kind, id) = (member(&resource, "resourceType"), member(&resource, "id"));
        let mut patched = match self {
            Self::Json(patch) => patch.apply(resource)?,
            Self::FhirPath(patch) => patch.apply(resource)?,
            Self::Xml(patch) => patch.apply(&resource)?,
        };
        without_empty(&mut patched);
        for (name, before) in [("resourceType", kind), ("id", id)] {
            if member(&patched, name) != before {
                return Err(Error::invalid(format!("a patch cannot change the {name}")).at(name));
            }
        }
        Ok(patched)
    }
}

fn member(node: &Node<'_>, name: &str) -> Option<String> {
    node.text(name).map(str::to_owned)
}

/// Media type and body of a patch that travels in a Bundle: a Binary holds one of another format
/// (<http://hl7.org/fhir/R4/http.html#trules>); any other resource is its own body.
///
/// # Errors
/// `Invalid` for a Binary without its type or data.
pub fn of_entry<'n>(resource: &'n Node<'_>) -> Result<(Cow<'n, str>, Vec<u8>)> {
    if resource.text("resourceType") != Some("Binary") {
        return Ok((Cow::Borrowed("application/fhir+json"), resource.to_vec()));
    }
    let missing = |name: &str| Error::invalid("a Binary that holds a patch needs it").at(format!("Binary.{name}"));
    let media = resource.text("contentType").ok_or_else(|| missing("contentType"))?;
    let data = resource.text("data").ok_or_else(|| missing("data"))?;
    let packed: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let body = STANDARD.decode(packed).map_err(|_| Error::invalid("the data is not base64").at("Binary.data"))?;
    Ok((Cow::Owned(theriac_platform::http::media_type(media)), body))
}

/// Levels of nesting a patched document may have: as many as a body that is read.
const DEPTH: usize = 128;

/// An operation that cannot be carried out: the patch can be read, but does not fit the document.
fn unfit(index: usize, message: impl Into<String>) -> Error {
    Error::new(Code::Unprocessable, message).at(format!("operation {}", index + 1))
}

fn depth(node: &Node<'_>) -> usize {
    match node {
        Node::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Node::Object(object) => 1 + object.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
        _ => 0,
    }
}

fn size(node: &Node<'_>) -> usize {
    match node {
        Node::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Node::Object(object) => 1 + object.iter().map(|(_, value)| size(value)).sum::<usize>(),
        _ => 1,
    }
}

/// Takes out arrays and objects that operations have emptied: R4 has neither (<http://hl7.org/fhir/R4/json.html>).
pub fn without_empty(node: &mut Node<'_>) {
    match node {
        Node::Array(items) => {
            items.iter_mut().for_each(without_empty);
            items.retain(|item| !is_empty(item));
        }
        Node::Object(object) => {
            object.0.iter_mut().for_each(|(_, value)| without_empty(value));
            object.0.retain(|(_, value)| !is_empty(value));
        }
        _ => {}
    }
}

fn is_empty(node: &Node<'_>) -> bool {
    match node {
        Node::Array(items) => items.is_empty(),
        Node::Object(object) => object.0.is_empty(),
        _ => false,
    }
}
