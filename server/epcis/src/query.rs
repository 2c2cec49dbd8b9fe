//! The event query: parameters in, predicate out. EPCIS 2.0, section 8.2.7.
//!
//! A predicate is a conjunction: of sets of index terms of which one must stand in the event's index,
//! and of bounds on its two times. The store turns it into SQL; [`Query::matches`] is its meaning.

pub mod parameters;
mod read;

use theriac_core::Instant;

/// One of these index terms must stand in the event's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyOf {
    /// The parameter it came from, for messages and plans.
    pub parameter: String,
    /// Sorted; never empty.
    pub terms: Vec<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    EventTime,
    RecordTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At or after.
    Ge,
    /// Before.
    Lt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBound {
    pub column: Column,
    pub bound: Bound,
    pub at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    Asc,
    /// The standard's default.
    #[default]
    Desc,
}

/// A query whose parameters were all understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    pub all_of: Vec<AnyOf>,
    pub times: Vec<TimeBound>,
    pub order_by: Option<Column>,
    pub direction: Direction,
    /// Give no more than this many, the first in order.
    pub event_count_limit: Option<u64>,
    /// Fail with QueryTooLargeException where there are more.
    pub max_event_count: Option<u64>,
    pub per_page: Option<u64>,
    pub next_page_token: Option<String>,
}

impl Query {
    /// Does an event with this sorted index and these times answer the query?
    pub fn matches(&self, index: &[i64], event_time: Instant, record_time: Instant) -> bool {
        let has = |any: &AnyOf| any.terms.iter().any(|term| index.binary_search(term).is_ok());
        self.all_of.iter().all(has)
            && self.times.iter().all(|bound| {
                let time = if bound.column == Column::EventTime { event_time } else { record_time };
                if bound.bound == Bound::Ge { time >= bound.at } else { time < bound.at }
            })
    }
}

#[cfg(test)]
mod tests;
