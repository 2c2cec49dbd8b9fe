//! What a subscriber asks for: a stream or a schedule, from when on, and whether to be told of nothing.
//! REST binding of EPCIS 2.0, `AbstractQuerySubscription`.

use super::schedule::Schedule;
use crate::query::Query;
use serde::{Deserialize, Serialize};
use theriac_core::{Error, Instant, Result};

/// The query parameters of a WebSocket.
pub(crate) const PARAMETERS: &[&str] =
    &["stream", "second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek", "reportIfEmpty", "initialRecordTime"];

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Controls {
    /// None: at once, as a stream.
    pub schedule: Option<Schedule>,
    pub report_if_empty: bool,
}

/// The body of a webhook subscription.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Asked {
    pub dest: String,
    pub signature_token: Option<String>,
    report_if_empty: Option<bool>,
    initial_record_time: Option<String>,
    schedule: Option<Schedule>,
    stream: Option<bool>,
}

impl Asked {
    /// # Errors
    /// `Invalid`, by the standard's name for it.
    pub(super) fn controls(&self) -> Result<(Controls, Option<Instant>)> {
        let initial = self.initial_record_time.as_deref().map(instant).transpose()?;
        controls(self.schedule.clone(), self.stream, self.report_if_empty, initial)
    }
}

/// Reads the parameters of a WebSocket.
///
/// # Errors
/// `Invalid`, by the standard's name for it.
pub(super) fn of_pairs(pairs: &[(String, String)]) -> Result<(Controls, Option<Instant>)> {
    let mut schedule = Schedule::default();
    let (mut stream, mut report, mut initial) = (None, None, None);
    for (name, value) in pairs {
        match name.as_str() {
            "stream" => stream = Some(truth(name, value)?),
            "reportIfEmpty" => report = Some(truth(name, value)?),
            "initialRecordTime" => initial = Some(instant(value)?),
            _ => {
                if let Some(field) = schedule.field_mut(name) {
                    *field = Some(value.clone());
                }
            }
        }
    }
    let given = schedule != Schedule::default();
    controls(given.then_some(schedule), stream, report, initial)
}

fn controls(
    schedule: Option<Schedule>,
    stream: Option<bool>,
    report: Option<bool>,
    initial: Option<Instant>,
) -> Result<(Controls, Option<Instant>)> {
    match (&schedule, stream) {
        (Some(schedule), None) => {
            let comes = schedule.next(Instant::default()).map_err(refused)?.is_some();
            if !comes {
                return Err(wrong("schedule", "the day that the schedule names never comes"));
            }
        }
        (None, Some(true)) => {}
        (None, Some(false)) => return Err(wrong("stream", "`stream` is true or left out")),
        (Some(_), Some(_)) => {
            return Err(wrong("stream", "`stream` and a schedule exclude each other; give one of them"));
        }
        (None, None) => return Err(wrong("schedule", "give a schedule, or `stream` as true")),
    }
    if schedule.is_none() && report.is_some() {
        return Err(wrong("reportIfEmpty", "a stream reports events only; `reportIfEmpty` goes with a schedule"));
    }
    Ok((Controls { schedule, report_if_empty: report.unwrap_or(false) }, initial))
}

/// A subscription gives every event of its query once; one that leaves some out, or none if there are many, does not.
///
/// # Errors
/// `Invalid`, naming the parameter.
pub(super) fn check_query(query: &Query) -> Result<()> {
    let limits = [("eventCountLimit", query.event_count_limit), ("maxEventCount", query.max_event_count)];
    match limits.iter().find(|(_, limit)| limit.is_some()) {
        None => Ok(()),
        Some((name, _)) => Err(wrong(
            name,
            &format!("the query has `{name}`, by which a subscription would lose events; leave it out"),
        )),
    }
}

pub(super) fn refused(error: Error) -> Error {
    error.named("SubscriptionControlsException")
}

fn wrong(path: &str, why: &str) -> Error {
    refused(Error::invalid(why).at(path))
}

fn truth(name: &str, value: &str) -> Result<bool> {
    value.parse().map_err(|_| wrong(name, &format!("`{value}` is neither true nor false")))
}

fn instant(text: &str) -> Result<Instant> {
    let why = format!("`{text}` is no date-time with zone, such as 2026-11-20T08:00:00.000Z");
    Instant::parse(text).ok_or_else(|| wrong("initialRecordTime", &why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &str) -> Result<(Controls, Option<Instant>)> {
        serde_json::from_str::<Asked>(body).unwrap().controls()
    }

    #[test]
    fn a_stream_or_a_schedule_and_never_both_or_none() {
        let (stream, initial) =
            asked(r#"{"dest":"d","stream":true,"initialRecordTime":"2026-11-20T08:00:00Z"}"#).unwrap();
        assert_eq!((stream, initial.is_some()), (Controls::default(), true));
        let (daily, _) = asked(r#"{"dest":"d","reportIfEmpty":true,"schedule":{"hour":"1"}}"#).unwrap();
        assert!(daily.report_if_empty && daily.schedule.is_some());
        for (body, path) in [
            (r#"{"dest":"d"}"#, "schedule"),
            (r#"{"dest":"d","stream":false}"#, "stream"),
            (r#"{"dest":"d","stream":true,"schedule":{"hour":"1"}}"#, "stream"),
            (r#"{"dest":"d","schedule":{}}"#, "schedule"),
            (r#"{"dest":"d","schedule":{"hour":"24"}}"#, "schedule.hour"),
            (r#"{"dest":"d","schedule":{"dayOfMonth":"31","month":"4"}}"#, "schedule"),
            (r#"{"dest":"d","stream":true,"reportIfEmpty":true}"#, "reportIfEmpty"),
            (r#"{"dest":"d","stream":true,"initialRecordTime":"yesterday"}"#, "initialRecordTime"),
        ] {
            let error = asked(body).unwrap_err();
            assert_eq!(
                (error.epcis(), error.issues[0].path.as_str()),
                ("SubscriptionControlsException", path),
                "{body}"
            );
        }
    }
}
