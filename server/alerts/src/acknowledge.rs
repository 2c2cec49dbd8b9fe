//! `POST /{tenant}/alerts/{id}/acknowledge`: a person has seen it, and says why it is settled.

use crate::list::visible;
use crate::raise::State;
use crate::{reason, store};
use serde::Deserialize;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    reason: String,
}

pub(crate) async fn acknowledge(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let reason = reason::given(&request.json::<Body>()?.reason)?;
    let mut alert = visible(&context, request.param("id")).await?;
    if let (Some(by), Some(at)) = (&alert.acknowledged_by, &alert.acknowledged_at) {
        return Err(settled(&format!("alerts/{} was acknowledged by {by} at {at} already", alert.id)));
    }
    let now = context.now();
    alert.version += 1;
    alert.state = State::Acknowledged;
    alert.acknowledged_at = Some(now.rfc3339());
    alert.acknowledged_by = Some(context.grant.subject.clone());
    alert.reason = Some(reason);
    alert.due = None;
    let mut unit = Unit::new();
    unit.push(store::moved(&context.db, &alert));
    theriac_ledger::record(&mut unit, &context, &[alert.entry("acknowledge")?])?;
    match context.db.commit(unit).await {
        Err(e) if e.guard == Some("alerts_alert") => Err(settled("somebody else changed it at the same moment")),
        Err(e) => Err(e),
        Ok(_) => Response::json(200, &alert),
    }
}

fn settled(message: &str) -> Error {
    Error::new(Code::Conflict, format!("{message}; an alert is acknowledged once"))
}
