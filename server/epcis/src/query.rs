//! The event query: parameters in, predicate out. EPCIS 2.0, section 8.2.7.
//!
//! A predicate is a conjunction: of sets of index terms of which one must stand in the event's index, of bounds of
//! which one must hold for a number of the event, and of bounds on its two times. The store turns it into SQL;
//! [`Query::matches`] is its meaning.

pub mod family;
pub(crate) mod order;
pub mod parameters;
mod read;

use crate::index::Index;
use theriac_core::Instant;

pub(crate) use family::resolve;

/// One of these index terms must stand in the event's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyOf {
    /// The parameter it came from, for messages and plans.
    pub parameter: String,
    /// Sorted; never empty.
    pub terms: Vec<i64>,
}

/// How a number of the event stands to the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Gt,
    Ge,
    Lt,
    Le,
}

/// One number of the event in this field must stand so to one of these.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounded {
    pub parameter: String,
    pub field: i64,
    pub compare: Compare,
    /// Never empty; more than one for equality alone.
    pub numbers: Vec<f64>,
}

impl Bounded {
    fn holds(&self, number: f64) -> bool {
        let stands = |bound: &f64| match self.compare {
            Compare::Eq => number == *bound,
            Compare::Gt => number > *bound,
            Compare::Ge => number >= *bound,
            Compare::Lt => number < *bound,
            Compare::Le => number <= *bound,
        };
        self.numbers.iter().any(stands)
    }
}

/// A place of the event must be one of these or stand below one in the master data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    pub parameter: String,
    /// Of the index.
    pub field: &'static str,
    /// Canonical.
    pub roots: Vec<String>,
}

/// The value of a field must be an element of the master data with one of these attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributed {
    pub parameter: String,
    pub field: family::Field,
    /// Of attributes, or of attributes with their values; never empty.
    pub terms: Vec<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    EventTime,
    RecordTime,
}

/// What results are ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    Column(Column),
    /// An extension field at the top of the event, `{namespace}local`.
    Extension(String),
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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    pub all_of: Vec<AnyOf>,
    pub bounded: Vec<Bounded>,
    /// These two become sets of terms by [`resolve`].
    pub families: Vec<Family>,
    pub attributed: Vec<Attributed>,
    pub times: Vec<TimeBound>,
    pub order_by: Option<Order>,
    pub direction: Direction,
    /// Give no more than this many, the first in order.
    pub event_count_limit: Option<u64>,
    /// Fail with QueryTooLargeException where there are more.
    pub max_event_count: Option<u64>,
    pub per_page: Option<u64>,
    pub next_page_token: Option<String>,
}

impl Query {
    /// Does an event with this index and these times answer the query? What it asks of master data must have been resolved.
    pub fn matches(&self, index: &Index, event_time: Instant, record_time: Instant) -> bool {
        let has = |any: &AnyOf| any.terms.iter().any(|term| index.terms.binary_search(term).is_ok());
        let stands = |bounded: &Bounded| {
            let first = index.values.partition_point(|(field, _)| *field < bounded.field);
            let mut own = index.values[first..].iter().take_while(|(field, _)| *field == bounded.field);
            own.any(|(_, number)| bounded.holds(*number))
        };
        self.all_of.iter().all(has)
            && self.bounded.iter().all(stands)
            && self.times.iter().all(|bound| {
                let time = if bound.column == Column::EventTime { event_time } else { record_time };
                if bound.bound == Bound::Ge { time >= bound.at } else { time < bound.at }
            })
    }

    /// How many values its parameters have.
    pub fn size(&self) -> usize {
        let terms = self.all_of.iter().map(|any| any.terms.len());
        terms.chain(self.bounded.iter().map(|bounded| bounded.numbers.len())).sum()
    }
}

#[cfg(test)]
mod tests;
