//! A decimal number of any magnitude: 28 significant digits and a power of ten. Factors of units need it (`[m_e]` is
//! 9.1e-28 g), and so do canonical values (one mole is 6.0e23).

use octofhir_ucum::Number;
use rust_decimal::Decimal;
use std::fmt;

/// Digits and a power of ten; two that are equal as numbers are equal (`1.0` and `1.00`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(pub(crate) Number);

impl Exact {
    /// As JSON and FHIR write a decimal: `-1.50`, `1e-7`. Digits after the 28th significant one are rounded.
    pub fn parse(text: &str) -> Option<Self> {
        (!text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace))
            .then(|| Number::parse(text).map(Self))
            .flatten()
    }

    pub fn from_f64(value: f64) -> Option<Self> {
        Number::from_f64(value).map(Self)
    }

    pub fn to_f64(self) -> f64 {
        self.0.to_f64()
    }

    /// Nothing if it is outside the range of [`Decimal`] (about 7.9e28), or loses digits below 1e-28.
    pub fn to_decimal(self) -> Option<Decimal> {
        let (digits, power) = self.0.to_integer_and_exponent();
        match u32::try_from(power) {
            Ok(up) => Decimal::try_from_i128_with_scale(digits.checked_mul(10i128.checked_pow(up)?)?, 0).ok(),
            Err(_) => Decimal::try_from_i128_with_scale(digits, power.unsigned_abs()).ok(),
        }
    }

    pub fn times(self, other: Self) -> Option<Self> {
        self.0.checked_mul(other.0).map(Self)
    }

    /// Nothing if `other` is zero.
    pub fn per(self, other: Self) -> Option<Self> {
        self.0.checked_div(other.0).map(Self)
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        /// Two halves of up to 15 digits each fit an `i64`; a mantissa has at most 29 digits.
        const HALF: i128 = 1_000_000_000_000_000;
        let whole = |part: i128| Number::from_i64(i64::try_from(part).unwrap_or_default());
        let (high, low) = (value.mantissa() / HALF, value.mantissa() % HALF);
        let scale = i32::try_from(value.scale()).unwrap_or_default();
        let digits = whole(high).checked_mul(Number::power_of_ten(15)).and_then(|n| n.checked_add(whole(low)));
        let shifted = digits.and_then(|n| n.checked_mul(Number::power_of_ten(-scale)));
        Self(shifted.unwrap_or(Number::ZERO))
    }
}

impl From<i64> for Exact {
    fn from(value: i64) -> Self {
        Self(Number::from_i64(value))
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_go_in_and_come_out_whole() {
        for text in
            ["0", "-0.5", "1.50", "79228162514264337593543950", "0.0000000000000000000000000001", "123456789.987654321"]
        {
            let decimal: Decimal = text.parse().unwrap();
            let exact = Exact::from(decimal);
            assert_eq!(Some(exact), Exact::parse(text), "{text}");
            assert_eq!(exact.to_decimal(), Some(decimal.normalize()), "{text}");
        }
    }

    #[test]
    fn what_a_decimal_cannot_hold_is_not_cut() {
        assert_eq!(Exact::parse("1e29").unwrap().to_decimal(), None);
        assert_eq!(Exact::parse("1e-29").unwrap().to_decimal(), None);
        assert_eq!(
            Exact::parse("1e28").unwrap().to_decimal(),
            Decimal::from_str_exact("10000000000000000000000000000").ok()
        );
        assert_eq!(Exact::parse("1e2147483647").unwrap().to_decimal(), None);
    }

    #[test]
    fn only_decimals_are_read() {
        for text in ["", " 1", "1 ", "inf", "NaN", "0x10", "1e", "1_000"] {
            assert_eq!(Exact::parse(text), None, "{text}");
        }
    }
}
