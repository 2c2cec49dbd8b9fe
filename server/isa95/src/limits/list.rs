//! `GET /{tenant}/isa95/limits/{property}`: all versions, newest first, and the one that holds now or at `?at=`.

use super::{Schedule, visible};
use crate::service::Isa95;
use crate::store::limit as store;
use crate::time;
use serde_json::json;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response};

pub(crate) async fn list(isa95: Isa95, context: Context, request: Request) -> Result<Response> {
    let mut at = context.now().0;
    for (name, value) in request.query_known(&["at"])? {
        let wrong = || Error::invalid(format!("{value:?} is not {}", time::EXPECTED)).at(name);
        at = time::parse(value.as_bytes()).ok_or_else(wrong)?;
    }
    let known = visible(&isa95, &context, request.param("property")).await?;
    let versions = store::versions(&context.db, std::slice::from_ref(&known.address)).await?;
    let mut schedule = Schedule::default();
    versions.iter().filter_map(|version| version.scheduled()).for_each(|one| schedule.add(one));
    let shown: Vec<_> = versions.iter().rev().map(|version| version.shown()).collect();
    let holds = schedule.at(at).map(|one| one.version);
    Response::json(200, &json!({ "property": known.address, "holds": holds, "versions": shown }))
}
