//! Every kind of resource of ISA-95 parts 2 and 4 in one shape (docs/adr/0012): create, read, update, delete, versions,
//! history, search. A kind more is a row of [`TYPES`].
//!
//! A record is a plain document (see `b2mml`). What it is found by is taken out of it by [`index`]; which other
//! records it names, by the standard's names of ids. Equipment and job orders have rules of their own (`rules`).

mod answer;
mod body;
mod change;
mod history;
mod index;
mod one;
mod question;
mod rules;
mod search;
mod types;

pub(crate) use answer::{Media, accepted, bodied};
pub(crate) use body::{Body, Either, documents_of, message, plain, root};
pub(crate) use change::{Change, Options, apply, forget, raced, visible};
pub(crate) use history::{history, version};
pub(crate) use index::{Index, value};
pub(crate) use one::{create, delete, present, put, read, removal, remove};
pub(crate) use question::{Condition, Question};
pub(crate) use search::{dangling, search};
pub(crate) use types::JOB_ORDERS;
pub use types::{TYPES, Type};
