//! Criteria decided in memory: what every statement of a store must agree with.

use super::{Criterion, Hierarchy, Measure, NumberTest, RangeTest, Sphere, StringTest};
use crate::search::hash::{own, text_hash};
use crate::search::index::{Contained, Index, NumberRow, Place, Range};
use crate::search::value::Prefix;
use std::collections::HashSet;

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
            Prefix::Holds => lo <= self.lo && hi >= self.hi,
        }
    }
}

impl NumberTest {
    pub fn holds(&self, row: &NumberRow) -> bool {
        match self.measure {
            Measure::Any => self.compares(row.lo, row.hi),
            Measure::Named(code) => row.code == code && self.compares(row.lo, row.hi),
            Measure::Unit(unit) => row.unit == unit && self.compares(row.low, row.high),
        }
    }

    fn compares(&self, lo: f64, hi: f64) -> bool {
        let within = lo >= self.lo && hi < self.hi;
        match self.prefix {
            Prefix::Eq => within,
            Prefix::Ne => !within,
            Prefix::Gt => hi > self.hi,
            Prefix::Lt => lo < self.lo,
            Prefix::Ge => hi >= self.hi,
            Prefix::Le => lo <= self.lo,
            Prefix::Sa => lo > self.hi,
            Prefix::Eb => hi < self.lo,
            Prefix::Ap => lo <= self.hi && hi >= self.lo,
            Prefix::Holds => lo <= self.lo && hi >= self.hi,
        }
    }
}

impl StringTest {
    pub fn holds(&self, folded: &str, exact: i64) -> bool {
        match self {
            Self::Prefix(start) => folded.starts_with(start.as_str()),
            Self::Contains(part) => folded.contains(part.as_str()),
            Self::Suffix(end) => folded.ends_with(end.as_str()),
            Self::Folded(whole) => folded == whole,
            Self::Order(prefix, text) => match prefix {
                Prefix::Gt | Prefix::Sa => folded > text.as_str(),
                Prefix::Lt | Prefix::Eb => folded < text.as_str(),
                Prefix::Ge => folded >= text.as_str(),
                Prefix::Ne => folded != text,
                _ => folded <= text.as_str(),
            },
            Self::Exact(hash) => exact == *hash,
        }
    }
}

impl Sphere {
    pub fn holds(&self, place: &Place) -> bool {
        self.chord2(place) <= self.chord2
    }

    /// In the order in which statements add: the sums are the very same doubles.
    pub fn chord2(&self, place: &Place) -> f64 {
        let [x, y, z] = [place.x - self.point[0], place.y - self.point[1], place.z - self.point[2]];
        x * x + y * y + z * z
    }
}

/// Does the resource satisfy all of them? Chains and `_has` need other resources: they are not satisfied here.
pub fn matches(index: &Index, criteria: &[Criterion]) -> bool {
    matches_among(index, criteria, &[])
}

/// As [`matches`], over a set of resources among which chains, `_has` and hierarchies are followed.
pub fn matches_among(index: &Index, criteria: &[Criterion], all: &[(String, Index)]) -> bool {
    criteria.iter().all(|criterion| one(index, criterion, all))
}

fn one(index: &Index, criterion: &Criterion, all: &[(String, Index)]) -> bool {
    let has = |token: &i64| index.tokens.binary_search(token).is_ok();
    match criterion {
        Criterion::Ids { any, negate } => any.contains(&index.id) != *negate,
        Criterion::LastUpdated { any } => {
            index.last_updated.is_some_and(|at| any.iter().any(|t| t.holds(at.lo, at.hi)))
        }
        Criterion::Tokens { any, negate } => any.iter().any(has) != *negate,
        Criterion::Dates { param, any } => {
            let rows = || index.dates.iter().filter(|row: &&Range| row.param == *param);
            any.iter().any(|test| rows().any(|row| test.holds(row.lo, row.hi)))
        }
        Criterion::Period { param, all } => {
            let passes = |row: &Range| all.iter().all(|any| any.iter().any(|test| test.holds(row.lo, row.hi)));
            index.dates.iter().any(|row| row.param == *param && passes(row))
        }
        Criterion::Numbers { param, any } => numbers(index, *param).any(|row| any.iter().any(|test| test.holds(row))),
        Criterion::Pairs { param, any } => numbers(index, *param)
            .any(|row| any.iter().any(|(one, two)| one.compares(row.lo, row.hi) && two.compares(row.low, row.high))),
        Criterion::Strings { param, any } => {
            let mut rows = index.strings.iter().filter(|row| row.param == *param);
            rows.any(|row| any.iter().any(|test| test.holds(&row.folded, row.exact)))
        }
        Criterion::Texts { seed, any } => {
            let fits = |text: &&String| any.iter().any(|start| text.starts_with(start.as_str()));
            index.texts.iter().filter(fits).any(|text| has(&(seed ^ text_hash(text))))
        }
        Criterion::Near { any } => index.places.iter().any(|place| any.iter().any(|sphere| sphere.holds(place))),
        Criterion::Chain { seed, any } => any.iter().any(|arm| {
            let arrives = |(kind, target): &(String, Index)| {
                *kind == arm.target && has(&(seed ^ own(kind, &target.id))) && one(target, &arm.criterion, all)
            };
            let arrives_inside = |inner: &Contained| {
                inner.resource_type == arm.target
                    && has(&(seed ^ inner.index.own))
                    && one(&inner.index, &arm.criterion, all)
            };
            all.iter().any(arrives) || index.contained.iter().any(arrives_inside)
        }),
        Criterion::Has { source, seed, criterion } => all.iter().any(|(kind, from)| {
            kind == source && from.tokens.binary_search(&(seed ^ index.own)).is_ok() && one(from, criterion, all)
        }),
        Criterion::Contains { resource_type, criterion } => {
            let mut inside = index.contained.iter().filter(|inner| inner.resource_type == *resource_type);
            inside.any(|inner| one(&inner.index, criterion, all))
        }
        Criterion::Hierarchy(hierarchy) => members(hierarchy, all).iter().any(|own| has(&(hierarchy.seed ^ own))),
        Criterion::All(parts) => parts.iter().all(|part| one(index, part, all)),
        Criterion::Any(parts) => parts.iter().any(|part| one(index, part, all)),
        Criterion::Not(part) => !one(index, part, all),
    }
}

fn numbers(index: &Index, param: i32) -> impl Iterator<Item = &NumberRow> {
    index.numbers.iter().filter(move |row| row.param == param)
}

/// Those asked for, whether they exist or not, and all that are above or below them.
fn members(hierarchy: &Hierarchy, all: &[(String, Index)]) -> HashSet<i64> {
    let mut found: HashSet<i64> = hierarchy.ids.iter().map(|id| own(&hierarchy.resource_type, id)).collect();
    loop {
        let before = found.len();
        for (_, part) in all.iter().filter(|(kind, _)| *kind == hierarchy.resource_type) {
            let wholes = all.iter().filter(|(kind, _)| *kind == hierarchy.resource_type).map(|(_, index)| index.own);
            for whole in wholes.chain(found.clone()) {
                if part.tokens.binary_search(&(hierarchy.parent ^ whole)).is_ok() {
                    match hierarchy.below {
                        true if found.contains(&whole) => drop(found.insert(part.own)),
                        false if found.contains(&part.own) => drop(found.insert(whole)),
                        _ => {}
                    }
                }
            }
        }
        if found.len() == before {
            return found;
        }
    }
}
