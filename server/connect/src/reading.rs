//! A value on its way to the gateway, as a line of its readings.

use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use theriac_core::Instant;

#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub property: String,
    /// Microseconds since 1970 UTC.
    pub time: i64,
    pub value: f64,
    pub quality: Quality,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    #[default]
    Good,
    Uncertain,
    Bad,
}

impl Reading {
    /// One line of `application/x-ndjson`; none for what is no number.
    pub fn line(&self, out: &mut String) -> bool {
        if !self.value.is_finite() {
            return false;
        }
        let property = serde_json::Value::from(self.property.as_str());
        let _infallible =
            write!(out, "{{\"property\":{property},\"time\":\"{}\",\"value\":{}", time(self.time), self.value);
        match self.quality {
            Quality::Good => {}
            Quality::Uncertain => out.push_str(",\"quality\":\"uncertain\""),
            Quality::Bad => out.push_str(",\"quality\":\"bad\""),
        }
        out.push_str("}\n");
        true
    }
}

/// To the microsecond.
fn time(micros: i64) -> String {
    Instant(micros).datetime().to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// A time as payloads give it: RFC 3339, or milliseconds since 1970 as Sparkplug and the UMH have them.
pub fn time_of(value: &serde_json::Value) -> Option<i64> {
    match value {
        serde_json::Value::String(text) => Instant::parse(text).map(|instant| instant.0),
        serde_json::Value::Number(number) => {
            let millis = number.as_i64()?;
            // 1970 to 2200: what is not milliseconds is no time.
            (0..7_258_118_400_000).contains(&millis).then(|| millis * 1_000)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reading_is_one_line_of_json() {
        let reading = Reading {
            property: "press1.force".into(),
            time: 1_795_161_600_000_001,
            value: 10.5,
            quality: Quality::Uncertain,
        };
        let mut line = String::new();
        assert!(reading.line(&mut line));
        assert_eq!(
            line,
            "{\"property\":\"press1.force\",\"time\":\"2026-11-20T08:00:00.000001Z\",\"value\":10.5,\"quality\":\"uncertain\"}\n"
        );
        assert!(!Reading { value: f64::NAN, ..reading }.line(&mut line));
    }

    #[test]
    fn times_are_texts_or_milliseconds() {
        assert_eq!(time_of(&json!("2026-11-20T09:00:00+01:00")), Some(1_795_161_600_000_000));
        assert_eq!(time_of(&json!(1_795_161_600_000_i64)), Some(1_795_161_600_000_000));
        for value in [json!("noon"), json!(-5), json!(1_795_161_600_000_000_i64), json!(true), json!(1.5)] {
            assert_eq!(time_of(&value), None, "{value}");
        }
    }
}
