//! The text of a `value` attribute as JSON writes it. Only what JSON could not hold is refused here; the rest is for
//! the check of structure. <http://hl7.org/fhir/R4/datatypes.html#primitive>

use crate::definition::Primitive as P;
use std::borrow::Cow;
use theriac_core::json::{self, Node};

/// Says what would be right.
pub fn value(kind: P, text: Cow<'_, str>) -> Result<Node<'_>, &'static str> {
    if text.is_empty() {
        return Err("the attribute 'value' must not be empty; leave it out instead");
    }
    match kind {
        P::Boolean => match text.as_ref() {
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            _ => Err("must be true or false"),
        },
        P::Decimal => number(text).ok_or("must be a decimal such as 0.50, with digits on both sides of the point"),
        P::Integer | P::UnsignedInt | P::PositiveInt => {
            number(unsigned(text)).filter(is_whole).ok_or("must be an integer such as 42")
        }
        _ => Ok(Node::String(text)),
    }
}

/// A plus sign may lead an integer in XML, but not in JSON.
fn unsigned(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.strip_prefix('+').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => text,
    }
}

/// FHIR writes numbers as JSON does.
fn number(text: Cow<'_, str>) -> Option<Node<'_>> {
    let is_number = matches!(json::parse(text.as_bytes()), Ok(Node::Number(read)) if read == text);
    is_number.then_some(Node::Number(text))
}

fn is_whole(node: &Node<'_>) -> bool {
    node.as_number().is_some_and(|text| !text.contains(['.', 'e', 'E']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stay_as_they_are() {
        for (kind, text, expected) in [
            (P::Decimal, "1.500", Some("1.500")),
            (P::Decimal, "-0.0e+5", Some("-0.0e+5")),
            (P::Decimal, "+1", None),
            (P::Decimal, ".5", None),
            (P::Decimal, " 1", None),
            (P::Decimal, "01", None),
            (P::Decimal, "NaN", None),
            (P::Integer, "+5", Some("5")),
            (P::Integer, "-5", Some("-5")),
            (P::Integer, "5.0", None),
            (P::Integer, "++5", None),
            (P::Boolean, "true", Some("true")),
            (P::Boolean, "1", None),
            (P::Date, "no date", Some("\"no date\"")),
            (P::String, "", None),
        ] {
            let read = value(kind, Cow::Borrowed(text)).ok().map(|n| n.to_string());
            assert_eq!(read.as_deref(), expected, "{kind:?} {text}");
        }
    }
}
