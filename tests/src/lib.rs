//! Black-box tests: a running server, asked over HTTP and WebSocket through `theriac-sdk`.
//!
//! [`harness`] starts the server (or takes the one at `THERIAC_URL`) and gives each test its own
//! tenant; [`sample`] makes documents; [`expect`] looks at answers. The scenarios are in `tests/blackbox`.

pub mod expect;
pub mod harness;
pub mod sample;

pub use harness::World;
