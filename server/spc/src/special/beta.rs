//! The beta distribution: incomplete beta function and quantile (DLMF 8.17), and F by it.

use super::ln_gamma;

/// Regularised incomplete beta function `I_x(a, b)` for `a, b > 0`.
pub fn beta_i(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges quickly left of the mean only; on the other side the symmetry 8.17.4 serves.
    if x > (a + 1.0) / (a + b + 2.0) { 1.0 - lower(1.0 - x, b, a) } else { lower(x, a, b) }
}

fn lower(x: f64, a: f64, b: f64) -> f64 {
    let front = a * x.ln() + b * (-x).ln_1p() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    front.exp() / a / fraction(x, a, b)
}

/// The continued fraction of DLMF 8.17.22, evaluated by Lentz's method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let kept = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut value, mut c, mut d) = (1.0_f64, 1.0_f64, 0.0_f64);
    for step in 1..10_000 {
        let m = f64::from(step / 2);
        let term = if step % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        d = 1.0 / kept(1.0 + term * d);
        c = kept(1.0 + term / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The `x` with `I_x(a, b) = p`, by halving: the function is monotone, and 60 halvings leave nothing to find.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if beta_i(middle, a, b) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Quantile of F with `n` and `d` degrees of freedom (DLMF 8.17 with x = n F / (n F + d)).
pub fn f_quantile(p: f64, n: f64, d: f64) -> f64 {
    // From the upper tail, whose digits 1 - x would lose.
    let rest = beta_quantile(1.0 - p, 0.5 * d, 0.5 * n);
    d * (1.0 - rest) / (n * rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64, relative: f64) {
        assert!((got - want).abs() <= relative * want.abs(), "got {got}, want {want}");
    }

    #[test]
    fn the_incomplete_beta_meets_its_closed_forms() {
        for x in [0.01, 0.3, 0.5, 0.77, 0.999] {
            near(beta_i(x, 1.0, 1.0), x, 1e-14);
            near(beta_i(x, 3.0, 1.0), x * x * x, 1e-13);
            near(beta_i(x, 1.0, 4.0), 1.0 - (1.0 - x).powi(4), 1e-13);
            near(beta_i(x, 0.5, 0.5), 2.0 / std::f64::consts::PI * x.sqrt().asin(), 1e-12);
        }
        assert_eq!((beta_i(-1.0, 2.0, 3.0), beta_i(1.0, 2.0, 3.0)), (0.0, 1.0));
    }

    /// NIST/SEMATECH e-Handbook 1.3.6.7.3, upper critical values of F (three decimals).
    #[test]
    fn f_quantiles_meet_the_tables() {
        for (p, n, d, want) in [
            (0.95, 1.0, 1.0, 161.448),
            (0.95, 2.0, 10.0, 4.103),
            (0.95, 5.0, 20.0, 2.711),
            (0.99, 3.0, 15.0, 5.417),
            (0.90, 10.0, 10.0, 2.323),
        ] {
            assert!((f_quantile(p, n, d) - want).abs() < 0.0005001, "F({n},{d}) at {p}: {}", f_quantile(p, n, d));
        }
    }

    #[test]
    fn the_quantile_inverts_the_function() {
        for (a, b) in [(0.5, 0.5), (1.5, 20.0), (40.0, 3.0)] {
            for p in [1e-6, 0.01, 0.5, 0.9973] {
                near(beta_i(beta_quantile(p, a, b), a, b), p, 1e-9);
            }
        }
    }
}
