//! The engine on the standard's own definitions and on profiles of its own.

mod checks;
mod published;
mod rig;
mod slicing;
mod snapshots;
