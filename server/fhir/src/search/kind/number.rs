//! Number parameters. What is searched has a precision, what is stored is exact; ranges keep both ends.
//! <http://hl7.org/fhir/R4/search.html#number>

use super::super::catalogue::Prepared;
use super::super::criterion::{Criterion, Measure, NumberTest};
use super::super::index::{Index, NumberRow};
use super::super::query::Modifier;
use super::super::value::{Prefix, unescape};
use super::{Context, refuse};
use theriac_core::error::Result;
use theriac_core::json::Node;

pub fn index(prepared: &Prepared, node: &Node<'_>, _: &Context<'_>, index: &mut Index) {
    let ends = match node {
        Node::Number(text) => value(text).map(|v| (v, v)),
        Node::Object(_) => low_high(node),
        _ => None,
    };
    if let Some((lo, hi)) = ends {
        index.numbers.push(NumberRow::plain(prepared.number, lo, hi));
    }
}

/// The ends of a Range; a missing one is open.
pub(super) fn low_high(node: &Node<'_>) -> Option<(f64, f64)> {
    let end = |name| node.get(name).and_then(|q| q.get("value")).and_then(Node::as_number).and_then(value);
    let (low, high) = (end("low"), end("high"));
    (low.is_some() || high.is_some()).then(|| (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)))
}

pub(super) fn value(text: &str) -> Option<f64> {
    text.parse().ok().filter(|v: &f64| v.is_finite())
}

pub fn criterion(prepared: &Prepared, _: &Modifier, values: &[&str], _: &Context<'_>) -> Result<Criterion> {
    let one = |text: &&str| test(&unescape(text)).ok_or_else(|| refuse(prepared, FORMS));
    Ok(Criterion::Numbers { param: prepared.number, any: values.iter().map(one).collect::<Result<_>>()? })
}

pub(super) const FORMS: &str = "a decimal such as 100, 5.40 or 1e2, with one of eq ne gt lt ge le sa eb ap before it";

/// A number as it is searched, not yet in any unit: the exact value, and its bounds as decimals.
pub(super) struct Asked<'t> {
    pub prefix: Prefix,
    pub text: &'t str,
    pub exact: f64,
    /// Of equality: half a unit of the last digit to both sides.
    pub bounds: (String, String),
}

impl<'t> Asked<'t> {
    pub fn read(text: &'t str) -> Option<Self> {
        let (prefix, text) = Prefix::take(text);
        Some(Self { prefix, text, exact: decimal(text)?, bounds: precision(text)? })
    }

    /// Equality takes the precision of what was written, the other prefixes take the number as exact.
    pub fn test(&self, measure: Measure) -> Option<NumberTest> {
        let bounds = (value(&self.bounds.0)?, value(&self.bounds.1)?);
        Some(test_of(self.prefix, self.exact, bounds, measure))
    }
}

/// `bounds` are those of equality.
pub(super) fn test_of(prefix: Prefix, exact: f64, bounds: (f64, f64), measure: Measure) -> NumberTest {
    let (lo, hi) = match prefix {
        // More digits than a double holds leave no room between the bounds: the number itself must stay inside.
        Prefix::Eq | Prefix::Ne => (bounds.0.min(exact), bounds.1.max(exact.next_up())),
        Prefix::Ap => (exact - exact.abs() / 10.0, exact + exact.abs() / 10.0),
        _ => (exact, exact),
    };
    NumberTest { prefix, lo, hi, measure }
}

/// A decimal without a prefix.
pub(super) fn plain(text: &str) -> Option<f64> {
    decimal(text)
}

fn test(text: &str) -> Option<NumberTest> {
    Asked::read(text)?.test(Measure::Any)
}

/// Only what FHIR calls a decimal: `f64` would take `inf` and `.5` too.
fn decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let fits = unsigned.starts_with(|c: char| c.is_ascii_digit())
        && unsigned.ends_with(|c: char| c.is_ascii_digit())
        && unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    if fits { value(text) } else { None }
}

/// Half a unit of the last digit to both sides. The bounds are written as decimals and then read, so that they
/// are the very doubles that stored decimals become.
fn precision(text: &str) -> Option<(String, String)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // R4 reads 1e2 as [95, 105): as if the mantissa had one decimal place.
    let fraction = if exponent.is_some() && fraction.is_empty() { "0" } else { fraction };
    let scaled: i128 = format!("{whole}{fraction}0").parse().ok()?;
    let power = exponent.map_or(Some(0), |e| e.parse::<i64>().ok())? - i64::try_from(fraction.len()).ok()? - 1;
    let bound = |digits: i128| format!("{digits}e{power}");
    Some((bound(scaled.checked_sub(5)?), bound(scaled.checked_add(5)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranges R4 search.html#number gives in its table.
    #[test]
    fn equality_has_the_precision_of_what_was_written() {
        let rows = [
            ("100", 99.5, 100.5),
            ("100.00", 99.995, 100.005),
            ("1e2", 95.0, 105.0),
            ("5.4", 5.35, 5.45),
            ("-1", -1.5, -0.5),
            ("0.1e-1", 0.005, 0.015),
        ];
        for (text, lo, hi) in rows {
            let bounds = precision(text).map(|(a, b)| (value(&a).unwrap(), value(&b).unwrap()));
            assert_eq!(bounds, Some((lo, hi)), "{text}");
        }
    }

    #[test]
    fn more_digits_than_a_double_holds_still_find_themselves() {
        let text = "66.899999999999991";
        let test = test(text).unwrap();
        let exact = value(text).unwrap();
        assert!(test.holds(&NumberRow::plain(0, exact, exact)));
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "",
            "abc",
            ".5",
            "5.",
            "inf",
            "NaN",
            "1e",
            "1e999",
            "--1",
            "1.2.3",
            "999999999999999999999999999999999999999999",
        ] {
            assert_eq!(test(text), None, "{text}");
        }
    }
}
