//! Nonconformities per unit where the number of units varies (NIST e-Handbook 6.3.3.1).

use super::{Basis, Family, Form, Kind, Parameters, RULE_1, p};
use crate::rules::RuleSet;

pub const FAMILY: Family = Family {
    kind: Kind::U,
    name: "u",
    form: Form::Counts { sized: true },
    secondary: None,
    estimators: &[],
    rules: RULE_1,
    allowed: RuleSet::ALL,
    own_sigma: Some(|u, _| u.sqrt()),
    estimate,
    plot: p::plot,
};

fn estimate(basis: &Basis<'_>) -> Parameters {
    let u = p::proportion(basis.observations);
    Parameters { center: u, sigma: u.sqrt(), secondary: None }
}
