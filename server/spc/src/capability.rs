//! Process capability: Cp, Cpk, Cpm, Pp and Ppk with their confidence intervals.
//!
//! NIST/SEMATECH e-Handbook 6.1.6, <https://www.itl.nist.gov/div898/handbook/pmc/section1/pmc16.htm>; intervals of
//! Cp by chi-squared, of Cpk by A. F. Bissell (1990), of Cpm by R. A. Boyles (1991).

use crate::estimate::{deviation, mean};
use crate::special::{chi2_quantile, normal_cdf, normal_quantile, normal_tail};
use serde::{Deserialize, Serialize};
use theriac_core::{Code, Issue};

/// What the product must meet; at least one limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Specification {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// Best value; halfway between the limits unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    #[serde(skip_serializing_if = "CpmDegrees::is_default")]
    pub cpm_degrees: CpmDegrees,
}

/// Degrees of freedom of Cpm's interval, with `a = (mean - target) / sigma`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CpmDegrees {
    /// `N (1 + a^2)^2 / (1 + 2 a^2)`
    #[default]
    Boyles,
    /// `N (1 + a^2) / (1 + 2 a^2)`, as R's qcc 2.7 computes it.
    Qcc,
}

impl CpmDegrees {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn of(self, n: f64, a: f64) -> f64 {
        let one = 1.0 + a * a;
        n / (1.0 + 2.0 * a * a) * if self == Self::Boyles { one * one } else { one }
    }
}

impl Specification {
    pub fn issues(&self, path: &str, found: &mut Vec<Issue>) {
        let wrong = match (self.lower, self.upper) {
            (None, None) => Some("has no limit; give lower, upper or both".to_owned()),
            (Some(low), Some(high)) if low.is_nan() || high.is_nan() || low >= high => {
                Some(format!("lower is {low} and upper {high}; lower must be the smaller"))
            }
            _ => None,
        };
        found.extend(wrong.map(|message| Issue::new(Code::Invalid, path, message)));
    }

    fn target(&self) -> Option<f64> {
        self.target.or(Some((self.lower? + self.upper?) / 2.0))
    }
}

/// An index with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Index {
    pub value: f64,
    pub lower: f64,
    pub upper: f64,
}

/// Shares of the product out of specification, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Out {
    pub below: f64,
    pub above: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capability {
    pub specification: Specification,
    pub observations: usize,
    pub mean: f64,
    pub sigma_within: f64,
    /// Plain standard deviation of all observations, without c4.
    pub sigma_overall: f64,
    pub cp: Option<Index>,
    /// Against the lower limit alone; each end of the interval is a one-sided 95 % bound.
    pub cpl: Option<Index>,
    pub cpu: Option<Index>,
    pub cpk: Option<Index>,
    pub cpm: Option<Index>,
    pub pp: Option<Index>,
    pub ppk: Option<Index>,
    /// What a normal process of this mean and within-subgroup sigma gives.
    pub expected_out: Out,
    pub observed_out: Out,
}

const LOW: f64 = 0.025;
const HIGH: f64 = 0.975;

/// Capability of a process with the given within-subgroup sigma; nothing for fewer than two measurements.
pub fn capability(measurements: &[f64], sigma_within: f64, specification: Specification) -> Option<Capability> {
    if measurements.len() < 2 {
        return None;
    }
    let sigma_overall = deviation(measurements);
    let m = mean(measurements.iter().copied());
    let n = measurements.len() as f64;
    let within = Spread { n, m, sigma: sigma_within, specification };
    let overall = Spread { sigma: sigma_overall, ..within };
    Some(Capability {
        specification,
        observations: measurements.len(),
        mean: m,
        sigma_within,
        sigma_overall,
        cp: within.potential(),
        cpl: within.below().and_then(|c| within.sided(c, 0.95)),
        cpu: within.above().and_then(|c| within.sided(c, 0.95)),
        cpk: within.nearer().and_then(|c| within.sided(c, HIGH)),
        cpm: within.about_target(),
        pp: overall.potential(),
        ppk: overall.nearer().and_then(|c| overall.sided(c, HIGH)),
        expected_out: within.expected_out(),
        observed_out: observed_out(measurements, &specification),
    })
}

/// Mean and one of the two sigmas against the specification.
#[derive(Clone, Copy)]
struct Spread {
    n: f64,
    m: f64,
    sigma: f64,
    specification: Specification,
}

impl Spread {
    fn below(&self) -> Option<f64> {
        Some((self.m - self.specification.lower?) / (3.0 * self.sigma))
    }

    fn above(&self) -> Option<f64> {
        Some((self.specification.upper? - self.m) / (3.0 * self.sigma))
    }

    fn nearer(&self) -> Option<f64> {
        match (self.below(), self.above()) {
            (Some(low), Some(high)) => Some(low.min(high)),
            (low, high) => low.or(high),
        }
    }

    fn potential(&self) -> Option<Index> {
        let value = (self.specification.upper? - self.specification.lower?) / (6.0 * self.sigma);
        by_chi2(value, self.n - 1.0)
    }

    fn about_target(&self) -> Option<Index> {
        let a = (self.m - self.specification.target()?) / self.sigma;
        let width = self.specification.upper? - self.specification.lower?;
        let value = width / (6.0 * self.sigma * (1.0 + a * a).sqrt());
        by_chi2(value, self.specification.cpm_degrees.of(self.n, a))
    }

    /// Bissell's interval, `probability` at each end.
    fn sided(&self, value: f64, probability: f64) -> Option<Index> {
        let root = (1.0 / (9.0 * self.n) + value * value / (2.0 * (self.n - 1.0))).sqrt();
        let half = normal_quantile(probability) * root;
        finite(Index { value, lower: value - half, upper: value + half })
    }

    fn expected_out(&self) -> Out {
        let z = |limit: f64| (limit - self.m) / self.sigma;
        Out {
            below: self.specification.lower.map_or(0.0, |low| normal_cdf(z(low))),
            above: self.specification.upper.map_or(0.0, |high| normal_tail(z(high))),
        }
    }
}

fn by_chi2(value: f64, df: f64) -> Option<Index> {
    let end = |q: f64| value * (chi2_quantile(q, df) / df).sqrt();
    if !value.is_finite() || !df.is_finite() {
        return None;
    }
    finite(Index { value, lower: end(LOW), upper: end(HIGH) })
}

/// An index of a process without spread is no number.
fn finite(index: Index) -> Option<Index> {
    (index.value.is_finite() && index.lower.is_finite() && index.upper.is_finite()).then_some(index)
}

fn observed_out(measurements: &[f64], specification: &Specification) -> Out {
    let share =
        |out: &dyn Fn(f64) -> bool| measurements.iter().filter(|x| out(**x)).count() as f64 / measurements.len() as f64;
    Out {
        below: specification.lower.map_or(0.0, |low| share(&|x| x < low)),
        above: specification.upper.map_or(0.0, |high| share(&|x| x > high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASUREMENTS: [f64; 6] = [9.0, 10.0, 11.0, 10.0, 12.0, 8.0];

    fn both() -> Specification {
        Specification { lower: Some(4.0), upper: Some(13.0), ..Specification::default() }
    }

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-12, "got {got}, want {want}");
    }

    #[test]
    fn indices_follow_their_definitions() {
        let c = capability(&MEASUREMENTS, 1.5, both()).unwrap();
        near(c.cp.unwrap().value, 1.0);
        near(c.cpk.unwrap().value, 3.0 / 4.5);
        near(c.cpm.unwrap().value, 9.0 / (6.0 * (1.5_f64.powi(2) + 1.5_f64.powi(2)).sqrt()));
        near(c.sigma_overall, 2_f64.sqrt());
        near(c.pp.unwrap().value, 9.0 / (6.0 * 2_f64.sqrt()));
        near(c.ppk.unwrap().value, 3.0 / (3.0 * 2_f64.sqrt()));
        near(c.expected_out.above, normal_tail(2.0));
    }

    #[test]
    fn the_bissell_interval_also_stands_for_an_index_of_zero() {
        let centred_on_limit = Specification { upper: Some(10.0), ..Specification::default() };
        let cpk = capability(&MEASUREMENTS, 1.0, centred_on_limit).unwrap().cpk.unwrap();
        near(cpk.value, 0.0);
        near(cpk.upper, normal_quantile(0.975) / (9.0 * 6.0_f64).sqrt());
    }

    #[test]
    fn a_single_limit_gives_only_the_indices_it_can() {
        let c = capability(&MEASUREMENTS, 1.5, Specification { lower: Some(7.0), ..Specification::default() }).unwrap();
        assert!(c.cp.is_none() && c.cpu.is_none() && c.cpm.is_none() && c.pp.is_none());
        assert_eq!(c.cpk.unwrap().value, c.cpl.unwrap().value);
        assert_eq!(c.expected_out.above, 0.0);
        near(c.observed_out.below, 0.0);
    }

    #[test]
    fn a_process_without_spread_has_no_index() {
        let c = capability(&[10.0, 10.0], 0.0, both()).unwrap();
        assert!(c.cp.is_none() && c.cpk.is_none() && c.cpm.is_none() && c.ppk.is_none());
        assert!(capability(&[10.0], 1.0, both()).is_none());
    }

    #[test]
    fn both_degrees_of_freedom_of_cpm_agree_on_target() {
        assert_eq!(CpmDegrees::Boyles.of(50.0, 0.0), CpmDegrees::Qcc.of(50.0, 0.0));
        near(CpmDegrees::Boyles.of(50.0, 2.0), 50.0 * 25.0 / 9.0);
        near(CpmDegrees::Qcc.of(50.0, 2.0), 50.0 * 5.0 / 9.0);
    }
}
