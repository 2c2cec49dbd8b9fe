//! Quantity parameters: Quantity and its profiles, Range, Money.
//! <http://hl7.org/fhir/R4/search.html#quantity>
//!
//! A quantity leaves one row: as it was written, and in the canonical form of its UCUM unit, so that milligrams are
//! found by grams. A unit that is none of UCUM's is compared by its exact code. A human name of the unit that is not
//! the code leaves a second row.

use super::super::catalogue::Prepared;
use super::super::criterion::{Criterion, Measure, NumberTest};
use super::super::hash::{canonical_unit, unit, unit_name};
use super::super::index::{Index, NumberRow};
use super::super::query::Modifier;
use super::super::value::{Prefix, split, unescape};
use super::number::{Asked, test_of};
use super::{Context, number, refuse};
use std::sync::Arc;
use theriac_core::error::Result;
use theriac_core::json::Node;
use theriac_units::{Exact, SYSTEM, Unit};

/// ISO 4217 as Money's unit.
const CURRENCY: &str = "urn:iso:std:iso:4217";

pub fn index(prepared: &Prepared, node: &Node<'_>, _: &Context<'_>, index: &mut Index) {
    let Some(ends) = Ends::of(node) else { return };
    let Some((lo, hi)) = ends.spread(number::value) else { return };
    let measured = ["low", "high"].iter().find_map(|end| node.get(end)).unwrap_or(node);
    let system = measured.text("system").or_else(|| measured.get("currency").map(|_| CURRENCY)).unwrap_or_default();
    let code = measured.text("code").or_else(|| measured.text("currency")).filter(|code| !code.is_empty());
    let mut row = NumberRow::plain(prepared.number, lo, hi);
    if let Some(code) = code {
        row.code = unit_name(code);
        (row.unit, row.low, row.high) = measured_in(system, code, &ends).unwrap_or((unit(system, code), lo, hi));
    }
    index.numbers.push(row);
    if let Some(name) = measured.text("unit").filter(|name| Some(*name) != code && !name.is_empty()) {
        index.numbers.push(NumberRow { code: unit_name(name), ..NumberRow::plain(prepared.number, lo, hi) });
    }
}

/// The numbers of a Quantity or Range as they are written; nothing is an open end.
struct Ends<'n> {
    low: Option<&'n str>,
    high: Option<&'n str>,
}

impl<'n> Ends<'n> {
    fn of(node: &'n Node<'_>) -> Option<Self> {
        let number = |n: Option<&'n Node<'_>>| n.and_then(|n| n.get("value")).and_then(Node::as_number);
        let (mut low, mut high) = match node.get("value") {
            Some(_) => (number(Some(node)), number(Some(node))),
            None => (number(node.get("low")), number(node.get("high"))),
        };
        if low.is_none() && high.is_none() {
            return None;
        }
        match node.text("comparator") {
            Some("<" | "<=") => low = None,
            Some(">" | ">=") => high = None,
            _ => {}
        }
        Some(Self { low, high })
    }

    fn spread(&self, read: impl Fn(&str) -> Option<f64>) -> Option<(f64, f64)> {
        let end = |text: Option<&str>, open| text.map_or(Some(open), &read);
        Some((end(self.low, f64::NEG_INFINITY)?, end(self.high, f64::INFINITY)?))
    }
}

fn ucum(system: &str, code: &str) -> Option<Arc<Unit>> {
    if system == SYSTEM { Unit::cached(code) } else { None }
}

fn in_canonical(unit: &Unit, text: &str) -> Option<f64> {
    Some(unit.canonical(Exact::parse(text)?)?.to_f64()).filter(|v| v.is_finite())
}

/// The canonical unit, and the ends in it.
fn measured_in(system: &str, code: &str, ends: &Ends<'_>) -> Option<(i64, f64, f64)> {
    let unit = ucum(system, code)?;
    let (low, high) = ends.spread(|text| in_canonical(&unit, text))?;
    Some((canonical_unit(unit.canonical_code()), low, high))
}

pub fn criterion(prepared: &Prepared, _: &Modifier, values: &[&str], _: &Context<'_>) -> Result<Criterion> {
    let one = |value: &&str| test(value).ok_or_else(|| refuse(prepared, FORMS));
    Ok(Criterion::Numbers { param: prepared.number, any: values.iter().map(one).collect::<Result<_>>()? })
}

fn test(value: &str) -> Option<NumberTest> {
    let parts: Vec<_> = split(value, '|').into_iter().map(unescape).collect();
    let asked = Asked::read(parts.first()?)?;
    match parts.get(1..)? {
        [] => asked.test(Measure::Any),
        [system, code] => match (system.as_ref(), code.as_ref()) {
            ("", "") => asked.test(Measure::Any),
            ("", name) => asked.test(Measure::Named(unit_name(name))),
            (_, "") => None,
            (system, code) => in_unit(&asked, system, code).or_else(|| asked.test(Measure::Unit(unit(system, code)))),
        },
        _ => None,
    }
}

/// Bounds are taken to the canonical unit as decimals, so that they are the very doubles stored values become.
fn in_unit(asked: &Asked<'_>, system: &str, code: &str) -> Option<NumberTest> {
    let unit = ucum(system, code)?;
    let measure = Measure::Unit(canonical_unit(unit.canonical_code()));
    let read = |text: &str| in_canonical(&unit, text);
    let exact = read(asked.text)?;
    if asked.prefix == Prefix::Ap {
        // A tenth of the value as it was asked: a tenth of kelvins is no tenth of degrees.
        let value = Exact::parse(asked.text)?;
        let tenth = value.per(Exact::from(10))?;
        let ends = [value.minus(tenth)?, value.plus(tenth)?].map(|end| unit.canonical(end).map(Exact::to_f64));
        let (one, two) = (ends[0]?, ends[1]?);
        return Some(NumberTest { prefix: Prefix::Ap, lo: one.min(two), hi: one.max(two), measure });
    }
    Some(test_of(asked.prefix, exact, (read(&asked.bounds.0)?, read(&asked.bounds.1)?), measure))
}

const FORMS: &str = "number, number|system|code or number||code, such as 5.4|http://unitsofmeasure.org|mg, \
                     with one of eq ne gt lt ge le sa eb ap before it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_in_one_unit_is_the_double_of_the_same_amount_in_another() {
        let one = test("5.4|http://unitsofmeasure.org|mg").unwrap();
        let two = test("0.0054|http://unitsofmeasure.org|g").unwrap();
        assert_eq!(one.measure, two.measure);
        let ends = |text, unit: &str| in_canonical(&Unit::parse(unit).unwrap(), text).unwrap();
        assert_eq!((one.lo, one.hi), (ends("0.00535", "g"), ends("0.00545", "g")));
        assert!(two.lo <= ends("5.4", "mg") && ends("5.4", "mg") < two.hi);
    }

    #[test]
    fn what_is_no_unit_is_a_code() {
        assert_eq!(test("1|http://example.org|mg").unwrap().measure, Measure::Unit(unit("http://example.org", "mg")));
        let invalid = test("1|http://unitsofmeasure.org|nonsense unit").unwrap();
        assert_eq!(invalid.measure, Measure::Unit(unit(SYSTEM, "nonsense unit")));
        for text in ["1|http://unitsofmeasure.org|", "1|mg", "1|a|b|c", "|a|b", ""] {
            assert_eq!(test(text), None, "{text}");
        }
    }
}
