//! What consents mean for one caller at one time, as criteria of rows: who, why and when are decided here, the rest by
//! the search index.
//!
//! Each provision becomes two criteria, what it denies and what it permits. Where a condition cannot be decided by the
//! index, a denial takes it as met and a permission as not met.

use super::provision::{Actor, Coding, Provision};
use crate::kind;
use crate::search::criterion::{Criterion, RangeTest};
use crate::search::hash::{Form, Seeds, own, parameter_number, type_token};
use crate::search::r4_catalogue;
use crate::search::value::Prefix;
use theriac_access::purpose;

/// Who asks, for what, and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asking {
    pub subject: String,
    pub client: Option<String>,
    pub role: &'static str,
    /// None where nobody can tell.
    pub purpose: Option<String>,
}

/// What one consent says of the rows in its patient's compartment.
#[derive(Debug, Clone, PartialEq)]
pub struct Says {
    pub denies: Criterion,
    pub permits: Criterion,
}

pub fn all() -> Criterion {
    Criterion::All(Vec::new())
}

pub fn none() -> Criterion {
    Criterion::Any(Vec::new())
}

pub fn is_all(criterion: &Criterion) -> bool {
    *criterion == all()
}

pub fn is_none(criterion: &Criterion) -> bool {
    *criterion == none()
}

pub fn both(parts: Vec<Criterion>) -> Criterion {
    if parts.iter().any(is_none) {
        return none();
    }
    let mut rest: Vec<Criterion> = parts.into_iter().filter(|part| !is_all(part)).collect();
    if rest.len() == 1 { rest.remove(0) } else { Criterion::All(rest) }
}

pub fn either(parts: Vec<Criterion>) -> Criterion {
    if parts.iter().any(is_all) {
        return all();
    }
    let mut rest: Vec<Criterion> = Vec::new();
    parts.into_iter().filter(|part| !is_none(part)).for_each(|part| {
        if !rest.contains(&part) {
            rest.push(part);
        }
    });
    if rest.len() == 1 { rest.remove(0) } else { Criterion::Any(rest) }
}

pub fn not(part: Criterion) -> Criterion {
    match part {
        part if is_all(&part) => none(),
        part if is_none(&part) => all(),
        part => part.negated(),
    }
}

/// Gives what it says, and moves `until` to the next moment at which it may say something else.
pub fn says(provision: &Provision, asking: &Asking, now: i64, until: &mut i64) -> Says {
    if let Some((start, end)) = provision.period {
        for edge in [start, end].into_iter().filter(|edge| *edge > now) {
            *until = edge.min(*until);
        }
        if !(start..end).contains(&now) {
            return Says { denies: none(), permits: none() };
        }
    }
    let inner: Vec<Says> = provision.exceptions.iter().map(|inner| says(inner, asking, now, until)).collect();
    let denied = either(inner.iter().map(|says| says.denies.clone()).collect());
    let permitted = either(inner.into_iter().map(|says| says.permits).collect());
    let (may_be, is) = conditions(provision, asking);
    let permitted_alone = both(vec![permitted, not(denied.clone())]);
    match provision.permits {
        Some(false) => {
            Says { denies: both(vec![may_be, not(permitted_alone.clone())]), permits: both(vec![is, permitted_alone]) }
        }
        Some(true) => Says { permits: both(vec![is, not(denied.clone())]), denies: both(vec![may_be, denied]) },
        None => Says { denies: both(vec![may_be, denied]), permits: both(vec![is, permitted_alone]) },
    }
}

/// Where the provision's conditions may hold, and where they do for sure.
fn conditions(provision: &Provision, asking: &Asking) -> (Criterion, Criterion) {
    let decided = [who(&provision.actors, asking), what(&provision.actions), why(&provision.purposes, asking)];
    let rows = [
        each(&provision.labels, label),
        each(&provision.classes, class),
        each(&provision.codes, code),
        provision.data_period.map_or_else(|| (all(), all()), dated),
        data(&provision.data),
    ];
    let (mut may_be, mut is) = (Vec::new(), Vec::new());
    for (maybe, sure) in decided {
        may_be.push(if maybe { all() } else { none() });
        is.push(if sure { all() } else { none() });
    }
    for (maybe, sure) in rows {
        may_be.push(maybe);
        is.push(sure);
    }
    (both(may_be), both(is))
}

fn who(actors: &[Actor], asking: &Asking) -> (bool, bool) {
    let is = |actor: &Actor| match actor {
        Actor::One(id) => *id == asking.subject || asking.client.as_ref() == Some(id),
        Actor::Role(role) => role == asking.role,
        Actor::Many => false,
    };
    let sure = actors.is_empty() || actors.iter().any(is);
    (sure || actors.contains(&Actor::Many), sure)
}

/// Actions of reading; a provision about collecting or correcting alone says nothing of it.
fn what(actions: &[String]) -> (bool, bool) {
    let reads = |action: &String| ["access", "use", "disclose"].contains(&action.as_str());
    let holds = actions.is_empty() || actions.iter().any(reads);
    (holds, holds)
}

fn why(purposes: &[String], asking: &Asking) -> (bool, bool) {
    let sure = purposes.is_empty()
        || asking.purpose.as_ref().is_some_and(|own| purposes.iter().any(|wider| purpose::is_within(own, wider)));
    (sure || asking.purpose.is_none(), sure)
}

/// One of the codings; one that nobody knows may be met by anything.
fn each(codings: &[Coding], of: fn(&Coding) -> Option<Criterion>) -> (Criterion, Criterion) {
    if codings.is_empty() {
        return (all(), all());
    }
    let known: Vec<Criterion> = codings.iter().filter_map(of).collect();
    let sure = either(known.clone());
    (if known.len() < codings.len() { all() } else { sure.clone() }, sure)
}

fn label((system, code): &Coding) -> Option<Criterion> {
    Some(tokens([token("Resource", "_security", system, code)]))
}

/// The search token of a code, with its system where one is named.
fn token(kind: &str, parameter: &str, system: &str, code: &str) -> i64 {
    let (seeds, code) = (Seeds::of_parameter(kind, parameter), crate::search::fold::lower(code));
    match system {
        "" => seeds.token(Form::Code, &[&code]),
        system => seeds.token(Form::SystemCode, &[system, &code]),
    }
}

fn tokens(any: impl IntoIterator<Item = i64>) -> Criterion {
    Criterion::Tokens { any: any.into_iter().collect(), negate: false }
}

/// Resource types; other classes (documents by their profile) are not known.
fn class((system, code): &Coding) -> Option<Criterion> {
    let is_type = system.is_empty() || system == "http://hl7.org/fhir/resource-types";
    (is_type && kind::number(code).is_some()).then(|| tokens([type_token(code)]))
}

/// Of every type that is found by a code.
fn code((system, code): &Coding) -> Option<Criterion> {
    if code.is_empty() {
        return None;
    }
    Some(tokens(with("code").into_iter().map(|name| token(name, "code", system, code))))
}

/// Types with a search parameter of that name.
fn with(parameter: &str) -> Vec<&'static str> {
    let names = kind::all().map(kind::name);
    names.filter(|name| r4_catalogue().plan(name).is_some_and(|plan| plan.get(parameter).is_some())).collect()
}

/// Dates of care. A resource without one may be of the period.
fn dated((lo, hi): (i64, i64)) -> (Criterion, Criterion) {
    let of_type = |prefixes: &[Prefix], name: &str| Criterion::Dates {
        param: parameter_number(name, "date"),
        any: prefixes.iter().map(|prefix| RangeTest { prefix: *prefix, lo, hi }).collect(),
    };
    let all_of = |prefixes: &[Prefix]| either(with("date").into_iter().map(|name| of_type(prefixes, name)).collect());
    (not(all_of(&[Prefix::Sa, Prefix::Eb])), all_of(&[Prefix::Eq]))
}

fn data(addresses: &[Option<(String, String)>]) -> (Criterion, Criterion) {
    if addresses.is_empty() {
        return (all(), all());
    }
    let one = |(kind, id): &(String, String)| {
        both(vec![tokens([type_token(kind)]), Criterion::Ids { any: vec![id.clone()], negate: false }])
    };
    let sure = either(addresses.iter().flatten().map(one).collect());
    (if addresses.iter().any(Option::is_none) { all() } else { sure.clone() }, sure)
}

/// The token of a patient's compartment.
pub fn compartment(patient: &str) -> i64 {
    let (kind, id) = patient.split_once('/').unwrap_or(("Patient", patient));
    crate::search::hash::compartment_token(own(kind, id))
}
