//! The limits of one property: leaving them, or crossing from one side to the other, begins an episode.

use super::alert::{self, Raised};
use crate::store;
use serde::Deserialize;
use theriac_core::{Error, Result};
use theriac_isa95::Known;
use theriac_isa95::equipment::Equipment;
use theriac_isa95::limits::{Limits, Schedule, Scheduled, Side};
use theriac_ledger::Record;

#[derive(Debug, Clone, PartialEq)]
pub struct Limited {
    /// As they stood before there were versions.
    limits: Limits,
    schedule: Schedule,
    side: Side,
    /// Since when it has been on this side.
    since: i64,
    changed: bool,
}

/// How a side is stored.
const SIDES: [(i64, Side); 3] = [(0, Side::Within), (-1, Side::BelowLow), (1, Side::AboveHigh)];

impl Default for Limited {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            schedule: Schedule::default(),
            side: Side::Within,
            since: i64::MIN,
            changed: false,
        }
    }
}

/// The limits that an entry about equipment gives: addresses with an end at least.
pub fn defined(record: &Record) -> Result<Vec<(String, Limits)>> {
    let Some(document) = &record.data else { return Ok(Vec::new()) };
    let equipment: Equipment = serde_json::from_str(document.get()).map_err(Error::internal)?;
    let limits = equipment.addresses().zip(&equipment.properties);
    let given = limits.filter_map(|(address, property)| Some((address, property.limits?)));
    Ok(given.filter(|(_, limits)| *limits != Limits::default()).collect())
}

/// The version that an entry about limits gives; none for a proposal or a refusal.
pub fn scheduled(record: &Record) -> Result<Option<(String, Scheduled)>> {
    let Some(data) = &record.data else { return Ok(None) };
    let told: Told = serde_json::from_str(data.get()).map_err(Error::internal)?;
    Ok(told.scheduled.map(|scheduled| (told.property, scheduled)))
}

/// The data of an entry about limits.
#[derive(Deserialize)]
struct Told {
    property: String,
    scheduled: Option<Scheduled>,
}

/// Versions kept of each property; readings later than the oldest of them are judged by their own.
const KEPT: usize = 16;

impl Limited {
    pub fn restore(stored: &store::Limit) -> Result<Self> {
        let side = SIDES.iter().find(|(code, _)| *code == stored.side).map_or(Side::Within, |(_, side)| *side);
        let schedule = serde_json::from_str(&stored.schedule).map_err(Error::internal)?;
        let limits = Limits { low: stored.low, high: stored.high };
        Ok(Self { limits, schedule, side, since: stored.since, changed: false })
    }

    pub fn schedule(&mut self, scheduled: Scheduled) {
        self.schedule.add(scheduled);
        self.schedule.trim(KEPT);
        self.changed = true;
    }

    /// Has it versions? Then what stands in the equipment's document says nothing more.
    pub fn is_versioned(&self) -> bool {
        !self.schedule.is_empty()
    }

    /// The limits of a moment, and their version where they have one.
    pub fn at(&self, time: i64) -> (Limits, Option<i64>) {
        match self.schedule.at(time) {
            Some(scheduled) => (scheduled.limits, Some(scheduled.version)),
            None => (self.limits, None),
        }
    }

    pub fn set(&mut self, limits: Limits) {
        self.changed |= limits != self.limits;
        self.limits = limits;
    }

    /// What is not later than the last change of sides was seen before, or is late.
    pub fn check(&mut self, known: &Known, readings: impl Iterator<Item = (i64, f64)>, alerts: &mut Vec<Raised>) {
        for (time, value) in readings {
            let (limits, _) = self.at(time);
            let side = limits.check(value);
            if side == self.side || time <= self.since {
                continue;
            }
            (self.side, self.since, self.changed) = (side, time, true);
            if side != Side::Within {
                alerts.push(alert::of_limit(known, limits, side, time, value));
            }
        }
    }

    /// Its row, if it has changed since it was last put down.
    pub fn put_down(&mut self, address: &str) -> Option<store::Limit> {
        let code = SIDES.iter().find(|(_, side)| *side == self.side).map_or(0, |(code, _)| *code);
        let row = || store::Limit {
            address: address.to_owned(),
            low: self.limits.low,
            high: self.limits.high,
            side: code,
            since: self.since,
            schedule: serde_json::to_string(&self.schedule).unwrap_or_default(),
        };
        std::mem::take(&mut self.changed).then(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn episodes(limited: &mut Limited, readings: &[(i64, f64)]) -> Vec<i64> {
        let known = Known {
            address: "press1.force".into(),
            key: 1,
            site: None,
            unit: None,
            limits: Limits::default(),
            watched: true,
        };
        let mut alerts = Vec::new();
        limited.check(&known, readings.iter().copied(), &mut alerts);
        alerts.iter().map(|(a, _)| a.episode.rsplit('/').next().unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn an_episode_ends_within_and_on_the_other_side() {
        let mut limited = Limited::default();
        limited.set(Limits { low: Some(5.0), high: Some(15.0) });
        let readings = [(1, 10.0), (2, 16.0), (3, 17.0), (4, 15.0), (5, 4.0), (6, 3.0), (7, 20.0), (8, 5.0)];
        assert_eq!(episodes(&mut limited, &readings), [2, 5, 7]);
        assert!(episodes(&mut limited, &readings).is_empty(), "the same readings again are not later");
        assert_eq!(episodes(&mut limited, &[(9, 16.0)]), [9]);
        let stored = limited.put_down("press1.force").unwrap();
        assert_eq!(Limited::restore(&stored).unwrap(), limited);
        assert_eq!(limited.put_down("press1.force"), None);
    }

    #[test]
    fn a_reading_is_judged_by_the_version_of_its_own_time() {
        let mut limited = Limited::default();
        let high =
            |version, effective, high| Scheduled { version, effective, limits: Limits { low: None, high: Some(high) } };
        limited.schedule(high(1, 0, 10.0));
        limited.schedule(high(2, 5, 20.0));
        assert_eq!(episodes(&mut limited, &[(3, 15.0), (4, 9.0), (5, 15.0), (6, 21.0)]), [3, 6]);
        assert_eq!((limited.at(4).1, limited.at(5).1, limited.is_versioned()), (Some(1), Some(2), true));
        let stored = limited.put_down("press1.force").unwrap();
        assert_eq!(Limited::restore(&stored).unwrap(), limited);
    }
}
