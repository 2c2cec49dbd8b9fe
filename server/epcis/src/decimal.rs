//! Decimal numbers as text, without floating point: the form numbers take in an event hash
//! (CBV 2.0, 8.9: no trailing zeros, no leading plus).

/// The plain shortest text of a decimal number, or nothing if the text is not one.
/// `452.0` is `452`, `+1.50` is `1.5`, `1.2e3` is `1200`, `-0` is `0`.
pub fn shortest(text: &str) -> Option<String> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().ok().filter(|e| e.abs() <= 400)?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if whole.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || mantissa.ends_with('.') {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()? + exponent;
    Some(sign(negative, &place(&digits, point)))
}

/// The digits with the decimal point after `point` of them, zeros trimmed on both sides.
fn place(digits: &str, point: i32) -> String {
    let (whole, fraction) = if point <= 0 {
        (String::new(), "0".repeat(point.unsigned_abs() as usize) + digits)
    } else {
        let point = point as usize;
        let padded = format!("{digits:0<point$}");
        (padded[..point].to_owned(), padded[point..].to_owned())
    };
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

fn sign(negative: bool, text: &str) -> String {
    if negative && text != "0" { format!("-{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_what_does_not_change_the_value() {
        for (text, short) in [
            ("452.0", "452"),
            ("+1.50", "1.5"),
            ("1.2e3", "1200"),
            ("12E-3", "0.012"),
            ("-0.0", "0"),
            ("0010", "10"),
            ("-477979.89", "-477979.89"),
        ] {
            assert_eq!(shortest(text).as_deref(), Some(short), "{text}");
        }
    }

    #[test]
    fn keeps_digits_that_floating_point_would_lose() {
        assert_eq!(shortest("12345678901234567890.10").as_deref(), Some("12345678901234567890.1"));
    }

    #[test]
    fn leaves_text_alone() {
        for text in ["", "-", "1.", ".5", "1e", "2023-10-09", "abc", "1 2"] {
            assert_eq!(shortest(text), None, "{text}");
        }
    }
}
