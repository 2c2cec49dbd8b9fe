//! What a validation is asked to be strict about, and what lies around the document it looks at.

use super::finding::Severity;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::Instant;
use theriac_core::json::Node;

#[derive(Debug, Clone)]
pub struct Options {
    /// How an extension nobody knows is told; one that modifies is always an error.
    pub unknown_extension: Severity,
    /// Beginnings of addresses under which unknown extensions are information, whatever holds else.
    pub extension_domains: Vec<String>,
    /// How a profile nobody knows is told, where the document declares it.
    pub unknown_profile: Severity,
    /// Is it an error if nobody knows the profile that a reference must lead to?
    pub known_targets: bool,
    /// Are the profiles of `meta.profile` and of guides asked too?
    pub declared: bool,
    pub follow: Follow,
    /// Are contained resources looked at?
    pub contained: bool,
    pub refused: Refused,
}

/// How far references that lead out of the document are looked at, each word with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Follow {
    /// The type that it names must be allowed by the standard; a profile may ask for more in vain.
    Standard,
    /// It must be allowed by the profile.
    Type,
    /// What is found must meet the profile that is asked for.
    Profile,
    /// It must be found.
    Exists,
}

/// What the standard allows, and a tenant may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refused {
    /// Addresses at domains that are reserved for examples.
    pub examples: bool,
    /// Tags of HTML in markdown.
    pub html_in_markdown: bool,
    /// Tags of HTML in strings.
    pub markup_in_strings: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            unknown_extension: Severity::Information,
            extension_domains: Vec::new(),
            unknown_profile: Severity::Warning,
            known_targets: false,
            declared: true,
            follow: Follow::Type,
            contained: true,
            refused: Refused::default(),
        }
    }
}

/// Resources by `Type/id`; nothing for one that is not there.
pub type Linked = HashMap<String, Option<Node<'static>>>;

/// Around the document.
#[derive(Debug)]
pub struct World {
    pub now: Instant,
    /// What its references lead to.
    pub linked: Linked,
    /// The profiles that guides ask of every resource of a type.
    pub global: Arc<HashMap<String, Vec<String>>>,
}

impl World {
    pub fn at(now: Instant) -> Self {
        Self { now, linked: Linked::new(), global: Arc::default() }
    }
}
