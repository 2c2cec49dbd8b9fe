//! Special functions the statistics need: gamma, incomplete gamma, normal and chi-squared.
//!
//! Formulas: NIST Digital Library of Mathematical Functions, chapters 5, 7 and 8, <https://dlmf.nist.gov>.

mod beta;

pub use beta::{beta_i, beta_quantile, f_quantile};

use std::f64::consts::{PI, SQRT_2};

/// Natural logarithm of the gamma function for `x > 0` (DLMF 5.11.1, after shifting `x` above 15).
pub fn ln_gamma(x: f64) -> f64 {
    const BERNOULLI: [f64; 7] =
        [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];
    let mut shifted = x;
    let mut product = 1.0;
    while shifted < 15.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = BERNOULLI.iter().rev().fold(0.0, |sum, b| sum * square + b) * inverse;
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * (2.0 * PI).ln() + series - product.ln()
}

/// `x^a e^-x / Gamma(a)`, the common factor of both expansions below.
fn gamma_factor(a: f64, x: f64) -> f64 {
    (a * x.ln() - x - ln_gamma(a)).exp()
}

/// Regularised lower incomplete gamma by its power series (DLMF 8.11.4); good for `x < a + 1`.
fn gamma_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut n = a;
    for _ in 0..100_000 {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum * gamma_factor(a, x)
}

/// Regularised upper incomplete gamma by its continued fraction (DLMF 8.9.2, Lentz); good for `x >= a + 1`.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    for i in 1..100_000 {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = numerator * d + b;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = b + numerator / c;
        c = if c.abs() < TINY { TINY } else { c };
        let step = c * d;
        value *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value * gamma_factor(a, x)
}

/// Regularised lower incomplete gamma `P(a, x)`.
pub fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        gamma_series(a, x)
    } else {
        1.0 - gamma_fraction(a, x)
    }
}

/// Regularised upper incomplete gamma `Q(a, x) = 1 - P(a, x)`, exact in the far tail.
pub fn gamma_q(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

/// Standard normal distribution function (DLMF 7.11.2 by way of the incomplete gamma).
pub fn normal_cdf(z: f64) -> f64 {
    let tail = 0.5 * gamma_q(0.5, 0.5 * z * z);
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// `1 - normal_cdf(z)`, without losing the digits of a small tail.
pub fn normal_tail(z: f64) -> f64 {
    normal_cdf(-z)
}

/// Quantile of the standard normal for `0 < p < 1`; infinite at 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() || p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    // Any start left of the root converges; this one (leading term of DLMF 7.17.6) needs few steps.
    let t = (-2.0 * p.ln()).sqrt();
    let mut z = if p == 0.5 { 0.0 } else { -t + (t.max(1.0)).ln() / t.max(1.0) };
    for _ in 0..60 {
        let density = (-0.5 * z * z).exp() / (SQRT_2 * PI.sqrt());
        let newton = (normal_cdf(z) - p) / density;
        let step = newton / (1.0 + 0.5 * z * newton).max(0.5);
        z -= step;
        if step.abs() < 1e-15 * z.abs().max(1e-3) {
            break;
        }
    }
    z
}

/// Quantile of chi-squared with `df > 0` degrees of freedom, for `0 < p < 1`.
///
/// Newton steps on the incomplete gamma, kept inside a bracket that shrinks by halving.
pub fn chi2_quantile(p: f64, df: f64) -> f64 {
    if p <= 0.0 || df <= 0.0 {
        return 0.0;
    }
    let a = 0.5 * df;
    let error = |x: f64| if p < 0.5 { gamma_p(a, x) - p } else { (1.0 - p) - gamma_q(a, x) };
    let (mut low, mut high) = (0.0, a.max(1.0));
    while error(high) < 0.0 && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    let mut x = wilson_hilferty(p, df).clamp(low, high);
    for _ in 0..200 {
        let e = error(x);
        if e < 0.0 {
            low = x
        } else {
            high = x
        }
        let slope = gamma_factor(a, x) / x;
        let newton = x - e / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 4e-16 * x {
            return 2.0 * next;
        }
        x = next;
    }
    2.0 * x
}

/// Half of Wilson and Hilferty's (1931) approximate chi-squared quantile: the start of the search.
fn wilson_hilferty(p: f64, df: f64) -> f64 {
    let v = 2.0 / (9.0 * df);
    0.5 * df * (1.0 - v + normal_quantile(p) * v.sqrt()).powi(3).max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64, relative: f64) {
        assert!((got - want).abs() <= relative * want.abs().max(1e-300), "got {got}, want {want}");
    }

    #[test]
    fn gamma_meets_factorials_and_halves() {
        near(ln_gamma(11.0), 3_628_800_f64.ln(), 1e-15);
        near(ln_gamma(0.5), 0.5 * PI.ln(), 1e-14);
        near(ln_gamma(1e-3), 6.907_178_885_383_854, 1e-14);
    }

    #[test]
    fn normal_tails_keep_their_digits() {
        // Abramowitz and Stegun, table 26.1 and 26.2.
        near(normal_cdf(1.0), 0.841_344_746_068_543, 1e-14);
        near(normal_cdf(-3.0), 0.001_349_898_031_630_09, 1e-13);
        near(normal_tail(10.0), 7.619_853_024_160_5e-24, 1e-12);
        assert_eq!(normal_cdf(0.0), 0.5);
    }

    #[test]
    fn normal_quantile_inverts_the_distribution() {
        near(normal_quantile(0.975), 1.959_963_984_540_054, 1e-14);
        near(normal_quantile(0.95), 1.644_853_626_951_472_7, 1e-14);
        for p in [1e-300, 1e-20, 1e-6, 0.01, 0.2, 0.4999, 0.5] {
            near(normal_cdf(normal_quantile(p)), p, 1e-11);
        }
        assert_eq!(normal_quantile(0.75), -normal_quantile(0.25));
        assert_eq!([0.0, 1.0].map(normal_quantile), [f64::NEG_INFINITY, f64::INFINITY]);
    }

    #[test]
    fn chi_squared_quantiles_meet_the_tables() {
        // NIST e-Handbook 1.3.6.7.4 (three decimals) and closed forms for 2 degrees of freedom.
        assert_eq!((chi2_quantile(0.95, 1.0) * 1e3).round(), 3841.0);
        assert_eq!((chi2_quantile(0.975, 10.0) * 1e3).round(), 20483.0);
        assert_eq!((chi2_quantile(0.025, 10.0) * 1e3).round(), 3247.0);
        assert_eq!((chi2_quantile(0.95, 100.0) * 1e3).round(), 124_342.0);
        for p in [1e-9, 0.025, 0.5, 0.975, 0.999_999] {
            near(chi2_quantile(p, 2.0), -2.0 * (-p).ln_1p(), 1e-12);
        }
    }

    #[test]
    fn chi_squared_quantile_inverts_for_fractional_and_huge_degrees() {
        for df in [0.3, 1.7, 99.5, 12_345.6, 1e6] {
            for p in [0.001, 0.025, 0.5, 0.975, 0.999] {
                near(gamma_p(0.5 * df, 0.5 * chi2_quantile(p, df)), p, 1e-9);
            }
        }
    }
}
