//! The state of an item, folded from the events that name it.
//!
//! Events are applied in capture order, but state follows the time they happened: each part of an item
//! (state, disposition, place, parent) remembers the eventTime it was last set at, and an event that
//! happened earlier does not overwrite it. At equal times the later captured one wins. So a late
//! delivery of an old event leaves the present as it is, and the fold is the same however the
//! stream of events is cut into batches.
//!
//! An error declaration says that an earlier event was wrong. What it had overwritten is no longer
//! known here, so the items are only marked [`Item::stale`], and [`refold`] computes them anew.

mod apply;
mod state;

use crate::event::Event;
use crate::identifier::{Identifier, Kind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

pub use apply::{Needs, apply, needs};
pub use state::State;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ItemKind {
    Instance,
    Class,
    LogisticUnit,
}

/// A value with the eventTime, in microseconds, at which it was set; set to nothing is a value too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T>(pub Option<T>, pub i64);

impl<T> Default for Dated<T> {
    fn default() -> Self {
        Self(None, i64::MIN)
    }
}

impl<T> Dated<T> {
    pub fn set(&mut self, value: Option<T>, at: i64) {
        if at >= self.1 {
            *self = Self(value, at);
        }
    }

    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    fn is_unset(&self) -> bool {
        self.1 == i64::MIN
    }
}

/// What is known of one item. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Canonical Digital Link, or the URI as it came if it is no GS1 key.
    pub epc: String,
    pub kind: ItemKind,
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub state: Dated<State>,
    /// Canonical Web URI.
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub disposition: Dated<String>,
    /// Canonical Web URI to whether it is set; unset ones are kept so that late events cannot revive them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub persistent_dispositions: BTreeMap<String, Dated<bool>>,
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub biz_location: Dated<String>,
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub read_point: Dated<String>,
    /// What it is packed in.
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub parent: Dated<String>,
    /// What it is fixed to (AssociationEvent).
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub attached_to: Dated<String>,
    /// The eventID of the last event.
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub last_event: Dated<String>,
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub lot: Dated<String>,
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub expiry: Dated<String>,
    /// The earliest eventTime.
    pub created_at: i64,
    /// Counts the events applied.
    pub revision: u64,
    /// An event it was folded from was declared wrong: [`refold`] is due.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
}

impl Item {
    /// An item of which nothing is known yet.
    pub fn new(epc: &str) -> Self {
        let identifier = Identifier::parse(epc).ok();
        let kind = match identifier.as_ref().map(Identifier::kind) {
            Some(Kind::LogisticUnit) => ItemKind::LogisticUnit,
            Some(Kind::Class) => ItemKind::Class,
            _ => ItemKind::Instance,
        };
        let lot = identifier.filter(|i| i.key.scheme == "lgtin").and_then(|i| i.qualifier);
        Self {
            epc: epc.to_owned(),
            kind,
            state: Dated::default(),
            disposition: Dated::default(),
            persistent_dispositions: BTreeMap::new(),
            biz_location: Dated::default(),
            read_point: Dated::default(),
            parent: Dated::default(),
            attached_to: Dated::default(),
            last_event: Dated::default(),
            lot: lot.map_or_else(Dated::default, |lot| Dated(Some(lot), i64::MAX)),
            expiry: Dated::default(),
            created_at: i64::MAX,
            revision: 0,
            stale: false,
        }
    }

    /// The persistent dispositions that hold now.
    pub fn persistent(&self) -> impl Iterator<Item = &str> {
        self.persistent_dispositions.iter().filter(|(_, set)| set.0 == Some(true)).map(|(name, _)| name.as_str())
    }
}

/// Folds a history anew, in capture order, leaving out the events that were declared wrong. Every
/// event of the items asked for must be there, with its id.
pub fn refold<'e>(events: &[(Event<'e>, String)]) -> HashMap<String, Item> {
    let declared = events.iter().filter(|(event, _)| event.is_error_declaration());
    let wrong: HashSet<&str> = declared.map(|(_, id)| id.as_str()).collect();
    let mut items = HashMap::new();
    for (event, id) in events.iter().filter(|(_, id)| !wrong.contains(id.as_str())) {
        apply(event, id, &mut items);
    }
    items
}

#[cfg(test)]
mod tests;
