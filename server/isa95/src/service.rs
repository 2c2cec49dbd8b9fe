//! The service: what the binary is given (routes, workers), and what watchers of readings may ask.

use crate::batch::{self, Columns};
use crate::catalogue::{Catalogue, Known};
use crate::{chunks, define, history, ingest, list, socket, store};
use std::sync::Arc;
use theriac_access::Permission::{Isa95Read, Isa95Write, ReadingsWrite};
use theriac_core::Result;
use theriac_ledger::Watcher;
use theriac_platform::db::TenantDb;
use theriac_platform::http::Method::{Delete, Get, Post, Put};
use theriac_platform::http::{Facade, Route, Routes};

/// What the handlers share.
#[derive(Clone, Default)]
pub struct Isa95 {
    pub(crate) catalogue: Arc<Catalogue>,
}

impl Isa95 {
    pub fn new() -> Self {
        Self::default()
    }
}

#[rustfmt::skip]
pub fn routes(isa95: &Isa95) -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Get,    "/{tenant}/isa95/equipment",      Isa95Read,     isa95, list::list,      "Equipment, by id")
        .add(Get,    "/{tenant}/isa95/equipment/{id}", Isa95Read,     isa95, define::read,    "One piece of equipment with its watched properties")
        .add(Put,    "/{tenant}/isa95/equipment/{id}", Isa95Write,    isa95, define::put,     "Define equipment and its watched properties")
        .add(Delete, "/{tenant}/isa95/equipment/{id}", Isa95Write,    isa95, define::delete,  "Remove equipment; its readings stay")
        .add(Post,   "/{tenant}/isa95/readings",       ReadingsWrite, isa95, ingest::post,    "Readings as JSON, NDJSON or CSV")
        .add(Get,    "/{tenant}/isa95/readings",       Isa95Read,     isa95, history::answer, "Readings of a property, or their aggregates; a WebSocket takes readings")
        .upgrade(isa95, socket::converse)
        .gate(isa95, socket::gate)
        .rows()
}

pub fn workers(_: &Isa95) -> Vec<Arc<dyn Watcher>> {
    vec![Arc::new(chunks::Chunks)]
}

/// The topic of the entry that each stored batch has; its data is `{"batch": key, "count": n}`.
pub const READINGS: &str = "isa95.readings";
/// The topic of the entry that each change of equipment has.
pub const EQUIPMENT: &str = "isa95.equipment";

/// The stored batches of these keys, in the order of the keys.
///
/// # Errors
/// The database's; `Internal` for a batch that is damaged or missing.
pub async fn batches(db: &TenantDb, keys: &[i64]) -> Result<Vec<Columns>> {
    let bodies = store::bodies(db, keys).await?;
    bodies.iter().map(|body| batch::decode(body)).collect()
}

/// Those of the addresses that are known, watched or not.
///
/// # Errors
/// The database's.
pub async fn properties(db: &TenantDb, addresses: &[String]) -> Result<Vec<Known>> {
    store::property::by_address(db, addresses).await
}
