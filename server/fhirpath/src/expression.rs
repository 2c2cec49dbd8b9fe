//! A compiled expression.

use crate::check::{self, Shape};
use crate::convert;
use crate::evaluate::{Environment, evaluate};
use crate::fault::Result;
use crate::item::{Item, Items};
use crate::model::{Model, TypeId};
use crate::navigate;
use crate::parse::parse;
use crate::syntax::Expr;
use crate::types;
use std::fmt;
use theriac_core::json::Node;

/// Parsed once, evaluated often, from any thread; always with the model it was compiled with.
pub struct Expression {
    text: Box<str>,
    tree: Expr,
}

impl Expression {
    /// # Errors
    /// Where the text is no FHIRPath, and what was expected there.
    pub fn compile(text: &str, model: &dyn Model) -> Result<Self> {
        Ok(Self { text: text.into(), tree: parse(text, model)? })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the expression can give on things of that type.
    ///
    /// # Errors
    /// The first place that can mean nothing: a function on what it does not work on. When `strict`, also an element
    /// that the type does not have, a path that begins at another type, and a condition that is no Boolean.
    pub fn check(&self, model: &dyn Model, on: TypeId, strict: bool) -> Result<Shape> {
        check::check(&self.tree, model, on, strict)
    }

    /// Does it call a function of that name?
    pub fn calls(&self, function: &str) -> bool {
        self.tree.calls(function)
    }

    /// # Errors
    /// What the document makes of the expression cannot be computed, or costs more than the limits.
    pub fn evaluate<'a>(&'a self, environment: &Environment<'a>, this: Item<'a>) -> Result<Items<'a>> {
        evaluate(&self.tree, environment, Some(this))
    }

    /// Without a document: `1 + 1`.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn evaluate_alone<'a>(&'a self, environment: &Environment<'a>) -> Result<Items<'a>> {
        evaluate(&self.tree, environment, None)
    }
}

/// Compiled from the same text.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl<'a> Item<'a> {
    /// A resource with the type it says it has.
    pub fn resource(model: &dyn Model, node: &'a Node<'a>) -> Self {
        let of = node.text("resourceType").and_then(|name| model.find(name));
        Self::Element(crate::item::Element::of_node(node, of))
    }

    /// The value of a primitive or a quantity; any other item is itself.
    #[must_use]
    pub fn value(&self, model: &dyn Model) -> Self {
        convert::value(model, self)
    }

    /// `Patient`, `code`, `BackboneElement`, `Boolean`.
    pub fn type_name(&self, model: &dyn Model) -> crate::item::TypeName {
        types::name_of(model, self)
    }

    /// As `toString()` gives it; nothing for what has elements of its own.
    pub fn to_text(&self, model: &dyn Model) -> Option<String> {
        match convert::to(crate::system::System::String, self.value(model)) {
            Some(Item::String(text)) => Some(text.into_owned()),
            _ => None,
        }
    }

    /// The children of that name.
    pub fn children(&self, model: &dyn Model, name: &str) -> Items<'a> {
        let mut found = Items::new();
        navigate::children(model, self, name, &mut found);
        found
    }
}
