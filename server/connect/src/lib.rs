//! Connectors at the plant: they take values from MQTT brokers (plain and Sparkplug B) and OPC UA servers, keep them on
//! disk, and hand them to the gateway's readings when it can be reached.
//!
//! Everything goes one way: source -> [`spool`] -> [`forward`]. A source is told that a value was taken only when the
//! value lies on disk; the spool's cursor moves only when the gateway has accepted. So a value is delivered at least
//! once, whatever dies; and as the gateway knows a reading by property and time, it counts once.
//!
//! MQTT 5: <https://docs.oasis-open.org/mqtt/mqtt/v5.0/>; Sparkplug 3.0: <https://sparkplug.eclipse.org/specification/>;
//! OPC UA part 4 (services) and 11 (history): <https://reference.opcfoundation.org>.

pub mod config;
mod disk;
mod forward;
mod mapping;
mod mqtt;
mod opcua;
mod reading;
mod run;
mod sparkplug;
mod spool;

pub use config::Config;
pub use run::run;
