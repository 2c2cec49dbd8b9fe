//! Decimals: exact, with as many digits as were written. <http://hl7.org/fhirpath/N1/#decimal>
//!
//! Roots, powers with fractions and logarithms go through doubles and have 15 digits; the rest is exact to 28.

use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};

/// Most digits after the point.
pub const MOST_PLACES: i64 = 28;

/// FHIRPath text: digits, at most one dot, an optional sign; no exponent.
pub fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let fits = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if fits { Decimal::from_str_exact(text).ok() } else { None }
}

/// JSON text, which may have an exponent. Nothing if it is beyond 28 digits.
pub fn parse_json(text: &str) -> Option<Decimal> {
    match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text).ok(),
        false => Decimal::from_str_exact(text).ok(),
    }
}

/// An Integer of FHIRPath: within 32 bits.
pub fn integer(value: i64) -> Option<i64> {
    i32::try_from(value).ok().map(i64::from)
}

pub fn to_integer(value: Decimal) -> Option<i64> {
    integer(value.to_i64()?)
}

/// Half away from zero.
pub fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

fn through(value: Decimal, f: impl Fn(f64) -> f64) -> Option<Decimal> {
    of_float(f(value.to_f64()?))
}

fn of_float(value: f64) -> Option<Decimal> {
    if value.is_finite() { Decimal::from_f64(value) } else { None }
}

/// One step of Newton's after the double makes small roots exact.
pub fn sqrt(value: Decimal) -> Option<Decimal> {
    if value.is_sign_negative() && !value.is_zero() {
        return None;
    }
    let guess = through(value, f64::sqrt)?;
    if guess.is_zero() {
        return Some(Decimal::ZERO);
    }
    let better = guess.checked_add(value.checked_div(guess)?)?.checked_div(Decimal::TWO)?;
    Some(better.normalize())
}

pub fn exp(value: Decimal) -> Option<Decimal> {
    through(value, f64::exp)
}

pub fn ln(value: Decimal) -> Option<Decimal> {
    through(value, f64::ln)
}

pub fn log(value: Decimal, base: Decimal) -> Option<Decimal> {
    let base = base.to_f64().filter(|base| *base > 0.0 && *base != 1.0)?;
    through(value, |value| match base {
        2.0 => value.log2(),
        10.0 => value.log10(),
        _ => value.log(base),
    })
}

/// Whole exponents are exact; nothing where there is no real power, or it is too large.
pub fn power(value: Decimal, exponent: Decimal) -> Option<Decimal> {
    let Some(whole) = Some(exponent.trunc()).filter(|e| *e == exponent).and_then(|e| e.to_i64()) else {
        return of_float(value.to_f64()?.powf(exponent.to_f64()?));
    };
    let (mut result, mut square, mut rest) = (Decimal::ONE, value, whole.unsigned_abs());
    while rest > 0 {
        if rest & 1 == 1 {
            result = result.checked_mul(square)?;
        }
        rest >>= 1;
        if rest > 0 {
            square = square.checked_mul(square)?;
        }
    }
    if whole < 0 { Decimal::ONE.checked_div(result) } else { Some(result) }
}

/// Equal when both are rounded to the digits of the one that has fewer. <http://hl7.org/fhirpath/N1/#equivalent>
pub fn equivalent(left: Decimal, right: Decimal) -> bool {
    let places = left.normalize().scale().min(right.normalize().scale());
    round(left, places) == round(right, places)
}

/// The bound of what a number of that precision may mean, to so many places: half a unit of its last place away. What
/// points away from zero is rounded, what points to zero is cut.
/// <https://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time>
pub fn boundary(value: Decimal, places: i64, high: bool) -> Option<Decimal> {
    let wanted = u32::try_from(places).ok().filter(|_| places <= MOST_PLACES)?;
    let half = Decimal::try_from_i128_with_scale(5, value.scale().checked_add(1)?).ok()?;
    let away = value.is_zero() || (value.is_sign_negative() != high);
    let bound = if high { value.checked_add(half)? } else { value.checked_sub(half)? };
    let mut bound = if away { round(bound, wanted) } else { bound.trunc_with_scale(wanted) };
    bound.rescale(wanted);
    (bound.scale() == wanted).then_some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn only_fhirpath_decimals_are_read() {
        for text in ["", ".5", "5.", "1e2", "1_0", "1.2.3", "+", "--1", "0x1"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("+1.50").unwrap().to_string(), "1.50");
        assert_eq!(parse_json("1.5e3"), Some(decimal("1500")));
        assert_eq!(parse_json("1e99"), None);
        assert_eq!(parse_json("0.12345678901234567890123456789012"), None);
    }

    #[test]
    fn powers_and_roots() {
        assert_eq!(power(decimal("2.5"), decimal("2")), Some(decimal("6.25")));
        assert_eq!(power(decimal("2"), decimal("-2")), Some(decimal("0.25")));
        assert_eq!(power(decimal("-1"), decimal("0.5")), None);
        assert_eq!(power(decimal("10"), decimal("9999999")), None);
        assert_eq!(power(decimal("0"), decimal("-1")), None);
        assert_eq!(sqrt(decimal("81")), Some(decimal("9")));
        assert_eq!(sqrt(decimal("2")).unwrap().round_dp(20), decimal("1.41421356237309504880"));
        assert_eq!((sqrt(decimal("-1")), ln(decimal("0")), log(decimal("8"), decimal("1"))), (None, None, None));
        assert_eq!(log(decimal("16"), decimal("2")), Some(decimal("4")));
        assert_eq!(exp(decimal("99999")), None);
    }

    /// Published with the functions in FHIRPath's own examples.
    #[test]
    fn boundaries_are_half_a_unit_away() {
        for (value, places, low, high) in [
            ("1.587", 8, "1.58650000", "1.58750000"),
            ("1.587", 2, "1.58", "1.59"),
            ("-1.587", 2, "-1.59", "-1.58"),
            ("1", 0, "0", "2"),
            ("120", 2, "119.50", "120.50"),
            ("12.500", 4, "12.4995", "12.5005"),
        ] {
            assert_eq!(boundary(decimal(value), places, false).unwrap().to_string(), low, "low of {value}");
            assert_eq!(boundary(decimal(value), places, true).unwrap().to_string(), high, "high of {value}");
        }
        for places in [-1, 29, 32, i64::MAX] {
            assert_eq!(boundary(decimal("1.587"), places, true), None);
        }
    }
}
