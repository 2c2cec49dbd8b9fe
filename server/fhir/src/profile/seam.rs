//! What a validation asks of a FHIRPath evaluator; codes are asked of [`crate::terminology`].

use super::datum::Datum;

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

    /// Is the value among what the expression leads to?
    ///
    /// # Errors
    /// Says why it cannot be told.
    fn leads_to(&self, expression: &str, focus: &Focus<'_, '_>, value: Datum<'_>) -> Result<bool, String>;
}

/// Asks no invariant.
pub struct NoInvariants;

impl Invariants for NoInvariants {
    fn holds(&self, _: &str, _: &Focus<'_, '_>) -> Result<bool, String> {
        Ok(true)
    }

    fn leads_to(&self, _: &str, _: &Focus<'_, '_>, _: Datum<'_>) -> Result<bool, String> {
        Ok(true)
    }
}
