//! XML 1.0 as standards of healthcare and supply chains exchange it: UTF-8 and namespaces, never a document type
//! definition, so no entity but the five of XML itself. Tokens come from `quick-xml`; what a conforming processor
//! must refuse beyond that is refused here, and every fault is named with line and column.
//!
//! <https://www.w3.org/TR/xml/>, <https://www.w3.org/TR/xml-names/>

mod characters;
mod namespaces;
mod read;
mod tag;

pub use characters::{escape, is_char, is_name};
pub use read::{Event, Limits, Reader};
pub use tag::{Attribute, Start};
