//! The state of an item, folded from the events that name it.
//!
//! State follows the time things happened: events are applied in the order of their eventTime, and at equal
//! times in the order of their capture. Each part of an item (state, disposition, place, custody, parent)
//! remembers the eventTime it was last set at, and an event that happened earlier does not overwrite it.
//!
//! What a parent goes through, its contents go through with it. It is not written into each of them: the
//! [`inherit`] module adds it when an item is read, and an item that is taken out keeps what it had by then.
//!
//! An event that comes late, or is declared wrong, may change what followed. The items it touches are then
//! computed anew by [`refold`], so that the fold is the same however the stream of events is cut or mixed.

mod apply;
mod custody;
pub mod inherit;
mod quantity;
mod sight;
mod state;

use crate::event::Event;
use crate::identifier::{Identifier, Key, Kind, gln_of};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

pub use crate::items::{Transfer, in_lot, parties, state, states, transfer, transfers_of};
pub use apply::{Needs, apply, needs};
pub(crate) use apply::{lots_of_children, named, said_lot_and_expiry};
pub(crate) use custody::source_possessor;
pub use quantity::{Amounts, Stock};
pub(crate) use sight::{Seen, views};
pub(crate) use state::of as state_of;
pub use state::{Role, State};

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

    pub fn is_unset(&self) -> bool {
        self.1 == i64::MIN
    }
}

const fn never() -> i64 {
    i64::MIN
}

const fn is_never(at: &i64) -> bool {
    *at == i64::MIN
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
    /// The last state of those that it shares with its contents.
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub way: Dated<State>,
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
    /// Who possesses it, as parties tell: a GLN, or the URI of another kind of party.
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub custody: Dated<String>,
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub owner: Dated<String>,
    /// To whom it is under way.
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub consignee: Dated<String>,
    /// Amounts of classes packed in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contents: BTreeMap<String, Amounts>,
    /// What became of a class.
    #[serde(default, skip_serializing_if = "Stock::is_empty")]
    pub stock: Stock,
    /// When it was commissioned; a logistic unit also when it was first packed.
    #[serde(default = "never", skip_serializing_if = "is_never")]
    pub born: i64,
    /// When something was last taken out of it, or out of what it held.
    #[serde(default = "never", skip_serializing_if = "is_never")]
    pub emptied: i64,
    /// The eventID of the last event.
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub last_event: Dated<String>,
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub lot: Dated<String>,
    #[serde(default, skip_serializing_if = "Dated::is_unset")]
    pub expiry: Dated<String>,
    /// The earliest eventTime.
    pub created_at: i64,
    /// Counts the events that tell of it and were not declared wrong.
    pub revision: u64,
    /// The parent whose way it shares, where its state is the parent's; see [`inherit`].
    #[serde(skip)]
    pub carried_by: Option<String>,
}

/// Items with more events than this are not computed anew for one that comes late: what commutes is taken.
const MOST_REFOLDED: u64 = 10_000;

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
            way: Dated::default(),
            disposition: Dated::default(),
            persistent_dispositions: BTreeMap::new(),
            biz_location: Dated::default(),
            read_point: Dated::default(),
            parent: Dated::default(),
            attached_to: Dated::default(),
            custody: Dated::default(),
            owner: Dated::default(),
            consignee: Dated::default(),
            contents: BTreeMap::new(),
            stock: Stock::default(),
            born: never(),
            emptied: never(),
            last_event: Dated::default(),
            lot: lot.map_or_else(Dated::default, |lot| Dated(Some(lot), i64::MAX)),
            expiry: Dated::default(),
            created_at: i64::MAX,
            revision: 0,
            carried_by: None,
        }
    }

    /// Where it stands in its life; of a thing only seen, nothing else is known.
    pub fn state(&self) -> State {
        self.state.get().copied().unwrap_or(State::Observed)
    }

    /// Events may have been declared wrong until none was left.
    pub fn exists(&self) -> bool {
        self.created_at != i64::MAX
    }

    /// Who possesses it: the party that was said to, else whoever's place it is at.
    pub fn holder(&self) -> Option<String> {
        let place = || self.biz_location.get().or(self.read_point.get()).and_then(|place| gln_of(place));
        self.custody.get().cloned().or_else(place)
    }

    /// The canonical class of its lot: `https://id.gs1.org/01/{gtin}/10/{lot}`.
    pub fn lot_class(&self) -> Option<String> {
        let lot = self.lot.get().filter(|lot| !lot.is_empty())?;
        let own = Identifier::parse(&self.epc).ok().filter(|i| i.key.scheme == "sgtin" && i.qualifier.is_some())?;
        let key = Key::by_scheme("lgtin")?;
        Some(Identifier { key, primary: own.primary, qualifier: Some(lot.clone()) }.link())
    }

    /// Is it computed anew for an event that comes late?
    pub(crate) fn refolds(&self) -> bool {
        self.kind != ItemKind::Class && self.revision <= MOST_REFOLDED
    }

    /// The persistent dispositions that hold now.
    pub fn persistent(&self) -> impl Iterator<Item = &str> {
        self.persistent_dispositions.iter().filter(|(_, set)| set.0 == Some(true)).map(|(name, _)| name.as_str())
    }
}

/// Folds a history anew. `events` come in capture order, each with its id; all events of the items asked
/// for, and of what they were in, must be there.
pub fn refold<'e>(events: &[(Event<'e>, String)]) -> HashMap<String, Item> {
    refold_watched(events, |_, _, _| {})
}

/// As above; `watch` sees each event, its id, and the items before it.
pub(crate) fn refold_watched<'e>(
    events: &[(Event<'e>, String)],
    mut watch: impl FnMut(&Event<'e>, &str, &HashMap<String, Item>),
) -> HashMap<String, Item> {
    let mut items = HashMap::new();
    for (event, id) in happened(events, |(event, id)| (event, id)) {
        watch(event, id, &items);
        apply(event, id, &mut items);
    }
    items
}

/// The events that happened, in the order they happened in: without those that were declared wrong.
pub(crate) fn happened<'a, 'e: 'a, T>(
    events: &'a [T],
    read: impl Fn(&'a T) -> (&'a Event<'e>, &'a String) + Copy,
) -> Vec<(&'a Event<'e>, &'a str)> {
    let declared = events.iter().map(read).filter(|(event, _)| event.is_error_declaration());
    let wrong: HashSet<&str> = declared.map(|(_, id)| id.as_str()).collect();
    let left = events.iter().map(read).filter(|(_, id)| !wrong.contains(id.as_str()));
    let mut left: Vec<_> = left.map(|(event, id)| (event, id.as_str())).collect();
    left.sort_by_key(|(event, _)| event.time);
    left
}

#[cfg(test)]
mod tests;
