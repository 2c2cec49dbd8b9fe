//! Names in addresses, and what must be said.

use theriac_core::{Error, Result};

const LONGEST: usize = 64;

/// The name of a profile or project: a slug.
pub(crate) fn name(id: &str) -> Result<&str> {
    let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if plain && (1..=LONGEST).contains(&id.len()) {
        return Ok(id);
    }
    Err(Error::invalid("a name is 1 to 64 lower-case letters, digits and '-'").at("id"))
}

/// Why somebody must be known again.
pub(crate) fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    if (10..=1_000).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("say why, in 10 to 1000 characters").at("reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_slugs_and_reasons_are_sentences() {
        assert!(name("lung-2").is_ok() && name("Lung").is_err() && name("").is_err() && name("a/b").is_err());
        assert!(reason("  incidental finding ").is_ok_and(|r| r == "incidental finding") && reason("because").is_err());
    }
}
