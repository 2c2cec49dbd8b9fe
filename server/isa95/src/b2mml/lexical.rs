//! The built-in types of XML Schema that B2MML uses (<https://www.w3.org/TR/xmlschema-2/>): what their texts look
//! like, and how they stand in JSON.

use std::borrow::Cow;
use theriac_core::json::Node;

/// The JSON value of a text; `Err` says what would be right.
pub fn value(base: &str, text: &str) -> Result<Node<'static>, &'static str> {
    let own = || Node::string(text);
    match base {
        "decimal" | "double" | "integer" => {
            number(text.trim()).map(|n| Node::Number(Cow::Owned(n))).ok_or("must be a number, such as 0.41")
        }
        "boolean" => match text.trim() {
            "true" | "1" => Ok(Node::Bool(true)),
            "false" | "0" => Ok(Node::Bool(false)),
            _ => Err("must be true or false"),
        },
        "dateTime" if is_date_time(text.trim()) => Ok(Node::string(text.trim())),
        "dateTime" => Err("must be a date-time, such as 2026-11-20T08:00:00Z"),
        "duration" if is_duration(text.trim()) => Ok(Node::string(text.trim())),
        "duration" => Err("must be a duration, such as PT1H30M"),
        "normalizedString" | "token" if text.contains(['\n', '\r', '\t']) => {
            Err("must not hold line ends or tabulators")
        }
        _ => Ok(own()),
    }
}

/// XML Schema's decimals may begin with a plus or a point, and end with a point; JSON's numbers may not.
fn number(text: &str) -> Option<String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// With or without an offset; without one it counts as UTC where it is compared.
pub fn micros(text: &str) -> Option<i64> {
    let text = text.trim();
    crate::time::parse(text.as_bytes()).or_else(|| crate::time::parse(format!("{text}Z").as_bytes()))
}

fn is_date_time(text: &str) -> bool {
    micros(text).is_some()
}

/// `PnYnMnDTnHnMnS` with at least one of them.
fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('-').unwrap_or(text).strip_prefix('P') else { return false };
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return false,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    !rest.is_empty() && in_order(date, "YMD") && in_order(time, "HMS")
}

fn in_order(mut text: &str, letters: &str) -> bool {
    for letter in letters.chars() {
        let Some((amount, rest)) = text.split_once(letter) else { continue };
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || (letter != 'S' && amount.contains('.')) {
            return false;
        }
        text = rest;
    }
    text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_become_json() {
        for (text, json) in [("0.410", "0.410"), ("+7", "7"), (".5", "0.5"), ("-3.", "-3"), ("007", "7")] {
            assert_eq!(number(text).as_deref(), Some(json));
        }
        for wrong in ["", ".", "1e5", "1,5", "--1", "NaN"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_those_of_xml_schema() {
        for good in ["P1D", "PT1H30M", "-P1Y2M3DT4H5M6.7S", "PT0S"] {
            assert!(is_duration(good), "{good}");
        }
        for wrong in ["", "P", "PT", "1D", "P1H", "PT1.5H", "P1DT", "PT5"] {
            assert!(!is_duration(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_date_time_may_lack_its_offset() {
        assert_eq!(micros("2026-11-20T08:00:00"), micros("2026-11-20T09:00:00+01:00"));
        assert_eq!(micros("2026-11-20"), None);
    }
}
