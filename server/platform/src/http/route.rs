//! A row of a route table: method, path, permission, handler, summary.
//!
//! From these rows come the permission check, the authorization matrix, the OpenAPI document and the
//! label of the metrics. Nothing is served that is not a row.

use super::{Facade, Method, Request, Response, Socket};
use crate::Context;
use futures_util::future::BoxFuture;
use std::future::Future;
use std::sync::Arc;
use theriac_access::Permission;
use theriac_core::Result;

pub type Handler = Arc<dyn Fn(Context, Request) -> BoxFuture<'static, Result<Response>> + Send + Sync>;
pub type SocketHandler = Arc<dyn Fn(Context, Request, Socket) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// How a route answers.
#[derive(Clone)]
pub enum Answer {
    Reply(Handler),
    /// A WebSocket; the same row may answer plain requests too (SSE on the feed).
    Upgrade(Handler, SocketHandler),
}

#[derive(Clone)]
pub struct Route {
    pub method: Method,
    /// `/{tenant}/fhir/{type}/{id}`; braces match one segment, `{*rest}` the remainder.
    pub path: &'static str,
    pub permission: Permission,
    pub facade: Facade,
    pub answer: Answer,
    /// Asked before an upgrade is answered, so that a refusal has a status and a body like any other.
    pub gate: Option<Handler>,
    pub summary: &'static str,
    /// Takes its body piece by piece ([`Request::piece`]), and so of any size; the handler sets the limit.
    pub streams: bool,
}

/// Builds a domain's table.
pub struct Routes {
    facade: Facade,
    rows: Vec<Route>,
}

impl Routes {
    pub fn new(facade: Facade) -> Self {
        Self { facade, rows: Vec::new() }
    }

    /// Adds a row. `state` is what the handler needs besides the context.
    #[must_use]
    pub fn add<S, F, Fut>(
        mut self,
        method: Method,
        path: &'static str,
        permission: Permission,
        state: &S,
        handler: F,
        summary: &'static str,
    ) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(S, Context, Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response>> + Send + 'static,
    {
        let state = state.clone();
        let handler: Handler = Arc::new(move |context, request| Box::pin(handler(state.clone(), context, request)));
        self.rows.push(Route {
            method,
            path,
            permission,
            facade: self.facade,
            answer: Answer::Reply(handler),
            gate: None,
            summary,
            streams: false,
        });
        self
    }

    /// Lets the row added last take its body piece by piece.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.streams = true;
        }
        self
    }

    /// Lets the row added last answer WebSocket upgrades too.
    #[must_use]
    pub fn upgrade<S, F, Fut>(mut self, state: &S, handler: F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(S, Context, Request, Socket) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let state = state.clone();
        let socket: SocketHandler =
            Arc::new(move |context, request, socket| Box::pin(handler(state.clone(), context, request, socket)));
        if let Some(row) = self.rows.last_mut()
            && let Answer::Reply(reply) = &row.answer
        {
            row.answer = Answer::Upgrade(reply.clone(), socket);
        }
        self
    }

    /// Lets the row added last refuse an upgrade before the connection changes its protocol.
    #[must_use]
    pub fn gate<S, F, Fut>(mut self, state: &S, check: F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(S, Context, Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response>> + Send + 'static,
    {
        let state = state.clone();
        if let Some(row) = self.rows.last_mut() {
            row.gate = Some(Arc::new(move |context, request| Box::pin(check(state.clone(), context, request))));
        }
        self
    }

    pub fn rows(self) -> Vec<Route> {
        self.rows
    }
}
