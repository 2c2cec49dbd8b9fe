//! EPCIS documents in XML, both bindings that are in use: 2.0 (`urn:epcglobal:epcis:xsd:2`) and 1.2
//! (`urn:epcglobal:epcis:xsd:1`). EPCIS 2.0 section 9, EPCIS 1.2 section 9.
//!
//! XML is a second spelling of the JSON tree: what is read becomes the event that the JSON binding would have
//! sent, and passes the same checks; what is written is made of it. The order of elements is that of the schema.
//! What 1.2 nests in `extension` and `baseExtension` is taken out on the way in and put back on the way out.

mod answer;
mod event;
mod extension;
mod frame;
mod markup;
mod master;
mod order;
mod sensor;
mod tree;
mod write;

pub use answer::{answer, problem};
pub use event::read as event;
pub use frame::{Frame, read as frame};
pub use write::{Version, Writer};

use crate::namespaces::Namespaces;

/// Namespaces of the standard's own documents, by version.
pub const EPCIS: [&str; 2] = ["urn:epcglobal:epcis:xsd:1", "urn:epcglobal:epcis:xsd:2"];
pub const QUERY: [&str; 2] = ["urn:epcglobal:epcis-query:xsd:1", "urn:epcglobal:epcis-query:xsd:2"];
pub const MASTER: [&str; 2] = ["urn:epcglobal:epcis-masterdata:xsd:1", "urn:epcglobal:epcis-masterdata:xsd:2"];
pub const HEADER: &str = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
pub const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// What 1.2 lets a vendor write in `extension` has no namespace of its own; members of JSON need one.
pub const VENDOR: &str = "urn:theriac:epcis:extension";
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";

/// Namespaces whose prefixes say nothing about an event's content.
fn is_frame(namespace: &str) -> bool {
    let own = EPCIS.iter().chain(&QUERY).chain(&MASTER).any(|known| *known == namespace);
    own || matches!(namespace, "" | HEADER | INSTANCE | SCHEMA | "urn:epcglobal:xsd:1")
}

/// The prefixes around an event, as far as they may name something in it.
pub fn namespaces<'s>(scope: impl IntoIterator<Item = (&'s str, &'s str)>) -> Namespaces {
    let own = scope.into_iter().filter(|(prefix, name)| !prefix.is_empty() && *prefix != "epcis" && !is_frame(name));
    Namespaces::default().and(own)
}

#[cfg(test)]
mod tests;
