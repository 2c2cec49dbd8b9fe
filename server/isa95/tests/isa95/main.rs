//! ISA-95 on a real database.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod aggregates;
mod columns;
mod context;
mod plant;
mod readings;
mod resources;
mod retention;
