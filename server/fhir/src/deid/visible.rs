//! By which search parameters a view may be asked: those whose every value leaves it, and as far as it leaves it.
//!
//! Nobody lists them: a parameter's expression is followed through the plan. What is pseudonymous is asked by pseudonym;
//! what is left of a date is its year; what is shifted, cut or hidden is asked by nothing.

use crate::definition::Definitions;
use crate::search::expression::{Program, Step};
use crate::search::parameter::{Kind, Parameter};
use crate::search::r4_catalogue;
use theriac_deid::Plan;
use theriac_deid::method::Method;
use theriac_deid::plan::Reached;
use theriac_deid::schema::{Member, Schema};

/// How a parameter may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    /// Token, string, number or uri, as it is.
    Plain(Kind),
    /// By pseudonyms; the types it leads to.
    Reference(Vec<String>),
    /// By years alone.
    Year,
    /// With a unit that is none of time.
    Quantity,
    /// By parts, each in its own way.
    Composite(Vec<Visible>),
}

/// Nothing for a parameter that is hidden, or that only a tenant has.
pub fn parameter(plan: &Plan, resource_type: &str, code: &str) -> Option<Visible> {
    let prepared = r4_catalogue().plan(resource_type)?.get(code)?;
    of(plan, resource_type, &prepared.parameter)
}

fn of(plan: &Plan, resource_type: &str, parameter: &Parameter) -> Option<Visible> {
    if parameter.kind == Kind::Composite {
        let parts = parameter.components.iter().map(|part| of(plan, resource_type, &part.parameter));
        return parts.collect::<Option<Vec<_>>>().map(Visible::Composite);
    }
    let program = Program::compile(&parameter.expression, resource_type).ok()?;
    let mut reached = Vec::new();
    for path in &program.paths {
        reached.extend(follow(plan, resource_type, &path.steps)?);
    }
    if reached.is_empty() {
        return None;
    }
    let all = |fits: &dyn Fn(&Reached) -> bool| reached.iter().all(fits);
    let kept = |r: &Reached| *r == Reached::Value(Method::Keep);
    match parameter.kind {
        Kind::Token => all(&|r| kept(r) || is_coded(plan, *r)).then_some(Visible::Plain(Kind::Token)),
        kind @ (Kind::String | Kind::Number | Kind::Uri) => all(&kept).then_some(Visible::Plain(kind)),
        Kind::Reference => {
            let targets = parameter.targets.clone();
            all(&|r| kept(r) || *r == Reached::Reference).then_some(Visible::Reference(targets))
        }
        Kind::Date => all(&|r| is_year(plan, *r)).then_some(Visible::Year),
        Kind::Quantity => all(&|r| is_measured(plan, *r)).then_some(Visible::Quantity),
        Kind::Composite | Kind::Special => None,
    }
}

/// Everything the steps arrive at; nothing at all if any of it is hidden.
fn follow(plan: &Plan, resource_type: &str, steps: &[Step]) -> Option<Vec<Reached>> {
    let mut at = vec![Reached::Parts(plan.record_state(resource_type)?)];
    for step in steps {
        at = match step {
            Step::Child(name) => children(plan, &at, |m| m.name == name || m.element == name)?,
            Step::Typed { json, .. } => children(plan, &at, |m| m.name == json)?,
            Step::Nth(_) | Step::ResolvesTo(_) => at,
            Step::Where { child, .. } => {
                children(plan, &at, |m| m.name == child)?;
                at
            }
            Step::OfType(_) | Step::HasExtension(_) | Step::Extension(_) => return None,
        };
    }
    Some(at)
}

fn children(plan: &Plan, at: &[Reached], named: impl Fn(&Member) -> bool) -> Option<Vec<Reached>> {
    let mut found = Vec::new();
    for reached in at {
        let Reached::Parts(state) = reached else { return None };
        let all = super::R4.members(plan.type_of(*state));
        for member in all.iter().filter(|member| named(member)) {
            found.push(plan.reach(*state, member.name)?);
        }
    }
    (!found.is_empty()).then_some(found)
}

fn keeps(plan: &Plan, state: u32, members: &[&str]) -> bool {
    members.iter().all(|member| plan.reach(state, member) == Some(Reached::Value(Method::Keep)))
}

fn is_coded(plan: &Plan, reached: Reached) -> bool {
    let Reached::Parts(state) = reached else { return false };
    match plan.type_of(state) {
        "Coding" => keeps(plan, state, &["system", "code"]),
        "CodeableConcept" => plan.reach(state, "coding").is_some_and(|coding| is_coded(plan, coding)),
        _ => false,
    }
}

fn is_year(plan: &Plan, reached: Reached) -> bool {
    match reached {
        Reached::Value(method) => matches!(method, Method::Keep | Method::Year),
        Reached::Parts(state) if plan.type_of(state) == "Period" => {
            ["start", "end"].iter().all(|end| plan.reach(state, end).is_some_and(|end| is_year(plan, end)))
        }
        Reached::Parts(_) | Reached::Reference => false,
    }
}

fn is_measured(plan: &Plan, reached: Reached) -> bool {
    let Reached::Parts(state) = reached else { return false };
    match plan.type_of(state) {
        "Quantity" => keeps(plan, state, &["value", "code", "system"]),
        // Nothing of it can be asked.
        "SampledData" => true,
        _ => false,
    }
}

/// Is it the name of a type?
pub fn is_type(name: &str) -> bool {
    Definitions::r4().is_resource(name)
}
