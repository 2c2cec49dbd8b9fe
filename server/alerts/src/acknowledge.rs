//! `POST /{tenant}/alerts/{id}/acknowledge`: a person has seen it, and says why it is settled.

use crate::list::visible;
use crate::raise::State;
use crate::store;
use serde::Deserialize;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const REASON_MAX: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    reason: String,
}

fn reason(request: &Request) -> Result<String> {
    let reason = request.json::<Body>()?.reason.trim().to_owned();
    match reason.chars().count() {
        1..=REASON_MAX => Ok(reason),
        0 => Err(Error::invalid("a reason is needed: {\"reason\":\"what was found and done\"}").at("reason")),
        long => Err(Error::invalid(format!("the reason has {long} characters; at most {REASON_MAX}")).at("reason")),
    }
}

pub(crate) async fn acknowledge(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let reason = reason(&request)?;
    let mut alert = visible(&context, request.param("id")).await?;
    if let (Some(by), Some(at)) = (&alert.acknowledged_by, &alert.acknowledged_at) {
        return Err(settled(&format!("alerts/{} was acknowledged by {by} at {at} already", alert.id)));
    }
    let now = context.now();
    alert.version += 1;
    alert.state = State::Acknowledged;
    alert.acknowledged_at = Some(now.rfc3339());
    alert.acknowledged_by = Some(context.grant.subject.clone());
    alert.reason = Some(reason.clone());
    let mut unit = Unit::new();
    unit.push(store::acknowledge(&context.db, &alert, now, &context.grant.subject, &reason));
    theriac_ledger::record(&mut unit, &context, &[alert.entry("acknowledge")?])?;
    match context.db.commit(unit).await {
        Err(e) if e.guard == Some("alerts_alert") => Err(settled("somebody else acknowledged it at the same moment")),
        Err(e) => Err(e),
        Ok(_) => Response::json(200, &alert),
    }
}

fn settled(message: &str) -> Error {
    Error::new(Code::Conflict, format!("{message}; an alert is acknowledged once"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method;

    fn given(body: &str) -> Result<String> {
        reason(&Request {
            body: body.to_owned().into(),
            ..Request::new(Method::Post, "/mercy/alerts/1/acknowledge", "")
        })
    }

    #[test]
    fn a_reason_is_needed_and_bounded() {
        assert_eq!(given(r#"{"reason":" die cleaned "}"#).unwrap(), "die cleaned");
        let long = format!(r#"{{"reason":"{}"}}"#, "é".repeat(2_001));
        for (body, word) in [("{}", "needed"), (r#"{"reason":"  "}"#, "needed"), (&long, "at most 2000"), ("{", "body")]
        {
            assert!(given(body).unwrap_err().message.contains(word), "{body}");
        }
        assert!(given(&long.replacen('é', "", 1)).is_ok());
    }
}
