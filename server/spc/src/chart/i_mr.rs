//! Individuals and moving range of two (NIST e-Handbook 6.3.2.2).

use super::{Basis, Family, Form, Kind, Mark, Memory, Parameters, Plotted, Plotting, variables};
use crate::estimate::{Estimator, Observation};
use crate::rules::RuleSet;

pub const FAMILY: Family = Family {
    kind: Kind::IMr,
    name: "i-mr",
    form: Form::Individuals,
    secondary: Some("mr"),
    estimators: &[Estimator::MrBar, Estimator::MedianMr, Estimator::OverallSd],
    rules: RuleSet::WESTERN_ELECTRIC,
    allowed: RuleSet::ALL,
    own_sigma: None,
    estimate,
    plot,
};

fn estimate(basis: &Basis<'_>) -> Parameters {
    Parameters { secondary: variables::mean_moving_range(basis.observations), ..variables::estimate(basis) }
}

fn plot(with: &Plotting<'_>, memory: &mut Memory, observation: &Observation) -> Plotted {
    let x = observation.value;
    let range = (memory.steps > 0).then(|| moving_range(with, (x - memory.previous).abs()));
    memory.previous = x;
    Mark::shewhart(x, with.parameters.center, with.parameters.sigma).over(range)
}

/// Limits 0 and D4(2) times the mean moving range.
fn moving_range(with: &Plotting<'_>, range: f64) -> Mark {
    let k = with.spec.constants;
    let center = with.parameters.secondary.unwrap_or(k.d2(2) * with.parameters.sigma);
    Mark::shewhart(range, center, center * k.d3(2) / k.d2(2)).clamped()
}
