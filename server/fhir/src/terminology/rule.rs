//! Code systems by rule: what belongs to them says a grammar or a closed list, no resource.
//! <http://hl7.org/fhir/R4/terminologies-systems.html>

mod currency;
mod language;
mod mime;
mod unit;

use super::filter::Filter;

/// A code system by rule.
#[derive(Debug)]
pub struct Rule {
    pub system: &'static str,
    pub name: &'static str,
    /// Is it a code of the system?
    pub holds: fn(&str) -> bool,
    /// Its display, where the rule knows one.
    pub display: fn(&str) -> Option<&'static str>,
    /// Does the code pass a filter of that property, operator and value? Nothing where the rule does not know it.
    pub passes: fn(&Filter, &str) -> Option<bool>,
    /// All codes, where they can be listed.
    pub all: Option<fn() -> Vec<&'static str>>,
}

pub const TABLE: &[Rule] = &[
    Rule {
        system: "http://unitsofmeasure.org",
        name: "UCUM",
        holds: unit::holds,
        display: |_| None,
        passes: unit::passes,
        all: None,
    },
    Rule {
        system: "urn:ietf:bcp:13",
        name: "MIME types",
        holds: mime::holds,
        display: |_| None,
        passes: |_, _| None,
        all: None,
    },
    Rule {
        system: "urn:ietf:bcp:47",
        name: "language tags",
        holds: language::holds,
        display: |_| None,
        passes: |_, _| None,
        all: None,
    },
    Rule {
        system: "urn:iso:std:iso:4217",
        name: "ISO 4217 currencies",
        holds: |code| currency::name(code).is_some(),
        display: currency::name,
        passes: |_, _| None,
        all: Some(currency::all),
    },
];

impl Rule {
    pub fn of(system: &str) -> Option<&'static Self> {
        TABLE.iter().find(|rule| rule.system == system)
    }
}
