//! Mean kinetic temperature: the one temperature that would have done as much harm as all that were met.
//! J. D. Haynes, "Worldwide virtual temperatures for product stability testing", J. Pharm. Sci. 60 (1971) 927; USP <1079.2>.

/// The heat of activation by convention (83.144 kJ/mol), over the gas constant (8.3144 J/(mol K)), in kelvins.
const ACTIVATION_K: f64 = 83.144 / 0.008_314_4;
const ZERO_CELSIUS_K: f64 = 273.15;

/// Of temperatures in degrees Celsius, each with a weight: the time it lasted. Nothing without any weight.
pub fn mean(weighted: &[(f64, f64)]) -> Option<f64> {
    let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let harm = |celsius: f64| (-ACTIVATION_K / (celsius + ZERO_CELSIUS_K)).exp();
    let sum: f64 = weighted.iter().map(|(celsius, weight)| weight * harm(*celsius)).sum();
    Some(ACTIVATION_K / -(sum / total).ln() - ZERO_CELSIUS_K).filter(|mean| mean.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example published with the function `mkt` for PostgreSQL, <https://github.com/zelti/mkt>.
    #[test]
    fn a_week_of_readings_gives_the_published_mean() {
        let week = [2.0, 2.0, 5.0, 8.0, 8.0, 8.0, 8.0].map(|celsius| (celsius, 1.0));
        assert!((mean(&week).unwrap() - 6.25).abs() < 0.005);
    }

    #[test]
    fn what_never_changes_is_its_own_mean_and_heat_weighs_more_than_cold() {
        assert!((mean(&[(25.0, 3.0), (25.0, 1.0)]).unwrap() - 25.0).abs() < 1e-9);
        assert!(mean(&[(20.0, 1.0), (30.0, 1.0)]).unwrap() > 25.0);
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[(5.0, 0.0)]), None);
    }
}
