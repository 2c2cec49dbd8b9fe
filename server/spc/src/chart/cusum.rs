//! Tabular cumulative sums (NIST e-Handbook 6.3.2.3), in the units of the values or in standard errors.

use super::{Family, Form, Kind, Mark, Memory, Plotted, Plotting, RULE_1, RULE_1_ALONE, Sums, ewma, variables};
use crate::estimate::Observation;
use crate::spec::Units;

pub const FAMILY: Family = Family {
    kind: Kind::Cusum,
    name: "cusum",
    form: Form::Either,
    secondary: None,
    estimators: ewma::ESTIMATORS,
    rules: RULE_1,
    // Sums share their past, so a run of them proves nothing.
    allowed: RULE_1_ALONE,
    own_sigma: None,
    estimate: variables::estimate,
    plot,
};

fn plot(with: &Plotting<'_>, memory: &mut Memory, observation: &Observation) -> Plotted {
    let settings = with.spec.cusum.unwrap_or_default();
    let target = settings.target.unwrap_or(with.parameters.center);
    let unit = match settings.units {
        Units::Value => 1.0,
        Units::StandardError => variables::error_of_mean(with.parameters.sigma, observation),
    };
    let shift = (observation.value - target) / unit;
    let sums = &mut memory.sums;
    sums.upper = (sums.upper + shift - settings.k()).max(0.0);
    sums.lower = (sums.lower - shift - settings.k()).max(0.0);
    Plotted { sums: Some(*sums), ..Mark::limited(signed(*sums), 0.0, settings.h()).alone() }
}

/// The larger sum, the lower one as a negative number: one plotted value for both arms.
fn signed(sums: Sums) -> f64 {
    if sums.upper >= sums.lower { sums.upper } else { -sums.lower }
}
