//! Amounts of lots and classes, exactly, by unit of measure (UN/ECE Recommendation 20; none for a count of things).
//! EPCIS 2.0, section 7.3.3.3, QuantityElement.

use super::state::{self, Role};
use crate::event::{Action, Event, EventType};
use crate::identifier::canonical;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use theriac_core::json::Node;
use theriac_units::Exact;

/// What there is, by unit of measure. Sums commute, so late events need no second thought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Amounts(BTreeMap<String, Exact>);

impl Amounts {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds, or takes away; a sum of nothing is not kept. What no longer fits 28 digits stays as it was.
    pub fn add(&mut self, uom: &str, quantity: Exact, taken: bool) {
        let before = self.0.get(uom).copied().unwrap_or_else(|| Exact::from(0));
        let after = if taken { before.minus(quantity) } else { before.plus(quantity) };
        match after {
            Some(sum) if sum == Exact::from(0) => drop(self.0.remove(uom)),
            Some(sum) => drop(self.0.insert(uom.to_owned(), sum)),
            None => {}
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Exact)> {
        self.0.iter().map(|(uom, quantity)| (uom.as_str(), *quantity))
    }

    /// Is more gone than there was, in any unit?
    pub fn is_negative(&self) -> bool {
        self.0.values().any(|quantity| *quantity < Exact::from(0))
    }
}

impl Serialize for Amounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(uom, quantity)| (uom, quantity.to_string())))
    }
}

impl<'de> Deserialize<'de> for Amounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = BTreeMap::<String, String>::deserialize(deserializer)?;
        let read = |(uom, text): (String, String)| Exact::parse(&text).map(|quantity| (uom, quantity));
        let amounts: Option<BTreeMap<_, _>> = texts.into_iter().map(read).collect();
        amounts.map(Self).ok_or_else(|| serde::de::Error::custom("an amount is no decimal number"))
    }
}

/// What became of a lot or class.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stock {
    /// Commissioned, or come out of a transformation.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub made: Amounts,
    /// Gone into a transformation.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub used: Amounts,
    /// Dispensed, decommissioned, destroyed.
    #[serde(default, skip_serializing_if = "Amounts::is_empty")]
    pub ended: Amounts,
}

impl Stock {
    pub fn is_empty(&self) -> bool {
        self.made.is_empty() && self.used.is_empty() && self.ended.is_empty()
    }

    /// Made, less what was used and what ended.
    pub fn on_hand(&self) -> Amounts {
        let mut left = self.made.clone();
        for (uom, quantity) in self.used.iter().chain(self.ended.iter()) {
            left.add(uom, quantity, true);
        }
        left
    }

    pub(super) fn apply(&mut self, effect: Effect, uom: &str, quantity: Exact) {
        let amounts = match effect {
            Effect::Makes => &mut self.made,
            Effect::Uses => &mut self.used,
            Effect::Ends => &mut self.ended,
        };
        amounts.add(uom, quantity, false);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Makes,
    Uses,
    Ends,
}

/// What an event does to the stock of a class that plays this role in it.
pub(super) fn effect(event: &Event<'_>, role: Role) -> Option<Effect> {
    let ends = || state::of(event, role).is_some_and(state::State::is_end);
    match (role, event.kind, event.action()) {
        (Role::Output, ..) | (Role::Subject, EventType::Object, Some(Action::Add)) => Some(Effect::Makes),
        (Role::Input, ..) => Some(Effect::Uses),
        (Role::Subject, EventType::Object, Some(Action::Delete)) => Some(Effect::Ends),
        (Role::Subject, EventType::Object, _) if ends() => Some(Effect::Ends),
        _ => None,
    }
}

/// Class, quantity and unit of each element that tells a quantity.
pub(super) fn elements(event: &Event<'_>, list: &str) -> Vec<(String, Exact, String)> {
    let elements = event.node.get(list).map_or(&[][..], Node::items).iter();
    let read = |element: &Node<'_>| {
        let quantity = Exact::parse(element.get("quantity")?.as_number()?)?;
        let uom = element.text("uom").unwrap_or("").trim().to_owned();
        Some((canonical(element.text("epcClass")?).into_owned(), quantity, uom))
    };
    elements.filter_map(read).collect()
}
