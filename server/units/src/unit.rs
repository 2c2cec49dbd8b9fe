//! One unit: read from its UCUM code, brought to base units, compared, converted, multiplied.

use crate::{Exact, cache};
use octofhir_ucum::{EvalResult, Number, evaluate, parse_expression};
use std::sync::Arc;
use theriac_core::Error;
use theriac_core::error::Result;

/// Longer codes are refused unread: no unit in use comes near it.
const LONGEST: usize = 256;

/// A valid unit. Equal when code and meaning are; ask [`Unit::is_comparable`] whether two measure the same thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    code: Box<str>,
    canonical: Box<str>,
    term: EvalResult,
}

/// `value * factor + offset` takes a value from one unit to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub factor: Exact,
    pub offset: Exact,
}

impl Unit {
    /// Reads a case-sensitive UCUM code: `mg/dL`, `mm[Hg]`, `Cel`, `10*3/uL`, `1`.
    pub fn parse(code: &str) -> Result<Self> {
        if code.len() > LONGEST {
            return Err(Error::invalid(format!(
                "a UCUM unit has at most {LONGEST} characters, this has {}",
                code.len()
            )));
        }
        Self::read(code).ok_or_else(|| refusal(code))
    }

    /// As [`Unit::parse`], remembered; for what is read again and again. Nothing if it is no unit.
    pub fn cached(code: &str) -> Option<Arc<Self>> {
        if code.len() > LONGEST { None } else { cache::get(code, Self::read) }
    }

    /// `1`, the unit of a plain number.
    pub fn unity() -> Arc<Self> {
        Self::cached("1").unwrap_or_else(|| {
            let term = EvalResult {
                factor: Number::ONE,
                dim: octofhir_ucum::Dimension::zero(),
                arbitrary: vec![],
                special: None,
            };
            Arc::new(Self { code: "1".into(), canonical: "1".into(), term })
        })
    }

    fn read(code: &str) -> Option<Self> {
        let term = evaluate(&parse_expression(code).ok()?).ok()?;
        let canonical = canonical_code(&term).into();
        Some(Self { code: code.into(), canonical, term })
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    /// The same dimension in base units, spelt one way: `g.m-1.s-2` for `mm[Hg]`, `1` for a plain number. Units are
    /// comparable if and only if this is equal.
    pub fn canonical_code(&self) -> &str {
        &self.canonical
    }

    /// Do both measure the same kind of thing (UCUM §17)? A procedure-defined unit such as `[IU]` compares only with itself.
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.term.is_commensurable(&other.term)
    }

    /// The value in [`Unit::canonical_code`]. Nothing if the magnitude is beyond reason.
    pub fn canonical(&self, value: Exact) -> Option<Exact> {
        match self.line() {
            Some(line) => line.up(value),
            None => self.convert(value, &Self::read(&self.canonical)?),
        }
    }

    /// The value in another unit; nothing if they are not comparable, or the value has no image (a logarithm of zero).
    pub fn convert(&self, value: Exact, to: &Self) -> Option<Exact> {
        if !self.is_comparable(to) {
            return None;
        }
        if self.term == to.term {
            return Some(value);
        }
        match (self.line(), to.line()) {
            (Some(from), Some(to)) => to.down(from.up(value)?),
            _ => octofhir_ucum::convert(value.to_f64(), &self.code, &to.code).ok().and_then(Exact::from_f64),
        }
    }

    /// Factor and offset for many values of one pair; nothing if not comparable or on a logarithmic scale.
    pub fn scale_to(&self, to: &Self) -> Option<Scale> {
        let offset = self.convert(Exact::from(0), to)?;
        self.line().and(to.line())?;
        let factor = self.convert(Exact::from(1), to)?.minus(offset)?;
        Some(Scale { factor, offset })
    }

    /// `m` times `s` is `m.s`; nothing for units that take no part in products (UCUM §22.1: `Cel`, `[pH]`).
    pub fn times(&self, other: &Self) -> Option<Self> {
        let product = octofhir_ucum::unit_multiply(&self.code, &other.code).ok()?;
        Self::parse(&product.expression).ok()
    }

    /// `m` per `s` is `m/s`.
    pub fn per(&self, other: &Self) -> Option<Self> {
        let quotient = octofhir_ucum::unit_divide(&self.code, &other.code).ok()?;
        Self::parse(&quotient.expression).ok()
    }

    /// Is it a number: `1`, `%`, `10*3`, `{cells}`?
    pub fn is_dimensionless(&self) -> bool {
        self.term.is_scalar()
    }

    fn line(&self) -> Option<Line> {
        let factor = self.term.factor;
        match self.term.special {
            None => Some(Line { scale: Number::ONE, offset: Number::ZERO, factor }),
            Some(special) => Some(Line { scale: special.scale, offset: temperature(special.unit.code)?, factor }),
        }
    }
}

impl Scale {
    pub fn apply(&self, value: f64) -> f64 {
        value.mul_add(self.factor.to_f64(), self.offset.to_f64())
    }
}

/// A unit on a straight scale: `(value * scale + offset) * factor` in base units. Kept in steps so that roundings do not add up.
struct Line {
    scale: Number,
    offset: Number,
    factor: Number,
}

impl Line {
    fn up(&self, value: Exact) -> Option<Exact> {
        let shifted = self.scale.checked_mul(value.0)?.checked_add(self.offset)?;
        shifted.checked_mul(self.factor).map(Exact)
    }

    fn down(&self, base: Exact) -> Option<Exact> {
        let shifted = base.0.checked_div(self.factor)?.checked_sub(self.offset)?;
        shifted.checked_div(self.scale).map(Exact)
    }
}

/// The zero of a temperature scale, in its own degrees above absolute zero (UCUM §46).
fn temperature(code: &str) -> Option<Number> {
    let text = match code {
        "Cel" => "273.15",
        "[degF]" => "459.67",
        "[degRe]" => "218.52",
        _ => return None,
    };
    Number::parse(text)
}

const BASE: [&str; 7] = ["m", "s", "g", "rad", "K", "C", "cd"];

/// Base units in the order of their codes, then arbitrary ones: `C-1.g.m2`.
fn canonical_code(term: &EvalResult) -> String {
    let base = BASE.iter().zip(term.dim.0).map(|(code, power)| (*code, i64::from(power)));
    let arbitrary = term.arbitrary.iter().map(|(code, power)| (*code, i64::from(*power)));
    let mut parts: Vec<(&str, i64)> = base.chain(arbitrary).filter(|(_, power)| *power != 0).collect();
    parts.sort_unstable();
    let spelt: Vec<String> = parts
        .iter()
        .map(|(code, power)| match power {
            1 => (*code).to_owned(),
            _ => format!("{code}{power}"),
        })
        .collect();
    if spelt.is_empty() { "1".to_owned() } else { spelt.join(".") }
}

fn refusal(code: &str) -> Error {
    let why = octofhir_ucum::validate(code).err();
    let near: Vec<String> = why.iter().flat_map(|e| e.suggestions.iter().take(3)).cloned().collect();
    let why = why.map_or_else(|| "it cannot be evaluated".to_owned(), |e| e.message);
    let hint = if near.is_empty() { String::new() } else { format!("; near to it are {}", near.join(", ")) };
    Error::invalid(format!("`{code}` is no UCUM unit: {why}{hint}. A UCUM code reads like mg/dL, mm[Hg] or 10*3/uL"))
}

#[cfg(test)]
mod tests;
