//! The routes of the server itself: health, metrics, API description.

use crate::openapi;
use crate::services::Services;
use serde_json::json;
use std::sync::Arc;
use theriac_access::Permission::Public;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::db::Db;
use theriac_platform::http::Method::Get;
use theriac_platform::http::{Facade, Request, Response, Route, Routes};
use theriac_platform::telemetry::Metrics;

#[rustfmt::skip]
pub fn system(services: &Services) -> Vec<Route> {
    let Services { db, metrics: numbers, .. } = services;
    Routes::new(Facade::Plain)
        .add(Get, "/healthz",      Public, &(),     health,  "The process is alive")
        .add(Get, "/readyz",       Public, db,      ready,   "The database answers")
        .add(Get, "/metrics",      Public, numbers, metrics, "Prometheus metrics")
        .add(Get, "/openapi.json", Public, &(),     openapi, "The OpenAPI 3.1 document of all routes")
        .add(Get, "/docs",         Public, &(),     docs,    "The OpenAPI document as a page")
        .rows()
}

async fn health(_: (), _: Context, _: Request) -> Result<Response> {
    Response::json(200, &json!({ "status": "alive" }))
}

async fn ready(db: Db, _: Context, _: Request) -> Result<Response> {
    db.ping().await?;
    Response::json(200, &json!({ "status": "ready" }))
}

async fn metrics(metrics: Arc<Metrics>, _: Context, _: Request) -> Result<Response> {
    Ok(Response::new(200).with("content-type", "text/plain; version=0.0.4").body(metrics.text()?))
}

async fn openapi(_: (), _: Context, _: Request) -> Result<Response> {
    Ok(Response::new(200).with("content-type", "application/json").body(openapi::COMMITTED))
}

async fn docs(_: (), _: Context, _: Request) -> Result<Response> {
    Ok(Response::new(200)
        .with("content-type", "text/html; charset=utf-8")
        .with("content-security-policy", "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'")
        .body(include_str!("docs.html")))
}
