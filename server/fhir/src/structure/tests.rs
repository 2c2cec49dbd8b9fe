//! Documents in, faults out.

mod bad;
mod mutated;
mod published;
mod rewriting;
mod speed;

use super::*;
use theriac_core::json::parse;

/// Small documents that are right, of many shapes.
const GOOD: &[(&str, &str)] = &[
    ("patient", include_str!("fixtures/patient.json")),
    ("observation", include_str!("fixtures/observation.json")),
    ("medication-request", include_str!("fixtures/medication-request.json")),
    ("questionnaire", include_str!("fixtures/questionnaire.json")),
    ("transaction", include_str!("fixtures/transaction.json")),
];

#[test]
fn the_fixtures_are_right() {
    for (name, text) in GOOD {
        check(&parse(text.as_bytes()).unwrap(), None).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}
