//! Hotelling's T2 of several properties ([`crate::multivariate`]): the distance as a chart of its own, limited above.

use super::{Family, Form, Kind, Mark, Memory, Parameters, Plotted, Plotting, RULE_1, RULE_1_ALONE};
use crate::estimate::Observation;

pub const FAMILY: Family = Family {
    kind: Kind::T2,
    name: "t2",
    form: Form::Vectors,
    secondary: None,
    estimators: &[],
    rules: RULE_1,
    // Zones and runs assume symmetry about a centre; distances have none.
    allowed: RULE_1_ALONE,
    own_sigma: None,
    // Of distances alone nothing can be estimated: limits come from the vectors.
    estimate: |_| limited_at(f64::NAN),
    plot,
};

/// A chart of distances with this upper limit.
pub fn limited_at(limit: f64) -> Parameters {
    Parameters { center: 0.0, sigma: limit / 3.0, secondary: None }
}

fn plot(with: &Plotting<'_>, _: &mut Memory, observation: &Observation) -> Plotted {
    Mark::shewhart(observation.value, with.parameters.center, with.parameters.sigma).clamped().alone()
}
