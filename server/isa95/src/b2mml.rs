//! B2MML V0700 (<https://github.com/MESAInternational/B2MML-BatchML>), in XML and in JSON, and the plain documents
//! that resources are kept as. All three are read and written by one table of the schema's types.
//!
//! The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International.
//!
//! Plain names are the standard's in lower camel case: `MaterialDefinitionID` is `materialDefinitionID`, `ID` is `id`;
//! the properties of a thing (`MaterialLotProperty`, `...PropertyChild`) are its `properties`. A value without
//! attributes is bare, one with them has the schema's JSON form, `{"$": value, "@name": attribute}`.
//! Pure: no IO. Not here: what becomes of a message (`message`), and which type is which resource (`resource`).

mod json;
mod lexical;
mod read;
mod table;
mod upgrade;
mod write;
mod xml;

pub use json::from_json;
pub use lexical::micros;
pub use read::{Form, Found, read};
pub use table::{Document, Kind, Member, NAMESPACE, Verb, document, documents, kind, message_parts, nothing};
pub use write::{message, tree};
pub use xml::{Root, from_xml, to_xml};
