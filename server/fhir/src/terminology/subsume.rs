//! How two codes of one system stand to each other. <http://hl7.org/fhir/R4/codesystem-operation-subsumes.html>

use super::library::{Library, Vocabulary};
use super::system::{Place, System};
use std::sync::Arc;
use theriac_core::{Code, Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subsumption {
    Equivalent,
    /// A is above B.
    Subsumes,
    /// A is below B.
    SubsumedBy,
    NotSubsumed,
}

impl Subsumption {
    /// <http://hl7.org/fhir/R4/valueset-concept-subsumption-outcome.html>
    pub fn code(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Subsumes => "subsumes",
            Self::SubsumedBy => "subsumed-by",
            Self::NotSubsumed => "not-subsumed",
        }
    }
}

pub(super) fn subsumes(
    library: &Library,
    system: &str,
    version: Option<&str>,
    a: &str,
    b: &str,
) -> Result<Subsumption> {
    let table = hierarchy(library, system, version)?;
    let (a, b) = (place(&table, a)?, place(&table, b)?);
    Ok(match () {
        () if a == b => Subsumption::Equivalent,
        () if table.below(a).contains(&b) => Subsumption::Subsumes,
        () if table.above(a).contains(&b) => Subsumption::SubsumedBy,
        () => Subsumption::NotSubsumed,
    })
}

/// Codes above or below one, itself included: what `:above` and `:below` search for.
///
/// # Errors
/// As [`subsumes`](super::Terminology::subsumes).
pub(super) fn relatives(library: &Library, system: &str, code: &str, below: bool) -> Result<Vec<String>> {
    let table = hierarchy(library, system, None)?;
    let place = place(&table, code)?;
    let places = if below { table.below(place) } else { table.above(place) };
    let mut codes: Vec<String> = places.into_iter().map(|place| table.code(place).to_owned()).collect();
    codes.sort_unstable();
    Ok(codes)
}

fn hierarchy(library: &Library, system: &str, version: Option<&str>) -> Result<Arc<System>> {
    match library.vocabulary(system, version) {
        Vocabulary::Table(table) => match table.other_hierarchy() {
            Some(meaning) => {
                let message =
                    format!("the hierarchy of {system} is {meaning}, not is-a: no code of it subsumes another");
                Err(Error::new(Code::Unprocessable, message))
            }
            None => Ok(table),
        },
        Vocabulary::Rule(rule) => {
            Err(Error::new(Code::Unprocessable, format!("{} ({system}) have no hierarchy", rule.name)))
        }
        Vocabulary::Unknown => Err(Error::new(Code::NotFound, format!("the code system {system} is not known here"))),
    }
}

fn place(table: &System, code: &str) -> Result<Place> {
    let missing = || Error::new(Code::NotFound, format!("'{code}' is not a code of {}", table.url));
    table.find(code).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use crate::terminology::Terminology;
    use crate::terminology::tests::library;

    #[test]
    fn two_codes_stand_in_one_of_four_ways() {
        let between = |a, b| library().subsumes("http://example.org/animals", None, a, b).unwrap().code();
        assert_eq!(between("dog", "dog"), "equivalent");
        assert_eq!(between("mammal", "puppy"), "subsumes");
        assert_eq!(between("puppy", "animal"), "subsumed-by");
        assert_eq!(between("dog", "cat"), "not-subsumed");
        assert_eq!(library().subsumes("http://example.org/animals", None, "dog", "cow").unwrap_err().status(), 404);
        assert_eq!(library().subsumes("http://example.org/nowhere", None, "a", "b").unwrap_err().status(), 404);
        assert_eq!(library().subsumes("urn:ietf:bcp:47", None, "de", "de-CH").unwrap_err().status(), 422);
    }
}
