//! Alerts: raised once, seen on the feed, acknowledged by people.
//!
//! A watcher raises an alert in the unit that holds its own state, so that neither can be without the other.
//! One unbroken episode is one alert: the episode decides the id, and the key refuses a second row.

mod acknowledge;
mod list;
mod raise;
mod routes;
mod store;

pub use raise::{Alert, NewAlert, State, raise};
pub use routes::routes;
