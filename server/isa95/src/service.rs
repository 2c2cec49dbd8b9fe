//! The service: what the binary is given (routes, workers), and what watchers of readings may ask.

use crate::batch::{self, Columns};
use crate::catalogue::{Catalogue, Known};
use crate::flow::Flow;
use crate::{chunks, genealogy, history, ingest, job, limits, message, resource, retention, socket, store};
use std::sync::Arc;
use theriac_access::Permission::{Admin, Isa95Read, Isa95Write, QualityWrite, ReadingsWrite};
use theriac_core::Result;
use theriac_ledger::{Rounds, Watcher};
use theriac_platform::Cursors;
use theriac_platform::db::TenantDb;
use theriac_platform::http::Method::{Delete, Get, Post, Put};
use theriac_platform::http::{Facade, Route, Routes};

/// What the handlers share.
#[derive(Clone)]
pub struct Isa95 {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) cursors: Cursors,
    pub(crate) flow: Arc<Flow>,
}

impl Isa95 {
    /// Its cursors are good for this process alone.
    pub fn new() -> Self {
        Self::with_cursors(Cursors::new(uuid::Uuid::new_v4().as_bytes()))
    }

    pub fn with_cursors(cursors: Cursors) -> Self {
        Self { catalogue: Arc::default(), cursors, flow: Arc::default() }
    }
}

impl Default for Isa95 {
    fn default() -> Self {
        Self::new()
    }
}

#[rustfmt::skip]
pub fn routes(isa95: &Isa95) -> Vec<Route> {
    Routes::new(Facade::Plain)
        .add(Post,   "/{tenant}/isa95/readings",       ReadingsWrite, isa95, ingest::post,    "Readings as JSON, NDJSON or CSV")
        .add(Get,    "/{tenant}/isa95/readings",       Isa95Read,     isa95, history::answer, "Readings of a property, or their aggregates; a WebSocket takes readings")
        .upgrade(isa95, socket::converse)
        .gate(isa95, socket::gate)
        .add(Get,    "/{tenant}/isa95/retention",                           Isa95Read,    isa95, retention::read, "How long readings are kept, and what stays of them")
        .add(Put,    "/{tenant}/isa95/retention",                           Admin,        isa95, retention::put,  "Say how long readings are kept, and what stays of them")
        .add(Get,    "/{tenant}/isa95/limits/{property}",                   Isa95Read,    isa95, limits::list,    "The limits of a property, version by version")
        .add(Post,   "/{tenant}/isa95/limits/{property}",                   QualityWrite, isa95, limits::propose, "Propose limits of a property")
        .add(Post,   "/{tenant}/isa95/limits/{property}/{version}/approve", QualityWrite, isa95, limits::approve, "Approve limits that somebody else proposed")
        .add(Post,   "/{tenant}/isa95/limits/{property}/{version}/reject",  QualityWrite, isa95, limits::reject,  "Reject proposed limits")
        .add(Post,   "/{tenant}/isa95/messages",            Isa95Write, isa95, message::post,      "A B2MML message: Get, Process, Change, Cancel or Sync of a noun")
        .add(Get,    "/{tenant}/isa95/danglingReferences",  Isa95Read,  isa95, resource::dangling, "Places that name records which are not there")
        .add(Get,    "/{tenant}/isa95/{resource}",          Isa95Read,  isa95, resource::search,   "Records of a type, by id, searched")
        .add(Post,   "/{tenant}/isa95/{resource}",          Isa95Write, isa95, resource::create,   "A new record under the id in its body")
        .add(Get,    "/{tenant}/isa95/{resource}/{id}",     Isa95Read,  isa95, resource::read,     "One record, as it is or was at a moment")
        .add(Put,    "/{tenant}/isa95/{resource}/{id}",     Isa95Write, isa95, resource::put,      "Create or change a record")
        .add(Delete, "/{tenant}/isa95/{resource}/{id}",     Isa95Write, isa95, resource::delete,   "Remove a record that no other names; its versions stay")
        .add(Get,    "/{tenant}/isa95/{resource}/{id}/_history",           Isa95Read, isa95, resource::history, "The versions of a record, newest first")
        .add(Get,    "/{tenant}/isa95/{resource}/{id}/_history/{version}", Isa95Read, isa95, resource::version, "One version of a record")
        .add(Get,    "/{tenant}/isa95/materialLots/{id}/$genealogy",    Isa95Read, isa95, genealogy::answer, "What a lot came from, or what came of it")
        .add(Get,    "/{tenant}/isa95/materialSubLots/{id}/$genealogy", Isa95Read, isa95, genealogy::answer, "What a sublot came from, or what came of it")
        .add(Post,   "/{tenant}/isa95/jobOrders/$store",            Isa95Write, isa95, job::store, "Store a job order, not allowed to start yet")
        .add(Post,   "/{tenant}/isa95/jobOrders/$storeAndStart",    Isa95Write, isa95, job::store, "Store a job order that may start")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$update",      Isa95Write, isa95, job::call,  "Change a job order that has not begun")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$start",       Isa95Write, isa95, job::call,  "Allow a job order to start")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$revokeStart", Isa95Write, isa95, job::call,  "Take back that a job order may start")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$pause",       Isa95Write, isa95, job::call,  "Interrupt a running job order")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$resume",      Isa95Write, isa95, job::call,  "Go on with an interrupted job order")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$stop",        Isa95Write, isa95, job::call,  "End a job order")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$abort",       Isa95Write, isa95, job::call,  "Abort a job order")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$cancel",      Isa95Write, isa95, job::call,  "Remove a job order that has not begun")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$clear",       Isa95Write, isa95, job::call,  "Remove a job order after its end")
        .add(Post,   "/{tenant}/isa95/jobOrders/{id}/$advance",     Isa95Write, isa95, job::advance, "Report a step that no method causes: begun, finished, prepared")
        .add(Get,    "/{tenant}/isa95/jobOrders/{id}/$requestJobResponse", Isa95Read, isa95, job::respond, "The responses to a job order")
        .add(Get,    "/{tenant}/isa95/jobOrders/$requestJobResponse",      Isa95Read, isa95, job::respond_all, "The responses to job orders in a state")
        .rows()
}

pub fn workers(_: &Isa95) -> Vec<Arc<dyn Watcher>> {
    vec![Arc::new(chunks::Chunks)]
}

pub fn rounds() -> Vec<Arc<dyn Rounds>> {
    retention::rounds()
}

/// The topic of the entry that each stored batch has; its data is `{"batch": key, "count": n}`.
pub const READINGS: &str = "isa95.readings";
/// The topic of the entry that each change of equipment has.
pub const EQUIPMENT: &str = "isa95.equipment";

/// The topic of the entry that each version of a property's limits has, proposed or decided; its data is
/// `{"property", "version", "state", "scheduled"}`, the last a [`crate::limits::Scheduled`] or null.
pub const LIMITS: &str = "isa95.limits";

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
