//! How an item's state is found: from its row, or folded from the events that the caller sees, up to a moment.

use crate::events::{Sight, visible};
use crate::history::{self, MOST};
use crate::item::{Item, Seen, inherit, refold, views};
use crate::store::item;
use std::collections::{BTreeSet, HashMap};
use theriac_core::{Instant, Result};
use theriac_platform::Context;

/// Items, and all that they are in.
pub(super) struct Around(HashMap<String, Item>);

impl Around {
    /// The item with what it shares with its parents; nothing if there is none.
    pub(super) fn get(&self, epc: &str) -> Option<Item> {
        self.0.get(epc).filter(|item| item.exists()).map(|item| inherit::derived(item, &self.0))
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.0.values().filter(|item| item.exists())
    }
}

/// The items as the caller may know them, with their parents.
pub(super) async fn look(context: &Context, epcs: &[String], at: Option<Instant>) -> Result<Around> {
    match (visible(&context.grant.rows()), at) {
        (Sight::Nothing, _) => Ok(Around(HashMap::new())),
        (Sight::All, None) => {
            let stored = item::with_parents(&context.db, epcs.to_vec()).await?;
            Ok(Around(stored.into_iter().map(|s| (s.item.epc.clone(), s.item)).collect()))
        }
        (Sight::All, Some(at)) => {
            let (history, _) = history::of_items(&context.db, epcs, &[], MOST).await?;
            history.read(|events| {
                let past = events.iter().filter(|(event, _)| event.time <= at);
                Around(refold(&past.cloned().collect::<Vec<_>>()))
            })
        }
        (sight, at) => seen(context, epcs, &sight, at).await,
    }
}

/// Folded for a caller who sees some events. Of classes these alone are read: they carry nothing with them.
async fn seen(context: &Context, epcs: &[String], sight: &Sight, at: Option<Instant>) -> Result<Around> {
    let db = &context.db;
    let (classes, things): (Vec<String>, Vec<String>) = epcs.iter().cloned().partition(|epc| super::is_class(epc));
    let (mut history, asked) = history::of_items(db, &things, &[], MOST).await?;
    let mut keys = BTreeSet::new();
    let asked: Vec<String> = asked.into_iter().chain(classes).collect();
    for names in asked.chunks(history::TOGETHER) {
        let found = history::with_terms(db, vec![history::naming(names)], sight.terms(), MOST).await?;
        keys.extend(found.iter().map(|found| found.position.key));
        history.add(found);
    }
    history.read_keyed(|events| {
        let past = events.iter().filter(|(_, event, _)| at.is_none_or(|at| event.time <= at));
        let seen =
            past.map(|(key, event, id)| Seen { event: event.clone(), id: id.clone(), visible: keys.contains(key) });
        Around(views(&seen.collect::<Vec<_>>()))
    })
}
