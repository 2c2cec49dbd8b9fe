//! Number of nonconforming items in samples of one size (NIST e-Handbook 6.3.3.2).

use super::{Basis, Family, Form, Kind, Parameters, RULE_1, c, p};
use crate::rules::RuleSet;

pub const FAMILY: Family = Family {
    kind: Kind::Np,
    name: "np",
    form: Form::Counts { sized: true },
    secondary: None,
    estimators: &[],
    rules: RULE_1,
    allowed: RuleSet::ALL,
    own_sigma: Some(|center, size| (center * (1.0 - center / size)).sqrt()),
    estimate,
    plot: c::plot,
};

fn estimate(basis: &Basis<'_>) -> Parameters {
    let p = p::proportion(basis.observations);
    let n = basis.observations.first().map_or(f64::NAN, |o| o.size);
    Parameters { center: n * p, sigma: (n * p * (1.0 - p)).sqrt(), secondary: None }
}
