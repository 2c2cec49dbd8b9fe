//! The HTTP edge: the only place that knows the web framework.
//!
//! A domain exports a table of [`Route`]s; the [`Router`] finds the row, the edge checks the token and
//! the row's permission, builds the [`Context`] and calls the handler. Handlers see [`Request`] and
//! [`Response`], so that an entry of a batch can be routed again without HTTP.

mod body;
mod edge;
mod format;
mod incoming;
mod media;
mod message;
mod outcome;
mod render;
mod route;
mod router;
mod server;
mod socket;

pub use body::Body;
pub use edge::{Edge, Foreign};
pub use format::{Form, Format};
pub use incoming::Incoming;
pub use media::{accepts, media_type};
pub use message::{Headers, Method, Request, Response};
pub use render::Facade;
pub use route::{Answer, Handler, Route, Routes, SocketHandler};
pub use router::{Found, Router};
pub use server::{Limits, bind, serve};
pub use socket::Socket;
