//! ISA-95 (IEC 62264): equipment, its watched properties, and readings in compact time-ordered chunks.
//!
//! Pure here: [`equipment`] (model, hierarchy), [`reading`] (bodies to columns), [`batch`] (what one ledger
//! entry keeps), [`chunk`] (what a property's history is kept in), [`aggregate`], [`limits`], [`time`].
//! Invariants: a reading is known by (property, time) and the later arrival wins; values are finite and come
//! back bit for bit; a refused reading never stops the others of its body.

pub mod aggregate;
pub mod batch;
pub mod chunk;
mod decimal;
pub mod equipment;
pub mod limits;
mod nearest;
mod quality_runs;
pub mod reading;
pub mod time;
mod varint;
