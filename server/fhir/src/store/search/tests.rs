//! What SQL finds is what memory finds, on both engines, for any rows, any query, any caller.

mod agreement;
mod past;
pub(crate) mod population;
mod remade;
pub(crate) mod rig;
mod snapshot;
mod sorted;

pub(crate) use rig::House;
