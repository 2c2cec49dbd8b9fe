//! Exponentially weighted moving average (NIST e-Handbook 6.3.2.4).

use super::{Family, Form, Kind, Mark, Memory, Plotted, Plotting, RULE_1, RULE_1_ALONE, variables};
use crate::estimate::{Estimator, Observation};

pub const FAMILY: Family = Family {
    kind: Kind::Ewma,
    name: "ewma",
    form: Form::Either,
    secondary: None,
    estimators: ESTIMATORS,
    rules: RULE_1,
    // Successive averages share their past, so a run of them proves nothing.
    allowed: RULE_1_ALONE,
    own_sigma: None,
    estimate: variables::estimate,
    plot,
};

/// Also those of CUSUM: of individuals or of subgroups, whichever the chart has.
pub const ESTIMATORS: &[Estimator] = &[
    Estimator::MrBar,
    Estimator::MedianMr,
    Estimator::OverallSd,
    Estimator::RBar,
    Estimator::WeightedR,
    Estimator::SBar,
    Estimator::WeightedS,
    Estimator::Pooled,
];

fn plot(with: &Plotting<'_>, memory: &mut Memory, observation: &Observation) -> Plotted {
    let settings = with.spec.ewma.unwrap_or_default();
    let center = settings.target.unwrap_or(with.parameters.center);
    let before = if memory.steps == 0 { center } else { memory.ewma };
    memory.ewma = settings.lambda * observation.value + (1.0 - settings.lambda) * before;
    let variance = settings.lambda / (2.0 - settings.lambda);
    let started = if settings.asymptotic { 1.0 } else { warmed_up(settings.lambda, memory.steps + 1) };
    let error = variables::error_of_mean(with.parameters.sigma, observation) * (variance * started).sqrt();
    Mark::limited(memory.ewma, center, settings.limit * error).alone()
}

/// `1 - (1 - lambda)^(2t)`, the share of the final variance reached at point `t`.
fn warmed_up(lambda: f64, t: u64) -> f64 {
    1.0 - (1.0 - lambda).powf(2.0 * t as f64)
}
