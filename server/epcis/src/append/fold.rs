//! The items that the new events name: read at once, folded in memory, and computed anew from the stored events where
//! an event comes late or was declared wrong.

use super::heavy;
use super::judge::Candidate;
use crate::event::{Event, EventType};
use crate::exception::{Faults, Reconsidered, event_faults, item_faults, stock_faults};
use crate::history::{self, History};
use crate::index::term;
use crate::item::{Item, ItemKind, Role, apply, inherit, named, needs, refold_watched};
use crate::store::item::{self, Stored};
use crate::view;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};
use theriac_access::label::is_gln;
use theriac_core::{Instant, Result};
use theriac_platform::Context;
use theriac_platform::db::TenantDb;

#[derive(Clone, Default)]
pub(crate) struct Folded {
    pub items: HashMap<String, Item>,
    /// The revisions of the rows that were read.
    pub from: HashMap<String, i64>,
    pub changed: HashSet<String>,
    /// For each event the party that holds all it names, if one does.
    pub holders: Vec<Option<String>>,
    /// For each event what it told of its items: `{"epc","role","state"}`.
    pub told: Vec<Vec<Value>>,
}

/// Items an entry of the ledger tells at most; the rest is found by reading.
const TOLD: usize = 200;

/// Everything the events need, in two statements at most.
pub(crate) async fn load(db: &TenantDb, candidates: &[Candidate<'_>]) -> Result<Folded> {
    let epcs: BTreeSet<&String> = candidates.iter().flat_map(|c| &c.needs.epcs).collect();
    let asked = |c: &'_ Candidate<'_>| [c.needs.all_children_of.clone(), c.needs.observed_in.clone()];
    let parents: BTreeSet<String> = candidates.iter().flat_map(asked).flatten().collect();
    let mut folded = Folded::default();
    folded.add(item::with_parents(db, epcs.into_iter().cloned().collect()).await?);
    folded.add(item::children(db, parents.into_iter().collect()).await?);
    Ok(folded)
}

impl Folded {
    fn add(&mut self, stored: Vec<Stored>) {
        for Stored { item, revision } in stored {
            // What is in memory already is newer.
            if !self.items.contains_key(&item.epc) && !self.from.contains_key(&item.epc) {
                self.from.insert(item.epc.clone(), revision);
                self.items.insert(item.epc.clone(), item);
            }
        }
    }

    /// Items that something was taken out of, in one of these or in what they hold.
    fn emptied_within(&self, suspects: &BTreeSet<String>) -> BTreeSet<String> {
        let within = |item: &&Item| {
            let mut at = Some(*item);
            (0..inherit::DEEPEST).any(|_| {
                at = at.and_then(|item| item.parent.get()).and_then(|parent| self.items.get(parent));
                at.is_some_and(|item| suspects.contains(&item.epc))
            })
        };
        let emptied = self.items.values().filter(|item| item.emptied != i64::MIN && !suspects.contains(&item.epc));
        emptied.filter(within).map(|item| item.epc.clone()).collect()
    }

    /// Applies the events in the order they happened in; gives the items that have to be computed anew.
    /// What is wrong with the others goes to the faults.
    fn apply(&mut self, candidates: &[Candidate<'_>], now: Instant, faults: &mut Faults) -> BTreeSet<String> {
        let mut anew = BTreeSet::new();
        self.told = vec![Vec::new(); candidates.len()];
        self.holders = vec![None; candidates.len()];
        let mut order: Vec<(usize, &Candidate<'_>)> = candidates.iter().enumerate().collect();
        order.sort_by_key(|(_, candidate)| candidate.event.time);
        for (place, candidate) in order {
            let at = candidate.event.time.0;
            let named = &candidate.needs.epcs;
            if named.iter().any(|epc| anew.contains(epc) || self.comes_late(epc, at)) {
                anew.extend(named.iter().filter(|epc| self.items.get(*epc).is_none_or(Item::refolds)).cloned());
            } else {
                self.holders[place] = holder(&candidate.event, named, &self.items);
            }
            self.judge(candidate, &anew, faults);
            let touched = apply(&candidate.event, &candidate.id, &mut self.items);
            if candidate.event.is_error_declaration() {
                anew.extend(touched);
            } else {
                self.changed.extend(touched);
                self.told[place] = self.tell(candidate);
                let event = &candidate.event;
                faults.add(&candidate.id, event.time, event_faults(event, now));
                faults.add(&candidate.id, event.time, stock_faults(event, &self.items));
            }
        }
        anew
    }

    /// Is something known of the item, or of what it is in, that happened after?
    fn comes_late(&self, epc: &str, at: i64) -> bool {
        let mut next = self.items.get(epc).filter(|item| item.refolds());
        for _ in 0..=inherit::DEEPEST {
            let Some(item) = next else { return false };
            if item.last_event.1 > at || item.emptied > at {
                return true;
            }
            next = item.parent.get().and_then(|parent| self.items.get(parent));
        }
        false
    }

    /// Items that are computed anew are judged then.
    fn judge(&self, candidate: &Candidate<'_>, anew: &BTreeSet<String>, faults: &mut Faults) {
        if candidate.event.is_error_declaration() {
            return;
        }
        let mut found = item_faults(&candidate.event, &self.items);
        found.retain(|fault| fault.epc.as_ref().is_none_or(|epc| !anew.contains(epc)));
        faults.add(&candidate.id, candidate.event.time, found);
    }

    fn tell(&self, candidate: &Candidate<'_>) -> Vec<Value> {
        let named = named(&candidate.event).into_iter().take(TOLD);
        let tell = |(epc, role): (String, Role)| {
            let item = inherit::derived(self.items.get(&epc)?, &self.items);
            Some(serde_json::json!({ "epc": epc, "role": role, "state": view::item(&item) }))
        };
        named.filter_map(tell).collect()
    }
}

/// The items after the events, what is wrong with the events, and what became clear of earlier ones.
pub(crate) async fn all(
    context: &Context,
    candidates: &[Candidate<'_>],
    mut folded: Folded,
) -> Result<(Folded, Faults, Reconsidered)> {
    let mut faults = Faults::default();
    let anew = heavy(|| folded.apply(candidates, context.now(), &mut faults));
    let (folded, reconsidered) = refolded(&context.db, candidates, anew, folded).await?;
    Ok((folded, faults, reconsidered))
}

/// Computes items anew from all that is stored and all that is new.
async fn refolded(
    db: &TenantDb,
    candidates: &[Candidate<'_>],
    anew: BTreeSet<String>,
    mut folded: Folded,
) -> Result<(Folded, Reconsidered)> {
    let mut again = Reconsidered::default();
    if anew.is_empty() {
        return Ok((folded, again));
    }
    let suspects: Vec<String> = once_inside(db, candidates, anew, &mut folded).await?.into_iter().collect();
    let here: Vec<&Event<'_>> = candidates.iter().map(|c| &c.event).collect();
    let stored = history::with_containers(db, &suspects, &here).await?;
    let new: Vec<(Event<'_>, String)> = candidates.iter().map(|c| (c.event.clone(), c.id.clone())).collect();
    again.epcs = suspects.iter().cloned().collect();
    let late = candidates.iter().zip(&folded.holders).filter(|(c, held)| held.is_none() && c.declared == 0);
    let mut holders: HashMap<String, Option<String>> = late.map(|(c, _)| (c.id.clone(), None)).collect();
    let mut fresh = stored.read(|events| replay(&[events, &new].concat(), &mut again, &mut holders))?;
    for (place, candidate) in candidates.iter().enumerate().filter(|(_, c)| c.declared == 0) {
        if let Some(held) = holders.remove(&candidate.id) {
            folded.holders[place] = held;
        }
    }
    for epc in suspects {
        let mut item = fresh.remove(&epc).unwrap_or_else(|| Item::new(&epc));
        // What was taken out of its contents stands in histories that are not read here.
        item.emptied = item.emptied.max(folded.items.get(&epc).map_or(i64::MIN, |old| old.emptied));
        if item.exists() || folded.from.contains_key(&epc) {
            if folded.items.get(&epc) != Some(&item) {
                folded.changed.insert(epc.clone());
                folded.items.insert(epc, item);
            }
        } else {
            // It came and went within these events.
            folded.changed.remove(&epc);
            folded.items.remove(&epc);
        }
    }
    for (place, candidate) in candidates.iter().enumerate() {
        folded.told[place] = folded.tell(candidate);
    }
    Ok((folded, again))
}

/// The party that has all an event names in its hands sees the event. Were one item in other hands, it would tell
/// the party of another's goods; and whose lots are, nobody can say. What it has sent on it has handed over.
fn holder(event: &Event<'_>, epcs: &[String], items: &HashMap<String, Item>) -> Option<String> {
    if event.is_error_declaration() {
        return None;
    }
    let mut holders = epcs.iter().map(|epc| {
        let item = inherit::derived(items.get(epc)?, items);
        let here = item.kind != ItemKind::Class && item.consignee.get().is_none();
        item.custody.get().cloned().filter(|holder| here && is_gln(holder))
    });
    let first = holders.next()??;
    holders.all(|holder| holder.as_ref() == Some(&first)).then_some(first)
}

/// The items, and what is wrong with those that are computed anew; and who held what each event named.
fn replay(
    events: &[(Event<'_>, String)],
    again: &mut Reconsidered,
    holders: &mut HashMap<String, Option<String>>,
) -> HashMap<String, Item> {
    again.events = events.iter().map(|(_, id)| id.clone()).collect();
    let wrong = events.iter().filter(|(event, _)| event.is_error_declaration());
    again.wrong = wrong.map(|(_, id)| id.clone()).collect();
    let (suspects, faults) = (&again.epcs, &mut again.faults);
    refold_watched(events, |event, id, before| {
        if let Some(held) = holders.get_mut(id) {
            *held = holder(event, &needs(event).epcs, before);
        }
        let mut found = item_faults(event, before);
        found.retain(|f| f.rule.of_history && f.epc.as_ref().is_some_and(|epc| suspects.contains(epc)));
        faults.add(id, event.time, found);
    })
}

/// These, and what was ever in one of them, or in what they hold, and was taken out since: it took along what its parents
/// went through by then. An event that took out all did not even name it.
async fn once_inside(
    db: &TenantDb,
    candidates: &[Candidate<'_>],
    mut suspects: BTreeSet<String>,
    folded: &mut Folded,
) -> Result<BTreeSet<String>> {
    let (mut looked, mut emptied): (BTreeSet<String>, BTreeSet<String>) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let new: Vec<String> = suspects.difference(&looked).cloned().collect();
        if new.is_empty() {
            return Ok(suspects);
        }
        looked.extend(new.iter().cloned());
        folded.add(item::within(db, new).await?);
        suspects.extend(folded.emptied_within(&suspects));
        let is_emptied = |epc: &&String| folded.items.get(*epc).is_some_and(|item| item.emptied != i64::MIN);
        let parents: Vec<String> =
            suspects.iter().filter(|epc| !emptied.contains(*epc)).filter(is_emptied).cloned().collect();
        emptied.extend(parents.iter().cloned());
        let inside = ever_inside(db, candidates, &parents).await?;
        let missing = inside.iter().filter(|epc| !folded.items.contains_key(*epc)).cloned().collect();
        folded.add(item::with_parents(db, missing).await?);
        suspects.extend(inside);
    }
}

/// What any event, stored or new, put into one of these.
async fn ever_inside(db: &TenantDb, candidates: &[Candidate<'_>], parents: &[String]) -> Result<BTreeSet<String>> {
    if parents.is_empty() {
        return Ok(BTreeSet::new());
    }
    let terms = history::any_of("MATCH_parentID", parents.iter().map(|parent| term("parentID", parent)));
    let mut packing = History::default();
    packing.add(history::with_terms(db, vec![terms], None, u64::MAX).await?);
    let children = |event: &Event<'_>| match event.kind {
        EventType::Aggregation => event.epcs("childEPCs"),
        _ => Vec::new(),
    };
    let mut inside: BTreeSet<String> =
        packing.read(|events| events.iter().flat_map(|(event, _)| children(event)).collect())?;
    let here = candidates.iter().filter(|c| c.event.epcs("parentID").iter().any(|p| parents.contains(p)));
    inside.extend(here.flat_map(|c| children(&c.event)));
    Ok(inside)
}
