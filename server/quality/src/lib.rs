//! Quality records: deviations, and the corrective and preventive actions (CAPA) that follow from them.
//!
//! 21 CFR 211.192 wants every unexplained discrepancy investigated and written down; ICH Q10, 3.2.2, a system of
//! corrective and preventive actions; both with owners, dates and a conclusion. A record is a document with a state;
//! which state may follow which, and what the record must say by then, is a table ([`kind`]). Every change is a new
//! version with a reason where its state moves, and an entry of the ledger. What is overdue raises an alert.

mod capa;
mod change;
mod deviation;
mod kind;
mod list;
mod overdue;
mod record;
mod service;
mod store;

pub use service::{rounds, routes};
