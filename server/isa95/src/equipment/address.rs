//! Ids, and the address of a watched property: `{equipment id}.{property id}`.
//!
//! An equipment id may hold dots (plants name a press `SITE1.AREA2.PRESS3`), a property id may not, so the last
//! dot parts the two.

use theriac_core::{Error, Result};

const ID_MAX: usize = 64;

/// Where a property is: which equipment, which of its properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address<'a> {
    pub equipment: &'a str,
    pub property: &'a str,
}

impl<'a> Address<'a> {
    /// # Errors
    /// `Invalid` with what an address looks like.
    pub fn parse(text: &'a str) -> Result<Self> {
        let address = text.rsplit_once('.').map(|(equipment, property)| Self { equipment, property });
        address.filter(|a| valid_equipment_id(a.equipment) && valid_property_id(a.property)).ok_or_else(|| {
            let shown: String = text.chars().take(2 * ID_MAX).collect();
            Error::invalid(format!(
                "property {shown:?} is not an address of the form {{equipment id}}.{{property id}}, such as press1.force"
            ))
        })
    }
}

/// 1 to 64 letters, digits, `_`, `-` and `.`; first and last a letter or digit; no two dots in a row.
pub fn valid_equipment_id(id: &str) -> bool {
    let ends = [id.bytes().next(), id.bytes().last()];
    let characters = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    id.len() <= ID_MAX
        && characters
        && !id.contains("..")
        && ends.iter().all(|end| end.is_some_and(|b| b.is_ascii_alphanumeric()))
}

/// As an equipment id, without dots.
pub fn valid_property_id(id: &str) -> bool {
    valid_equipment_id(id) && !id.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_dot_parts_equipment_and_property() {
        let address = Address::parse("SITE1.AREA2.PRESS3.force").unwrap();
        assert_eq!((address.equipment, address.property), ("SITE1.AREA2.PRESS3", "force"));
    }

    #[test]
    fn refuses_what_is_not_an_address() {
        let long = format!("{}.x", "a".repeat(65));
        for text in ["", ".", "press1", "press1.", ".force", "a..b", "a b.c", "press1.fo/rce", "-a.b", "é.b", &long] {
            let error = Address::parse(text).unwrap_err();
            assert!(error.message.contains("such as press1.force"), "{text}: {error}");
        }
    }
}
