//! The shapes of search that are asked in turn, one row each; what changes from one question to the next is random.

use super::population::Population;
use crate::data::date;
use crate::data::vocabulary::{CITIES, CONDITIONS, FAMILIES, MEDICATIONS, VITALS};
use rand::Rng;
use rand::rngs::SmallRng;

pub struct Shape {
    pub name: &'static str,
    pub query: fn(&mut SmallRng, &Population) -> String,
}

const LOINC: &str = "http%3A%2F%2Floinc.org%7C";

fn pick<'t, T>(random: &mut SmallRng, from: &'t [T]) -> &'t T {
    &from[random.random_range(0..from.len())]
}

fn patient<'p>(random: &mut SmallRng, population: &'p Population) -> &'p str {
    pick::<String>(random, &population.patients)
}

fn id<'p>(random: &mut SmallRng, population: &'p Population) -> &'p str {
    patient(random, population).trim_start_matches("Patient/")
}

/// The first day of a month in which the population was seen, and the first of the next one.
fn month(random: &mut SmallRng) -> (String, String) {
    let begin = random.random_range(16_500..18_500);
    (date(begin), date(begin + 30))
}

#[rustfmt::skip]
pub const SHAPES: &[Shape] = &[
    Shape { name: "token",              query: |r, _| format!("Observation?code={}", pick(r, VITALS).0) },
    Shape { name: "system|code",        query: |r, _| format!("Observation?code={LOINC}{}", pick(r, VITALS).0) },
    Shape { name: "identifier",         query: |r, p| format!("Patient?identifier=urn%3Aexample%3Amrn%7Cmrn-{}", r.random_range(0..p.patients.len())) },
    Shape { name: "string prefix",      query: |r, _| format!("Patient?family={}", &pick(r, FAMILIES)[..2]) },
    Shape { name: "two strings",        query: |r, _| format!("Patient?family={}&address-city={}", pick(r, FAMILIES), pick(r, CITIES)) },
    Shape { name: "birth date range",   query: |r, _| { let year = r.random_range(1935..1995); format!("Patient?birthdate=ge{year}-01-01&birthdate=lt{}-01-01", year + 5) } },
    Shape { name: "period range",       query: |r, _| { let (from, to) = month(r); format!("Encounter?date=ge{from}&date=lt{to}") } },
    Shape { name: "reference",          query: |r, p| format!("Observation?subject={}", patient(r, p)) },
    Shape { name: "reference, token",   query: |r, p| format!("Observation?patient={}&code={LOINC}{}", id(r, p), pick(r, VITALS).0) },
    Shape { name: "quantity",           query: |r, _| format!("Observation?code={LOINC}8867-4&value-quantity=gt{}%7Chttp%3A%2F%2Funitsofmeasure.org%7C%2Fmin", r.random_range(60..109)) },
    Shape { name: "_lastUpdated",       query: |r, _| format!("Condition?_lastUpdated=ge2020-01-{:02}", r.random_range(1..29)) },
    Shape { name: "_id",                query: |r, p| format!("Patient?_id={}", id(r, p)) },
    Shape { name: "_include",           query: |r, p| format!("MedicationRequest?patient={}&_include=MedicationRequest:requester", id(r, p)) },
    Shape { name: "_revinclude",        query: |r, p| format!("Patient?_id={}&_revinclude=Condition:subject", id(r, p)) },
    Shape { name: "chained",            query: |r, p| format!("Condition?subject:Patient.identifier=urn%3Aexample%3Amrn%7Cmrn-{}", r.random_range(0..p.patients.len())) },
    Shape { name: "_has",               query: |r, _| format!("Patient?_has:Condition:patient:code={}", pick(r, CONDITIONS).0) },
    Shape { name: "_sort",              query: |r, p| format!("Observation?patient={}&_sort=-date&_count=10", id(r, p)) },
    Shape { name: "count of a token",   query: |r, _| format!("MedicationRequest?code={}&_summary=count", pick(r, MEDICATIONS).0) },
];
