//! Placeholder until search is written.
use crate::service::Fhir;
use theriac_core::Result;
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};
pub async fn handle(_: Fhir, _: Context, _: Request) -> Result<Response> { Ok(Response::new(501)) }
