//! `GET` and `PUT /{tenant}/alerts/escalation`: whom an alert reaches that nobody has acknowledged in time.
//!
//! `{"steps":[{"after":"PT15M","to":"quality"},{"after":"PT1H","to":"administrator"}]}`; times count from the moment the
//! alert was raised. Each step is an entry of the ledger, and so a message on the feed.

use crate::raise::TOPIC;
use crate::store::escalation as store;
use serde::{Deserialize, Serialize};
use theriac_access::Role;
use theriac_core::hash::sha256;
use theriac_core::{Error, Instant, Result};
use theriac_ledger::Entry;
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

const MOST_STEPS: usize = 5;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    #[serde(default)]
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// ISO 8601 duration since the alert was raised.
    pub after: String,
    /// The role that is called.
    pub to: String,
}

impl Escalation {
    fn check(&self) -> Result<()> {
        if self.steps.len() > MOST_STEPS {
            return Err(Error::invalid(format!("has {} steps; at most {MOST_STEPS}", self.steps.len())).at("steps"));
        }
        let mut before = 0;
        for (at, step) in self.steps.iter().enumerate() {
            let wrong = |why: String, member: &str| Err(Error::invalid(why).at(format!("steps[{at}].{member}")));
            let Some(after) = micros(&step.after) else {
                return wrong(format!("{:?} is no ISO 8601 duration such as PT15M or P1DT2H", step.after), "after");
            };
            if after <= before {
                return wrong("comes not later than the step before it; times count from the raising".into(), "after");
            }
            if Role::parse(&step.to).is_none() {
                return wrong(format!("{:?} is no role, such as quality", step.to), "to");
            }
            before = after;
        }
        Ok(())
    }

    /// When the step after `level` steps falls due for an alert of that age.
    pub fn due(&self, level: usize, raised: Instant) -> Option<Instant> {
        let after = micros(&self.steps.get(level)?.after)?;
        Some(Instant(raised.0.saturating_add(after)))
    }
}

/// Days, hours, minutes and seconds; months and years have no fixed length.
fn micros(text: &str) -> Option<i64> {
    let (days, time) = text.strip_prefix('P')?.split_once('T').map_or((text.strip_prefix('P')?, ""), |parts| parts);
    let mut total = 0_i64;
    for (part, units) in [(days, &[('D', 86_400)][..]), (time, &[('H', 3_600), ('M', 60), ('S', 1)][..])] {
        let mut rest = part;
        for (letter, seconds) in units {
            if let Some((number, after)) = rest.split_once(*letter) {
                let number: i64 = number.parse().ok().filter(|n| *n >= 0)?;
                total = total.checked_add(number.checked_mul(*seconds)?)?;
                rest = after;
            }
        }
        if !rest.is_empty() {
            return None;
        }
    }
    total.checked_mul(1_000_000).filter(|micros| *micros > 0)
}

pub(crate) async fn read(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let stored = store::find(&context.db).await?;
    let (version, escalation) = stored.unwrap_or_default();
    Ok(Response::json(200, &escalation)?.with("etag", format!("W/\"{version}\"")))
}

pub(crate) async fn put(_: (), context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let escalation: Escalation = request.json()?;
    escalation.check()?;
    let before = store::find(&context.db).await?.map(|(version, _)| version);
    request.check_version(before)?;
    let version = before.unwrap_or(0) + 1;
    let data = serde_json::to_value(&escalation).map_err(Error::internal)?;
    let entry = Entry {
        topic: TOPIC.to_owned(),
        action: if version == 1 { "create" } else { "update" },
        subject: "alerts/escalation".to_owned(),
        version,
        hash: Some(sha256(data.to_string().as_bytes())),
        labels: Vec::new(),
        data: Some(data),
    };
    let mut unit = Unit::new();
    unit.push(store::put(&context.db, version, &escalation)?);
    theriac_ledger::record(&mut unit, &context, &[entry])?;
    context.db.commit(unit).await.map_err(|error| match error.guard {
        Some("alerts_escalation") => Error::conflict("it was changed at the same moment; read it again and repeat"),
        _ => error,
    })?;
    Ok(Response::json(200, &escalation)?.with("etag", format!("W/\"{version}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_days_hours_minutes_and_seconds() {
        for (text, seconds) in [("PT15M", 900), ("P1DT2H", 93_600), ("PT1H30M5S", 5_405), ("P2D", 172_800)] {
            assert_eq!(micros(text), Some(seconds * 1_000_000), "{text}");
        }
        for text in ["15M", "PT", "P", "PT0S", "P1M", "PT1.5H", "PT5M3H", "PT-1M", "P1Y", "PT99999999999999999H"] {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    #[test]
    fn steps_follow_each_other_in_time_and_go_to_roles() {
        let check = |text: &str| serde_json::from_str::<Escalation>(text).unwrap().check();
        assert!(check(r#"{"steps":[{"after":"PT15M","to":"quality"},{"after":"PT1H","to":"administrator"}]}"#).is_ok());
        for (text, place) in [
            (r#"{"steps":[{"after":"soon","to":"quality"}]}"#, "steps[0].after"),
            (r#"{"steps":[{"after":"PT1H","to":"quality"},{"after":"PT1H","to":"quality"}]}"#, "steps[1].after"),
            (r#"{"steps":[{"after":"PT1H","to":"the boss"}]}"#, "steps[0].to"),
        ] {
            assert!(check(text).unwrap_err().to_string().contains(place), "{text}");
        }
    }
}
