//! Laney's p' and u' charts: counts of large samples whose rate itself varies from sample to sample.
//!
//! The limits of p and u are widened (or narrowed) by the spread of the standardised rates, taken from their moving
//! ranges: sigma = sigma_binomial * sigma_z. D. B. Laney, "Improved Control Charts for Attributes", Quality
//! Engineering 14 (2002), 531-537.

use super::{Basis, Family, Form, Kind, Parameters, RULE_1, p};
use crate::estimate::{Estimator, Observation};
use crate::rules::RuleSet;

pub const P_PRIME: Family = Family {
    kind: Kind::LaneyP,
    name: "laney-p",
    estimate: |basis| widened(basis, |p| (p * (1.0 - p)).sqrt()),
    ..FAMILY
};

pub const U_PRIME: Family =
    Family { kind: Kind::LaneyU, name: "laney-u", estimate: |basis| widened(basis, f64::sqrt), ..FAMILY };

const FAMILY: Family = Family {
    kind: Kind::LaneyP,
    name: "",
    form: Form::Counts { sized: true },
    secondary: None,
    // Of the standardised rates.
    estimators: &[Estimator::MrBar, Estimator::MedianMr, Estimator::OverallSd],
    rules: RULE_1,
    allowed: RuleSet::ALL,
    own_sigma: None,
    estimate: |basis| widened(basis, f64::sqrt),
    plot: p::plot,
};

fn widened(basis: &Basis<'_>, own_sigma: fn(f64) -> f64) -> Parameters {
    let center = p::proportion(basis.observations);
    let within = own_sigma(center);
    let standardised = |o: &Observation| Observation::single((o.value / o.size - center) / (within / o.size.sqrt()));
    let rates: Vec<Observation> = basis.observations.iter().map(standardised).collect();
    let between = basis.estimator.map_or(f64::NAN, |e| e.sigma(&rates, basis.spec.constants));
    Parameters { center, sigma: within * between, secondary: None }
}

#[cfg(test)]
mod tests {
    use crate::chart::Kind;
    use crate::data::{Data, Sizes};
    use crate::{ChartSpec, evaluate};

    /// Rates that stray far more than the binomial allows: p cries wolf at every point, p' at none.
    #[test]
    fn rates_that_vary_by_themselves_are_no_alarm() {
        let counts: Vec<f64> = [1000.0, 1150.0, 930.0, 1080.0, 990.0, 1120.0, 900.0, 1030.0].to_vec();
        let data = Data::of_counts(&counts, Some(Sizes::All(10_000.0)));
        let flagged = |kind| evaluate(&ChartSpec::new("a.b", kind), &data).unwrap().chart.flagged();
        assert!(flagged(Kind::P).len() >= 4);
        assert!(flagged(Kind::LaneyP).is_empty());
    }

    /// Worked by hand from Laney's formulas: p = 0.1, sigma_p = 0.03, z = -1, 1, 0, so MR-bar = 1.5.
    #[test]
    fn the_limits_are_those_of_p_times_the_spread_of_the_standardised_rates() {
        let data = Data::of_counts(&[7.0, 13.0, 10.0], Some(Sizes::All(100.0)));
        let chart = evaluate(&ChartSpec::new("a.b", Kind::LaneyP), &data).unwrap();
        let d2 = 2.0 / std::f64::consts::PI.sqrt();
        assert!((chart.sigma - 0.3 * 1.5 / d2).abs() < 1e-12, "{}", chart.sigma);
        let lines = chart.chart.points[0].lines.unwrap();
        assert!((lines.upper_limit - (0.1 + 3.0 * 0.03 * 1.5 / d2)).abs() < 1e-12);
        assert_eq!(lines.lower_limit, 0.0);
    }
}
