//! `POST /{tenant}/alerts/{id}/shelve` and `/unshelve`: an alarm set aside for a while, with a reason.
//!
//! Shelving sets aside the *alarm*: this alert, and what the same rule raises about the same subject until then, which
//! is recorded as shelved. When the time is over, what nobody acknowledged is open again. The time is bounded, so that
//! nothing is forgotten on the shelf (ANSI/ISA-18.2, IEC 62682, clause 11).

use crate::list::visible;
use crate::raise::{Alert, Shelf, State};
use crate::{reason, store};
use serde::Deserialize;
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// Longest time on the shelf.
const LONGEST: i64 = 24 * 3_600 * 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    until: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn shelve(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let body: Body = request.json()?;
    let reason = reason::given(&body.reason)?;
    let until = until(&body.until, context.now())?;
    let mut alert = visible(&context, request.param("id")).await?;
    if alert.state == State::Acknowledged {
        return Err(conflict(&alert, "was acknowledged; there is nothing to shelve"));
    }
    alert.state = State::Shelved;
    alert.shelf = Some(Shelf { until: until.rfc3339(), by: context.grant.subject.clone(), reason });
    let mut unit = Unit::new();
    unit.push(store::shelf::put(&context.db, &alert, until));
    commit(&context, unit, alert, "shelve").await
}

pub(crate) async fn unshelve(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let mut alert = visible(&context, request.param("id")).await?;
    if alert.state != State::Shelved {
        return Err(conflict(&alert, "is not on the shelf"));
    }
    alert.state = State::Open;
    alert.shelf = None;
    let mut unit = Unit::new();
    unit.push(store::shelf::remove(&context.db, &alert));
    commit(&context, unit, alert, "unshelve").await
}

async fn commit(context: &Context, mut unit: Unit, mut alert: Alert, action: &'static str) -> Result<Response> {
    alert.version += 1;
    unit.push(store::moved(&context.db, &alert));
    theriac_ledger::record(&mut unit, context, &[alert.entry(action)?])?;
    match context.db.commit(unit).await {
        Err(e) if e.guard == Some("alerts_alert") => Err(conflict(&alert, "was changed by somebody else just now")),
        Err(e) => Err(e),
        Ok(_) => Response::json(200, &alert),
    }
}

fn conflict(alert: &Alert, why: &str) -> Error {
    Error::new(Code::Conflict, format!("alerts/{} {why}; read it again", alert.id))
}

fn until(text: &str, now: Instant) -> Result<Instant> {
    let wrong = |why: &str| {
        let latest = Instant(now.0 + LONGEST).rfc3339();
        Error::invalid(format!("'until' {why}; give a time with offset up to 24 hours ahead, such as {latest}"))
            .at("until")
    };
    let until = Instant::parse(text).ok_or_else(|| wrong("is no RFC 3339 time"))?;
    if until <= now {
        return Err(wrong("is past"));
    }
    if until.0 - now.0 > LONGEST {
        return Err(wrong("is too far ahead"));
    }
    Ok(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shelf_is_for_up_to_a_day() {
        let now = Instant::parse("2026-11-20T08:00:00Z").unwrap();
        assert!(until("2026-11-21T08:00:00Z", now).is_ok());
        for (text, word) in
            [("2026-11-21T08:00:01Z", "too far"), ("2026-11-20T08:00:00Z", "past"), ("tomorrow", "RFC 3339")]
        {
            assert!(until(text, now).unwrap_err().message.contains(word), "{text}");
        }
    }
}
