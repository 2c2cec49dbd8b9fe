//! The constants d2, d3 and c4 of control charts, at full precision or rounded as published tables are.
//!
//! Definitions: NIST/SEMATECH e-Handbook 6.3.2.1, <https://www.itl.nist.gov/div898/handbook/pmc/section3/pmc321.htm>.
//! The table below was integrated numerically at double precision; the tests integrate it again.

use serde::{Deserialize, Serialize};
use std::f64::consts::FRAC_2_SQRT_PI;

/// Largest subgroup whose range is used; above it the range wastes too much of the data (use `xbar-s`).
pub const LARGEST_RANGE: usize = 25;

/// Which digits of the constants a chart uses; every result states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Constants {
    #[default]
    Full,
    /// d2 to 3 decimals and the peer's own d3, for tie-out with R's qcc 2.7 and with textbooks.
    Table,
}

/// `[d2, d3, c4]` for subgroups of 2, 3, ... 25.
const FULL: [[f64; 3]; 24] = [
    [FRAC_2_SQRT_PI, 0.852_502_466_427_422_1, 0.797_884_560_802_865_5],
    [1.692_568_750_643_269, 0.888_368_004_045_204_6, 0.886_226_925_452_758],
    [2.058_750_746_007_928, 0.879_808_202_824_984_2, 0.921_317_731_923_561_3],
    [2.325_928_947_281_039, 0.864_081_941_099_505_2, 0.939_985_602_986_625_4],
    [2.534_412_721_222_942_4, 0.848_039_686_117_497, 0.951_532_861_948_144_5],
    [2.704_356_751_213_808_7, 0.833_205_335_622_294_5, 0.959_368_788_699_832_8],
    [2.847_200_612_090_555_5, 0.819_831_489_791_945_3, 0.965_030_456_147_372],
    [2.970_026_324_418_473_7, 0.807_834_274_553_324, 0.969_310_699_713_953_9],
    [3.077_505_461_670_345_4, 0.797_050_673_519_412_9, 0.972_659_274_121_588_4],
    [3.172_872_703_816, 0.787_314_620_550_330_4, 0.975_350_077_145_229_1],
    [3.258_455_279_743_825_5, 0.778_478_341_203_386_3, 0.977_559_351_854_772_2],
    [3.335_980_354_098_255, 0.770_416_202_063_755_3, 0.979_405_604_314_217_9],
    [3.406_763_108_199_952_8, 0.763_023_095_624_792_6, 0.980_971_436_755_516_2],
    [3.471_826_889_882_074_8, 0.756_211_429_727_944, 0.982_316_177_162_650_4],
    [3.531_982_786_109_575_4, 0.749_908_089_409_918_9, 0.983_483_531_615_841_2],
    [3.587_883_961_765_381_3, 0.744_051_783_960_733_7, 0.984_506_405_471_831_7],
    [3.640_063_757_937_444, 0.738_590_853_378_179_9, 0.985_410_043_808_079_1],
    [3.688_963_023_207_649, 0.733_481_495_518_871, 0.986_214_136_860_193_7],
    [3.734_950_119_596_640_6, 0.728_686_345_707_307, 0.986_934_267_524_655_2],
    [3.778_335_829_842_620_6, 0.724_173_340_717_500_6, 0.987_582_928_826_156_2],
    [3.819_384_643_362_832_2, 0.719_914_808_434_225, 0.988_170_253_315_831_1],
    [3.858_323_423_285_006_5, 0.715_886_735_491_815_4, 0.988_704_545_233_999],
    [3.895_348_148_451_356, 0.712_068_175_147_939, 0.989_192_674_958_504_8],
    [3.930_629_219_507_112_6, 0.708_440_765_888_657_6, 0.989_640_375_585_703],
];

/// d3 for n = 2..10 in table mode: the digits R's qcc 2.7 works with, which err in the 5th or 6th decimal.
const TABLE_D3: [f64; 9] = [
    0.852_503_3,
    0.888_369_7,
    0.879_810_8,
    0.864_085_5,
    0.848_044_2,
    0.833_210_8,
    0.819_837_8,
    0.807_841_3,
    0.797_058_4,
];

impl Constants {
    /// Mean range of `n` standard normals; not a number unless `2 <= n <= 25`.
    pub fn d2(self, n: usize) -> f64 {
        match self {
            Self::Full => full(n, 0),
            Self::Table => (full(n, 0) * 1e3).round() / 1e3,
        }
    }

    /// Standard deviation of the range of `n` standard normals; not a number unless `2 <= n <= 25`.
    pub fn d3(self, n: usize) -> f64 {
        match self {
            Self::Table if (2..=10).contains(&n) => TABLE_D3[n - 2],
            _ => full(n, 1),
        }
    }

    /// Mean standard deviation of `n` standard normals, the same in both modes; not a number below 2.
    pub fn c4(self, n: usize) -> f64 {
        match n {
            0 | 1 => f64::NAN,
            2..=LARGEST_RANGE => full(n, 2),
            26..=400 => (LARGEST_RANGE..n).fold(full(LARGEST_RANGE, 2), c4_next),
            _ => c4_asymptotic(n),
        }
    }
}

fn full(n: usize, column: usize) -> f64 {
    n.checked_sub(2).and_then(|row| FULL.get(row)).map_or(f64::NAN, |row| row[column])
}

/// From `Gamma((n+1)/2) = (n-1)/2 Gamma((n-1)/2)`: c4(n) c4(n+1) = sqrt((n-1)/n).
fn c4_next(c4: f64, n: usize) -> f64 {
    let n = n as f64;
    ((n - 1.0) / n).sqrt() / c4
}

/// Expansion of the ratio of gammas in 1/(n-1), DLMF 5.11.13; exact to a double above 400.
fn c4_asymptotic(n: usize) -> f64 {
    let v = 1.0 / (n as f64 - 1.0);
    1.0 + v * (-1.0 / 4.0 + v * (1.0 / 32.0 + v * (5.0 / 128.0 + v * (-21.0 / 2048.0 - v * 399.0 / 8192.0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::{ln_gamma, normal_cdf};
    use std::f64::consts::PI;

    const STEP: f64 = 0.1;

    /// d2 by the trapezoid rule, which converges exponentially for an integrand that dies like a normal tail.
    fn integrate_d2(n: i32) -> f64 {
        let terms = (-100..=100).map(|i| f64::from(i) * STEP).map(|x| {
            let (below, above) = (normal_cdf(x), normal_cdf(-x));
            1.0 - below.powi(n) - above.powi(n)
        });
        terms.sum::<f64>() * STEP
    }

    fn normal_density(x: f64) -> f64 {
        (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
    }

    /// Places and weights from 0 to 16 by Gauss and Legendre's rule of five points.
    fn gauss() -> impl Iterator<Item = (f64, f64)> {
        const HALF: f64 = 0.2;
        let node = |sign: f64| (5.0 + sign * 2.0 * (10.0_f64 / 7.0).sqrt()).sqrt() / 3.0;
        let weight = |sign: f64| (322.0 - sign * 13.0 * 70_f64.sqrt()) / 900.0;
        let (outer, inner) = ((node(1.0), weight(1.0)), (node(-1.0), weight(-1.0)));
        let rule = [(0.0, 128.0 / 225.0), inner, (-inner.0, inner.1), outer, (-outer.0, outer.1)];
        (0..40).flat_map(move |panel| {
            let middle = HALF * f64::from(2 * panel + 1);
            rule.map(|(x, w)| (middle + HALF * x, HALF * w))
        })
    }

    /// Second moment of the range for each n, from its density n(n-1) Int phi(x) phi(x+r) (Phi(x+r)-Phi(x))^(n-2) dx.
    fn second_moments() -> Vec<f64> {
        let mut moments = vec![0.0; 24];
        for (r, weight) in gauss() {
            for i in -100..=100 {
                let x = f64::from(i) * STEP - r / 2.0;
                let joint = normal_density(x) * normal_density(x + r) * STEP;
                let between = normal_cdf(x + r) - normal_cdf(x);
                for (row, moment) in moments.iter_mut().enumerate() {
                    let n = row as f64 + 2.0;
                    *moment += weight * r * r * n * (n - 1.0) * joint * between.powi(row as i32);
                }
            }
        }
        moments
    }

    #[test]
    fn d2_and_d3_are_what_integration_gives() {
        for (row, second) in second_moments().into_iter().enumerate() {
            let n = row + 2;
            let d2 = integrate_d2(n as i32);
            assert!((Constants::Full.d2(n) - d2).abs() < 1e-13, "d2({n}) = {d2}");
            let d3 = (second - d2 * d2).sqrt();
            assert!((Constants::Full.d3(n) - d3).abs() < 1e-12, "d3({n}) = {d3}");
        }
    }

    #[test]
    fn d2_and_d3_of_two_have_closed_forms() {
        assert!((Constants::Full.d2(2) - 2.0 / PI.sqrt()).abs() < 1e-15);
        assert!((Constants::Full.d3(2) - (2.0 - 4.0 / PI).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn c4_is_the_ratio_of_gammas_at_every_size() {
        for n in (2..=2000).chain([100_000]) {
            let half = n as f64 / 2.0;
            let ratio = (2.0 / (n as f64 - 1.0)).sqrt() * (ln_gamma(half) - ln_gamma(half - 0.5)).exp();
            let c4 = Constants::Full.c4(n);
            assert!((c4 - ratio).abs() < 4e-15 * (n as f64 + 20.0), "c4({n}) = {c4}, {ratio}");
        }
        assert!((Constants::Full.c4(401) - c4_next(Constants::Full.c4(400), 400)).abs() < 1e-14);
    }

    #[test]
    fn derived_factors_meet_the_published_table() {
        // R SixSigma vignette "ShewhartConstants": A2, D4, A3, B4 for n = 5, D3 and B3 for n = 10.
        let k = Constants::Full;
        let root = 5_f64.sqrt();
        let got = [3.0 / (k.d2(5) * root), 1.0 + 3.0 * k.d3(5) / k.d2(5), 3.0 / (k.c4(5) * root)];
        assert_eq!(got.map(|x| (x * 1e4).round()), [5768.0, 21145.0, 14273.0]);
        assert_eq!(((1.0 - 3.0 * k.d3(10) / k.d2(10)) * 1e4).round(), 2230.0);
    }

    #[test]
    fn table_mode_has_the_rounded_digits_of_its_peer() {
        let d2: Vec<f64> = (2..=10).map(|n| Constants::Table.d2(n)).collect();
        assert_eq!(d2, [1.128, 1.693, 2.059, 2.326, 2.534, 2.704, 2.847, 2.970, 3.078]);
        assert_eq!(Constants::Table.d3(5), 0.864_085_5);
        assert_eq!(Constants::Table.c4(5), Constants::Full.c4(5));
    }

    #[test]
    fn sizes_without_a_constant_give_no_number() {
        assert!(Constants::Full.d2(1).is_nan() && Constants::Full.d2(26).is_nan());
        assert!(Constants::Full.d3(0).is_nan() && Constants::Full.c4(1).is_nan());
    }
}
