//! The functional tests of UCUM (`UcumFunctionalTests.xml`), on the library itself: which codes are units, conversions,
//! products and quotients. Expected values are rounded to the digits they show.

use super::Outcome;
use crate::run::{Run, read, text};
use std::collections::BTreeMap;
use theriac_core::xml::{Event, Limits, Reader};
use theriac_units::{Exact, Unit};

const FILE: &str = "ucum/UcumFunctionalTests.xml";

type Case = BTreeMap<String, String>;

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (group, case) in cases(&read(&run.data(FILE))?)? {
        let of = |name: &str| attribute(&case, name);
        let result = match group.as_str() {
            "validation" => validated(of("unit"), of("valid") == "true"),
            "conversion" => converted(of("value"), of("srcUnit"), of("dstUnit"), of("outcome")),
            "multiplication" => combined(&case, |a, b| a.times(b), |a, b| a.times(b)),
            "division" => combined(&case, |a, b| a.per(b), |a, b| a.per(b)),
            // Names for people are not offered.
            _ => continue,
        };
        *counts.entry(group.clone()).or_default() += 1;
        outcome.case(format!("{group} {} {}", of("id"), of("unit")).trim().to_owned(), result);
    }
    outcome.note(format!("{counts:?}"));
    Ok(outcome)
}

fn attribute<'c>(case: &'c Case, name: &str) -> &'c str {
    case.get(name).map(String::as_str).unwrap_or_default()
}

fn validated(code: &str, valid: bool) -> Result<(), String> {
    match (Unit::parse(code), valid) {
        (Ok(_), true) | (Err(_), false) => Ok(()),
        (Ok(_), false) => Err(format!("{code} is taken")),
        (Err(error), true) => Err(error.message),
    }
}

fn converted(value: &str, from: &str, to: &str, wanted: &str) -> Result<(), String> {
    let (from, to) = (Unit::parse(from).map_err(text)?, Unit::parse(to).map_err(text)?);
    let value = Exact::parse(value).ok_or("the value is no number")?;
    let found = from.convert(value, &to).ok_or("no conversion")?;
    near(found, wanted)
}

fn combined(
    case: &Case,
    units: impl Fn(&Unit, &Unit) -> Option<Unit>,
    values: impl Fn(Exact, Exact) -> Option<Exact>,
) -> Result<(), String> {
    let of = |name: &str| attribute(case, name);
    let unit = |name: &str| Unit::parse(of(name)).map_err(text);
    let value = |name: &str| Exact::parse(of(name)).ok_or("the value is no number");
    let found = units(&unit("u1")?, &unit("u2")?).ok_or("no unit comes out")?;
    let wanted = if of("uRes").is_empty() { "1" } else { of("uRes") };
    let value = values(value("v1")?, value("v2")?).ok_or("no value comes out")?;
    let value = found.convert(value, &Unit::parse(wanted).map_err(text)?).ok_or("the unit is another one")?;
    near(value, of("vRes"))
}

/// Equal at the precision of what is expected: off by less than one in its last digit.
fn near(found: Exact, wanted: &str) -> Result<(), String> {
    let exact = Exact::parse(wanted).ok_or("the expected value is no number")?;
    let (mantissa, power) = wanted.split_once(['e', 'E']).unwrap_or((wanted, "0"));
    let places = mantissa.split_once('.').map_or(0, |(_, fraction)| i32::try_from(fraction.len()).unwrap_or(0));
    let last = Exact::parse(&format!("1e{}", power.parse::<i32>().unwrap_or(0) - places)).ok_or("too precise")?;
    let off = found.minus(exact).ok_or("too large")?;
    let size = if off < Exact::from(0) { Exact::from(0).minus(off).ok_or("too large")? } else { off };
    if size < last { Ok(()) } else { Err(format!("gives {found}, and should give {wanted}")) }
}

/// The group of each case, and its attributes.
fn cases(bytes: &[u8]) -> Result<Vec<(String, Case)>, String> {
    let mut reader = Reader::document(bytes, Limits::default()).map_err(text)?;
    let (mut cases, mut group) = (Vec::new(), String::new());
    loop {
        match reader.event().map_err(text)? {
            Event::Start(start) if start.name == "case" => {
                let attributes = start.attributes.iter().map(|a| (a.name.to_owned(), a.value.to_string()));
                cases.push((group.clone(), attributes.collect()));
            }
            Event::Start(start) => group = start.name.to_owned(),
            Event::Eof => return Ok(cases),
            _ => {}
        }
    }
}
