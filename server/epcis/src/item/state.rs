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
    Shipped,
    InTransit,
    Arrived,
    Received,
    Installed,
    Removed,
    Returned,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Subject,
    Parent,
    Child,
    Input,
    Output,
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
    part(Role::Child, Some(Action::Add), State::Packed),
    part(Role::Child, Some(Action::Delete), State::Unpacked),
    condition("in_transit", State::InTransit),
    step("storing", State::Stored),
    step("stocking", State::Stored),
    step("holding", State::Stored),
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
}
