//! A whole chart at once: estimate or take limits, plot every point, judge it, and say how capable the process is.

pub(crate) mod vectors;

use crate::capability::{Capability, capability};
use crate::chart::{Basis, Form, Kind, Parameters};
use crate::constants::LARGEST_RANGE;
use crate::data::{Data, Series};
use crate::estimate::{Estimator, Observation};
use crate::fold::{Fold, Plot, Point, Violation};
use crate::multivariate::Model;
use crate::rules::Rule;
use crate::{ChartSpec, Constants};
use serde::Serialize;
use theriac_core::{Code, Error, Result};
use vectors::Contribution;

/// A chart ready to be drawn, in the shape `GET /{tenant}/spc/charts/{id}` gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    pub kind: Kind,
    /// Which digits of the constants went into it.
    pub constants: Constants,
    /// How sigma was estimated; absent where it was given or follows from the centre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimator: Option<Estimator>,
    /// Points the limits were estimated from; absent where they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_from: Option<usize>,
    /// Of a single observation or unit.
    pub sigma: f64,
    /// The limit set in effect, as a stream takes it up.
    pub parameters: Parameters,
    #[serde(flatten)]
    pub chart: Chart,
    /// The R, S or MR chart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary: Option<Secondary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capability: Option<Capability>,
    /// Of a T2 chart: what phase I says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Contribution>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Secondary {
    pub name: &'static str,
    #[serde(flatten)]
    pub chart: Chart,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chart {
    pub center: Option<f64>,
    pub limits: Option<Limits>,
    pub points: Vec<Plot>,
    pub violations: Vec<Violation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pair {
    pub lower: f64,
    pub upper: f64,
}

/// One pair for all points, or a pair for each plotted point where they vary.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Limits {
    Constant(Pair),
    Varying(Vec<Pair>),
}

/// The limits in effect and where they come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Established {
    pub parameters: Parameters,
    pub estimator: Option<Estimator>,
    pub estimated_from: Option<usize>,
}

/// Draws and judges the chart `spec` of `data`.
pub fn evaluate(spec: &ChartSpec, data: &Data) -> Result<Evaluation> {
    spec.check()?;
    if spec.family().form == Form::Vectors {
        return vectors::evaluate(spec, data);
    }
    let series = data.observe(spec)?;
    let established = establish(spec, &series)?;
    let mut fold = Fold::new(established.parameters);
    let points: Vec<Point> = series.observations.iter().map(|o| fold.next(spec, o.as_ref())).collect();
    let (primary, below): (Vec<_>, Vec<_>) = points.into_iter().map(|p| (p.primary, p.secondary)).unzip();
    let below = Chart::of(below.into_iter().flatten().collect());
    let mut chart = Chart::of(primary);
    chart.center = chart.center.or(Some(established.parameters.center));
    Ok(Evaluation {
        kind: spec.kind,
        constants: spec.constants,
        estimator: established.estimator,
        estimated_from: established.estimated_from,
        sigma: established.parameters.sigma,
        parameters: established.parameters,
        chart,
        secondary: spec.family().secondary.map(|name| Secondary { name, chart: below }),
        capability: assess(spec, data, &series, established.parameters.sigma)?,
        model: None,
        contributions: Vec::new(),
    })
}

/// The given limits, or those phase I (all points, if the chart names none) yields.
pub fn establish(spec: &ChartSpec, series: &Series) -> Result<Established> {
    let size = series.observations.iter().flatten().next().map(|o| o.size);
    if let Some(parameters) = spec.given(size)? {
        return Ok(Established { parameters, estimator: None, estimated_from: None });
    }
    let observations: Vec<Observation> = phase1(spec, series).filter_map(|i| series.observations[i]).collect();
    if observations.len() < 2 {
        return Err(Error::new(
            Code::Unprocessable,
            format!("phase I has {} usable points; limits need at least 2, and deserve 20", observations.len()),
        ));
    }
    let estimator = estimator(spec, &observations)?;
    let basis = Basis { observations: &observations, spec, estimator };
    let parameters = spec.usable((spec.family().estimate)(&basis))?;
    Ok(Established { parameters, estimator, estimated_from: Some(observations.len()) })
}

/// Positions, from 0, of the points limits are estimated from.
fn phase1<'a>(spec: &'a ChartSpec, series: &Series) -> impl Iterator<Item = usize> + 'a {
    let count = series.observations.len();
    let range = spec.phase1.as_ref().map_or(0..count, |p| p.first - 1..p.last.min(count));
    range.filter(|i| !spec.excludes(*i as u64 + 1))
}

/// The chart's own choice, or its family's first that fits the data; none where sigma follows from the centre.
fn estimator(spec: &ChartSpec, observations: &[Observation]) -> Result<Option<Estimator>> {
    if spec.family().estimators.is_empty() {
        return Ok(None);
    }
    let counts = matches!(spec.family().form, Form::Counts { .. });
    let largest = if counts { 1 } else { observations.iter().map(Observation::n).max().unwrap_or(1) };
    let grouped = spec.family().form == Form::Subgroups || largest > 1;
    let fits = |e: &Estimator| e.row().grouped == grouped && !(e.row().ranged && largest > LARGEST_RANGE);
    if let Some(chosen) = spec.estimator {
        let refused = || Error::invalid(format!("does not fit points of up to {largest} values")).at("estimator");
        return if fits(&chosen) { Ok(Some(chosen)) } else { Err(refused()) };
    }
    // Large subgroups pool, as their mean deviations waste data.
    let pools = spec.family().form == Form::Either && largest > LARGEST_RANGE;
    let by_family = || spec.family().estimators.iter().copied().find(fits);
    Ok(pools.then_some(Estimator::Pooled).or_else(by_family))
}

fn assess(spec: &ChartSpec, data: &Data, series: &Series, sigma: f64) -> Result<Option<Capability>> {
    let Some(specification) = data.specification.or(spec.specification) else { return Ok(None) };
    let mut issues = Vec::new();
    specification.issues("specification", &mut issues);
    if !issues.is_empty() {
        return Err(Error::from_issues(issues));
    }
    if matches!(spec.family().form, Form::Counts { .. }) {
        let refused = Error::invalid(format!("capability needs measurements; {} plots counts", spec.family().name));
        return Err(refused.at("specification"));
    }
    let measurements: Vec<f64> = phase1(spec, series).flat_map(|i| series.measurements(i)).copied().collect();
    Ok(capability(&measurements, sigma, specification))
}

impl Chart {
    fn of(points: Vec<Plot>) -> Self {
        let center = points.iter().find_map(|p| p.lines).map(|lines| lines.center);
        let violations = points.iter().flat_map(|p| p.violations.iter().cloned()).collect();
        Self { center, limits: Limits::of(&points), points, violations }
    }

    /// Positions at which any rule is broken.
    pub fn flagged(&self) -> Vec<u64> {
        self.points.iter().filter(|p| !p.rules.is_empty()).map(|p| p.index).collect()
    }

    /// Positions at which `rule` is broken.
    pub fn flagged_by(&self, rule: Rule) -> Vec<u64> {
        self.points.iter().filter(|p| p.rules.contains(rule)).map(|p| p.index).collect()
    }
}

impl Limits {
    fn of(points: &[Plot]) -> Option<Self> {
        let drawn = points.iter().filter_map(|p| p.lines);
        let mut pairs = drawn.map(|lines| Pair { lower: lines.lower_limit, upper: lines.upper_limit });
        let first = pairs.next()?;
        let rest: Vec<Pair> = pairs.collect();
        if rest.iter().all(|pair| *pair == first) {
            return Some(Self::Constant(first));
        }
        Some(Self::Varying(std::iter::once(first).chain(rest).collect()))
    }
}

#[cfg(test)]
mod tests;
