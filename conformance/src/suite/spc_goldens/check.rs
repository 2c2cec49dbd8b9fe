//! What a chart must show.

use serde_json::Value;
use std::collections::BTreeSet;

pub enum Check {
    /// A JSON pointer, and the number as it is printed: equal when rounded to its last digit.
    Printed(String, &'static str),
    /// The same for a number that was printed cut off, or added up from rounded parts: its last digit may be one off.
    Roughly(String, &'static str),
    /// A JSON pointer to a list of violations, and exactly the points flagged in it.
    Flagged(&'static str, &'static [u64]),
    /// The first point flagged.
    FirstFlagged(u64),
}

pub fn printed(at: impl Into<String>, number: &'static str) -> Check {
    Check::Printed(at.into(), number)
}

pub fn roughly(at: impl Into<String>, number: &'static str) -> Check {
    Check::Roughly(at.into(), number)
}

/// Points of the upper chart.
pub fn flagged(points: &'static [u64]) -> Check {
    Check::Flagged("/violations", points)
}

/// Points of the chart below it.
pub fn flagged_below(points: &'static [u64]) -> Check {
    Check::Flagged("/secondary/violations", points)
}

/// Lower and upper limit at this place, such as `/limits` or `/points/0`.
pub fn limits(at: &str, lower: &'static str, upper: &'static str) -> [Check; 2] {
    [printed(format!("{at}/lower"), lower), printed(format!("{at}/upper"), upper)]
}

impl Check {
    /// What is wrong.
    pub fn fault(&self, answer: &Value) -> Option<String> {
        match self {
            Self::Printed(at, number) => off(answer, at, number, 0.5),
            Self::Roughly(at, number) => off(answer, at, number, 1.5),
            Self::Flagged(at, points) => {
                let got = indexes(answer.pointer(at).unwrap_or(&Value::Null));
                let right = got.iter().eq(points.iter());
                (!right).then(|| format!("{at} has the points {got:?}, published are {points:?}"))
            }
            Self::FirstFlagged(point) => {
                let first = indexes(&answer["violations"]).first().copied();
                (first != Some(*point)).then(|| format!("the first point flagged is {first:?}, published is {point}"))
            }
        }
    }
}

fn indexes(violations: &Value) -> BTreeSet<u64> {
    violations.as_array().into_iter().flatten().filter_map(|violation| violation["index"].as_u64()).collect()
}

fn off(answer: &Value, at: &str, number: &str, places: f64) -> Option<String> {
    let got = answer.pointer(at).and_then(Value::as_f64);
    let want: f64 = number.parse().unwrap_or(f64::NAN);
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let unit = 10_f64.powi(-i32::try_from(decimals).unwrap_or_default());
    // A hair more than half a unit, for the last bit of the subtraction.
    let near = got.is_some_and(|got| (got - want).abs() <= unit * (places + 1e-3));
    (!near).then(|| format!("{at} is {}, published is {number}", got.map_or("missing".to_owned(), |g| g.to_string())))
}
