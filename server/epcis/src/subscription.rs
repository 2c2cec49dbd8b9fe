//! Subscriptions to named queries, by webhook and by WebSocket: exactly the events of the query, in the order of the
//! ledger, as far as the subscriber may see them. EPCIS 2.0, 8.2.5; REST binding, section 12.9.
//!
//! What was delivered is a position in the tenant's ledger, which moves after the subscriber's 2xx only. A batch is
//! written down before it is sent, and sent again as it was if nobody knows whether it arrived: it carries the same
//! `Idempotency-Key`, so that whoever keeps the last one takes nothing twice.
//!
//! [`courier`] delivers one webhook subscription, [`post`] keeps a courier for each, [`socket`] serves one WebSocket;
//! they all read by [`line`](self::line).

mod controls;
mod courier;
mod line;
mod post;
mod resource;
mod schedule;
mod socket;

pub(crate) use controls::{Controls, PARAMETERS};
pub(crate) use line::Line;
pub use post::run;
pub(crate) use resource::{create, delete, list, read};
pub(crate) use socket::{converse, gate};
