//! Decimal text to f64, correctly rounded: exactly for short numbers in one division (both parts are whole below
//! 2^53 and the power of ten below 10^23, so IEEE 754 rounds once), by the library for the rest.

/// 10^0 to 10^22: the powers of ten that f64 holds exactly.
pub(crate) const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

const EXACT: u64 = 1 << 53;

/// The number at the start of `text` if it is in JSON's grammar without exponent and short, and its length. What
/// follows is for the caller to judge.
pub(super) fn short(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let (whole, at) = digits(text, start, 0);
    if at == start || (text[start] == b'0' && at > start + 1) {
        return None;
    }
    let (mantissa, end, places) = match text.get(at) {
        Some(b'.') => {
            let (mantissa, end) = digits(text, at + 1, whole);
            (mantissa, end, end - at - 1)
        }
        _ => (whole, at, 0),
    };
    let dangling = text.get(at) == Some(&b'.') && places == 0;
    if dangling || end - start > 19 || mantissa >= EXACT || matches!(text.get(end), Some(b'e' | b'E' | b'.')) {
        return None;
    }
    let value = mantissa as f64 / POWERS[places];
    Some((if negative { -value } else { value }, end))
}

/// Digits from `at`, appended to `mantissa`; overflow is harmless, as the caller refuses that many digits.
fn digits(text: &[u8], mut at: usize, mut mantissa: u64) -> (u64, usize) {
    while let Some(digit) = text.get(at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (mantissa, at)
}

/// A whole cell that should be a finite number. Takes `.5`, `1.` and `+1` too, which spreadsheets and historians write.
pub(super) fn cell(text: &[u8]) -> Result<f64, String> {
    if let Some((value, end)) = short(text)
        && end == text.len()
    {
        return Ok(value);
    }
    let number = std::str::from_utf8(text).ok().and_then(|t| t.parse::<f64>().ok());
    let shown = super::shown(text);
    match number {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) if text.iter().any(u8::is_ascii_digit) => Err(format!("value {shown:?} is too large for a number")),
        Some(_) => Err(format!("value {shown:?} is not a finite number; leave out readings that have no value")),
        None if text.is_empty() => Err("value is empty; leave out readings that have no value".to_owned()),
        None => Err(format!("value {shown:?} is not a number, such as 21.5 or -3e-7")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_numbers_are_read_in_place() {
        assert_eq!(short(b"21.5,"), Some((21.5, 4)));
        assert_eq!(short(b"-0}"), Some((-0.0, 2)));
        assert_eq!(short(b"-0").map(|(v, _)| v.to_bits()), Some((-0.0f64).to_bits()));
        for text in ["", "-", ".5", "1.", "01", "1e5", "1.5E1", "1.2.3", "12345678901234567890", "9007199254740993"] {
            assert_eq!(short(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn cells_take_what_historians_write_and_nothing_infinite() {
        assert_eq!(cell(b"+1.5e3"), Ok(1500.0));
        assert_eq!(cell(b".5"), Ok(0.5));
        for text in ["NaN", "inf", "-Infinity"] {
            assert!(cell(text.as_bytes()).unwrap_err().contains("not a finite number"), "{text}");
        }
        assert!(cell(b"1e999").unwrap_err().contains("too large"));
        assert!(cell(b"12,5").unwrap_err().contains("not a number"));
        assert!(cell(b"").unwrap_err().contains("empty"));
    }

    proptest! {
        #[test]
        fn agrees_with_the_library_bit_for_bit(mantissa in any::<i64>(), places in 0usize..18) {
            let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = places + 1);
            let (whole, part) = digits.split_at(digits.len() - places);
            let sign = if mantissa < 0 { "-" } else { "" };
            let text = if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") };
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(cell(text.as_bytes()).unwrap().to_bits(), expected.to_bits());
            if let Some((value, _)) = short(text.as_bytes()) {
                prop_assert_eq!(value.to_bits(), expected.to_bits());
            }
        }

        #[test]
        fn any_finite_number_comes_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            prop_assert_eq!(cell(format!("{value}").as_bytes()).unwrap().to_bits(), value.to_bits());
        }
    }
}
