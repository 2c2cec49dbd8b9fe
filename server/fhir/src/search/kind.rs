//! One file a parameter type; each turns document values into index rows and search values into criteria.
//! <http://hl7.org/fhir/R4/search.html#ptypes>

pub mod date;
pub mod number;
pub mod quantity;
pub mod reference;
pub mod special;
pub mod string;
pub mod token;
pub mod uri;

use super::catalogue::Prepared;
use super::concepts::Concepts;
use super::criterion::Criterion;
use super::index::Index;
use super::parameter::Kind;
use super::query::Modifier;
use theriac_core::Error;
use theriac_core::clock::Instant;
use theriac_core::error::{Code, Result};
use theriac_core::json::Node;

/// What both sides must know besides the value.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The tenant's FHIR base at this server, without a slash at the end: absolute references below it are local.
    pub base: &'a str,
    /// For `ap` on dates.
    pub now: Instant,
    /// For `:in`, `:above` and the like; nothing where terminology has no say.
    pub concepts: Option<&'a dyn Concepts>,
}

/// A parameter type: its modifiers and its two halves. `missing` and `not` are every kind's and handled before.
pub struct Row {
    pub kind: Kind,
    pub modifiers: &'static [&'static str],
    /// The types of a choice that mean something to it; a `performedString` is no value of a date parameter. None means
    /// any: the parameter is read from elements of one type.
    pub choices: &'static [&'static str],
    pub index: fn(&Prepared, &Node<'_>, &Context<'_>, &mut Index),
    /// From all the comma-separated values, escapes still in place.
    pub criterion: fn(&Prepared, &Modifier, &[&str], &Context<'_>) -> Result<Criterion>,
}

const TOKENS: &[&str] =
    &["Boolean", "Code", "CodeableConcept", "Coding", "ContactPoint", "Id", "Identifier", "String", "Uri"];
const REFERENCES: &[&str] = &["Canonical", "Reference", "Uri", "Url"];
const STRINGS: &[&str] = &["Address", "CodeableConcept", "HumanName", "Markdown", "String"];
const DATES: &[&str] = &["Date", "DateTime", "Instant", "Period", "Timing"];
const NUMBERS: &[&str] = &["Decimal", "Integer", "PositiveInt", "Range", "UnsignedInt"];
const QUANTITIES: &[&str] = &["Age", "Count", "Distance", "Duration", "Money", "Quantity", "Range"];
const URIS: &[&str] = &["Canonical", "Oid", "Uri", "Url", "Uuid"];

/// Every kind that is served.
pub const TABLE: &[Row] = &[
    Row {
        kind: Kind::Token,
        modifiers: token::MODIFIERS,
        choices: TOKENS,
        index: token::index,
        criterion: token::criterion,
    },
    Row {
        kind: Kind::Reference,
        modifiers: reference::MODIFIERS,
        choices: REFERENCES,
        index: reference::index,
        criterion: reference::criterion,
    },
    Row {
        kind: Kind::String,
        modifiers: string::MODIFIERS,
        choices: STRINGS,
        index: string::index,
        criterion: string::criterion,
    },
    Row { kind: Kind::Date, modifiers: &[], choices: DATES, index: date::index, criterion: date::criterion },
    Row { kind: Kind::Number, modifiers: &[], choices: NUMBERS, index: number::index, criterion: number::criterion },
    Row {
        kind: Kind::Quantity,
        modifiers: &[],
        choices: QUANTITIES,
        index: quantity::index,
        criterion: quantity::criterion,
    },
    Row { kind: Kind::Special, modifiers: &[], choices: &[], index: special::index, criterion: special::criterion },
    Row { kind: Kind::Uri, modifiers: uri::MODIFIERS, choices: URIS, index: uri::index, criterion: uri::criterion },
];

impl Row {
    pub fn of(kind: Kind) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.kind == kind)
    }

    /// Is a value of that type (as the JSON name of a choice or an `as` told it, or "") one of this kind?
    pub fn reads(&self, fhir: &str) -> bool {
        let known_choice = fhir.starts_with(|c: char| c.is_ascii_uppercase());
        !known_choice || self.choices.is_empty() || self.choices.contains(&fhir)
    }
}

/// "`date` takes ...": what would have been right, without repeating the value.
pub(super) fn refuse(prepared: &Prepared, wanted: &str) -> Error {
    let message =
        format!("the parameter {} is of type {} and takes {wanted}", prepared.code(), prepared.parameter.kind.code());
    Error::new(Code::Invalid, message).at(prepared.code())
}
