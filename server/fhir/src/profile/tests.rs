//! The engine on the standard's own definitions and on profiles of its own.

mod bundles;
mod checks;
mod published;
mod questionnaires;
mod rig;
mod slicing;
mod snapshots;
mod strictness;
