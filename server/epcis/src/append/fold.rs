//! The items that the new events name: read at once, folded in memory, corrected where an event was
//! declared wrong.

use super::judge::Candidate;
use crate::event::Event;
use crate::history;
use crate::index::term;
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
    if !candidates.iter().any(|c| c.event.is_error_declaration()) {
        return Ok(folded);
    }
    let once_inside = once_inside(db, candidates, &mut folded).await?;
    let stale = folded.items.values().filter(|item| item.stale).map(|item| item.epc.clone());
    let suspects: Vec<String> = stale.chain(once_inside).collect::<BTreeSet<_>>().into_iter().collect();
    let stored = history::of_items(db, &suspects, None, u64::MAX).await?;
    let new: Vec<(Event<'_>, String)> = candidates.iter().map(|c| (c.event.clone(), c.id.clone())).collect();
    let mut fresh = stored.read(|events| refold(&[events, &new].concat()))?;
    for epc in suspects {
        let Some(old) = folded.items.get(&epc) else { continue };
        let item = Item { revision: old.revision, ..fresh.remove(&epc).unwrap_or_else(|| Item::new(&epc)) };
        // One that was not named, and changes now, changes by the declaration.
        let revision = old.revision + u64::from(!old.stale && item != *old);
        folded.items.insert(epc, Item { revision, ..item });
    }
    for (at, candidate) in candidates.iter().enumerate().filter(|(_, c)| c.event.is_error_declaration()) {
        folded.told[at] = tell(candidate, &folded.items);
    }
    Ok(folded)
}

/// What was ever in a parent whose emptying is declared wrong: that event did not name them.
async fn once_inside(db: &TenantDb, candidates: &[Candidate<'_>], folded: &mut Folded) -> Result<BTreeSet<String>> {
    let declared = candidates.iter().filter(|c| c.event.is_error_declaration());
    let parents: BTreeSet<&String> = declared.filter_map(|c| c.needs.all_children_of.as_ref()).collect();
    if parents.is_empty() {
        return Ok(BTreeSet::new());
    }
    let terms = history::any_of("MATCH_parentID", parents.iter().map(|parent| term("parentID", parent)));
    let mut packing = history::History::default();
    packing.add(history::with_terms(db, vec![terms], None, u64::MAX).await?);
    let children = |event: &Event<'_>| event.epcs("childEPCs");
    let mut inside: BTreeSet<String> = packing.read(|events| events.iter().flat_map(|(e, _)| children(e)).collect())?;
    let here = candidates.iter().filter(|c| c.event.epcs("parentID").iter().any(|p| parents.contains(p)));
    inside.extend(here.flat_map(|c| children(&c.event)));
    let missing = inside.iter().filter(|epc| !folded.items.contains_key(*epc)).cloned().collect();
    for item in item::load(db, missing).await? {
        folded.from.insert(item.epc.clone(), item.revision);
        folded.items.insert(item.epc.clone(), item);
    }
    Ok(inside)
}
