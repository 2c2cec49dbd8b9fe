//! The settings of one chart, as `PUT /{tenant}/spc/charts/{id}` takes them.

mod check;

use crate::capability::Specification;
use crate::chart::{Family, Form, Kind, Parameters};
use crate::data::Sizes;
use crate::estimate::Estimator;
use crate::{Constants, RuleSet};
use serde::{Deserialize, Serialize};
use theriac_core::{Code, Error, Result};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChartSpec {
    /// The watched property, `{equipment id}.{property id}`.
    pub property: String,
    /// Of a T2 chart: the properties that are judged together with it, read at the same instants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    pub kind: Kind,
    /// Of a T2 chart: the chance of a false alarm at a point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subgroup_size: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RuleSet>,
    /// Rules after phase I, if others than `rules` (ISO 7870-2 wants 3 sigma alone there).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase2_rules: Option<RuleSet>,
    /// Rules of the R, S or MR chart; rule 1 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary_rules: Option<RuleSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase1: Option<Phase1>,
    #[serde(default)]
    pub constants: Constants,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimator: Option<Estimator>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ewma: Option<Ewma>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cusum: Option<Cusum>,
    /// Items behind each count of a p, np or u chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Sizes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specification: Option<Specification>,
}

/// Given limits: the centre, and the sigma of a single observation (p, np, c and u derive it).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub center: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
}

/// The plotted points limits are estimated from, counted from 1, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase1 {
    pub first: usize,
    pub last: usize,
    /// Points with a known cause: plotted, but neither estimated from nor judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ewma {
    pub lambda: f64,
    /// Half width of the limits in standard errors of the average.
    #[serde(rename = "L")]
    pub limit: f64,
    pub asymptotic: bool,
    /// Start of the average and middle of its limits, if not the centre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
}

impl Default for Ewma {
    fn default() -> Self {
        Self { lambda: 0.2, limit: 3.0, asymptotic: false, target: None }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cusum {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub h: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    pub units: Units,
}

/// What `k` and `h` are counted in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Units {
    #[default]
    StandardError,
    Value,
}

impl Cusum {
    /// Allowance; half a standard error catches a shift of one.
    pub fn k(&self) -> f64 {
        self.k.unwrap_or(0.5)
    }

    /// Decision interval.
    pub fn h(&self) -> f64 {
        self.h.unwrap_or(5.0)
    }
}

impl ChartSpec {
    /// A chart of `kind` with every default.
    pub fn new(property: impl Into<String>, kind: Kind) -> Self {
        Self {
            property: property.into(),
            with: Vec::new(),
            kind,
            alpha: None,
            subgroup_size: None,
            rules: None,
            phase2_rules: None,
            secondary_rules: None,
            limits: None,
            phase1: None,
            constants: Constants::default(),
            estimator: None,
            ewma: None,
            cusum: None,
            sizes: None,
            specification: None,
        }
    }

    /// Reads and checks a chart's settings.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let spec: Self = serde_json::from_slice(json).map_err(|e| unreadable("chart", &e))?;
        spec.check()?;
        Ok(spec)
    }

    /// Every setting that is wrong, each with its place and what would be right.
    pub fn check(&self) -> Result<()> {
        let issues = check::issues(self);
        if issues.is_empty() { Ok(()) } else { Err(Error::from_issues(issues)) }
    }

    pub fn family(&self) -> &'static Family {
        self.kind.family()
    }

    /// The watched property, and those judged together with it.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.property.as_str()).chain(self.with.iter().map(String::as_str))
    }

    pub fn alpha(&self) -> f64 {
        self.alpha.unwrap_or(crate::multivariate::ALPHA)
    }

    /// Are plotted points subgroups of measurements?
    pub fn is_grouped(&self) -> bool {
        match self.family().form {
            Form::Subgroups => true,
            Form::Either => self.subgroup_size.is_some_and(|n| n > 1),
            Form::Individuals | Form::Counts { .. } | Form::Vectors => false,
        }
    }

    /// The rules a point in or after phase I is judged by.
    pub fn rules_at(&self, phase2: bool) -> RuleSet {
        let rules = self.rules.unwrap_or(self.family().rules);
        if phase2 { self.phase2_rules.unwrap_or(rules) } else { rules }
    }

    pub fn rules_of_secondary(&self) -> RuleSet {
        self.secondary_rules.unwrap_or_else(|| self.rules_at(false).first())
    }

    /// Is the plotted point, counted from 1, one that phase I leaves out?
    pub fn excludes(&self, index: u64) -> bool {
        self.phase1.as_ref().is_some_and(|p| index <= p.last as u64 && p.exclude.iter().any(|e| *e as u64 == index))
    }

    /// The given limits; nothing where they are to be estimated from phase I.
    pub fn given(&self, size: Option<f64>) -> Result<Option<Parameters>> {
        let Some(limits) = self.limits else { return Ok(None) };
        let own = || self.family().own_sigma.map(|own| own(limits.center, size.unwrap_or(1.0)));
        let sigma = limits.sigma.or_else(own).unwrap_or(0.0);
        let parameters = Parameters { center: limits.center, sigma, secondary: None };
        self.usable(parameters).map(Some)
    }

    /// Parameters a chart can be drawn from, or why not.
    pub fn usable(&self, parameters: Parameters) -> Result<Parameters> {
        if !parameters.center.is_finite() || !parameters.sigma.is_finite() {
            return Err(Error::new(
                Code::Unprocessable,
                format!(
                    "center is {} and sigma {}: both must be finite numbers; phase I needs more points, or smaller ones",
                    parameters.center, parameters.sigma
                ),
            ));
        }
        let by_error = self.kind == Kind::Cusum && self.cusum.unwrap_or_default().units == Units::StandardError;
        if by_error && parameters.sigma <= 0.0 {
            return Err(Error::new(
                Code::Unprocessable,
                "sigma is 0, and sums in standard errors divide by it: give limits.sigma, or cusum.units \"value\"",
            ));
        }
        Ok(parameters)
    }
}

/// A body serde refused: its own words name the line, the field and what is expected.
pub fn unreadable(what: &str, error: &serde_json::Error) -> Error {
    let code = if error.is_data() { Code::Invalid } else { Code::Malformed };
    Error::new(code, format!("the {what} cannot be read: {error}"))
}

#[cfg(test)]
mod tests;
