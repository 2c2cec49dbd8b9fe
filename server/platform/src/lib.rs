//! The ground the domains stand on: database, HTTP edge, configuration, wake-ups, telemetry.
//!
//! Two walls stand here and nowhere else. SQL engines are known only to [`db`]; the web framework
//! only to [`http`]. A domain sees a [`Context`], a [`http::Request`] and a [`db::TenantDb`].

pub mod bell;
pub mod config;
pub mod context;
pub mod cursor;
pub mod db;
pub mod emergency;
pub mod http;
pub mod outbound;
pub mod rate;
pub mod revision;
pub mod revocation;
pub mod setting;
pub mod telemetry;
pub mod ticket;
pub mod tls;
pub mod usage;
pub mod webhook;

pub use bell::Bell;
pub use config::Config;
pub use context::Context;
pub use cursor::Cursors;
pub use outbound::Outbound;
pub use rate::Limiter;
pub use revocation::Revocations;
pub use setting::Settings;
pub use ticket::Tickets;
pub use usage::Usage;
pub use webhook::Webhooks;
