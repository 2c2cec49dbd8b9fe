//! ISA-95 (IEC 62264): the resources of parts 2 and 4 with B2MML, watched properties, and readings in compact
//! time-ordered chunks.
//!
//! Kept here: `service` (routes), `resource` (records of every type), `message` (B2MML's verbs), `job` (job control),
//! `retention` (what is dropped and what stays), `genealogy`, `run` (batch and phase of a moment), `limits` (versions, approval), `ingest` (readings in), `chunks` (the worker that turns batches into chunks), `history` (readings out);
//! all SQL is in `store`. Pure here: [`b2mml`], [`equipment`] (model, hierarchy), [`reading`] (bodies to columns), [`batch`] (what one ledger
//! entry keeps), [`chunk`] (what a property's history is kept in), [`aggregate`], [`limits`], [`time`].
//! Invariants: a reading is known by (property, time) and the later arrival wins; values are finite and come
//! back bit for bit; a refused reading never stops the others of its body.

pub mod aggregate;
pub mod b2mml;
pub mod batch;
mod catalogue;
mod checksum;
pub mod chunk;
mod chunks;
mod decimal;
pub mod equipment;
mod flow;
mod genealogy;
mod history;
mod ingest;
pub mod job;
pub mod limits;
mod message;
mod nearest;
mod quality_runs;
pub mod reading;
mod resource;
mod retention;
mod run;
mod service;
mod socket;
mod store;
pub mod time;
mod varint;

pub use catalogue::Known;
pub use chunk::Point;
pub use history::Span;
use resource::value as resource_value;
pub use resource::{TYPES, Type};
pub use run::{Joined, Run, Runs, runs};
pub use service::{EQUIPMENT, Isa95, LIMITS, READINGS, batches, properties, rounds, routes, workers};
