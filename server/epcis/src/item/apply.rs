//! One event applied to the items it names.

use super::custody::{self, Custody};
use super::quantity::{self, elements};
use super::state::{self, Role, State};
use super::{Item, ItemKind, inherit};
use crate::event::{Action, Event, EventType};
use std::collections::{HashMap, HashSet};
use theriac_core::json::Node;

/// Members that name items, and the role they play.
const ROLES: &[(&str, Role)] = &[
    ("epcList", Role::Subject),
    ("childEPCs", Role::Child),
    ("inputEPCList", Role::Input),
    ("outputEPCList", Role::Output),
];

const CLASS_ROLES: &[(&str, Role)] = &[
    ("quantityList", Role::Subject),
    ("childQuantityList", Role::Child),
    ("inputQuantityList", Role::Input),
    ("outputQuantityList", Role::Output),
];

/// Local names of the ILMD fields that are kept; GS1's vocabularies name them twice.
const LOT: &[&str] = &["lotNumber", "hasBatchLotNumber"];
const EXPIRY: &[&str] = &["itemExpirationDate", "expirationDate"];

/// What must be loaded before an event can be applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Items by their canonical keys; those that do not exist yet are made.
    pub epcs: Vec<String>,
    /// Every item whose parent, or for an AssociationEvent whose `attached_to`, is this one: a
    /// DELETE without children means all of them.
    pub all_children_of: Option<String>,
    /// Every item whose parent is this one, to compare them with the children that were observed.
    pub observed_in: Option<String>,
}

pub fn needs(event: &Event<'_>) -> Needs {
    let mut seen = HashSet::new();
    let epcs = named(event).into_iter().map(|(epc, _)| epc).filter(|epc| seen.insert(epc.clone())).collect();
    Needs { epcs, all_children_of: all_children_of(event), observed_in: observed_in(event) }
}

/// Applies one event, and gives the items it changed. `items` must hold what [`needs`] asked for, and what
/// these are in, as far as it exists. A declaration that an event was wrong changes nothing here: it calls for a
/// [`super::refold`].
pub fn apply(event: &Event<'_>, event_id: &str, items: &mut HashMap<String, Item>) -> Vec<String> {
    let mut named = named(event);
    let rest = remaining_children(event, items);
    named.extend(rest.into_iter().map(|epc| (epc, Role::Child)));
    let mut seen = HashSet::new();
    named.retain(|(epc, _)| seen.insert(epc.clone()));
    if !event.is_error_declaration() {
        let change = Change::of(event, event_id, items);
        for (epc, role) in &named {
            let item = items.entry(epc.clone()).or_insert_with_key(|epc| Item::new(epc));
            change.apply(item, *role);
        }
        amounts(event, items);
        named.extend(emptied(event, items).into_iter().map(|epc| (epc, Role::Parent)));
    }
    named.into_iter().map(|(epc, _)| epc).collect()
}

/// Marks a parent that something is taken out of, and all that it is in: an event of theirs that comes after and happened
/// before moved what is no longer inside.
fn emptied(event: &Event<'_>, items: &mut HashMap<String, Item>) -> Vec<String> {
    if event.kind != EventType::Aggregation || event.action() != Some(Action::Delete) {
        return Vec::new();
    }
    let mut marked: Vec<String> = Vec::new();
    let mut at = event.epcs("parentID").pop();
    while let Some(item) = at.take().and_then(|epc| items.get_mut(&epc)) {
        item.emptied = item.emptied.max(event.time.0);
        marked.push(item.epc.clone());
        at = item.parent.get().cloned().filter(|parent| !marked.contains(parent) && marked.len() <= inherit::DEEPEST);
    }
    marked
}

/// Quantities: of classes, and of what a parent holds of them.
fn amounts(event: &Event<'_>, items: &mut HashMap<String, Item>) {
    for (list, role) in CLASS_ROLES {
        let Some(effect) = quantity::effect(event, *role) else { continue };
        for (class, quantity, uom) in elements(event, list) {
            if let Some(item) = items.get_mut(&class) {
                item.stock.apply(effect, &uom, quantity);
            }
        }
    }
    let taken = match (event.kind, event.action()) {
        (EventType::Aggregation, Some(Action::Add)) => false,
        (EventType::Aggregation, Some(Action::Delete)) => true,
        _ => return,
    };
    let Some(parent) = event.epcs("parentID").pop().and_then(|parent| items.get_mut(&parent)) else { return };
    if all_children_of(event).is_some() {
        parent.contents.clear();
    }
    for (class, quantity, uom) in elements(event, "childQuantityList") {
        let held = parent.contents.entry(class.clone()).or_default();
        held.add(&uom, quantity, taken);
        if held.is_empty() {
            parent.contents.remove(&class);
        }
    }
}

/// The classes an event packs or takes out.
pub(crate) fn lots_of_children(event: &Event<'_>) -> Vec<String> {
    event.classes("childQuantityList")
}

/// Every item an event names, with its role; outputs before inputs, so that a thing that comes out
/// of its own transformation lives on.
pub(crate) fn named(event: &Event<'_>) -> Vec<(String, Role)> {
    let mut named: Vec<(String, Role)> = Vec::new();
    let roles = ROLES.iter().map(|(member, role)| (event.epcs(member), *role));
    let classes = CLASS_ROLES.iter().map(|(member, role)| (event.classes(member), *role));
    for (epcs, role) in roles.chain(classes) {
        named.extend(epcs.into_iter().map(|epc| (epc, role)));
    }
    let parent = if event.kind == EventType::Transaction { Role::Subject } else { Role::Parent };
    named.extend(event.epcs("parentID").into_iter().map(|epc| (epc, parent)));
    named.sort_by_key(|(_, role)| *role == Role::Input);
    named
}

fn all_children_of(event: &Event<'_>) -> Option<String> {
    let grouping = matches!(event.kind, EventType::Aggregation | EventType::Association);
    let none = event.epcs("childEPCs").is_empty() && event.classes("childQuantityList").is_empty();
    if grouping && none && event.action() == Some(Action::Delete) { event.epcs("parentID").pop() } else { None }
}

fn observed_in(event: &Event<'_>) -> Option<String> {
    let observes = event.kind == EventType::Aggregation && event.action() == Some(Action::Observe);
    if observes && !event.epcs("childEPCs").is_empty() { event.epcs("parentID").pop() } else { None }
}

fn remaining_children(event: &Event<'_>, items: &HashMap<String, Item>) -> Vec<String> {
    let Some(parent) = all_children_of(event) else { return Vec::new() };
    let held = |item: &Item| {
        let link = if event.kind == EventType::Association { &item.attached_to } else { &item.parent };
        link.get() == Some(&parent)
    };
    let mut children: Vec<String> = items.values().filter(|i| held(i)).map(|i| i.epc.clone()).collect();
    children.sort_unstable();
    children
}

/// What an event does, worked out once for all its items.
struct Change<'e> {
    event: &'e Event<'e>,
    event_id: &'e str,
    at: i64,
    disposition: Option<String>,
    set: Vec<String>,
    unset: Vec<String>,
    read_point: Option<String>,
    biz_location: Option<String>,
    parent: Option<String>,
    custody: Custody,
    /// What the parent went through by the time something is taken out of it.
    left: Option<Item>,
    lot: Option<String>,
    expiry: Option<String>,
}

impl<'e> Change<'e> {
    fn of(event: &'e Event<'e>, event_id: &'e str, items: &HashMap<String, Item>) -> Self {
        let parent = event.epcs("parentID").pop();
        let unpacks = event.kind == EventType::Aggregation && event.action() == Some(Action::Delete);
        let left = parent.as_ref().filter(|_| unpacks).and_then(|parent| items.get(parent));
        Self {
            custody: custody::of(event),
            left: left.map(|left| inherit::derived(left, items)),
            event,
            event_id,
            at: event.time.0,
            disposition: event.disposition(),
            set: event.persistent_dispositions("set"),
            unset: event.persistent_dispositions("unset"),
            read_point: event.place("readPoint"),
            biz_location: event.place("bizLocation"),
            parent,
            lot: ilmd(event, LOT),
            expiry: ilmd(event, EXPIRY),
        }
    }

    fn apply(&self, item: &mut Item, role: Role) {
        item.revision += 1;
        item.created_at = item.created_at.min(self.at);
        self.keep_what_it_shared(item, role);
        item.last_event.set(Some(self.event_id.to_owned()), self.at);
        let state = state::of(self.event, role);
        if state.is_some() {
            item.state.set(state, self.at);
        }
        if state.is_some_and(State::is_shared) {
            item.way.set(state, self.at);
        }
        let holds = role == Role::Parent && item.kind == ItemKind::LogisticUnit;
        if state == Some(State::Commissioned) || (holds && self.event.action() == Some(Action::Add)) {
            item.born = if item.born == i64::MIN { self.at } else { item.born.min(self.at) };
        }
        self.conditions(item);
        self.places(item, state);
        self.custody(item, role);
        self.bonds(item, role);
        self.master_data(item, role);
    }

    fn conditions(&self, item: &mut Item) {
        if self.disposition.is_some() {
            item.disposition.set(self.disposition.clone(), self.at);
        }
        for (names, holds) in [(&self.unset, false), (&self.set, true)] {
            for name in names {
                item.persistent_dispositions.entry(name.clone()).or_default().set(Some(holds), self.at);
            }
        }
    }

    fn places(&self, item: &mut Item, state: Option<State>) {
        if self.read_point.is_some() {
            item.read_point.set(self.read_point.clone(), self.at);
        }
        if self.biz_location.is_some() || state.is_some_and(State::is_moving) {
            item.biz_location.set(self.biz_location.clone(), self.at);
        }
    }

    fn keep_what_it_shared(&self, item: &mut Item, role: Role) {
        if let Some(left) = &self.left
            && role == Role::Child
            && item.parent.get() == Some(&left.epc)
        {
            inherit::share(item, left);
            item.carried_by = None;
        }
    }

    /// A lot is in many hands at once.
    fn custody(&self, item: &mut Item, role: Role) {
        if item.kind == ItemKind::Class || role == Role::Parent {
            return;
        }
        let Custody { holder, owner, consignee } = &self.custody;
        let slots = [(&mut item.custody, holder), (&mut item.owner, owner), (&mut item.consignee, consignee)];
        for (slot, said) in slots {
            if let Some(party) = said {
                slot.set(party.clone(), self.at);
            }
        }
    }

    /// A lot may lie in many cases at once, so classes have no parent.
    fn bonds(&self, item: &mut Item, role: Role) {
        if role == Role::Parent
            && self.event.kind == EventType::Aggregation
            && self.event.action() == Some(Action::Delete)
        {
            item.emptied = item.emptied.max(self.at);
        }
        if role != Role::Child || item.kind == ItemKind::Class {
            return;
        }
        let bond = if self.event.kind == EventType::Association { &mut item.attached_to } else { &mut item.parent };
        match self.event.action() {
            Some(Action::Add) => bond.set(self.parent.clone(), self.at),
            // Taking it out of one parent does not undo that it was since put into another.
            Some(Action::Delete) if bond.get().is_none_or(|held| Some(held) == self.parent.as_ref()) => {
                bond.set(None, self.at);
            }
            _ => {}
        }
    }

    fn master_data(&self, item: &mut Item, role: Role) {
        if !matches!(role, Role::Subject | Role::Output) {
            return;
        }
        for (slot, value) in [(&mut item.lot, &self.lot), (&mut item.expiry, &self.expiry)] {
            if value.is_some() {
                slot.set(value.clone(), self.at);
            }
        }
    }
}

/// Lot and expiry that an event tells.
pub(crate) fn said_lot_and_expiry(event: &Event<'_>) -> (Option<String>, Option<String>) {
    (ilmd(event, LOT), ilmd(event, EXPIRY))
}

fn ilmd(event: &Event<'_>, names: &[&str]) -> Option<String> {
    let object = event.node.get("ilmd").and_then(Node::as_object)?;
    let is_one = |name: &str| event.spaces.split(name).is_some_and(|(_, local)| names.contains(&local));
    let (_, value) = object.iter().find(|(name, _)| is_one(name))?;
    value.as_str().or_else(|| value.as_number()).or_else(|| value.text("@value")).map(str::to_owned)
}
