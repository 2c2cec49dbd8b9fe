//! The limits of one property: leaving them, or crossing from one side to the other, begins an episode.

use super::alert;
use crate::store;
use theriac_alerts::NewAlert;
use theriac_core::{Error, Result};
use theriac_isa95::Known;
use theriac_isa95::equipment::Equipment;
use theriac_isa95::limits::{Limits, Side};
use theriac_ledger::Record;

#[derive(Debug, Clone, PartialEq)]
pub struct Limited {
    limits: Limits,
    side: Side,
    /// Since when it has been on this side.
    since: i64,
    changed: bool,
}

/// How a side is stored.
const SIDES: [(i64, Side); 3] = [(0, Side::Within), (-1, Side::BelowLow), (1, Side::AboveHigh)];

impl Default for Limited {
    fn default() -> Self {
        Self { limits: Limits::default(), side: Side::Within, since: i64::MIN, changed: false }
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

impl Limited {
    pub fn restore(stored: &store::Limit) -> Self {
        let side = SIDES.iter().find(|(code, _)| *code == stored.side).map_or(Side::Within, |(_, side)| *side);
        Self { limits: Limits { low: stored.low, high: stored.high }, side, since: stored.since, changed: false }
    }

    pub fn set(&mut self, limits: Limits) {
        self.changed |= limits != self.limits;
        self.limits = limits;
    }

    /// What is not later than the last change of sides was seen before, or is late.
    pub fn check(&mut self, known: &Known, readings: impl Iterator<Item = (i64, f64)>, alerts: &mut Vec<NewAlert>) {
        for (time, value) in readings {
            let side = self.limits.check(value);
            if side == self.side || time <= self.since {
                continue;
            }
            (self.side, self.since, self.changed) = (side, time, true);
            if side != Side::Within {
                alerts.push(alert::of_limit(known, self.limits, side, time, value));
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
        alerts.iter().map(|a| a.episode.rsplit('/').next().unwrap().parse().unwrap()).collect()
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
        assert_eq!(Limited::restore(&stored), limited);
        assert_eq!(limited.put_down("press1.force"), None);
    }
}
