//! Estimators of the process sigma: a table, one row each.
//!
//! Formulas: NIST/SEMATECH e-Handbook 6.3.2, <https://www.itl.nist.gov/div898/handbook/pmc/section3/pmc32.htm>;
//! the weighted and pooled forms are those of I. W. Burr (1969) and of R's qcc (`MVLUE-*`, `RMSDF`).

use crate::Constants;
use serde::{Deserialize, Serialize};

/// One plotted sample, reduced to what charts need. Individuals and counts have no range or deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Observations in it, or items inspected.
    pub size: f64,
    /// Mean of the measurements, or the count.
    pub value: f64,
    pub range: f64,
    /// Sample standard deviation (divisor n - 1).
    pub deviation: f64,
}

impl Observation {
    pub fn single(value: f64) -> Self {
        Self::counted(value, 1.0)
    }

    pub fn counted(count: f64, size: f64) -> Self {
        Self { size, value: count, range: 0.0, deviation: 0.0 }
    }

    /// Nothing if the subgroup is empty.
    pub fn of(subgroup: &[f64]) -> Option<Self> {
        if subgroup.is_empty() {
            return None;
        }
        let low = subgroup.iter().copied().fold(f64::INFINITY, f64::min);
        let high = subgroup.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(Self {
            size: subgroup.len() as f64,
            value: mean(subgroup.iter().copied()),
            range: high - low,
            deviation: deviation(subgroup),
        })
    }

    pub fn n(&self) -> usize {
        self.size as usize
    }
}

/// Sum that carries what rounding loses (Neumaier 1974), so that the mean of equal values is that value.
pub fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0);
    for x in values {
        let next = total + x;
        lost += if total.abs() >= x.abs() { (total - next) + x } else { (x - next) + total };
        total = next;
    }
    if total.is_finite() { total + lost } else { total }
}

/// Arithmetic mean; not a number for no values.
pub fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    sum(values.clone()) / values.count() as f64
}

/// Mean with weights, given as `(weight, value)`.
pub fn weighted_mean(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    sum(pairs.clone().map(|(w, x)| w * x)) / sum(pairs.map(|(w, _)| w))
}

/// Sample standard deviation, 0 for a single value.
pub fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let centre = mean(values.iter().copied());
    (sum(values.iter().map(|x| (x - centre).powi(2))) / (values.len() - 1) as f64).sqrt()
}

pub fn moving_ranges(observations: &[Observation]) -> impl Iterator<Item = f64> + Clone {
    observations.windows(2).map(|pair| (pair[1].value - pair[0].value).abs())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    RBar,
    SBar,
    WeightedR,
    WeightedS,
    Pooled,
    MrBar,
    MedianMr,
    OverallSd,
}

/// One row of the table.
pub struct Row {
    pub estimator: Estimator,
    /// From subgroups, or from individuals.
    pub grouped: bool,
    /// Uses ranges, hence subgroups of at most [`crate::constants::LARGEST_RANGE`].
    pub ranged: bool,
    pub sigma: fn(&[Observation], Constants) -> f64,
}

pub const TABLE: &[Row] = &[
    Row { estimator: Estimator::RBar, grouped: true, ranged: true, sigma: r_bar },
    Row { estimator: Estimator::SBar, grouped: true, ranged: false, sigma: s_bar },
    Row { estimator: Estimator::WeightedR, grouped: true, ranged: true, sigma: weighted_r },
    Row { estimator: Estimator::WeightedS, grouped: true, ranged: false, sigma: weighted_s },
    Row { estimator: Estimator::Pooled, grouped: true, ranged: false, sigma: pooled },
    Row { estimator: Estimator::MrBar, grouped: false, ranged: false, sigma: mr_bar },
    Row { estimator: Estimator::MedianMr, grouped: false, ranged: false, sigma: median_mr },
    Row { estimator: Estimator::OverallSd, grouped: false, ranged: false, sigma: overall_sd },
];

impl Estimator {
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// Process sigma from phase I observations; not a number if they are too few.
    pub fn sigma(self, observations: &[Observation], constants: Constants) -> f64 {
        (self.row().sigma)(observations, constants)
    }
}

/// Subgroups with a spread, that is of two or more.
fn spread(observations: &[Observation]) -> impl Iterator<Item = &Observation> + Clone {
    observations.iter().filter(|o| o.size >= 2.0)
}

fn r_bar(observations: &[Observation], k: Constants) -> f64 {
    mean(spread(observations).map(|o| o.range / k.d2(o.n())))
}

fn s_bar(observations: &[Observation], k: Constants) -> f64 {
    mean(spread(observations).map(|o| o.deviation / k.c4(o.n())))
}

fn weighted_r(observations: &[Observation], k: Constants) -> f64 {
    weighted_mean(spread(observations).map(|o| {
        let (d2, d3) = (k.d2(o.n()), k.d3(o.n()));
        ((d2 / d3).powi(2), o.range / d2)
    }))
}

fn weighted_s(observations: &[Observation], k: Constants) -> f64 {
    weighted_mean(spread(observations).map(|o| {
        let c4 = k.c4(o.n());
        (c4 * c4 / (1.0 - c4 * c4), o.deviation / c4)
    }))
}

fn pooled(observations: &[Observation], k: Constants) -> f64 {
    let df = sum(spread(observations).map(|o| o.size - 1.0));
    let squares = sum(spread(observations).map(|o| (o.size - 1.0) * o.deviation.powi(2)));
    (squares / df).sqrt() / k.c4(df as usize + 1)
}

fn mr_bar(observations: &[Observation], k: Constants) -> f64 {
    mean(moving_ranges(observations)) / k.d2(2)
}

/// Divisor 0.954: the median of the range of two standard normals, as in JMP.
fn median_mr(observations: &[Observation], _: Constants) -> f64 {
    let mut ranges: Vec<f64> = moving_ranges(observations).collect();
    ranges.sort_by(f64::total_cmp);
    let half = ranges.len() / 2;
    match ranges.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => ranges[half] / 0.954,
        _ => 0.5 * (ranges[half - 1] + ranges[half]) / 0.954,
    }
}

fn overall_sd(observations: &[Observation], k: Constants) -> f64 {
    let values: Vec<f64> = observations.iter().map(|o| o.value).collect();
    deviation(&values) / k.c4(values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Vec<Observation> {
        [[1.0, 3.0].as_slice(), &[2.0, 2.0, 5.0], &[7.0]].iter().filter_map(|g| Observation::of(g)).collect()
    }

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-12 * want.abs().max(1.0), "got {got}, want {want}");
    }

    #[test]
    fn every_estimator_stands_at_its_own_row() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.estimator as usize, at);
        }
    }

    #[test]
    fn subgroups_of_one_say_nothing_about_spread() {
        let k = Constants::Full;
        near(Estimator::RBar.sigma(&groups(), k), (2.0 / k.d2(2) + 3.0 / k.d2(3)) / 2.0);
        near(Estimator::SBar.sigma(&groups(), k), (2_f64.sqrt() / k.c4(2) + 3_f64.sqrt() / k.c4(3)) / 2.0);
        near(Estimator::Pooled.sigma(&groups(), k), (8.0_f64 / 3.0).sqrt() / k.c4(4));
    }

    #[test]
    fn weighted_estimators_weigh_by_inverse_variance() {
        let k = Constants::Full;
        let w = [(k.d2(2) / k.d3(2)).powi(2), (k.d2(3) / k.d3(3)).powi(2)];
        let want = (w[0] * 2.0 / k.d2(2) + w[1] * 3.0 / k.d2(3)) / (w[0] + w[1]);
        near(Estimator::WeightedR.sigma(&groups(), k), want);
        let v = [2, 3].map(|n| k.c4(n).powi(2) / (1.0 - k.c4(n).powi(2)));
        let want = (v[0] * 2_f64.sqrt() / k.c4(2) + v[1] * 3_f64.sqrt() / k.c4(3)) / (v[0] + v[1]);
        near(Estimator::WeightedS.sigma(&groups(), k), want);
    }

    #[test]
    fn individuals_are_estimated_from_moving_ranges_or_overall() {
        let values = [1.0, 2.0, 4.0, 7.0, 11.0].map(Observation::single);
        near(Estimator::MrBar.sigma(&values, Constants::Full), 2.5 / Constants::Full.d2(2));
        near(Estimator::MedianMr.sigma(&values, Constants::Full), 2.5 / 0.954);
        near(Estimator::MedianMr.sigma(&values[..4], Constants::Full), 2.0 / 0.954);
        near(Estimator::OverallSd.sigma(&values, Constants::Full), 16.5_f64.sqrt() / Constants::Full.c4(5));
    }

    #[test]
    fn nothing_comes_of_too_few_points() {
        for row in TABLE {
            assert!((row.sigma)(&[], Constants::Full).is_nan(), "{:?}", row.estimator);
        }
    }

    #[test]
    fn the_mean_of_equal_values_is_that_value() {
        assert_eq!(mean([0.1; 25].into_iter()), 0.1);
        assert_eq!(sum([1e16, 1.0, -1e16].into_iter()), 1.0);
    }
}
