//! What a chart's settings must fulfil: one small check per setting, all of them run.

use super::{ChartSpec, Units};
use crate::RuleSet;
use crate::chart::{Form, Kind};
use crate::constants::LARGEST_RANGE;
use theriac_core::{Code, Issue};

/// Largest subgroup a stream keeps in its state.
const LARGEST_SUBGROUP: usize = 1000;

/// Exclusions are looked up at every point of phase I.
const MOST_EXCLUSIONS: usize = 1000;

type Check = fn(&ChartSpec, &mut Vec<Issue>);

const CHECKS: &[Check] =
    &[property, vectors, subgroup_size, rules, limits, phase1, estimator, ewma, cusum, sizes, specification];

pub fn issues(spec: &ChartSpec) -> Vec<Issue> {
    let mut found = Vec::new();
    CHECKS.iter().for_each(|check| check(spec, &mut found));
    found
}

fn refuse(found: &mut Vec<Issue>, path: &str, message: impl Into<String>) {
    found.push(Issue::new(Code::Invalid, path, message));
}

fn name(spec: &ChartSpec) -> &'static str {
    spec.family().name
}

fn property(spec: &ChartSpec, found: &mut Vec<Issue>) {
    if spec.property.trim().is_empty() {
        refuse(found, "property", "is empty; name the watched property as {equipment id}.{property id}");
    }
}

/// Most properties one chart judges together.
const MOST_PROPERTIES: usize = 20;

fn vectors(spec: &ChartSpec, found: &mut Vec<Issue>) {
    if spec.family().form != Form::Vectors {
        for (path, given) in [("with", !spec.with.is_empty()), ("alpha", spec.alpha.is_some())] {
            if given {
                refuse(found, path, format!("belongs to kind t2, this chart is {}", name(spec)));
            }
        }
        return;
    }
    if spec.with.is_empty() || spec.with.len() >= MOST_PROPERTIES {
        let message = format!("names {} properties; t2 judges 2 to {MOST_PROPERTIES} together", spec.with.len());
        refuse(found, "with", message);
    }
    let all: Vec<&str> = spec.properties().collect();
    if let Some(at) = (1..all.len()).find(|at| all[..*at].contains(&all[*at])) {
        refuse(found, &format!("with[{}]", at - 1), format!("{} is named twice", all[at]));
    }
    if spec.alpha.is_some_and(|alpha| !(alpha > 0.0 && alpha <= 0.5)) {
        refuse(found, "alpha", format!("is {}; a chance of more than 0, up to 0.5", spec.alpha()));
    }
    if spec.limits.is_some() {
        refuse(found, "limits", "t2 has its limits from the vectors of phase1; give that, or nothing");
    }
}

fn subgroup_size(spec: &ChartSpec, found: &mut Vec<Issue>) {
    let ranged = spec.kind == Kind::XbarR;
    let largest = if ranged { LARGEST_RANGE } else { LARGEST_SUBGROUP };
    let wrong = match (spec.family().form, spec.subgroup_size) {
        (Form::Subgroups, None) => Some(format!("is missing; {} forms subgroups of 2 to {largest}", name(spec))),
        (Form::Subgroups, Some(n)) if n < 2 || n > largest => {
            let other = if ranged { "; larger subgroups want xbar-s" } else { "" };
            Some(format!("is {n}; {} takes 2 to {largest}{other}", name(spec)))
        }
        (Form::Either, Some(n)) if n < 1 || n > largest => Some(format!("is {n}; use 1 to {largest}")),
        (Form::Individuals | Form::Counts { .. } | Form::Vectors, Some(n)) if n != 1 => {
            Some(format!("is {n}; {} plots single values, leave it out", name(spec)))
        }
        _ => None,
    };
    if let Some(message) = wrong {
        refuse(found, "subgroupSize", message);
    }
}

fn rules(spec: &ChartSpec, found: &mut Vec<Issue>) {
    let allowed = spec.family().allowed;
    for (path, rules) in [("rules", spec.rules), ("phase2Rules", spec.phase2_rules)] {
        let foreign = RuleSet(rules.unwrap_or_default().0 & !allowed.0);
        if !foreign.is_empty() {
            let message =
                format!("{foreign:?} cannot be used on {}, whose points share their past; use {allowed:?}", name(spec));
            refuse(found, path, message);
        }
    }
    if spec.secondary_rules.is_some() && spec.family().secondary.is_none() {
        refuse(found, "secondaryRules", format!("{} has no second chart; leave it out", name(spec)));
    }
}

fn limits(spec: &ChartSpec, found: &mut Vec<Issue>) {
    let Some(limits) = spec.limits else { return };
    if spec.phase1.is_some() {
        refuse(found, "limits", "limits and phase1 are both given; give limits, or phase1 to estimate them from");
    }
    if spec.estimator.is_some() {
        refuse(found, "estimator", "nothing is estimated where limits are given; leave one of them out");
    }
    if limits.sigma.is_some_and(|s| s.is_nan() || s <= 0.0) {
        refuse(found, "limits.sigma", "must be greater than 0");
    }
    let by_value = spec.kind == Kind::Cusum && spec.cusum.unwrap_or_default().units == Units::Value;
    let vectors = spec.family().form == Form::Vectors;
    if limits.sigma.is_none() && spec.family().own_sigma.is_none() && !by_value && !vectors {
        refuse(found, "limits.sigma", format!("is missing; {} needs the sigma of a single value", name(spec)));
    }
    let rate = matches!(spec.kind, Kind::P | Kind::LaneyP);
    let highest = if rate { 1.0 } else { f64::INFINITY };
    if matches!(spec.family().form, Form::Counts { .. }) && !(0.0..=highest).contains(&limits.center) {
        let message = format!("is {}; on {} it lies between 0 and {highest}", limits.center, name(spec));
        refuse(found, "limits.center", message);
    }
}

fn phase1(spec: &ChartSpec, found: &mut Vec<Issue>) {
    let Some(phase1) = &spec.phase1 else { return };
    let (first, last) = (phase1.first, phase1.last);
    if first < 1 || last <= first {
        let message = format!("{first} to {last}: points count from 1, and phase I needs at least two");
        refuse(found, "phase1", message);
    }
    if phase1.exclude.len() > MOST_EXCLUSIONS {
        let message = format!("lists {} points; at most {MOST_EXCLUSIONS} can be left out", phase1.exclude.len());
        return refuse(found, "phase1.exclude", message);
    }
    for (at, point) in phase1.exclude.iter().enumerate() {
        if !(first..=last).contains(point) {
            refuse(found, &format!("phase1.exclude[{at}]"), format!("is {point}, outside phase I ({first} to {last})"));
        }
    }
}

fn estimator(spec: &ChartSpec, found: &mut Vec<Issue>) {
    let Some(estimator) = spec.estimator else { return };
    let fits = |e: &crate::estimate::Estimator| e.row().grouped == spec.is_grouped();
    let usable: Vec<_> = spec.family().estimators.iter().filter(|e| fits(e)).collect();
    if !usable.contains(&&estimator) {
        let message = match usable.as_slice() {
            [] => format!("{} derives sigma from its centre; leave it out", name(spec)),
            names => format!("does not fit this chart; use one of {}", listed(names)),
        };
        refuse(found, "estimator", message);
    }
    let large = spec.subgroup_size.is_some_and(|n| n > LARGEST_RANGE);
    if estimator.row().ranged && large {
        refuse(found, "estimator", format!("ranges serve subgroups of up to {LARGEST_RANGE}; use pooled"));
    }
}

fn listed(names: &[&crate::estimate::Estimator]) -> String {
    serde_json::to_string(names).unwrap_or_default()
}

fn ewma(spec: &ChartSpec, found: &mut Vec<Issue>) {
    let Some(ewma) = spec.ewma else { return };
    if spec.kind != Kind::Ewma {
        refuse(found, "ewma", format!("belongs to kind ewma, this chart is {}", name(spec)));
    }
    if !(ewma.lambda > 0.0 && ewma.lambda <= 1.0) {
        refuse(found, "ewma.lambda", format!("is {}; use more than 0, up to 1 (0.05 to 0.3 is usual)", ewma.lambda));
    }
    if ewma.limit.is_nan() || ewma.limit <= 0.0 {
        refuse(found, "ewma.L", format!("is {}; use a width greater than 0 (2.7 to 3 is usual)", ewma.limit));
    }
}

fn cusum(spec: &ChartSpec, found: &mut Vec<Issue>) {
    let Some(cusum) = spec.cusum else { return };
    if spec.kind != Kind::Cusum {
        refuse(found, "cusum", format!("belongs to kind cusum, this chart is {}", name(spec)));
    }
    if cusum.k.is_some_and(|k| k.is_nan() || k < 0.0) {
        refuse(found, "cusum.k", "must not be negative");
    }
    if cusum.h.is_some_and(|h| h.is_nan() || h <= 0.0) {
        refuse(found, "cusum.h", "must be greater than 0");
    }
    for (path, given) in [("cusum.k", cusum.k), ("cusum.h", cusum.h)] {
        if cusum.units == Units::Value && given.is_none() {
            refuse(found, path, "is missing; in units of the value it has no default");
        }
    }
}

fn sizes(spec: &ChartSpec, found: &mut Vec<Issue>) {
    let Some(sizes) = &spec.sizes else { return };
    if spec.family().form != (Form::Counts { sized: true }) {
        refuse(found, "sizes", format!("belongs to p, np, u, laney-p and laney-u; this chart is {}", name(spec)));
    }
    sizes.issues("sizes", found);
}

fn specification(spec: &ChartSpec, found: &mut Vec<Issue>) {
    if let Some(specification) = &spec.specification {
        specification.issues("specification", found);
        if matches!(spec.family().form, Form::Counts { .. } | Form::Vectors) {
            let message = format!("capability needs measurements of one property, which {} does not plot", name(spec));
            refuse(found, "specification", message);
        }
    }
}
