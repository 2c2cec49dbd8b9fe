//! Extension fields: that they are there, which values they have, and what of it can be compared.
//! EPCIS 2.0, 8.2.7.1, the parameters `EQ_fieldname`, `GE_fieldname`, `EXISTS_fieldname` and their `INNER_` forms.
//!
//! A field is named `{namespace}local`. Its part says where it stands: at the top of the event, in `ILMD`, in a sensor
//! report, and so on; fields inside of others stand in the part with `INNER_` before it.

use super::values::Measured;
use super::{Terms, extension_field};
use crate::decimal::shortest;
use crate::event::members;
use crate::identifier::canonical;
use crate::namespaces::Namespaces;
use theriac_core::Instant;
use theriac_core::json::{Node, Object};

/// What a text compares as: a number, or a moment in microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Comparable {
    Number(f64),
    Time(f64),
}

impl Comparable {
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(at) = moment(text) {
            return Some(Self::Time(at.0 as f64));
        }
        shortest(text)?.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Number)
    }

    pub fn number(self) -> f64 {
        match self {
            Self::Number(number) | Self::Time(number) => number,
        }
    }

    /// The field a comparison looks in: numbers and times of one name never meet.
    pub fn field(self, part: &str, name: &str) -> String {
        match self {
            Self::Number(_) => format!("{part}:{name}"),
            Self::Time(_) => format!("{part}@{name}"),
        }
    }
}

/// A date-time with zone, or a date, which begins at midnight UTC.
pub fn moment(text: &str) -> Option<Instant> {
    match text.len() {
        10 => Instant::parse(&format!("{text}T00:00:00Z")),
        _ => Some(text).filter(|text| text.as_bytes().get(10) == Some(&b'T')).and_then(Instant::parse),
    }
}

/// The one spelling of a value: numbers by value, times in UTC, identifiers as Digital Links.
pub fn spelling(text: &str) -> String {
    let text = text.trim();
    match (moment(text), shortest(text)) {
        (Some(at), _) if text.len() > 10 => at.rfc3339(),
        (_, Some(number)) => number,
        _ => canonical(text).into_owned(),
    }
}

/// A scalar's text.
pub fn scalar<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match node {
        Node::Bool(true) => Some("true"),
        Node::Bool(false) => Some("false"),
        other => other.as_str().or_else(|| other.as_number()),
    }
}

pub(super) struct Extensions<'t> {
    pub spaces: &'t Namespaces,
    pub terms: &'t mut Terms,
    pub values: &'t mut Vec<Measured>,
}

impl Extensions<'_> {
    /// The extension members of an object that `known` does not name as the standard's.
    pub fn read(&mut self, part: &str, object: Option<&Object<'_>>, known: fn(&str) -> bool) {
        let members = object.into_iter().flat_map(|o| o.iter());
        for (name, value) in members.filter(|(name, _)| !known(name)) {
            if let Some(field) = extension_field(name, self.spaces) {
                self.field(part, &field, value);
                value.items().iter().for_each(|value| self.inner(part, value));
            }
        }
    }

    fn inner(&mut self, part: &str, node: &Node<'_>) {
        for (name, value) in node.as_object().into_iter().flat_map(|o| o.iter()) {
            if let Some(field) = extension_field(name, self.spaces).filter(|_| name.contains(':')) {
                self.field(&format!("INNER_{part}"), &field, value);
            }
            value.items().iter().for_each(|value| self.inner(part, value));
        }
    }

    fn field(&mut self, part: &str, field: &str, value: &Node<'_>) {
        self.terms.add(&format!("EXISTS_{part}"), Some(field.to_owned()));
        for text in value.items().iter().filter_map(scalar) {
            self.terms.add(&format!("EQ_{part}{field}"), Some(spelling(text)));
            if let Some(comparable) = Comparable::of(text) {
                let (field, number) = (comparable.field(part, field), comparable.number());
                self.values.push(Measured { field, number });
            }
        }
    }
}

/// Members of an event that are the standard's.
pub(super) fn of_event(name: &str) -> bool {
    members::find(name).is_some()
}
