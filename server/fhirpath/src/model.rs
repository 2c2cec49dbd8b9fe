//! What the evaluator must know of a model's types. FHIR R4 is one such model; the crate knows none.

use crate::system::System;

/// A type's place in its model.
pub type TypeId = u16;

/// An element as a path names it: `value` for `value[x]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelElement {
    /// Nothing for a choice; see [`Model::choices`].
    pub of: Option<TypeId>,
    pub repeats: bool,
}

/// An element as JSON names it: `valueQuantity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'m> {
    /// As a path names it: `value`.
    pub element: &'m str,
    pub of: TypeId,
    pub repeats: bool,
}

pub trait Model: Send + Sync {
    /// The name that stands before a type's: `FHIR` in `FHIR.Patient`.
    fn namespace(&self) -> &str;

    fn find(&self, name: &str) -> Option<TypeId>;

    fn name(&self, of: TypeId) -> &str;

    fn base(&self, of: TypeId) -> Option<TypeId>;

    /// The system type that values of a primitive type are.
    fn primitive(&self, of: TypeId) -> Option<System>;

    /// Is it a quantity with value and unit?
    fn is_quantity(&self, of: TypeId) -> bool;

    /// Does the document itself say the type (`resourceType`)?
    fn is_open(&self, of: TypeId) -> bool;

    fn element(&self, of: TypeId, name: &str) -> Option<ModelElement>;

    fn member(&self, of: TypeId, json: &str) -> Option<Member<'_>>;

    /// The types of a choice.
    fn choices(&self, of: TypeId, name: &str) -> Vec<TypeId>;

    /// The names of all elements, for children and for messages.
    fn elements(&self, of: TypeId) -> Vec<&str>;

    /// Is `of` the type `wanted` or derived from it?
    fn is_a(&self, of: TypeId, wanted: TypeId) -> bool {
        let mut next = Some(of);
        while let Some(id) = next {
            if id == wanted {
                return true;
            }
            next = self.base(id);
        }
        false
    }
}
