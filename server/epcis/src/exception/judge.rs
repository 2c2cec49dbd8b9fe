//! What is wrong with an event, given what was known of its items before. Pure.

use super::rule::{self, Rule};
use crate::event::{Action, Event, EventType};
use crate::item::{Item, ItemKind, Role, State, inherit, named, said_lot_and_expiry, source_possessor, state_of};
use crate::vocabulary::{BIZ_STEP, BIZ_TRANSACTION_TYPE, DISPOSITION, SOURCE_DESTINATION_TYPE};
use std::collections::{HashMap, HashSet};
use theriac_core::Instant;

/// A rule that was broken; by one item, or by the event itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub rule: &'static Rule,
    pub epc: Option<String>,
}

/// Clocks of partners differ.
const TOLERANCE_US: i64 = 5 * 60 * 1_000_000;

/// What an event shows by itself.
pub(crate) fn event_faults(event: &Event<'_>, now: Instant) -> Vec<Fault> {
    let mut found: Vec<&'static Rule> = Vec::new();
    if event.time.0 > now.0.saturating_add(TOLERANCE_US) {
        found.push(rule::FUTURE_EVENT);
    }
    if step(event) == "shipping" {
        trade(event, &mut found);
    }
    found.into_iter().map(|rule| Fault { rule, epc: None }).collect()
}

fn trade(event: &Event<'_>, found: &mut Vec<&'static Rule>) {
    let owner = |list, value| {
        let typed = event.typed(list, value, &SOURCE_DESTINATION_TYPE);
        let owns = |kind: &Option<String>| {
            kind.as_deref().is_some_and(|kind| SOURCE_DESTINATION_TYPE.bare(kind) == "owning_party")
        };
        typed.into_iter().find(|(kind, _)| owns(kind)).map(|(_, party)| party)
    };
    match (owner("sourceList", "source"), owner("destinationList", "destination")) {
        (Some(from), Some(to)) if from != to => {
            let types = event.typed("bizTransactionList", "bizTransaction", &BIZ_TRANSACTION_TYPE);
            let has = |word: &str| {
                types.iter().any(|(kind, _)| kind.as_deref().is_some_and(|k| BIZ_TRANSACTION_TYPE.bare(k) == word))
            };
            let wanted = [("po", rule::MISSING_PO), ("desadv", rule::MISSING_ASN)];
            found.extend(wanted.into_iter().filter(|(word, _)| !has(word)).map(|(_, rule)| rule));
        }
        (Some(_), Some(_)) => {}
        _ => found.push(rule::MISSING_PARTIES),
    }
}

/// What an event does to its items that cannot be, as they stood before it.
pub(crate) fn item_faults(event: &Event<'_>, items: &HashMap<String, Item>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let case = Case::of(event);
    let mut seen = HashSet::new();
    for (epc, role) in named(event) {
        if !seen.insert(epc.clone()) {
            continue;
        }
        let before = items.get(&epc).cloned().unwrap_or_else(|| Item::new(&epc));
        if before.kind == ItemKind::Class {
            continue;
        }
        let before = inherit::derived(&before, items);
        let broken = case.broken(&before, role, items);
        faults.extend(broken.into_iter().map(|rule| Fault { rule, epc: Some(epc.clone()) }));
    }
    if case.counts_children(items) {
        faults.push(Fault { rule: rule::CHILD_COUNT_DIFFERS, epc: case.parent.clone() });
    }
    faults
}

/// Lots of which more is gone than there was, after the event.
pub(crate) fn stock_faults(event: &Event<'_>, items: &HashMap<String, Item>) -> Vec<Fault> {
    let classes: HashSet<String> = named(event).into_iter().map(|(epc, _)| epc).collect();
    let overdrawn = |item: &&Item| !item.stock.made.is_empty() && item.stock.on_hand().is_negative();
    let found = classes.iter().filter_map(|epc| items.get(epc)).filter(overdrawn);
    found.map(|item| Fault { rule: rule::MORE_USED_THAN_MADE, epc: Some(item.epc.clone()) }).collect()
}

fn step(event: &Event<'_>) -> &'static str {
    event.text("bizStep").and_then(|text| BIZ_STEP.word(text, &event.spaces)).unwrap_or("")
}

/// What follows the end of a life without being a fault; any event may follow a sale or dispensing that says nothing new.
const AFTER_END: &[(State, &[State])] = &[
    (State::Decommissioned, &[State::Disposed, State::Destroyed]),
    (State::Disposed, &[State::Destroyed]),
    (State::Dispensed, &[State::Returned, State::Decommissioned, State::Disposed, State::Destroyed]),
    (State::Sold, &[State::Returned, State::Decommissioned, State::Disposed, State::Destroyed]),
];

/// Conditions under which expired or recalled goods travel as they should.
const ON_THE_WAY_BACK: &[&str] =
    &["expired", "recalled", "returned", "damaged", "non_sellable_other", "destroyed", "disposed", "inactive"];

struct Case<'e> {
    event: &'e Event<'e>,
    at: Instant,
    parent: Option<String>,
    sender: Option<String>,
    lot: Option<String>,
    expiry: Option<String>,
    way_back: bool,
}

impl<'e> Case<'e> {
    fn of(event: &'e Event<'e>) -> Self {
        let (lot, expiry) = said_lot_and_expiry(event);
        let condition = event.text("disposition").and_then(|text| DISPOSITION.word(text, &event.spaces)).unwrap_or("");
        let sender = source_possessor(event).filter(|_| step(event) == "shipping");
        let way_back = ON_THE_WAY_BACK.contains(&condition);
        Self { event, at: event.time, parent: event.epcs("parentID").pop(), sender, lot, expiry, way_back }
    }

    fn broken(&self, before: &Item, role: Role, items: &HashMap<String, Item>) -> Vec<&'static Rule> {
        let mut broken = Vec::new();
        let after = state_of(self.event, role);
        self.life(before, after, role, &mut broken);
        self.trade(before, after, &mut broken);
        if role == Role::Child && self.event.kind == EventType::Aggregation {
            self.packing(before, items, &mut broken);
        }
        if matches!(role, Role::Subject | Role::Output) {
            self.print(before, after, &mut broken);
        }
        broken
    }

    fn life(&self, before: &Item, after: Option<State>, role: Role, broken: &mut Vec<&'static Rule>) {
        let born = before.born != i64::MIN;
        match after {
            Some(State::Commissioned) if born => broken.push(rule::COMMISSIONED_TWICE),
            Some(State::Shipped) if !born => broken.push(rule::SHIPPED_NOT_COMMISSIONED),
            _ => {}
        }
        let state = before.state();
        let gone = matches!(state, State::Dispensed | State::Sold);
        if gone && matches!(after, Some(State::Dispensed | State::Sold)) {
            broken.push(rule::DISPENSED_TWICE);
        } else if state.is_end() && role != Role::Parent {
            let follows = AFTER_END.iter().find(|(end, _)| *end == state).map_or(&[][..], |(_, follows)| *follows);
            let silent = after.is_none() && gone;
            if !silent && !after.is_some_and(|after| follows.contains(&after)) {
                broken.push(rule::EVENT_AFTER_END);
            }
        }
    }

    fn trade(&self, before: &Item, after: Option<State>, broken: &mut Vec<&'static Rule>) {
        let reaches_people = matches!(after, Some(State::Dispensed | State::Sold | State::PartiallyDispensed));
        let moves = reaches_people || matches!(after, Some(State::Shipped | State::Received));
        if moves && !self.way_back && before.expiry.get().is_some_and(|expiry| is_past(expiry, self.at)) {
            broken.push(rule::EXPIRED);
        }
        let recalled =
            before.state() == State::Recalled || before.persistent().any(|d| DISPOSITION.bare(d) == "recalled");
        if reaches_people && recalled {
            broken.push(rule::RECALLED_DISPENSED);
        }
        let on_its_way = [State::Shipped, State::InTransit, State::Arrived, State::Received, State::Returned];
        if after == Some(State::Received) && !before.way.get().is_some_and(|way| on_its_way.contains(way)) {
            broken.push(rule::RECEIVED_NOT_SHIPPED);
        }
        if let (Some(sender), Some(holder)) = (&self.sender, before.custody.get())
            && sender != holder
        {
            broken.push(rule::SHIPPED_BY_OTHER);
        }
    }

    fn packing(&self, before: &Item, items: &HashMap<String, Item>, broken: &mut Vec<&'static Rule>) {
        let held = before.parent.get();
        match self.event.action() {
            Some(Action::Add) => {
                if before.born == i64::MIN {
                    broken.push(rule::PACKED_NOT_COMMISSIONED);
                }
                if held.is_some() && held != self.parent.as_ref() {
                    broken.push(rule::TWO_PARENTS);
                }
                if self.holds_the_parent(before, items) {
                    broken.push(rule::PACKED_IN_ITSELF);
                }
            }
            Some(Action::Delete) if held != self.parent.as_ref() => broken.push(rule::NOT_IN_PARENT),
            _ => {}
        }
    }

    fn holds_the_parent(&self, child: &Item, items: &HashMap<String, Item>) -> bool {
        let mut at = self.parent.as_ref();
        for _ in 0..=inherit::DEEPEST {
            match at {
                Some(epc) if *epc == child.epc => return true,
                Some(epc) => at = items.get(epc).and_then(|item| item.parent.get()),
                None => return false,
            }
        }
        false
    }

    fn print(&self, before: &Item, after: Option<State>, broken: &mut Vec<&'static Rule>) {
        let differs = |said: &Option<String>, known: Option<&String>| {
            said.as_ref().is_some_and(|said| known.is_some_and(|known| known != said))
        };
        if differs(&self.lot, before.lot.get()) {
            broken.push(rule::WRONG_LOT);
        }
        if differs(&self.expiry, before.expiry.get()) {
            broken.push(rule::WRONG_EXPIRY);
        }
        if after == Some(State::Commissioned) && before.kind == ItemKind::Instance {
            let missing = [(&self.lot, rule::MISSING_LOT), (&self.expiry, rule::MISSING_EXPIRY)];
            broken.extend(missing.into_iter().filter(|(said, _)| said.is_none()).map(|(_, rule)| rule));
            if self.expiry.as_ref().is_some_and(|expiry| is_past(expiry, self.at)) {
                broken.push(rule::EXPIRED_AT_COMMISSIONING);
            }
        }
    }

    /// An observation lists what is inside; something is known of it already; and the two differ.
    fn counts_children(&self, items: &HashMap<String, Item>) -> bool {
        let Some(parent) = self.parent.as_ref().filter(|_| self.event.kind == EventType::Aggregation) else {
            return false;
        };
        if self.event.action() != Some(Action::Observe) {
            return false;
        }
        let observed: HashSet<String> = self.event.epcs("childEPCs").into_iter().collect();
        let inside = items.values().filter(|item| item.parent.get() == Some(parent));
        let inside: HashSet<String> = inside.map(|item| item.epc.clone()).collect();
        !inside.is_empty() && !observed.is_empty() && inside != observed
    }
}

/// Good until the end of the day it names; a month, until its last day (GS1 General Specifications, AI 17).
fn is_past(expiry: &str, at: Instant) -> bool {
    let date = expiry.get(..10).and_then(|day| Instant::parse(&format!("{day}T00:00:00Z")));
    date.is_some_and(|day| at.0 >= day.0 + 86_400 * 1_000_000)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
