//! Alerts: raised once, seen on the feed, acknowledged by people.
//!
//! A watcher raises an alert in the unit that holds its own state, so that neither can be without the other.
//! One unbroken episode is one alert: the episode decides the id, and the key refuses a second row.
//! Open, shelved for a while, acknowledged: the words are those of ANSI/ISA-18.2 (IEC 62682).

mod acknowledge;
mod escalation;
mod list;
mod raise;
mod reason;
mod rounds;
mod routes;
mod shelve;
mod store;

pub use raise::{Alert, NewAlert, Shelf, State, raise};
pub use routes::{rounds, routes};
