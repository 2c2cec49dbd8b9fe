//! The versions of a property's limits: which of them holds at a moment. Pure.
//!
//! A version counts from its effective time on, until that of another: of those whose time has come, the one whose time
//! came last, and of two with the same time the later version.

use super::Limits;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_core::Instant;

/// `defined` comes with the equipment that the property is of; the others are for people to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Defined,
    Proposed,
    Approved,
    Rejected,
}

impl State {
    const NAMES: [(&'static str, Self); 4] = [
        ("defined", Self::Defined),
        ("proposed", Self::Proposed),
        ("approved", Self::Approved),
        ("rejected", Self::Rejected),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, state)| *state)
    }

    /// Does a version of this state ever hold?
    pub fn counts(self) -> bool {
        matches!(self, Self::Defined | Self::Approved)
    }
}

/// Who said it, when and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub by: String,
    pub at: i64,
    pub reason: String,
}

/// One version as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub address: String,
    pub version: i64,
    pub state: State,
    pub limits: Limits,
    /// Microseconds; nothing where it is to be the moment of the approval.
    pub effective: Option<i64>,
    pub proposed: Said,
    pub decided: Option<Said>,
}

impl Version {
    pub fn shown(&self) -> Value {
        let said = |said: &Said| json!({ "by": said.by, "at": Instant(said.at).rfc3339(), "reason": said.reason });
        let mut shown = json!({
            "property": self.address,
            "version": self.version,
            "state": self.state.name(),
            "effective": self.effective.map(crate::time::format),
            "proposed": said(&self.proposed),
        });
        let ends = [("low", self.limits.low), ("high", self.limits.high)];
        ends.into_iter().filter_map(|(name, end)| Some((name, end?))).for_each(|(name, end)| shown[name] = end.into());
        if let Some(decided) = &self.decided {
            shown["decided"] = said(decided);
        }
        shown
    }

    /// What watchers must know.
    pub fn scheduled(&self) -> Option<Scheduled> {
        let effective = self.effective.filter(|_| self.state.counts())?;
        Some(Scheduled { version: self.version, effective, limits: self.limits })
    }
}

/// A version that holds from `effective` on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    pub version: i64,
    /// Microseconds.
    pub effective: i64,
    #[serde(flatten)]
    pub limits: Limits,
}

/// All that ever hold, in the order of their time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schedule(Vec<Scheduled>);

impl Schedule {
    /// A version told twice stands once.
    pub fn add(&mut self, scheduled: Scheduled) {
        self.0.retain(|other| other.version != scheduled.version);
        self.0.push(scheduled);
        self.0.sort_by_key(|one| (one.effective, one.version));
    }

    pub fn at(&self, time: i64) -> Option<&Scheduled> {
        self.0[..self.0.partition_point(|one| one.effective <= time)].last()
    }

    /// Those that hold at some time of `from..to`.
    pub fn within(&self, from: i64, to: i64) -> &[Scheduled] {
        let first = self.0.partition_point(|one| one.effective <= from).saturating_sub(1);
        let end = self.0.partition_point(|one| one.effective < to).max(first);
        &self.0[first..end]
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the newest only; readings older than that are not judged again.
    pub fn trim(&mut self, most: usize) {
        self.0.drain(..self.0.len().saturating_sub(most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(version: i64, effective: i64) -> Scheduled {
        Scheduled { version, effective, limits: Limits { low: None, high: Some(version as f64) } }
    }

    #[test]
    fn a_version_holds_from_its_time_to_that_of_another() {
        let mut schedule = Schedule::default();
        for (version, effective) in [(1, 0), (2, 100), (3, 50), (4, 100)] {
            schedule.add(one(version, effective));
        }
        schedule.add(one(4, 100));
        let at = |time| schedule.at(time).map(|one| one.version);
        assert_eq!(
            [at(-1), at(0), at(49), at(50), at(99), at(100)],
            [None, Some(1), Some(1), Some(3), Some(3), Some(4)]
        );
        let within = |from, to| schedule.within(from, to).iter().map(|one| one.version).collect::<Vec<_>>();
        assert_eq!((within(60, 70), within(10, 100), within(-5, 0)), (vec![3], vec![1, 3], vec![]));
    }

    #[test]
    fn what_was_written_is_read_again() {
        let mut schedule = Schedule::default();
        schedule.add(Scheduled { limits: Limits { low: Some(-1.5), high: None }, ..one(7, 9) });
        let text = serde_json::to_string(&schedule).unwrap();
        assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), schedule, "{text}");
    }

    #[test]
    fn states_have_names_and_proposals_do_not_count() {
        for (name, state) in State::NAMES {
            assert_eq!((state.name(), State::from_name(name)), (name, Some(state)));
        }
        let version = |state| Version {
            address: "a.x".into(),
            version: 1,
            state,
            limits: Limits::default(),
            effective: Some(5),
            proposed: Said { by: "ann".into(), at: 0, reason: String::new() },
            decided: None,
        };
        assert!(version(State::Approved).scheduled().is_some() && version(State::Proposed).scheduled().is_none());
    }
}
