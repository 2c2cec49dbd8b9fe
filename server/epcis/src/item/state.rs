//! Where an item stands in its life, as a table over business step, disposition and action.
//! CBV 2.0, sections 7.1 and 7.2.

use crate::event::{Action, Event, EventType};
use crate::vocabulary::{BIZ_STEP, DISPOSITION};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Seen, nothing else known.
    Observed,
    Encoded,
    Commissioned,
    Packed,
    Unpacked,
    Stored,
    /// Held apart for further review.
    Quarantined,
    Shipped,
    InTransit,
    Arrived,
    Received,
    Installed,
    Removed,
    Returned,
    Recalled,
    Stolen,
    Sold,
    PartiallyDispensed,
    Dispensed,
    /// Went into something else.
    Consumed,
    Decommissioned,
    Disposed,
    Destroyed,
}

/// The part an item plays in an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Subject,
    Parent,
    Child,
    Input,
    Output,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Parent => "parent",
            Self::Child => "child",
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

struct Rule {
    role: Option<Role>,
    action: Option<Action>,
    biz_step: &'static str,
    disposition: &'static str,
    state: State,
}

const ANY: &str = "";

const fn step(biz_step: &'static str, state: State) -> Rule {
    Rule { role: None, action: None, biz_step, disposition: ANY, state }
}

const fn condition(disposition: &'static str, state: State) -> Rule {
    Rule { role: None, action: None, biz_step: ANY, disposition, state }
}

const fn part(role: Role, action: Option<Action>, state: State) -> Rule {
    Rule { role: Some(role), action, biz_step: ANY, disposition: ANY, state }
}

/// The first rule that fits decides. What ends an item's life stands before how it moves.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    part(Role::Input, None, State::Consumed),
    condition("destroyed", State::Destroyed),
    step("destroying", State::Destroyed),
    condition("disposed", State::Disposed),
    step("decommissioning", State::Decommissioned),
    step("killing", State::Decommissioned),
    condition("partially_dispensed", State::PartiallyDispensed),
    condition("dispensed", State::Dispensed),
    step("dispensing", State::Dispensed),
    condition("retail_sold", State::Sold),
    step("retail_selling", State::Sold),
    condition("stolen", State::Stolen),
    condition("returned", State::Returned),
    step("commissioning", State::Commissioned),
    step("creating_class_instance", State::Commissioned),
    step("encoding", State::Encoded),
    step("void_shipping", State::Stored),
    step("shipping", State::Shipped),
    step("consigning", State::Shipped),
    step("departing", State::InTransit),
    step("transporting", State::InTransit),
    step("arriving", State::Arrived),
    step("receiving", State::Received),
    step("accepting", State::Received),
    step("installing", State::Installed),
    step("removing", State::Removed),
    condition("recalled", State::Recalled),
    part(Role::Child, Some(Action::Add), State::Packed),
    part(Role::Child, Some(Action::Delete), State::Unpacked),
    condition("in_transit", State::InTransit),
    step("storing", State::Stored),
    step("stocking", State::Stored),
    step("holding", State::Quarantined),
    step("staging_outbound", State::Stored),
    part(Role::Output, None, State::Commissioned),
];

/// Rules of ObjectEvents alone, where ADD and DELETE begin and end an item's life.
const LIFE: &[Rule] = &[
    part(Role::Subject, Some(Action::Add), State::Commissioned),
    part(Role::Subject, Some(Action::Delete), State::Decommissioned),
];

/// What the event says of an item in that role, if it says anything.
pub fn of(event: &Event<'_>, role: Role) -> Option<State> {
    let word = |name, words: &'static crate::vocabulary::Vocabulary| {
        event.text(name).and_then(|text| words.word(text, &event.spaces)).unwrap_or("-")
    };
    let (step, condition) = (word("bizStep", &BIZ_STEP), word("disposition", &DISPOSITION));
    // Outputs come into being whatever the step is called; inputs end, as the first rule says.
    let life = if event.kind == EventType::Object { LIFE } else { &[] };
    let fits = |rule: &&Rule| {
        rule.role.is_none_or(|r| r == role)
            && rule.action.is_none_or(|a| event.action() == Some(a))
            && (rule.biz_step == ANY || rule.biz_step == step)
            && (rule.disposition == ANY || rule.disposition == condition)
    };
    RULES.iter().chain(life).find(fits).map(|rule| rule.state)
}

impl State {
    /// Under way, so that a place it was at no longer holds.
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Shipped | Self::InTransit)
    }

    /// The end of a life: nothing follows but a mistake, or a return to the shelf.
    pub fn is_end(self) -> bool {
        ENDS.contains(&self)
    }

    /// Happens to whatever is in it too: who ships a pallet ships its cases. What ends a pallet's life does not.
    pub fn is_shared(self) -> bool {
        SHARED.contains(&self)
    }

    /// The name in the table, as answers write it.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(state, _)| *state == self).map_or("observed", |(_, name)| name)
    }
}

const ENDS: &[State] =
    &[State::Sold, State::Dispensed, State::Consumed, State::Decommissioned, State::Disposed, State::Destroyed];

const SHARED: &[State] = &[
    State::Stored,
    State::Quarantined,
    State::Shipped,
    State::InTransit,
    State::Arrived,
    State::Received,
    State::Returned,
    State::Recalled,
    State::Stolen,
];

#[rustfmt::skip]
const NAMES: &[(State, &str)] = &[
    (State::Observed, "observed"), (State::Encoded, "encoded"), (State::Commissioned, "commissioned"),
    (State::Packed, "packed"), (State::Unpacked, "unpacked"), (State::Stored, "stored"),
    (State::Quarantined, "quarantined"), (State::Shipped, "shipped"), (State::InTransit, "in_transit"),
    (State::Arrived, "arrived"), (State::Received, "received"), (State::Installed, "installed"),
    (State::Removed, "removed"), (State::Returned, "returned"), (State::Recalled, "recalled"),
    (State::Stolen, "stolen"), (State::Sold, "sold"), (State::PartiallyDispensed, "partially_dispensed"),
    (State::Dispensed, "dispensed"), (State::Consumed, "consumed"), (State::Decommissioned, "decommissioned"),
    (State::Disposed, "disposed"), (State::Destroyed, "destroyed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_the_name_it_is_written_with() {
        for (state, name) in NAMES {
            assert_eq!(serde_json::to_value(state).unwrap(), *name);
            assert_eq!(state.as_str(), *name);
        }
        let reached = RULES.iter().chain(LIFE).map(|rule| rule.state);
        assert!(reached.chain([State::Observed]).all(|state| NAMES.iter().any(|(named, _)| *named == state)));
    }
}
