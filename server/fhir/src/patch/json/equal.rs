//! When two values are equal, RFC 6902 section 4.6: numbers by their value, objects whatever the order.

use theriac_core::json::Node;

pub fn equal(a: &Node<'_>, b: &Node<'_>) -> bool {
    match (a, b) {
        (Node::Number(a), Node::Number(b)) => a == b || decimal(a) == decimal(b),
        (Node::Array(a), Node::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Node::Object(a), Node::Object(b)) => {
            a.0.len() == b.0.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Sign, digits without zeros at either end, and the power of ten of the last digit: exact, however long.
fn decimal(text: &str) -> (bool, String, i128) {
    let (text, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_end_matches('0');
    let zeros = all.len() - digits.len();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return (false, String::new(), 0);
    }
    // An exponent beyond all measure is some very large one.
    let exponent: i128 = exponent.trim_start_matches('+').parse().unwrap_or(i128::from(i64::MAX));
    (negative, digits.to_owned(), exponent.saturating_add(zeros as i128 - fraction.len() as i128))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json::parse;

    #[test]
    fn numbers_are_compared_by_value_and_strings_are_no_numbers() {
        for (a, b, same) in [
            ("1.10", "1.1", true),
            ("100", "1e2", true),
            ("-0.0", "0", true),
            ("0.1", "1E-1", true),
            ("1", "-1", false),
            ("10", "1", false),
            ("12345678901234567890.1", "12345678901234567890.2", false),
            ("\"1\"", "1", false),
            (r#"{"a":1,"b":[2]}"#, r#"{"b":[2.0],"a":1}"#, true),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false),
            ("[1,2]", "[2,1]", false),
        ] {
            let parsed = (parse(a.as_bytes()).unwrap(), parse(b.as_bytes()).unwrap());
            assert_eq!(equal(&parsed.0, &parsed.1), same, "{a} {b}");
        }
    }
}
