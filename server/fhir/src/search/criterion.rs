//! What a resource must satisfy, as data: a store compiles it to SQL, [`matches`] decides it in memory.
//! <http://hl7.org/fhir/R4/search.html#prefix>

use super::hash::own;
use super::index::{Index, NumberRow, Range};
use super::value::Prefix;

/// One condition; a query is all of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Criterion {
    Ids {
        any: Vec<String>,
        negate: bool,
    },
    /// Against the instant at which the version was stored.
    LastUpdated {
        any: Vec<RangeTest>,
    },
    /// One of the tokens is (or with `negate`: none is) in `Index::tokens`.
    Tokens {
        any: Vec<i64>,
        negate: bool,
    },
    Dates {
        param: i32,
        any: Vec<RangeTest>,
    },
    Numbers {
        param: i32,
        any: Vec<NumberTest>,
    },
    Strings {
        param: i32,
        any: Vec<StringTest>,
    },
    /// A reference leads to a resource that satisfies one of the arms: `tokens` has `seed ^ own(target)`.
    Chain {
        seed: i64,
        any: Vec<Arm>,
    },
    /// A resource of type `source` that satisfies `criterion` points here: it has `seed ^ own(this)`.
    Has {
        source: String,
        seed: i64,
        criterion: Box<Criterion>,
    },
}

/// Where a chain may lead, and what must hold there.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    pub target: String,
    pub criterion: Criterion,
}

/// A test on a stored range, both `hi` exclusive. With stored `l..h` and searched `lo..hi`:
/// `eq` l >= lo and h <= hi; `ne` not eq; `gt` h > hi; `lt` l < lo; `ge` gt or eq; `le` lt or eq;
/// `sa` l >= hi; `eb` h <= lo; `ap` l < hi and h > lo (already widened).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeTest {
    pub prefix: Prefix,
    pub lo: i64,
    pub hi: i64,
}

/// A test on a stored number with inclusive ends `l..h` and the same unit. For `eq` and `ne` the searched `hi` is
/// exclusive: `eq` l >= lo and h < hi; `ne` not eq. Otherwise `lo` = `hi` (but for `ap`): `gt` h > hi; `lt` l < lo;
/// `ge` h >= hi; `le` l <= lo; `sa` l > hi; `eb` h < lo; `ap` l <= hi and h >= lo (already widened).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberTest {
    pub prefix: Prefix,
    pub lo: f64,
    pub hi: f64,
    pub unit: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StringTest {
    /// Against the beginning of `folded`.
    Prefix(String),
    /// Anywhere in `folded`.
    Contains(String),
    /// Against `exact`.
    Exact(i64),
}

impl RangeTest {
    pub fn holds(&self, lo: i64, hi: i64) -> bool {
        let within = lo >= self.lo && hi <= self.hi;
        match self.prefix {
            Prefix::Eq => within,
            Prefix::Ne => !within,
            Prefix::Gt => hi > self.hi,
            Prefix::Lt => lo < self.lo,
            Prefix::Ge => within || hi > self.hi,
            Prefix::Le => within || lo < self.lo,
            Prefix::Sa => lo >= self.hi,
            Prefix::Eb => hi <= self.lo,
            Prefix::Ap => lo < self.hi && hi > self.lo,
        }
    }
}

impl NumberTest {
    pub fn holds(&self, row: &NumberRow) -> bool {
        let (lo, hi) = (row.lo, row.hi);
        let within = lo >= self.lo && hi < self.hi;
        self.unit == row.unit
            && match self.prefix {
                Prefix::Eq => within,
                Prefix::Ne => !within,
                Prefix::Gt => hi > self.hi,
                Prefix::Lt => lo < self.lo,
                Prefix::Ge => hi >= self.hi,
                Prefix::Le => lo <= self.lo,
                Prefix::Sa => lo > self.hi,
                Prefix::Eb => hi < self.lo,
                Prefix::Ap => lo <= self.hi && hi >= self.lo,
            }
    }
}

/// Does the resource satisfy all of them? Chains and `_has` need other resources: they are not satisfied here.
pub fn matches(index: &Index, criteria: &[Criterion]) -> bool {
    criteria.iter().all(|criterion| one(index, criterion))
}

fn one(index: &Index, criterion: &Criterion) -> bool {
    match criterion {
        Criterion::Ids { any, negate } => any.contains(&index.id) != *negate,
        Criterion::LastUpdated { any } => {
            index.last_updated.is_some_and(|at| any.iter().any(|t| t.holds(at.lo, at.hi)))
        }
        Criterion::Tokens { any, negate } => any.iter().any(|t| index.tokens.binary_search(t).is_ok()) != *negate,
        Criterion::Dates { param, any } => {
            let rows = || index.dates.iter().filter(|row: &&Range| row.param == *param);
            any.iter().any(|test| rows().any(|row| test.holds(row.lo, row.hi)))
        }
        Criterion::Numbers { param, any } => {
            any.iter().any(|test| index.numbers.iter().any(|row| row.param == *param && test.holds(row)))
        }
        Criterion::Strings { param, any } => index.strings.iter().filter(|row| row.param == *param).any(|row| {
            any.iter().any(|test| match test {
                StringTest::Prefix(start) => row.folded.starts_with(start),
                StringTest::Contains(part) => row.folded.contains(part),
                StringTest::Exact(hash) => row.exact == *hash,
            })
        }),
        Criterion::Chain { .. } | Criterion::Has { .. } => false,
    }
}

/// As [`matches`], over a set of resources among which chains and `_has` are followed.
pub fn matches_among(index: &Index, criteria: &[Criterion], all: &[(String, Index)]) -> bool {
    criteria.iter().all(|criterion| match criterion {
        Criterion::Chain { seed, any } => any.iter().any(|arm| {
            let arrives = |(kind, target): &(String, Index)| {
                *kind == arm.target
                    && index.tokens.binary_search(&(seed ^ own(kind, &target.id))).is_ok()
                    && matches_among(target, std::slice::from_ref(&arm.criterion), all)
            };
            all.iter().any(arrives)
        }),
        Criterion::Has { source, seed, criterion } => all.iter().any(|(kind, from)| {
            kind == source
                && from.tokens.binary_search(&(seed ^ index.own)).is_ok()
                && matches_among(from, std::slice::from_ref(criterion), all)
        }),
        simple => one(index, simple),
    })
}
