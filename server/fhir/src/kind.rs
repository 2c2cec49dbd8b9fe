//! Resource types by number: R4 is closed, so the place in its sorted list is a fixed, small key.

use crate::definition::Definitions;
use theriac_core::{Code, Error, Result};

/// The number of a resource type.
pub fn number(name: &str) -> Option<i16> {
    let names = Definitions::r4().resource_names();
    names.binary_search(&name).ok().and_then(|i| i16::try_from(i).ok())
}

/// The name behind a number; empty for a number that was never given out.
pub fn name(number: i16) -> &'static str {
    usize::try_from(number).ok().and_then(|i| Definitions::r4().resource_names().get(i).copied()).unwrap_or("")
}

/// Every number there is.
pub fn all() -> impl Iterator<Item = i16> {
    (0..).take_while(|n| !name(*n).is_empty())
}

/// A resource type as named in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub number: i16,
    pub name: &'static str,
}

/// # Errors
/// `NotFound`, with the nearest type that exists.
pub fn find(text: &str) -> Result<Kind> {
    match number(text) {
        Some(number) => Ok(Kind { number, name: name(number) }),
        None => {
            let names = Definitions::r4().resource_names();
            let near = names.iter().find(|n| n.eq_ignore_ascii_case(text)).map(|n| format!("; did you mean {n}?"));
            let message = format!("'{text}' is not an R4 resource type{}", near.unwrap_or_default());
            Err(Error::new(Code::NotFound, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_places_in_the_sorted_list_and_never_move() {
        let names = Definitions::r4().resource_names();
        assert!(names.is_sorted());
        assert_eq!((names.len(), number("Account"), number("VisionPrescription")), (146, Some(0), Some(145)));
        assert!(names.iter().all(|n| name(number(n).unwrap()) == *n));
        assert!(find("patient").unwrap_err().message.contains("Patient"));
    }
}
