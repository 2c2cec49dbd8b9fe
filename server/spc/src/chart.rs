//! The chart families: a table, one row and one file each.
//!
//! A family says how a chart's parameters are estimated from phase I, and how one observation becomes
//! one plotted mark. Plotting is a fold step over a small [`Memory`]; it never looks back or ahead.

mod c;
mod cusum;
mod ewma;
mod i_mr;
mod laney;
mod np;
mod p;
pub(crate) mod t2;
mod u;
mod variables;
mod xbar_r;
mod xbar_s;

use crate::ChartSpec;
use crate::estimate::{Estimator, Observation};
use crate::rules::{Rule, RuleSet};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    IMr,
    XbarR,
    XbarS,
    P,
    Np,
    C,
    U,
    Ewma,
    Cusum,
    LaneyP,
    LaneyU,
    T2,
}

/// What a family plots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Individuals,
    Subgroups,
    /// Individuals, or subgroups where the chart has a subgroup size.
    Either,
    Counts {
        /// Each count needs the number of items it came from.
        sized: bool,
    },
    /// Several properties at once, as one distance.
    Vectors,
}

/// One row of the table.
pub struct Family {
    pub kind: Kind,
    pub name: &'static str,
    pub form: Form,
    /// The chart drawn below: `r`, `s` or `mr`.
    pub secondary: Option<&'static str>,
    /// The estimators it may use, its default first; empty where sigma follows from the centre.
    pub estimators: &'static [Estimator],
    /// Rules it uses when the chart names none.
    pub rules: RuleSet,
    /// Rules that make sense on it at all.
    pub allowed: RuleSet,
    /// Sigma of a single unit, where the centre decides it: `(center, size)`.
    pub own_sigma: Option<fn(f64, f64) -> f64>,
    pub estimate: fn(&Basis<'_>) -> Parameters,
    pub plot: fn(&Plotting<'_>, &mut Memory, &Observation) -> Plotted,
}

pub const FAMILIES: &[Family] = &[
    i_mr::FAMILY,
    xbar_r::FAMILY,
    xbar_s::FAMILY,
    p::FAMILY,
    np::FAMILY,
    c::FAMILY,
    u::FAMILY,
    ewma::FAMILY,
    cusum::FAMILY,
    laney::P_PRIME,
    laney::U_PRIME,
    t2::FAMILY,
];

impl Kind {
    pub fn family(self) -> &'static Family {
        &FAMILIES[self as usize]
    }

    /// Does it count items that are good or bad, so never more than were inspected?
    pub fn counts_items(self) -> bool {
        matches!(self, Self::P | Self::Np | Self::LaneyP)
    }
}

/// Rule 1 alone, by either name: for charts whose zones or whose independence the other rules need and lack.
const RULE_1: RuleSet = RuleSet::only(Rule::We1);
const RULE_1_ALONE: RuleSet = RULE_1.with(Rule::Nelson1);

/// The limits in effect: what a chart is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    pub center: f64,
    /// Of a single observation or unit, not of the plotted point.
    pub sigma: f64,
    /// Centre of the R, S or MR chart where it was estimated; else it follows from `sigma`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary: Option<f64>,
}

/// What parameters are estimated from: phase I, without exclusions and missing points.
pub struct Basis<'a> {
    pub observations: &'a [Observation],
    pub spec: &'a ChartSpec,
    pub estimator: Option<Estimator>,
}

/// What plotting needs beside the observation.
#[derive(Clone, Copy)]
pub struct Plotting<'a> {
    pub spec: &'a ChartSpec,
    pub parameters: &'a Parameters,
}

/// What a family remembers between points; each uses what it needs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Memory {
    /// Points plotted so far.
    pub steps: u64,
    pub previous: f64,
    pub ewma: f64,
    pub sums: Sums,
}

/// The two sums of a CUSUM, both never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Sums {
    pub upper: f64,
    pub lower: f64,
}

/// One value with its lines. `z` is scaled so that the limits of the point lie at 3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    pub value: f64,
    pub center: f64,
    pub lower: f64,
    pub upper: f64,
    pub z: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plotted {
    pub primary: Mark,
    pub secondary: Option<Mark>,
    pub sums: Option<Sums>,
}

impl Mark {
    /// Limits at three standard errors.
    pub fn shewhart(value: f64, center: f64, error: f64) -> Self {
        Self::limited(value, center, 3.0 * error)
    }

    /// Limits `width` either side of the centre.
    pub fn limited(value: f64, center: f64, width: f64) -> Self {
        let z = standardise(value, center, width / 3.0);
        Self { value, center, lower: center - width, upper: center + width, z }
    }

    /// For what cannot be negative.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        self.lower = self.lower.max(0.0);
        self
    }

    pub fn alone(self) -> Plotted {
        Plotted { primary: self, secondary: None, sums: None }
    }

    pub fn over(self, secondary: Option<Mark>) -> Plotted {
        Plotted { primary: self, secondary, sums: None }
    }
}

/// `(value - center) / sigma`, and exactly a whole number where the value lies on a zone line.
///
/// Decimal data lie on their limits (10.3 on 10 + 3 * 0.1), and the rules are strict there; without
/// this, the last bit of a subtraction would decide whether such a point is out.
pub fn standardise(value: f64, center: f64, sigma: f64) -> f64 {
    let slack = 8.0 * f64::EPSILON * value.abs().max(center.abs());
    let difference = value - center;
    if difference.abs() <= slack {
        return 0.0;
    }
    let z = difference / sigma;
    let line = z.round();
    if line.abs() <= 3.0 && (difference - line * sigma).abs() <= slack { line } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_stands_at_its_own_row_under_its_json_name() {
        for (at, family) in FAMILIES.iter().enumerate() {
            assert_eq!(family.kind as usize, at);
            assert_eq!(serde_json::to_value(family.kind).unwrap(), family.name);
            assert_eq!(family.rules.0 & !family.allowed.0, 0, "{}", family.name);
            let estimated = !family.estimators.is_empty() || family.form == Form::Vectors;
            assert_eq!(family.own_sigma.is_none(), estimated, "{}", family.name);
        }
    }

    #[test]
    fn choice_13_charts_without_symmetric_zones_default_to_rule_one() {
        let default = |kind: Kind| kind.family().rules;
        for kind in [Kind::P, Kind::Np, Kind::C, Kind::U, Kind::LaneyP, Kind::LaneyU] {
            assert_eq!(default(kind), RuleSet::only(Rule::We1));
            assert_eq!(kind.family().allowed, RuleSet::ALL);
        }
        assert_eq!(default(Kind::XbarR), RuleSet::WESTERN_ELECTRIC);
    }

    #[test]
    fn decimal_values_on_their_limits_lie_exactly_there() {
        for (center, sigma) in [(10.0, 0.1), (0.0, 0.7), (74.0, 0.01), (0.3, 0.1), (-5.2, 1.3)] {
            for k in -3..=3 {
                let text = format!("{:.6}", center + f64::from(k) * sigma);
                assert_eq!(standardise(text.parse().unwrap(), center, sigma), f64::from(k), "{text}");
            }
        }
        assert!(standardise(10.300_000_1, 10.0, 0.1) > 3.0);
    }

    #[test]
    fn a_process_without_spread_is_out_wherever_it_moves() {
        assert_eq!(standardise(5.0, 5.0, 0.0), 0.0);
        assert_eq!(standardise(5.1, 5.0, 0.0), f64::INFINITY);
        assert_eq!(standardise(4.9, 5.0, 0.0), f64::NEG_INFINITY);
    }
}
