//! Published and recomputed numbers every build must reproduce.
//!
//! NIST: worked examples of the NIST/SEMATECH e-Handbook, chapter 6.3 (public domain), held in
//! `fixtures/nist_golden.json`. Textbook sets (Montgomery; Ryan; Wetherill and Brown) as shipped with
//! R's qcc 2.7, which computed the results: read from the data folder beside the repository, and
//! skipped, saying so, where that is absent.

mod attributes;
mod capability;
mod memory;
mod nist;
mod variables;

use crate::evaluate::{Chart, Limits, Pair, evaluate};
use crate::{ChartSpec, Data, Evaluation};
use serde_json::Value;

/// A file beside the repository; says so and gives nothing where it is absent.
fn shared(name: &str) -> Option<String> {
    let path = format!("{}/../../../shared/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        println!("skipped: shared data absent ({name})");
    }
    text
}

/// Rows of a blank-separated file, the header dropped; `TRUE` is 1.
fn table(name: &str) -> Option<Vec<Vec<f64>>> {
    let number = |word: &str| match word {
        "TRUE" => 1.0,
        "FALSE" => 0.0,
        number => number.parse().unwrap(),
    };
    let text = shared(&format!("data/spc/{name}"))?;
    Some(text.lines().skip(1).map(|line| line.split_whitespace().map(number).collect()).collect())
}

/// Piston rings: 40 samples of 5 diameters, the first 25 of them phase I.
fn rings() -> Option<Vec<Vec<f64>>> {
    let diameters: Vec<f64> = table("pistonrings.txt")?.iter().map(|row| row[0]).collect();
    Some(diameters.chunks(5).map(<[f64]>::to_vec).collect())
}

/// Viscosity of 15 batches (Montgomery), which the data folder has only in another version: the line `x = ...`
/// of the reference page.
fn viscosity() -> Option<Vec<f64>> {
    let page = shared("reference/spc.md")?;
    let line = page.lines().find_map(|line| line.strip_prefix("x = 33.75")).unwrap();
    Some([33.75].into_iter().chain(line.split_whitespace().map(|x| x.parse().unwrap())).collect())
}

fn chart(json: Value) -> ChartSpec {
    ChartSpec::parse(json.to_string().as_bytes()).unwrap()
}

fn run(json: Value, data: &Data) -> Evaluation {
    evaluate(&chart(json), data).unwrap()
}

/// Equal to the digits printed: `want` comes with about ten of them.
fn near(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "got {got}, want {want}");
}

fn pair(chart: &Chart) -> Pair {
    match chart.limits {
        Some(Limits::Constant(pair)) => pair,
        ref other => panic!("limits vary: {other:?}"),
    }
}

fn limits(chart: &Chart, lower: f64, upper: f64, tolerance: f64) {
    near(pair(chart).lower, lower, tolerance);
    near(pair(chart).upper, upper, tolerance);
}
