//! What an expression may ask of the world around the document: the clock, other documents, terminology, profiles.

use crate::fault::{Fault, Position, Result};
use crate::item::{Element, Item};
use theriac_core::clock::Instant;

/// What a reference leads to.
#[derive(Debug, Clone)]
pub enum Resolved<'a> {
    Element(Element<'a>),
    /// Only its type is known, which is enough for `resolve() is Patient`.
    OfType(String),
    Nothing,
}

/// Everything has a refusal for default: a host offers what it can answer.
pub trait Host<'a> {
    /// For `now()`, `today()` and `timeOfDay()`; the same during one evaluation.
    fn now(&self) -> Instant;

    /// A reference or canonical address; references to contained resources do not come here.
    ///
    /// # Errors
    /// If references are not followed here.
    fn resolve(&self, reference: &str) -> Result<Resolved<'a>, String> {
        let _ = reference;
        Err("references are not followed here".to_owned())
    }

    /// Is the code, Coding or CodeableConcept in the value set? Nothing if that cannot be known.
    ///
    /// # Errors
    /// If the value set is not known, or terminology is not offered.
    fn member_of(&self, item: &Item<'a>, value_set: &str) -> Result<Option<bool>, String> {
        let _ = (item, value_set);
        Err("value sets are not known here".to_owned())
    }

    /// `subsumes` (true) and `subsumedBy`.
    ///
    /// # Errors
    /// If terminology is not offered.
    fn subsumes(&self, left: &Item<'a>, right: &Item<'a>) -> Result<Option<bool>, String> {
        let _ = (left, right);
        Err("code systems are not known here".to_owned())
    }

    /// # Errors
    /// If the profile is not known.
    fn conforms_to(&self, item: &Item<'a>, profile: &str) -> Result<bool, String> {
        let _ = item;
        Err(format!("the profile {profile:?} is not known here"))
    }

    /// The ElementDefinition of an element, for `elementDefinition()`.
    ///
    /// # Errors
    /// If definitions are not offered.
    fn element_definition(&self, item: &Item<'a>) -> Result<Option<Element<'a>>, String> {
        let _ = item;
        Err("element definitions are not offered here".to_owned())
    }

    /// Is the element in that slice of that profile?
    ///
    /// # Errors
    /// If profiles are not offered.
    fn in_slice(&self, item: &Item<'a>, structure: &str, slice: &str) -> Result<bool, String> {
        let _ = (item, structure, slice);
        Err("slices are not known here".to_owned())
    }

    /// Called by `trace()`; the items go on unchanged.
    fn trace(&self, name: &str, items: &[Item<'a>]) {
        let _ = (name, items);
    }
}

/// A host that only has a clock.
#[derive(Debug, Clone, Copy)]
pub struct ClockOnly(pub Instant);

impl Host<'_> for ClockOnly {
    fn now(&self) -> Instant {
        self.0
    }
}

/// A host's refusal, with the place that asked.
pub fn refused(at: Position) -> impl Fn(String) -> Fault {
    move |why| Fault::execution(at, why)
}
