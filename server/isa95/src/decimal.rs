//! Values that were written as decimals, as whole numbers of 10^-places. Only a value that comes back with the same
//! bits counts: -0.0 and 0.1+0.2 do not.

use crate::reading::POWERS;

/// Most places that are tried; sensors do not have more.
pub(crate) const PLACES_MAX: u8 = 12;

const EXACT: u64 = 1 << 53;

/// `value` in units of 10^-places, if that is exact.
pub(crate) fn mantissa(value: f64, places: u8) -> Option<i64> {
    let scaled = value * POWERS[usize::from(places)];
    // The cast saturates; a wrong guess of half a unit is caught by the comparison.
    let whole = (scaled + 0.5f64.copysign(scaled)) as i64;
    (whole.unsigned_abs() < EXACT && value_of(whole, places).to_bits() == value.to_bits()).then_some(whole)
}

/// The inverse of [`mantissa`]; `places` must not be above [`PLACES_MAX`].
pub(crate) fn value_of(mantissa: i64, places: u8) -> f64 {
    mantissa as f64 / POWERS[usize::from(places)]
}

/// Fewest places, from `least` on, with which the value is exact.
pub(crate) fn places(value: f64, least: u8) -> Option<u8> {
    (least..=PLACES_MAX).find(|places| mantissa(value, *places).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_the_places_a_decimal_was_written_with() {
        let cases = [(21.0, Some(0)), (21.5, Some(1)), (-0.125, Some(3)), (1e-12, Some(12)), (0.0, Some(0))];
        for (value, expected) in cases {
            assert_eq!(places(value, 0), expected, "{value}");
        }
        for value in [-0.0, 0.1 + 0.2, 1.0 / 3.0, 1e300, 1e-13, f64::NAN, f64::INFINITY] {
            assert_eq!(places(value, 0), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_mantissa_gives_back_the_same_bits(bits in any::<u64>(), places in 0..=PLACES_MAX) {
            let value = f64::from_bits(bits);
            if let Some(whole) = mantissa(value, places) {
                prop_assert_eq!(value_of(whole, places).to_bits(), bits);
            }
        }

        #[test]
        fn every_short_decimal_has_one(whole in -1_000_000_000_000i64..1_000_000_000_000, places in 0u8..=9) {
            prop_assert_eq!(mantissa(value_of(whole, places), places), Some(whole));
        }
    }
}
