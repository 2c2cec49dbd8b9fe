//! One file a parameter type; each turns document values into index rows and search values into criteria.
//! <http://hl7.org/fhir/R4/search.html#ptypes>

pub mod date;
pub mod number;
pub mod quantity;
pub mod reference;
pub mod string;
pub mod token;
pub mod uri;

use super::catalogue::Prepared;
use super::criterion::Criterion;
use super::index::Index;
use super::parameter::Kind;
use super::query::Modifier;
use theriac_core::clock::Instant;
use theriac_core::error::{Code, Result};
use theriac_core::json::Node;
use theriac_core::Error;

/// What both sides must know besides the value.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// This server's address of the tenant's FHIR base, without a slash at the end; absolute references below it are local.
    pub base: &'a str,
    /// For `ap` on dates.
    pub now: Instant,
}

/// A parameter type: its modifiers and its two halves. `missing` is every kind's and handled before.
pub struct Row {
    pub kind: Kind,
    pub modifiers: &'static [&'static str],
    pub index: fn(&Prepared, &Node<'_>, &str, &Context<'_>, &mut Index),
    /// From all the comma-separated values, escapes still in place.
    pub criterion: fn(&Prepared, &Modifier, &[&str], &Context<'_>) -> Result<Criterion>,
}

/// Every kind that is served.
pub const TABLE: &[Row] = &[
    Row { kind: Kind::Token, modifiers: token::MODIFIERS, index: token::index, criterion: token::criterion },
    Row { kind: Kind::Reference, modifiers: reference::MODIFIERS, index: reference::index, criterion: reference::criterion },
    Row { kind: Kind::String, modifiers: string::MODIFIERS, index: string::index, criterion: string::criterion },
    Row { kind: Kind::Date, modifiers: &[], index: date::index, criterion: date::criterion },
    Row { kind: Kind::Number, modifiers: &[], index: number::index, criterion: number::criterion },
    Row { kind: Kind::Quantity, modifiers: &[], index: quantity::index, criterion: quantity::criterion },
    Row { kind: Kind::Uri, modifiers: uri::MODIFIERS, index: uri::index, criterion: uri::criterion },
];

impl Row {
    pub fn of(kind: Kind) -> Option<&'static Self> {
        TABLE.iter().find(|row| row.kind == kind)
    }
}

/// "`date` takes ...": what would have been right, without repeating the value.
pub(super) fn refuse(prepared: &Prepared, wanted: &str) -> Error {
    let message = format!("the parameter {} is of type {} and takes {wanted}", prepared.code(), prepared.parameter.kind.code());
    Error::new(Code::Invalid, message).at(prepared.code())
}
