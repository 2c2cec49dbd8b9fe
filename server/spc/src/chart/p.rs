//! Proportion of nonconforming items (NIST e-Handbook 6.3.3.2).

use super::{Basis, Family, Form, Kind, Mark, Memory, Parameters, Plotted, Plotting, RULE_1};
use crate::estimate::{Observation, sum};
use crate::rules::RuleSet;

pub const FAMILY: Family = Family {
    kind: Kind::P,
    name: "p",
    form: Form::Counts { sized: true },
    secondary: None,
    estimators: &[],
    rules: RULE_1,
    allowed: RuleSet::ALL,
    own_sigma: Some(|p, _| (p * (1.0 - p)).sqrt()),
    estimate,
    plot,
};

fn estimate(basis: &Basis<'_>) -> Parameters {
    let p = proportion(basis.observations);
    Parameters { center: p, sigma: (p * (1.0 - p)).sqrt(), secondary: None }
}

/// All nonconforming items over all inspected ones.
pub fn proportion(observations: &[Observation]) -> f64 {
    sum(observations.iter().map(|o| o.value)) / sum(observations.iter().map(|o| o.size))
}

/// One plot for `p` and `u`: a rate per item, its error falling with the square root of the size.
pub fn plot(with: &Plotting<'_>, _: &mut Memory, observation: &Observation) -> Plotted {
    let error = with.parameters.sigma / observation.size.sqrt();
    Mark::shewhart(observation.value / observation.size, with.parameters.center, error).clamped().alone()
}
