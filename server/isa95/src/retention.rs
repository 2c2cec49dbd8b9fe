//! How long readings are kept as they came, and what stays of them: `GET` and `PUT /{tenant}/isa95/retention`.
//!
//! `{"raw":"P90D","rollups":[{"bucket":"PT1M","keep":"P2Y"},{"bucket":"PT1H"}],"properties":{"press1.force":{"raw":"P1Y"}}}`: without `raw`
//! readings are kept for ever, without `keep` a roll-up is. The rounds that carry it out are in `drop`.

mod drop;

use crate::aggregate::Bucket;
use crate::equipment::Address;
use crate::service::Isa95;
use crate::store::retention as store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use theriac_core::hash::sha256;
use theriac_core::{Error, Result};
use theriac_ledger::{Entry, Rounds};
use theriac_platform::Context;
use theriac_platform::db::Unit;
use theriac_platform::http::{Request, Response};

/// The topic of what is decided about keeping, and of what was dropped.
pub(crate) const TOPIC: &str = "isa95.retention";

const ROLLUPS_MOST: usize = 4;
const PROPERTIES_MOST: usize = 10_000;
/// Whoever reads batches from the ledger has this long for it.
const RAW_LEAST: i64 = 86_400_000_000;

pub(crate) fn rounds() -> Vec<Arc<dyn Rounds>> {
    vec![Arc::new(drop::Drop)]
}

/// What a tenant has decided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    #[serde(flatten)]
    pub usual: Policy,
    /// In place of what is usual, for properties of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Policy>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Policy {
    /// ISO 8601 duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollups: Vec<Rollup>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rollup {
    pub bucket: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
}

impl Rollup {
    pub fn width(&self) -> Result<Bucket> {
        Bucket::parse(&self.bucket)
    }
}

impl Policy {
    /// Microseconds; nothing: for ever.
    pub fn raw(&self) -> Result<Option<i64>> {
        self.raw.as_deref().map(duration).transpose()
    }

    fn check(&self, path: &str) -> Result<()> {
        let wrong = |what: &str, why: &str| Err(Error::invalid(why).at(format!("{path}{what}")));
        match self.raw().map_err(|e| Error::invalid(e.message).at(format!("{path}raw")))? {
            Some(raw) if raw < RAW_LEAST => {
                return wrong("raw", "is less than a day; readings are kept for P1D at least");
            }
            None if !self.rollups.is_empty() => {
                return wrong("raw", "is needed with roll-ups: they are made of readings when these are dropped");
            }
            _ => {}
        }
        if self.rollups.len() > ROLLUPS_MOST {
            return wrong("rollups", &format!("holds {}; at most {ROLLUPS_MOST}", self.rollups.len()));
        }
        let mut before = 0;
        for (at, rollup) in self.rollups.iter().enumerate() {
            let place = |member: &str| format!("{path}rollups[{at}].{member}");
            let width = rollup.width().map_err(|e| Error::invalid(e.message).at(place("bucket")))?.micros();
            if width <= before {
                return wrong(
                    &format!("rollups[{at}].bucket"),
                    "is not longer than the one before it; the finest stands first",
                );
            }
            before = width;
            let keep = rollup.keep.as_deref().map(duration).transpose();
            keep.map_err(|e| Error::invalid(e.message).at(place("keep")))?;
        }
        Ok(())
    }
}

/// As buckets are written, and years and months by their mean length too: nobody keeps data to the day.
fn duration(text: &str) -> Result<i64> {
    let mean = |letter: char, days: f64| {
        let number =
            text.strip_prefix('P')?.strip_suffix(letter)?.parse::<u32>().ok().filter(|n| (1..=200).contains(n))?;
        Some((f64::from(number) * days * 86_400e6) as i64)
    };
    let known = mean('Y', 365.2425).or_else(|| mean('M', 30.436_875));
    known.or_else(|| Bucket::parse(text).ok().map(Bucket::micros)).ok_or_else(|| {
        Error::invalid(format!("{text:?} is no ISO 8601 duration to keep something, such as P90D, P6M or P2Y"))
    })
}

impl Retention {
    fn check(&self) -> Result<()> {
        if self.properties.len() > PROPERTIES_MOST {
            let message = format!("names {}; at most {PROPERTIES_MOST}", self.properties.len());
            return Err(Error::invalid(message).at("properties"));
        }
        self.usual.check("")?;
        for (address, policy) in &self.properties {
            Address::parse(address).map_err(|e| Error::invalid(e.message).at(format!("properties.{address}")))?;
            policy.check(&format!("properties.{address}."))?;
        }
        Ok(())
    }

    pub fn of(&self, address: &str) -> &Policy {
        self.properties.get(address).unwrap_or(&self.usual)
    }

    /// How long the longest kept readings are kept; nothing: for ever.
    pub fn longest(&self) -> Result<Option<i64>> {
        let mut longest = Some(0);
        for policy in self.properties.values().chain([&self.usual]) {
            longest = longest.zip(policy.raw()?).map(|(a, b)| a.max(b));
        }
        Ok(longest)
    }

    /// How long the shortest kept ones are.
    pub fn shortest(&self) -> Result<Option<i64>> {
        let mut shortest: Option<i64> = None;
        for policy in self.properties.values().chain([&self.usual]) {
            shortest = shortest.into_iter().chain(policy.raw()?).min();
        }
        Ok(shortest)
    }
}

pub(crate) async fn read(_: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let (version, retention) = store::find(&context.db).await?.unwrap_or_default();
    Ok(Response::json(200, &retention)?.with("etag", format!("W/\"{version}\"")))
}

pub(crate) async fn put(_: Isa95, context: Context, request: Request) -> Result<Response> {
    request.query_known(&[])?;
    let retention: Retention = request.json()?;
    retention.check()?;
    let before = store::find(&context.db).await?.map(|(version, _)| version);
    request.check_version(before)?;
    let version = before.unwrap_or(0) + 1;
    let data = serde_json::to_value(&retention).map_err(Error::internal)?;
    let entry = Entry {
        topic: TOPIC.to_owned(),
        action: if version == 1 { "create" } else { "update" },
        subject: "retention".to_owned(),
        version,
        hash: Some(sha256(data.to_string().as_bytes())),
        labels: Vec::new(),
        data: Some(data),
    };
    let mut unit = Unit::new();
    unit.push(store::put(&context.db, version, &retention)?);
    theriac_ledger::record(&mut unit, &context, &[entry])?;
    context.db.commit(unit).await.map_err(|error| match error.guard {
        Some("isa95_retention") => Error::conflict("it was changed at the same moment; read it again and repeat"),
        _ => error,
    })?;
    Ok(Response::json(200, &retention)?.with("etag", format!("W/\"{version}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<()> {
        serde_json::from_str::<Retention>(text).map_err(|e| Error::invalid(e.to_string()))?.check()
    }

    #[test]
    fn a_policy_is_refused_where_it_cannot_be_kept() {
        assert!(check(r#"{"raw":"P90D","rollups":[{"bucket":"PT1M","keep":"P2Y"},{"bucket":"PT1H"}]}"#).is_ok());
        assert!(check(r#"{"properties":{"press1.force":{"raw":"P6M"}}}"#).is_ok());
        for (text, word) in [
            (r#"{"raw":"PT1H"}"#, "P1D at least"),
            (r#"{"raw":"soon"}"#, "P90D"),
            (r#"{"rollups":[{"bucket":"PT1M"}]}"#, "is needed with roll-ups"),
            (r#"{"raw":"P9D","rollups":[{"bucket":"PT1H"},{"bucket":"PT1M"}]}"#, "finest stands first"),
            (r#"{"raw":"P9D","rollups":[{"bucket":"PT1H","keep":"P"}]}"#, "P2Y"),
            (r#"{"properties":{"force":{"raw":"P9D"}}}"#, "such as press1.force"),
            (r#"{"raws":"P9D"}"#, "raws"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.to_string().contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn batches_outlive_the_longest_and_rounds_look_for_the_shortest() {
        let retention = |text: &str| serde_json::from_str::<Retention>(text).unwrap();
        let days = |n: i64| Some(n * 86_400_000_000);
        let both = retention(r#"{"raw":"P9D","properties":{"a.x":{"raw":"P20D"}}}"#);
        assert_eq!((both.longest().unwrap(), both.shortest().unwrap()), (days(20), days(9)));
        let one = retention(r#"{"raw":"P9D","properties":{"a.x":{}}}"#);
        assert_eq!((one.longest().unwrap(), one.shortest().unwrap()), (None, days(9)));
        assert_eq!((one.of("a.x").raw().unwrap(), one.of("a.y").raw().unwrap()), (None, days(9)));
    }
}
