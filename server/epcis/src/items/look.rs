//! How an item's state is found: from its row, or folded from the events that the caller sees, up to a moment.

use crate::coldchain::reading::{self, Reading};
use crate::event::Event;
use crate::events::{Sight, visible};
use crate::history::{self, History, MOST};
use crate::item::{Item, Seen, inherit, named, refold, refold_watched, views};
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
    let (history, keys) = told(context, epcs, sight).await?;
    history.read_keyed(|events| {
        let past = events.iter().filter(|(_, event, _)| at.is_none_or(|at| event.time <= at));
        let seen =
            past.map(|(key, event, id)| Seen { event: event.clone(), id: id.clone(), visible: keys.contains(key) });
        Around(views(&seen.collect::<Vec<_>>()))
    })
}

/// The history of items, and which events of it the caller sees.
pub(super) async fn told(context: &Context, epcs: &[String], sight: &Sight) -> Result<(History, BTreeSet<i64>)> {
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
    Ok((history, keys))
}

/// What sensors told of an item, and of what it was in by then, as far as the caller sees it.
pub(crate) async fn readings(context: &Context, epc: &str) -> Result<Vec<Reading>> {
    let sight = visible(&context.grant.rows());
    if matches!(sight, Sight::Nothing) {
        return Ok(Vec::new());
    }
    let (history, keys) = told(context, &[epc.to_owned()], &sight).await?;
    history.read_keyed(|events| {
        let seen: BTreeSet<&str> =
            events.iter().filter(|(key, ..)| keys.contains(key)).map(|(_, _, id)| id.as_str()).collect();
        let all: Vec<_> = events.iter().map(|(_, event, id)| (event.clone(), id.clone())).collect();
        let mut readings = Vec::new();
        refold_watched(&all, |event, id, before| {
            if seen.contains(id) && event.node.get("sensorElementList").is_some() && concerns(event, epc, before) {
                readings.extend(reading::of(event));
            }
        });
        readings
    })
}

/// Does an event name the item, or something that it is in?
pub(super) fn concerns(event: &Event<'_>, epc: &str, before: &HashMap<String, Item>) -> bool {
    let named: BTreeSet<String> = named(event).into_iter().map(|(epc, _)| epc).collect();
    let mut at = Some(epc.to_owned());
    (0..=inherit::DEEPEST).any(|_| {
        let found = at.as_ref().is_some_and(|epc| named.contains(epc));
        at = at.take().and_then(|epc| before.get(&epc)?.parent.get().cloned());
        found
    })
}
