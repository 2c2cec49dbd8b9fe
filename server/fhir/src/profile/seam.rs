//! What a validation asks of others: codes of a terminology, invariants of a FHIRPath evaluator, documents of a store.

use super::datum::Datum;
use crate::definition::Definitions;

/// A code as it stands in a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coding<'c> {
    /// Nothing where the element is a plain `code`: the value set says the system.
    pub system: Option<&'c str>,
    pub version: Option<&'c str>,
    pub code: &'c str,
    pub display: Option<&'c str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    Member,
    NotMember,
    /// The value set, or a code system it needs, is not known here.
    Unknown,
}

pub trait Terminology: Send + Sync {
    fn membership(&self, value_set: &str, coding: &Coding<'_>) -> Membership;
}

/// The codes the program carries for required bindings of plain codes, and nothing else.
pub struct KnownCodes;

impl Terminology for KnownCodes {
    fn membership(&self, value_set: &str, coding: &Coding<'_>) -> Membership {
        let url = super::library::without_version(value_set);
        match Definitions::r4().codes(url) {
            Some(codes) if coding.system.is_none() => match codes.binary_search(&coding.code) {
                Ok(_) => Membership::Member,
                Err(_) => Membership::NotMember,
            },
            _ => Membership::Unknown,
        }
    }
}

/// Where an invariant is asked.
#[derive(Clone, Copy)]
pub struct Focus<'f, 'd> {
    pub datum: Datum<'d>,
    /// `%resource`
    pub resource: Datum<'d>,
    /// `%rootResource`
    pub root: Datum<'d>,
    /// The resource of a reference, as far as the document itself holds it.
    pub resolve: &'f dyn Fn(&str) -> Option<Datum<'d>>,
}

pub trait Invariants: Send + Sync {
    /// Does the expression hold there?
    ///
    /// # Errors
    /// Says why it cannot be told.
    fn holds(&self, expression: &str, focus: &Focus<'_, '_>) -> Result<bool, String>;
}

/// Asks no invariant.
pub struct NoInvariants;

impl Invariants for NoInvariants {
    fn holds(&self, _: &str, _: &Focus<'_, '_>) -> Result<bool, String> {
        Ok(true)
    }
}
