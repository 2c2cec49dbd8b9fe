//! Number of nonconformities per inspection unit (NIST e-Handbook 6.3.3.1).

use super::{Basis, Family, Form, Kind, Mark, Memory, Parameters, Plotted, Plotting, RULE_1};
use crate::estimate::{Observation, mean};
use crate::rules::RuleSet;

pub const FAMILY: Family = Family {
    kind: Kind::C,
    name: "c",
    form: Form::Counts { sized: false },
    secondary: None,
    estimators: &[],
    rules: RULE_1,
    allowed: RuleSet::ALL,
    own_sigma: Some(|c, _| c.sqrt()),
    estimate,
    plot,
};

fn estimate(basis: &Basis<'_>) -> Parameters {
    let c = mean(basis.observations.iter().map(|o| o.value));
    Parameters { center: c, sigma: c.sqrt(), secondary: None }
}

/// One plot for `c` and `np`: the count itself, against lines that no size moves.
pub fn plot(with: &Plotting<'_>, _: &mut Memory, observation: &Observation) -> Plotted {
    Mark::shewhart(observation.value, with.parameters.center, with.parameters.sigma).clamped().alone()
}
