//! What the charts of measurements share: centre and sigma from phase I.

use super::{Basis, Parameters};
use crate::estimate::{Observation, moving_ranges, weighted_mean};

/// Mean of all observations and sigma by the chart's estimator; no secondary centre yet.
pub fn estimate(basis: &Basis<'_>) -> Parameters {
    let center = weighted_mean(basis.observations.iter().map(|o| (o.size, o.value)));
    let sigma = basis.estimator.map_or(f64::NAN, |e| e.sigma(basis.observations, basis.spec.constants));
    Parameters { center, sigma, secondary: None }
}

/// Mean of a spread over subgroups that have one, weighted by their size.
pub fn mean_spread(observations: &[Observation], spread: fn(&Observation) -> f64) -> Option<f64> {
    let pairs = observations.iter().filter(|o| o.size >= 2.0).map(|o| (o.size, spread(o)));
    Some(weighted_mean(pairs)).filter(|mean| mean.is_finite())
}

pub fn mean_moving_range(observations: &[Observation]) -> Option<f64> {
    Some(crate::estimate::mean(moving_ranges(observations))).filter(|mean| mean.is_finite())
}

/// Standard error of the mean of one observation.
pub fn error_of_mean(sigma: f64, observation: &Observation) -> f64 {
    sigma / observation.size.sqrt()
}
