//! A profile as people write it: TOML with a title, how pseudonyms are made, and rules.
//!
//! A rule is the path of an element or the name of a type, and a [`Method`]. The longest path from the record wins,
//! then the path from the type, then the type of the value.

use crate::method::Method;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use theriac_core::{Error, Result};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub title: String,
    pub pseudonyms: Pseudonyms,
    /// Is the live feed open? It tells when a record arrived.
    #[serde(default)]
    pub feed: bool,
    /// Addresses of extensions that are looked into; all others go.
    #[serde(default)]
    pub extensions: Vec<String>,
    pub rules: BTreeMap<String, Method>,
}

/// Where a pseudonym comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pseudonyms {
    /// From nothing: 164.514(c)(1) wants a code that is not derived from information about the person.
    Random,
    /// From the project's key: HMAC-SHA-256.
    Keyed,
}

/// The profiles that come with the program, by name.
pub const BUILT_IN: &[(&str, &str)] =
    &[("safe-harbor", include_str!("profiles/safe-harbor.toml")), ("expert", include_str!("profiles/expert.toml"))];

impl Profile {
    /// # Errors
    /// `Malformed`, naming line and column.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
            Error::malformed(format!("the profile cannot be read: {}", e.message())).at(format!("line {at}"))
        })
    }

    pub fn built_in(name: &str) -> Option<&'static str> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_of_the_program_can_be_read() {
        for (name, text) in BUILT_IN {
            let profile = Profile::parse(text).unwrap();
            assert!(profile.rules.len() > 20, "{name}");
        }
        let strict = Profile::parse(Profile::built_in("safe-harbor").unwrap()).unwrap();
        assert_eq!(strict.pseudonyms, Pseudonyms::Random);
        assert!(!strict.rules.values().any(|method| *method == Method::Shift));
    }

    #[test]
    fn a_word_that_is_no_method_is_refused_with_its_line() {
        let text = "title = \"t\"\npseudonyms = \"keyed\"\n[rules]\nboolean = \"kept\"\n";
        let error = Profile::parse(text).unwrap_err();
        assert!(error.message.contains("keep") && error.issues[0].path == "line 4", "{error:?}");
        assert!(Profile::parse("title = \"t\"\npseudonyms = \"keyed\"\nrule = 1\n[rules]\n").is_err());
    }
}
