//! What changes hands by an event: between whom, when, under which orders, and which trade items, down to the last pack.

use super::look::{concerns, look, told};
use super::walk::below;
use crate::event::Event;
use crate::events::{Sight, visible};
use crate::history::{self, History, MOST, any_of};
use crate::identifier::{Identifier, canonical, gln_of};
use crate::index::term;
use crate::item::inherit::DEEPEST;
use crate::item::{Item, refold_watched};
use crate::vocabulary::{BIZ_STEP, BIZ_TRANSACTION_TYPE, SOURCE_DESTINATION_TYPE};
use std::collections::BTreeSet;
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;

/// Items of one shipment.
const LONGEST: usize = 100_000;

/// An event that hands things over, as the caller may know it.
#[derive(Debug, Clone)]
pub struct Transfer {
    pub event_id: String,
    pub time: Instant,
    /// Business step of the CBV; empty for others.
    pub step: &'static str,
    /// GLNs of the owning parties.
    pub seller: Option<String>,
    pub buyer: Option<String>,
    pub purchase_orders: Vec<String>,
    /// Serialised trade items with nothing in them, as they stood at that time.
    pub items: Vec<Item>,
}

/// The transfer of that event id; nothing if there is no such event for the caller, or it was declared wrong.
///
/// # Errors
/// `TooCostly` for a shipment of more than 100,000 items; the database's.
pub async fn transfer(context: &Context, event_id: &str) -> Result<Option<Transfer>> {
    let terms = any_of("EQ_eventID", [term("eventID", event_id)]);
    let mut history = History::default();
    match visible(&context.grant.rows()) {
        Sight::Nothing => return Ok(None),
        sight => history.add(history::with_terms(&context.db, vec![terms], sight.terms(), MOST).await?),
    }
    let read = history.read(|events| match events {
        [(event, id)] => Some((of(event, id), event.epcs("epcList"))),
        // Several of one id: the event and its declarations.
        _ => None,
    })?;
    let Some((mut transfer, named)) = read else { return Ok(None) };
    transfer.items = contents(context, &named, transfer.time).await?;
    Ok(Some(transfer))
}

/// Business steps by which things change hands.
const HANDING: &[&str] = &["shipping", "receiving", "accepting"];

/// The shipments and receipts that an item went through, the earliest first, as far as the caller sees them; of what went
/// with it they tell nothing.
///
/// # Errors
/// As [`transfer`].
pub async fn transfers_of(context: &Context, epc: &str) -> Result<Vec<Transfer>> {
    let (epc, sight) = (canonical(epc).into_owned(), visible(&context.grant.rows()));
    if matches!(sight, Sight::Nothing) {
        return Ok(Vec::new());
    }
    let (history, keys) = told(context, std::slice::from_ref(&epc), &sight).await?;
    history.read_keyed(|events| {
        let seen: BTreeSet<&str> =
            events.iter().filter(|(key, ..)| keys.contains(key)).map(|(_, _, id)| id.as_str()).collect();
        let all: Vec<_> = events.iter().map(|(_, event, id)| (event.clone(), id.clone())).collect();
        let mut found = Vec::new();
        refold_watched(&all, |event, id, before| {
            let transfer = of(event, id);
            if seen.contains(id) && HANDING.contains(&transfer.step) && concerns(event, &epc, before) {
                found.push(transfer);
            }
        });
        found
    })
}

fn of(event: &Event<'_>, id: &str) -> Transfer {
    let owner = |list, value| {
        let typed = event.typed(list, value, &SOURCE_DESTINATION_TYPE);
        let owns = |kind: &Option<String>| {
            kind.as_deref().is_some_and(|kind| SOURCE_DESTINATION_TYPE.bare(kind) == "owning_party")
        };
        typed.iter().find(|(kind, _)| owns(kind)).and_then(|(_, party)| gln_of(party))
    };
    let orders = event.typed("bizTransactionList", "bizTransaction", &BIZ_TRANSACTION_TYPE);
    let is_order = |kind: &Option<String>| kind.as_deref().is_some_and(|kind| BIZ_TRANSACTION_TYPE.bare(kind) == "po");
    Transfer {
        event_id: id.to_owned(),
        time: event.time,
        step: event.text("bizStep").and_then(|step| BIZ_STEP.word(step, &event.spaces)).unwrap_or(""),
        seller: owner("sourceList", "source"),
        buyer: owner("destinationList", "destination"),
        purchase_orders: orders.into_iter().filter(|(kind, _)| is_order(kind)).map(|(_, order)| order).collect(),
        items: Vec::new(),
    }
}

async fn contents(context: &Context, named: &[String], at: Instant) -> Result<Vec<Item>> {
    let mut epcs: BTreeSet<String> = named.iter().cloned().collect();
    for epc in named {
        let around = look(context, std::slice::from_ref(epc), Some(at)).await?;
        epcs.extend(below(context, epc, around, Some(at), DEEPEST).await?.into_iter().map(|(_, epc)| epc));
        if epcs.len() > LONGEST {
            let message = format!("more than {LONGEST} items change hands by this event");
            return Err(Error::new(Code::TooCostly, message));
        }
    }
    let epcs: Vec<String> = epcs.into_iter().collect();
    let around = look(context, &epcs, Some(at)).await?;
    let items: Vec<Item> = epcs.iter().filter_map(|epc| around.get(epc)).collect();
    let holding: BTreeSet<String> = items.iter().filter_map(|item| item.parent.get().cloned()).collect();
    let is_pack = |item: &Item| {
        let identifier = Identifier::parse(&item.epc).ok();
        identifier.is_some_and(|i| i.key.scheme == "sgtin" && i.qualifier.is_some()) && !holding.contains(&item.epc)
    };
    Ok(items.into_iter().filter(is_pack).collect())
}
