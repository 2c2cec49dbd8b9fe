//! Hotelling's T2: several properties judged as one, as they move together.
//!
//! A vector's T2 is its distance from the mean of phase I, measured by the covariance of phase I. Limits for single
//! vectors: in phase I the beta distribution, in phase II the F distribution (Tracy, Young, Mason, "Multivariate
//! Control Charts for Individual Observations", Journal of Quality Technology 24 (1992), 88-95). Which property is to
//! blame: what T2 loses without it (Mason, Tracy, Young, JQT 27 (1995), 99-108; Runger, Alt, Montgomery 1996).

use crate::special::{beta_quantile, f_quantile};
use serde::Serialize;
use theriac_core::{Code, Error, Result};

/// Chance of a false alarm at a point, that of three sigma on one property.
pub const ALPHA: f64 = 0.0027;

/// What phase I says of the process.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Model {
    pub mean: Vec<f64>,
    /// Rows of the sample covariance (divisor m - 1).
    pub covariance: Vec<Vec<f64>>,
    /// Vectors in phase I, `m`.
    pub vectors: usize,
    /// Lower triangle with `L L' = covariance`.
    #[serde(skip)]
    factor: Vec<Vec<f64>>,
}

impl Model {
    /// # Errors
    /// `Unprocessable` if the vectors are too few, or some property follows from the others.
    pub fn of(vectors: &[Vec<f64>]) -> Result<Self> {
        let (m, p) = (vectors.len(), vectors.first().map_or(0, Vec::len));
        if p < 2 || m < p + 2 {
            let message =
                format!("phase I has {m} whole vectors of {p}; T2 of {p} properties needs {} at least", p + 2);
            return Err(Error::new(Code::Unprocessable, message));
        }
        let mean = (0..p).map(|i| crate::estimate::mean(vectors.iter().map(move |v| v[i]))).collect::<Vec<_>>();
        let entry = |i: usize, j: usize| {
            let products = vectors.iter().map(|v| (v[i] - mean[i]) * (v[j] - mean[j]));
            crate::estimate::sum(products) / (m - 1) as f64
        };
        let covariance = (0..p).map(|i| (0..p).map(|j| entry(i, j)).collect()).collect();
        Self::new(mean, covariance, m)
    }

    /// The model of a known mean and covariance.
    ///
    /// # Errors
    /// `Unprocessable` if the covariance is not positive definite.
    pub fn new(mean: Vec<f64>, covariance: Vec<Vec<f64>>, vectors: usize) -> Result<Self> {
        let all: Vec<usize> = (0..mean.len()).collect();
        let factor = cholesky(&covariance, &all).map_err(|place| {
            let message = format!(
                "property {} of the chart does not vary, or follows from the others: leave it out of the chart",
                place + 1
            );
            Error::new(Code::Unprocessable, message)
        })?;
        Ok(Self { mean, covariance, vectors, factor })
    }

    pub fn t2(&self, vector: &[f64]) -> f64 {
        let difference: Vec<f64> = vector.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        distance(&self.factor, &difference)
    }

    /// What T2 loses without each property.
    pub fn contributions(&self, vector: &[f64]) -> Vec<f64> {
        let whole = self.t2(vector);
        (0..self.mean.len()).map(|left_out| whole - self.t2_without(left_out, vector)).collect()
    }

    fn t2_without(&self, left_out: usize, vector: &[f64]) -> f64 {
        let kept: Vec<usize> = (0..self.mean.len()).filter(|i| *i != left_out).collect();
        let difference: Vec<f64> = kept.iter().map(|i| vector[*i] - self.mean[*i]).collect();
        // A part of a positive definite matrix is one, too.
        cholesky(&self.covariance, &kept).map_or(f64::NAN, |factor| distance(&factor, &difference))
    }

    /// For the vectors the model was made of.
    pub fn phase1_limit(&self, alpha: f64) -> f64 {
        let (m, p) = (self.vectors as f64, self.mean.len() as f64);
        (m - 1.0).powi(2) / m * beta_quantile(1.0 - alpha, p / 2.0, (m - p - 1.0) / 2.0)
    }

    /// For the vectors that follow.
    pub fn phase2_limit(&self, alpha: f64) -> f64 {
        let (m, p) = (self.vectors as f64, self.mean.len() as f64);
        p * (m + 1.0) * (m - 1.0) / (m * (m - p)) * f_quantile(1.0 - alpha, p, m - p)
    }
}

/// The factor of the rows and columns that are kept; where there is none, the place at which it fails.
fn cholesky(matrix: &[Vec<f64>], kept: &[usize]) -> std::result::Result<Vec<Vec<f64>>, usize> {
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(kept.len());
    for (i, row) in kept.iter().enumerate() {
        let mut line: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, column) in kept[..i].iter().enumerate() {
            let dot: f64 = line.iter().zip(&factor[j]).map(|(a, b)| a * b).sum();
            line.push((matrix[*row][*column] - dot) / factor[j][j]);
        }
        let rest = matrix[*row][*row] - line.iter().map(|v| v * v).sum::<f64>();
        // What is left of the variance when the others are known; rounding leaves a trace of nothing.
        if !rest.is_finite() || rest <= 1e-12 * matrix[*row][*row] {
            return Err(*row);
        }
        line.push(rest.sqrt());
        factor.push(line);
    }
    Ok(factor)
}

/// `|y|^2` with `L y = difference`.
fn distance(factor: &[Vec<f64>], difference: &[f64]) -> f64 {
    let mut solved: Vec<f64> = Vec::with_capacity(factor.len());
    for (line, value) in factor.iter().zip(difference) {
        let dot: f64 = line.iter().zip(&solved).map(|(a, b)| a * b).sum();
        solved.push((value - dot) / line[solved.len()]);
    }
    solved.iter().map(|v| v * v).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "got {got}, want {want}");
    }

    /// Correlation 0.6, unit variances: T2 by hand is (x^2 - 1.2 x y + y^2) / 0.64.
    fn pair() -> Model {
        Model::new(vec![10.0, 20.0], vec![vec![1.0, 0.6], vec![0.6, 1.0]], 30).unwrap()
    }

    #[test]
    fn t2_is_the_distance_that_the_covariance_measures() {
        for (x, y) in [(0.0, 0.0), (1.0, 1.0), (1.0, -1.0), (-2.0, 0.5)] {
            near(pair().t2(&[10.0 + x, 20.0 + y]), (x * x - 1.2 * x * y + y * y) / 0.64);
        }
    }

    #[test]
    fn a_contribution_is_what_t2_loses_without_the_property() {
        let (x, y) = (2.0, -1.0);
        let contributions = pair().contributions(&[10.0 + x, 20.0 + y]);
        let whole = pair().t2(&[10.0 + x, 20.0 + y]);
        near(contributions[0], whole - y * y);
        near(contributions[1], whole - x * x);
    }

    #[test]
    fn mean_and_covariance_are_those_of_the_sample() {
        let vectors = [[1.0, 2.0], [2.0, 1.0], [3.0, 5.0], [4.0, 4.0]].map(|v| v.to_vec());
        let model = Model::of(&vectors).unwrap();
        assert_eq!(model.mean, [2.5, 3.0]);
        near(model.covariance[0][0], 5.0 / 3.0);
        near(model.covariance[0][1], 5.0 / 3.0);
        near(model.covariance[1][1], 10.0 / 3.0);
        // In phase I the T2 of all vectors add up to (m - 1) p.
        near(vectors.iter().map(|v| model.t2(v)).sum(), 6.0);
    }

    #[test]
    fn properties_that_follow_from_others_are_refused_by_place() {
        let lines: Vec<Vec<f64>> =
            (0..9).map(|i| vec![f64::from(i), f64::from(i * i), 2.0 * f64::from(i) + 1.0]).collect();
        let error = Model::of(&lines).unwrap_err();
        assert!(error.message.contains("property 3"), "{error}");
        let flat: Vec<Vec<f64>> = (0..9).map(|i| vec![f64::from(i), 7.0]).collect();
        assert!(Model::of(&flat).unwrap_err().message.contains("property 2"));
        assert!(Model::of(&flat[..3]).unwrap_err().message.contains("needs 4"));
    }

    #[test]
    fn limits_come_near_the_chi_squared_of_a_large_phase_one() {
        let model = Model { vectors: 1_000_000, ..pair() };
        let limit = -2.0 * ALPHA.ln();
        assert!((model.phase1_limit(ALPHA) - limit).abs() < 1e-3);
        assert!((model.phase2_limit(ALPHA) - limit).abs() < 1e-3);
        assert!(pair().phase1_limit(ALPHA) < limit && pair().phase2_limit(ALPHA) > limit);
    }
}
