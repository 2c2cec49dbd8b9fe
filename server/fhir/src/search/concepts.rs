//! `:in`, `:not-in`, `:above` and `:below` on tokens: a value set or a place in a hierarchy becomes the list of its codes,
//! bound to the one statement as an array. <http://hl7.org/fhir/R4/search.html#token>
//!
//! What cannot be listed is an error and never an empty answer.

use super::catalogue::Prepared;
use super::kind::Context;
use super::query::Modifier;
use super::value::{split, unescape};
use crate::definition::{Definitions, Kind};
use theriac_core::{Code, Error, Result};

/// What search asks of terminology.
pub trait Concepts: std::fmt::Debug + Sync {
    /// The codes of a value set, by its address or as `ValueSet/id`: system and code.
    fn of_value_set(&self, value_set: &str) -> Result<Vec<(String, String)>>;

    /// The codes above or below one in its system, itself included.
    fn relatives(&self, system: &str, code: &str, below: bool) -> Result<Vec<String>>;
}

/// So many codes one parameter asks for at most.
pub const MOST: usize = 10_000;

/// The codes that a value stands for.
///
/// # Errors
/// What terminology says; `TooCostly` for more than [`MOST`]; `Invalid` for a value that names no code.
pub fn codes(modifier: &Modifier, value: &str, context: &Context<'_>) -> Result<Vec<(String, String)>> {
    let concepts = context.concepts.ok_or_else(|| {
        Error::new(
            Code::NotSupported,
            "a condition cannot depend on terminology; ask by search, then name what was found",
        )
    })?;
    let codes = match modifier {
        Modifier::In | Modifier::NotIn => concepts.of_value_set(&unescape(value))?,
        other => {
            let parts: Vec<_> = split(value, '|').into_iter().map(unescape).collect();
            let [system, code] = parts.as_slice() else {
                return Err(Error::invalid("a place in a hierarchy is given as system|code"));
            };
            let codes = concepts.relatives(system, code, *other == Modifier::Below)?;
            codes.into_iter().map(|code| (system.to_string(), code)).collect()
        }
    };
    match codes.len() {
        0..=MOST => Ok(codes),
        many => {
            Err(Error::new(Code::TooCostly, format!("it stands for {many} codes; at most {MOST} can be searched for")))
        }
    }
}

/// Are all values of the parameter plain `code`s, whose system only the binding knows?
pub fn is_plain(prepared: &Prepared) -> bool {
    let mut types = prepared.parameter.expression.split('|').map(|member| ends_at(member.trim())).peekable();
    types.peek().is_some() && types.all(|kind| matches!(kind, Some(Kind::Primitive(_))))
}

/// The kind of type a simple path leads to.
fn ends_at(path: &str) -> Option<Kind> {
    let definitions = Definitions::r4();
    let mut steps = path.split('.');
    let mut at = definitions.type_of(steps.next()?)?;
    for step in steps {
        at = definitions.target(at.member(step)?);
    }
    Some(at.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::r4_catalogue;

    #[test]
    fn a_plain_code_is_told_from_a_coded_one() {
        for (kind, code, wanted) in [
            ("Patient", "gender", true),
            ("Observation", "status", true),
            ("Observation", "code", false),
            ("Observation", "value-concept", false),
            ("Patient", "_tag", false),
        ] {
            let prepared = r4_catalogue().plan(kind).unwrap().get(code).unwrap();
            assert_eq!(is_plain(prepared), wanted, "{kind} {code}");
        }
    }
}
