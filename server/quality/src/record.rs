//! What the documents of all kinds share: how they are read, and their texts, dates and times.

use chrono::NaiveDate;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use theriac_core::{Code, Error, Instant, Result};

const LONGEST: usize = 10_000;

/// The document in its own shape.
pub fn read<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<Value> {
    let refused = |e: serde_json::Error| {
        let code = if e.is_data() { Code::Invalid } else { Code::Malformed };
        Error::new(code, format!("the record cannot be read: {e}"))
    };
    let record: T = serde_json::from_slice(bytes).map_err(refused)?;
    serde_json::to_value(record).map_err(Error::internal)
}

/// A text that says something.
#[derive(Debug, Serialize)]
pub struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?.trim().to_owned();
        match text.chars().count() {
            0 => Err(D::Error::custom("a text is empty; write it or leave the member out")),
            n if n > LONGEST => Err(D::Error::custom(format!("a text has {n} characters; at most {LONGEST}"))),
            _ => Ok(Self(text)),
        }
    }
}

/// A day, `YYYY-MM-DD`.
#[derive(Debug, Serialize)]
pub struct Date(String);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
            Ok(date) if date.to_string() == text => Ok(Self(text)),
            _ => Err(D::Error::custom(format!("{text:?} is no date such as 2026-12-31"))),
        }
    }
}

/// A moment with its offset.
#[derive(Debug, Serialize)]
pub struct Time(String);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom(format!("{text:?} is no RFC 3339 time such as 2026-11-20T08:00:00Z"));
        Instant::parse(&text).ok_or_else(wrong).map(|time| Self(time.rfc3339()))
    }
}
