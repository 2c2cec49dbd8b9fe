//! The items that the new events name: read at once, folded in memory, corrected where an event was
//! declared wrong.

use super::judge::Candidate;
use crate::event::Event;
use crate::history;
use crate::item::{Item, apply, refold};
use crate::store::item;
use crate::view;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use theriac_core::Result;
use theriac_platform::db::TenantDb;

/// Items an entry of the ledger tells at most; the rest is found by reading.
const TOLD: usize = 200;

pub(crate) struct Folded {
    pub items: HashMap<String, Item>,
    /// The revisions they were read at.
    pub from: HashMap<String, u64>,
    /// For each event what it told of its items: `{"epc","state"}`.
    pub told: Vec<Vec<Value>>,
}

/// Everything the events need, in two statements at most.
pub(crate) async fn load(db: &TenantDb, candidates: &[Candidate<'_>]) -> Result<HashMap<String, Item>> {
    let epcs: BTreeSet<&String> = candidates.iter().flat_map(|c| &c.needs.epcs).collect();
    let parents: BTreeSet<&String> = candidates.iter().filter_map(|c| c.needs.all_children_of.as_ref()).collect();
    let mut found = item::load(db, epcs.into_iter().cloned().collect()).await?;
    found.extend(item::children(db, parents.into_iter().cloned().collect()).await?);
    Ok(found.into_iter().map(|item| (item.epc.clone(), item)).collect())
}

pub(crate) fn fold(candidates: &[Candidate<'_>], mut items: HashMap<String, Item>) -> Folded {
    let from = items.iter().map(|(epc, item)| (epc.clone(), item.revision)).collect();
    let mut told = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        apply(&candidate.event, &candidate.id, &mut items);
        told.push(tell(candidate, &items));
    }
    Folded { items, from, told }
}

fn tell(candidate: &Candidate<'_>, items: &HashMap<String, Item>) -> Vec<Value> {
    let named = candidate.needs.epcs.iter().take(TOLD).filter_map(|epc| items.get(epc));
    named.map(|item| serde_json::json!({ "epc": item.epc, "state": view::item(item) })).collect()
}

/// Folds anew the items of which an event was declared wrong, from all that is stored and all that is new.
pub(crate) async fn correct(db: &TenantDb, candidates: &[Candidate<'_>], mut folded: Folded) -> Result<Folded> {
    let stale: Vec<String> = folded.items.values().filter(|item| item.stale).map(|item| item.epc.clone()).collect();
    if stale.is_empty() {
        return Ok(folded);
    }
    let stored = history::of_items(db, &stale, None, u64::MAX).await?;
    let new: Vec<(Event<'_>, String)> = candidates.iter().map(|c| (c.event.clone(), c.id.clone())).collect();
    let mut fresh = stored.read(|events| refold(&[events, &new].concat()))?;
    for epc in stale {
        let revision = folded.items.get(&epc).map_or(0, |item| item.revision);
        let item = fresh.remove(&epc).unwrap_or_else(|| Item::new(&epc));
        folded.items.insert(epc, Item { revision, stale: false, ..item });
    }
    for (at, candidate) in candidates.iter().enumerate().filter(|(_, c)| c.event.is_error_declaration()) {
        folded.told[at] = tell(candidate, &folded.items);
    }
    Ok(folded)
}
