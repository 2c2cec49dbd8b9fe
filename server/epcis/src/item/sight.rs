//! Items as a caller sees them who sees some events only. Pure.
//!
//! The caller's own events are folded as always. Besides, an event that it sees tells of more than it names: who sees a
//! pallet shipped sees what was on it by then, down to the last pack, with lot and expiry as they are printed on it. What
//! holds the pallet itself, and what else lies there, is not told; nor is anything that happens after the caller's last event.

use super::{Dated, Item, ItemKind, Role, apply, happened, named};
use crate::event::Event;
use std::collections::{BTreeSet, HashMap};

/// A stored event, and whether the caller sees it.
pub(crate) struct Seen<'e> {
    pub event: Event<'e>,
    pub id: String,
    pub visible: bool,
}

/// The items that the visible events tell of. `events` come in capture order and hold the whole history.
pub(crate) fn views(events: &[Seen<'_>]) -> HashMap<String, Item> {
    let visible: BTreeSet<&str> = events.iter().filter(|seen| seen.visible).map(|seen| seen.id.as_str()).collect();
    let mut sight = Sight::default();
    for (event, id) in happened(events, |seen| (&seen.event, &seen.id)) {
        sight.apply(event, id, visible.contains(id));
    }
    sight.views
}

#[derive(Default)]
struct Sight {
    /// What all events tell; only bonds and what is printed on a pack are ever taken from here.
    truth: HashMap<String, Item>,
    /// What is in what, by all events, both ways.
    inside: HashMap<String, BTreeSet<String>>,
    within: HashMap<String, String>,
    views: HashMap<String, Item>,
}

impl Sight {
    fn apply(&mut self, event: &Event<'_>, id: &str, visible: bool) {
        for epc in apply(event, id, &mut self.truth) {
            self.keep(&epc);
        }
        if !visible {
            return;
        }
        apply(event, id, &mut self.views);
        for (epc, role) in named(event) {
            if role != Role::Parent {
                self.print(&epc);
            }
            if matches!(role, Role::Subject | Role::Child | Role::Output) {
                self.carry(&epc, event.time.0);
            }
        }
    }

    fn keep(&mut self, epc: &str) {
        if let Some(inside) = self.within.remove(epc).and_then(|parent| self.inside.get_mut(&parent)) {
            inside.remove(epc);
        }
        if let Some(parent) = self.truth.get(epc).and_then(|item| item.parent.get()) {
            self.inside.entry(parent.clone()).or_default().insert(epc.to_owned());
            self.within.insert(epc.to_owned(), parent.clone());
        }
    }

    /// What anybody reads who has the pack in hand.
    fn print(&mut self, epc: &str) {
        if let (Some(truth), Some(view)) = (self.truth.get(epc), self.views.get_mut(epc))
            && truth.kind != ItemKind::Class
        {
            view.lot.clone_from(&truth.lot);
            view.expiry.clone_from(&truth.expiry);
            view.contents.clone_from(&truth.contents);
        }
    }

    /// All that is in an item the event names goes with it.
    fn carry(&mut self, epc: &str, at: i64) {
        let mut waiting = vec![epc.to_owned()];
        let mut met: BTreeSet<String> = waiting.iter().cloned().collect();
        while let Some(parent) = waiting.pop() {
            let inside = self.inside.get(&parent).cloned().unwrap_or_default();
            let gone = |view: &&mut Item| view.parent.get() == Some(&parent) && !inside.contains(&view.epc);
            self.views.values_mut().filter(gone).for_each(|view| view.parent = Dated(None, at));
            for child in inside {
                if !met.insert(child.clone()) {
                    continue;
                }
                let Some(truth) = self.truth.get(&child) else { continue };
                let view = self.views.entry(child.clone()).or_insert_with_key(|epc| Item::new(epc));
                view.created_at = view.created_at.min(at);
                view.parent.clone_from(&truth.parent);
                self.print(&child);
                waiting.push(child);
            }
        }
    }
}
