//! Which date parameters have one value in a resource at most, by the cardinalities of R4's definitions. Two bounds on
//! such a one are a period in which its value lies, and are looked up as one.

use super::catalogue::{Plan, Prepared};
use super::criterion::{Criterion, RangeTest};
use super::expression::{Program, Step};
use crate::definition::Definitions;

/// Puts bounds on the same single value together.
pub fn joined(plan: &Plan, criteria: Vec<Criterion>) -> Vec<Criterion> {
    let mut joined: Vec<Criterion> = Vec::with_capacity(criteria.len());
    for criterion in criteria {
        let Criterion::Dates { param, any } = criterion else {
            joined.push(criterion);
            continue;
        };
        match joined.iter_mut().find(|known| is_on(known, param)).filter(|_| is_single(plan, param)) {
            Some(known) => known.narrow(param, any),
            None => joined.push(Criterion::Dates { param, any }),
        }
    }
    joined
}

fn is_on(criterion: &Criterion, number: i32) -> bool {
    matches!(criterion, Criterion::Dates { param, .. } | Criterion::Period { param, .. } if *param == number)
}

impl Criterion {
    /// One row must pass this test as well.
    fn narrow(&mut self, param: i32, more: Vec<RangeTest>) {
        let mut all = match self {
            Self::Dates { any, .. } => vec![std::mem::take(any)],
            Self::Period { all, .. } => std::mem::take(all),
            _ => Vec::new(),
        };
        all.push(more);
        *self = Self::Period { param, all };
    }
}

fn is_single(plan: &Plan, param: i32) -> bool {
    let known = plan.parameters.iter().find(|prepared| prepared.number == param);
    known.is_some_and(|prepared: &Prepared| stands_once(&plan.resource_type, &prepared.program))
}

/// One path, none of whose elements repeats.
fn stands_once(resource_type: &str, program: &Program) -> bool {
    let ([path], None) = (program.paths.as_slice(), &program.evaluated) else { return false };
    let r4 = Definitions::r4();
    let mut at = r4.type_of(resource_type);
    for step in &path.steps {
        let (Step::Child(name) | Step::Typed { name, .. }) = step else { return false };
        let Some(def) = at else { return false };
        if def.element(name).is_none_or(|element| element.repeats) {
            return false;
        }
        at = def.member(name).map(|member| r4.target(member));
    }
    !path.steps.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::r4_catalogue;

    #[test]
    fn what_repeats_is_not_single() {
        let rows = [
            ("Patient", "birthdate", true),
            ("Observation", "date", true),
            ("Encounter", "date", true),
            ("Encounter", "location-period", false),
            ("Goal", "target-date", false),
            ("Goal", "start-date", true),
        ];
        for (resource_type, code, single) in rows {
            let plan = r4_catalogue().plan(resource_type).unwrap();
            assert_eq!(is_single(plan, plan.get(code).unwrap().number), single, "{resource_type}.{code}");
        }
    }

    #[test]
    fn two_bounds_on_one_value_are_one_criterion() {
        let plan = r4_catalogue().plan("Observation").unwrap();
        let number = plan.get("date").unwrap().number;
        let dates = |param| Criterion::Dates { param, any: Vec::new() };
        let of = |criteria: Vec<Criterion>| joined(plan, criteria);
        let period = Criterion::Period { param: number, all: vec![Vec::new(), Vec::new()] };
        assert_eq!(of(vec![dates(number), dates(number + 1), dates(number)]), [period, dates(number + 1)]);
        assert_eq!(of(vec![dates(number + 1), dates(number + 1)]), [dates(number + 1), dates(number + 1)]);
    }
}
