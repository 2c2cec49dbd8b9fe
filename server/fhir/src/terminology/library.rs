//! Code systems and value sets made ready for questions, each once.

use super::compose::Set;
use super::rule::Rule;
use super::system::System;
use super::verdict::{Found, Verdict};
use super::{implicit, supplement};
use crate::canonical::{Canonical, Canonicals, Definition};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::{Code, Error, Result};

/// All terminology that is found by one set of canonicals. What was made ready stays: when the resources change,
/// a new library takes its place.
pub struct Library {
    canonicals: Arc<dyn Canonicals>,
    systems: RwLock<HashMap<String, Vocabulary>>,
    sets: RwLock<HashMap<String, Arc<Set>>>,
}

/// How deep value sets may include one another.
const DEEPEST: usize = 32;

/// What stands behind the address of a code system.
#[derive(Debug, Clone)]
pub enum Vocabulary {
    Table(Arc<System>),
    Rule(&'static Rule),
    Unknown,
}

impl Library {
    pub fn new(canonicals: Arc<dyn Canonicals>) -> Self {
        Self { canonicals, systems: RwLock::default(), sets: RwLock::default() }
    }

    pub fn canonicals(&self) -> &dyn Canonicals {
        self.canonicals.as_ref()
    }

    /// A code system by address and, where it matters, version.
    pub fn vocabulary(&self, system: &str, version: Option<&str>) -> Vocabulary {
        let canonical = match version {
            Some(version) if !system.contains('|') => format!("{system}|{version}"),
            _ => system.to_owned(),
        };
        if let Some(known) = self.systems.read().get(&canonical) {
            return known.clone();
        }
        let found = self.find_vocabulary(system, &canonical);
        // Unknown addresses come from outside and would fill the memory.
        if !matches!(found, Vocabulary::Unknown) {
            self.systems.write().insert(canonical, found.clone());
        }
        found
    }

    fn find_vocabulary(&self, system: &str, canonical: &str) -> Vocabulary {
        // A resource may describe a system by rule (UCUM, SNOMED CT) without having its concepts.
        let resource = self.canonicals.find("CodeSystem", canonical);
        match (resource.filter(has_concepts), Rule::of(system)) {
            (Some(resource), _) => {
                let more = self.canonicals.supplements(Canonical::of(system).url);
                Vocabulary::Table(Arc::new(System::read(supplement::applied(resource, &more))))
            }
            (None, Some(rule)) => Vocabulary::Rule(rule),
            (None, None) => Vocabulary::Unknown,
        }
    }

    /// A value set by its canonical.
    ///
    /// # Errors
    /// `NotFound` where there is none, `Unprocessable` where it cannot be used: it includes itself, a filter is wrong.
    pub fn set(&self, canonical: &str) -> Result<Arc<Set>> {
        self.set_within(canonical, &mut Vec::new())
    }

    pub(super) fn set_within(&self, canonical: &str, above: &mut Vec<String>) -> Result<Arc<Set>> {
        if let Some(known) = self.sets.read().get(canonical) {
            return Ok(known.clone());
        }
        if above.iter().any(|one| one == canonical) {
            let round = above.join(" includes ");
            let message = format!("a value set must not include itself: {round} includes {canonical}");
            return Err(Error::new(Code::Unprocessable, message));
        }
        if above.len() > DEEPEST {
            let message = format!("value sets include one another more than {DEEPEST} deep");
            return Err(Error::new(Code::TooCostly, message));
        }
        let found = self.canonicals.find("ValueSet", canonical);
        let found = found.or_else(|| implicit::value_set(self.canonicals(), canonical));
        let resource = found
            .ok_or_else(|| Error::new(Code::NotFound, format!("there is no value set with the address {canonical}")))?;
        above.push(canonical.to_owned());
        let set = Set::read(self, &resource, above);
        above.pop();
        let set = Arc::new(set?);
        self.sets.write().insert(canonical.to_owned(), set.clone());
        Ok(set)
    }

    /// The codes above or below one in its system's hierarchy, itself included: what `:above` and `:below` search for.
    ///
    /// # Errors
    /// `NotFound` for a system or a code that is not here, `Unprocessable` for a system without is-a hierarchy.
    pub fn relatives(&self, system: &str, code: &str, below: bool) -> Result<Vec<String>> {
        super::subsume::relatives(self, system, code, below)
    }

    /// A value set that was sent along.
    ///
    /// # Errors
    /// As [`Library::set`].
    pub fn set_of(&self, resource: &Definition) -> Result<Arc<Set>> {
        Set::read(self, resource, &mut resource.text("url").map(str::to_owned).into_iter().collect()).map(Arc::new)
    }
}

fn has_concepts(resource: &Definition) -> bool {
    resource.text("content") != Some("not-present")
}

impl Vocabulary {
    /// A code system that was sent along, or read by its id.
    pub fn of(resource: Definition) -> Self {
        Self::Table(Arc::new(System::read(resource)))
    }

    /// Does it have the code?
    pub fn judge(&self, system: &str, code: &str) -> Verdict {
        match self {
            Self::Table(table) => match table.find(code) {
                Some(_) => Verdict::Yes(self.found(system, code)),
                None if table.is_complete => Verdict::No(format!("'{code}' is not a code of {system}")),
                None => Verdict::CannotSay(format!("'{code}' is not among the codes of {system} that are known here")),
            },
            Self::Rule(rule) if (rule.holds)(code) => Verdict::Yes(self.found(system, code)),
            Self::Rule(rule) => Verdict::No(format!("'{code}' is not a code of {} ({system})", rule.name)),
            Self::Unknown => Verdict::CannotSay(format!("the code system {system} is not known here")),
        }
    }

    /// What is known of a code that was found to be valid.
    pub fn found(&self, system: &str, code: &str) -> Found {
        let mut found = Found { system: system.to_owned(), code: code.to_owned(), ..Found::default() };
        match self {
            Self::Table(table) => {
                found.version = table.version.clone();
                let Some(place) = table.find(code) else { return found };
                found.code = table.code(place).to_owned();
                found.display = table.display(place, None).map(str::to_owned);
                found.words = found.display.iter().cloned().collect();
                found.words.extend(table.designations(place).map(|d| d.value.to_owned()));
                (found.is_abstract, found.is_inactive) = (table.is_abstract(place), table.is_inactive(place));
            }
            Self::Rule(rule) => {
                found.display = (rule.display)(code).map(str::to_owned);
                found.words = found.display.iter().cloned().collect();
            }
            Self::Unknown => {}
        }
        found
    }
}
