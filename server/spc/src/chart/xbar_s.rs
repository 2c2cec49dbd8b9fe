//! Means and standard deviations of subgroups (NIST e-Handbook 6.3.2.1).

use super::{Basis, Family, Form, Kind, Mark, Memory, Parameters, Plotted, Plotting, variables};
use crate::estimate::{Estimator, Observation};
use crate::rules::RuleSet;

pub const FAMILY: Family = Family {
    kind: Kind::XbarS,
    name: "xbar-s",
    form: Form::Subgroups,
    secondary: Some("s"),
    estimators: &[Estimator::SBar, Estimator::WeightedS, Estimator::Pooled, Estimator::RBar, Estimator::WeightedR],
    rules: RuleSet::WESTERN_ELECTRIC,
    allowed: RuleSet::ALL,
    own_sigma: None,
    estimate,
    plot,
};

fn estimate(basis: &Basis<'_>) -> Parameters {
    let secondary = variables::mean_spread(basis.observations, |o| o.deviation);
    Parameters { secondary, ..variables::estimate(basis) }
}

fn plot(with: &Plotting<'_>, _: &mut Memory, observation: &Observation) -> Plotted {
    let spread = (observation.size >= 2.0).then(|| spread(with, observation));
    let error = variables::error_of_mean(with.parameters.sigma, observation);
    Mark::shewhart(observation.value, with.parameters.center, error).over(spread)
}

/// The S chart: limits at 3 sigma sqrt(1 - c4^2), by the size of the subgroup.
fn spread(with: &Plotting<'_>, observation: &Observation) -> Mark {
    let (k, n, sigma) = (with.spec.constants, observation.n(), with.parameters.sigma);
    let center = with.parameters.secondary.unwrap_or(k.c4(n) * sigma);
    Mark::shewhart(observation.deviation, center, sigma * (1.0 - k.c4(n).powi(2)).sqrt()).clamped()
}
