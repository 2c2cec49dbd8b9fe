//! FHIR in XML, there and back: driven by the tables of [`crate::definition`] and losing nothing that JSON says.
//!
//! Values stand in attributes, elements in the schema's order, resources in an element of their own name, and the
//! narrative as it is. Both ways end in the one tree of resources, [`theriac_core::json::Node`], so that whatever
//! is asked of a resource is asked the same in either form.
//!
//! <http://hl7.org/fhir/R4/xml.html>

pub(crate) mod entities;
mod read;
mod write;
mod xhtml;

pub use read::{read, read_lenient};
pub use write::{Style, write};
pub use xhtml::{check as check_xhtml, languages as languages_of_xhtml, named_entity};

use crate::definition::{Kind, TypeDef};

/// The namespace of every element but those of the narrative.
const FHIR: &str = "http://hl7.org/fhir";
/// <http://hl7.org/fhir/R4/narrative.html>
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Of R4's elements only these are attributes: `Element.id` and `Extension.url`.
fn is_attribute(def: &TypeDef, name: &str) -> bool {
    (name == "id" && def.kind != Kind::Resource) || (name == "url" && def.is_extension())
}

#[cfg(test)]
mod tests;
