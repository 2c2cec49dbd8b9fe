//! EPCIS 2.0 and CBV 2.0: capture, query, event hash ids, item state.
//! <https://ref.gs1.org/standards/epcis/>, <https://ref.gs1.org/standards/cbv/>
//!
//! An event is kept as the JSON it came in; everything here is a view over that tree. Identifiers are
//! compared in one spelling only, the canonical GS1 Digital Link of [`identifier::canonical`], and
//! vocabulary words in one spelling, the Web URI of [`vocabulary`].

//!
//! What is captured is put aside as a job ([`capture`]), made into events and items by the [`worker`],
//! and read again by query ([`events`]) or by item ([`items`]), or sent to subscribers ([`subscription`]).

mod append;
pub mod capture;
pub mod coldchain;
mod collection;
pub mod decimal;
mod discovery;
pub mod document;
pub mod event;
pub mod event_id;
mod events;
pub mod exception;
mod format;
mod history;
pub mod identifier;
pub mod index;
pub mod item;
mod items;
mod job;
pub mod master;
pub mod namespaces;
mod origin;
mod page;
mod queries;
pub mod query;
pub mod reindex;
mod routes;
pub mod split;
mod store;
mod subscription;
pub mod translate;
mod unit;
mod view;
pub mod vocabulary;
pub mod worker;
pub mod xml;

use std::sync::Arc;
use subscription::Line;
use theriac_ledger::{Ledger, Watcher};
use theriac_platform::{Cursors, Webhooks};

pub use document::Document;
pub use event::{Event, EventType};
pub use namespaces::Namespaces;
pub use routes::routes;
pub use subscription::run as run_subscriptions;

/// What the handlers need besides the context.
#[derive(Clone)]
pub struct Epcis {
    cursors: Cursors,
    line: Arc<Line>,
    webhooks: Arc<Webhooks>,
}

impl Epcis {
    pub fn new(ledger: Arc<Ledger>, cursors: Cursors, webhooks: Webhooks) -> Self {
        Self { cursors, line: Arc::new(Line::new(ledger)), webhooks: Arc::new(webhooks) }
    }
}

/// The workers of the domain.
pub fn workers(_: &Epcis) -> Vec<Arc<dyn Watcher>> {
    vec![Arc::new(worker::Capture), Arc::new(coldchain::Temperature)]
}
