//! Quantity parameters: Quantity and its profiles, Range, Money.
//! <http://hl7.org/fhir/R4/search.html#quantity>
//!
//! A quantity stands in the index once for each way its unit can be asked for. Units are not converted.

use super::super::catalogue::Prepared;
use super::super::criterion::Criterion;
use super::super::hash::unit;
use super::super::index::{Index, NumberRow};
use super::super::query::Modifier;
use super::super::value::{split, unescape};
use super::{Context, number, refuse};
use theriac_core::error::Result;
use theriac_core::json::Node;

/// ISO 4217 as Money's unit.
const CURRENCY: &str = "urn:iso:std:iso:4217";

pub fn index(prepared: &Prepared, node: &Node<'_>, _: &Context<'_>, index: &mut Index) {
    let Some((lo, hi)) = ends(node) else { return };
    let mut row = |unit| index.numbers.push(NumberRow { param: prepared.number, lo, hi, unit });
    row(0);
    let measured = ["low", "high"].iter().find_map(|end| node.get(end)).unwrap_or(node);
    let system = measured.text("system").or_else(|| measured.get("currency").map(|_| CURRENCY));
    let code = measured.text("code").or_else(|| measured.text("currency"));
    if let Some(code) = code {
        row(unit("", code));
        system.into_iter().for_each(|system| row(unit(system, code)));
    }
    if let Some(text) = measured.text("unit").filter(|text| Some(*text) != code) {
        row(unit("", text));
    }
}

fn ends(node: &Node<'_>) -> Option<(f64, f64)> {
    let Some(exact) = node.get("value").and_then(Node::as_number).and_then(number::value) else {
        return number::low_high(node);
    };
    Some(match node.text("comparator") {
        Some("<" | "<=") => (f64::NEG_INFINITY, exact),
        Some(">" | ">=") => (exact, f64::INFINITY),
        _ => (exact, exact),
    })
}

pub fn criterion(prepared: &Prepared, _: &Modifier, values: &[&str], _: &Context<'_>) -> Result<Criterion> {
    let one = |value: &&str| {
        let parts: Vec<_> = split(value, '|').into_iter().map(unescape).collect();
        let test = match parts.as_slice() {
            [amount] => number::test(amount, 0),
            [amount, system, code] if !code.is_empty() => number::test(amount, unit(system, code)),
            [amount, system, _] if system.is_empty() => number::test(amount, 0),
            _ => None,
        };
        test.ok_or_else(|| refuse(prepared, FORMS))
    };
    Ok(Criterion::Numbers { param: prepared.number, any: values.iter().map(one).collect::<Result<_>>()? })
}

const FORMS: &str = "number, number|system|code or number||code, such as 5.4|http://unitsofmeasure.org|mg, \
                     with one of eq ne gt lt ge le sa eb ap before it";
