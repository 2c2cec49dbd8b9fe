//! EPCIS 2.0 and CBV 2.0: capture, query, event hash ids, item state.
//! <https://ref.gs1.org/standards/epcis/>, <https://ref.gs1.org/standards/cbv/>
//!
//! An event is kept as the JSON it came in; everything here is a view over that tree. Identifiers are
//! compared in one spelling only, the canonical GS1 Digital Link of [`identifier::canonical`], and
//! vocabulary words in one spelling, the Web URI of [`vocabulary`].

pub mod decimal;
pub mod document;
pub mod event;
pub mod event_id;
pub mod identifier;
pub mod index;
pub mod item;
pub mod namespaces;
pub mod query;
pub mod vocabulary;

pub use document::Document;
pub use event::{Event, EventType};
pub use namespaces::Namespaces;
