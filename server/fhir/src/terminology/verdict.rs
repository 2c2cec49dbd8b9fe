//! Is a code in a value set, or in its code system? Yes, no, or it cannot be said; never without the reason.

use super::library::{Library, Vocabulary};
use super::subsume::Subsumption;
use theriac_core::Result;
use theriac_core::json::Node;

/// A code as an instance gives it; `system` is missing where an element is a plain `code`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coding<'a> {
    pub system: Option<&'a str>,
    pub version: Option<&'a str>,
    pub code: &'a str,
}

impl<'a> Coding<'a> {
    /// Of a `Coding` element; nothing if it has no code.
    pub fn of(node: &'a Node<'_>) -> Option<Self> {
        Some(Self { system: node.text("system"), version: node.text("version"), code: node.text("code")? })
    }

    pub fn plain(code: &'a str) -> Self {
        Self { code, ..Self::default() }
    }
}

/// What is known of a code that is valid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    pub system: String,
    pub version: Option<String>,
    pub code: String,
    /// The preferred word.
    pub display: Option<String>,
    /// Every word for it, the preferred one first; empty where none is known.
    pub words: Vec<String>,
    /// A heading, not for use in instances.
    pub is_abstract: bool,
    pub is_inactive: bool,
}

impl Found {
    /// Is it a right word for the code? Case and spacing do not count; where no word is known every one is right.
    pub fn takes(&self, display: &str) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        self.words.is_empty() || self.words.iter().any(|word| plain(word) == plain(display))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Yes(Found),
    No(String),
    /// The value set or a code system it needs is not here, or not whole.
    CannotSay(String),
}

/// What the validator and FHIRPath's `memberOf` ask.
pub trait Terminology: Send + Sync {
    /// By the canonical of the value set. A coding without a system is valid if any system of the set has its code.
    fn in_value_set(&self, value_set: &str, coding: &Coding<'_>) -> Verdict;

    /// Does the code's own system have it?
    fn in_code_system(&self, coding: &Coding<'_>) -> Verdict;

    /// How two codes of one system stand to each other.
    ///
    /// # Errors
    /// `NotFound` for a system or a code that is not here, `Unprocessable` for a system without is-a hierarchy.
    fn subsumes(&self, system: &str, version: Option<&str>, a: &str, b: &str) -> Result<Subsumption>;

    /// A CodeableConcept is in a value set if one of its codings is.
    fn concept_in_value_set(&self, value_set: &str, concept: &Node<'_>) -> Verdict {
        let mut unknown = None;
        let mut reasons = Vec::new();
        for coding in concept.get("coding").map_or(&[][..], Node::items).iter().filter_map(Coding::of) {
            match self.in_value_set(value_set, &coding) {
                Verdict::Yes(found) => return Verdict::Yes(found),
                Verdict::CannotSay(reason) => unknown = Some(reason),
                Verdict::No(reason) => reasons.push(reason),
            }
        }
        match unknown {
            Some(reason) => Verdict::CannotSay(reason),
            None if reasons.is_empty() => Verdict::No("it has no code".to_owned()),
            None => Verdict::No(reasons.join("; ")),
        }
    }
}

impl Terminology for Library {
    fn in_value_set(&self, value_set: &str, coding: &Coding<'_>) -> Verdict {
        match self.set(value_set) {
            Ok(set) => set.judge(coding),
            Err(error) => Verdict::CannotSay(error.message),
        }
    }

    fn in_code_system(&self, coding: &Coding<'_>) -> Verdict {
        let Some(system) = coding.system else {
            return Verdict::CannotSay(format!("'{}' has no code system", coding.code));
        };
        match self.vocabulary(system, coding.version) {
            Vocabulary::Unknown => Verdict::CannotSay(format!("the code system {system} is not known here")),
            known => known.judge(system, coding.code),
        }
    }

    fn subsumes(&self, system: &str, version: Option<&str>, a: &str, b: &str) -> Result<Subsumption> {
        super::subsume::subsumes(self, system, version, a, b)
    }
}
