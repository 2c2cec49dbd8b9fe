//! Requests made inside the process: the same rows and handlers as over HTTP, without a socket.

use crate::services::Services;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use std::sync::Arc;
use theriac_core::{Code, Error, Result, Tenant};
use theriac_platform::Context;
use theriac_platform::db::Db;
use theriac_platform::http::{Answer, Body, Found, Method, Request, Router};

/// One tenant's addresses, asked by a named part of the server.
#[derive(Clone)]
pub struct Inside {
    db: Db,
    router: Arc<Router>,
    tenant: Tenant,
    actor: &'static str,
}

/// What came back, with its body in one piece.
#[derive(Debug)]
pub struct Reply {
    pub location: Option<String>,
    pub body: Bytes,
}

impl Inside {
    pub fn new(services: &Services, router: &Arc<Router>, tenant: &Tenant, actor: &'static str) -> Self {
        Self { db: services.db.clone(), router: router.clone(), tenant: tenant.clone(), actor }
    }

    /// `address` stands below the tenant: `fhir/Patient?name=x`.
    ///
    /// # Errors
    /// What the handler refused, or that nothing is served there.
    pub async fn send(&self, method: Method, address: &str, media: &str, body: impl Into<Bytes>) -> Result<Reply> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let mut request = Request::new(method, format!("/{}/{path}", self.tenant.name), query);
        let Found::Route(route, params) = self.router.find(method, &request.path) else {
            let message = format!("this server does not take {} at {}", method.as_str(), request.path);
            return Err(Error::new(Code::NotFound, message));
        };
        request.params = params;
        request.body = body.into();
        if !media.is_empty() {
            request.headers.push("content-type", media);
        }
        request.headers.push("accept", "application/json");
        let handler = match &route.answer {
            Answer::Reply(handler) | Answer::Upgrade(handler, _) => handler.clone(),
        };
        let response = handler(Context::internal(&self.db, &self.tenant, self.actor), request).await?;
        let location = response.header("location").map(str::to_owned);
        Ok(Reply { location, body: whole(response.body).await? })
    }

    pub async fn get(&self, address: &str) -> Result<Reply> {
        self.send(Method::Get, address, "", Bytes::new()).await
    }
}

impl Reply {
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).map_err(Error::internal)
    }
}

async fn whole(body: Body) -> Result<Bytes> {
    match body {
        Body::Empty => Ok(Bytes::new()),
        Body::Bytes(bytes) => Ok(bytes),
        Body::Stream(pieces) => {
            let join = |mut all: BytesMut, piece: Bytes| async move {
                all.extend_from_slice(&piece);
                Ok(all)
            };
            Ok(pieces.try_fold(BytesMut::new(), join).await?.freeze())
        }
    }
}
