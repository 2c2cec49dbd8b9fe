//! What a collection holds: parts of a document, borrowed, and values of FHIRPath's own types.

use crate::model::TypeId;
use crate::quantity::Quantity;
use crate::temporal::Temporal;
use rust_decimal::Decimal;
use smallvec::SmallVec;
use std::borrow::Cow;
use theriac_core::json::Node;

/// An ordered collection; most have one item, which needs no allocation.
pub type Items<'a> = SmallVec<[Item<'a>; 1]>;

#[derive(Debug, Clone)]
pub enum Item<'a> {
    Element(Element<'a>),
    Boolean(bool),
    /// Within 32 bits.
    Integer(i64),
    Decimal(Decimal),
    String(Cow<'a, str>),
    Temporal(Temporal),
    Quantity(Box<Quantity<'a>>),
    /// What `type()` gives.
    Type(Box<TypeName>),
}

/// A part of a document.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    /// The JSON value; nothing if a primitive has only extensions.
    pub value: Option<&'a Node<'a>>,
    /// Id and extensions of a primitive: the member with an underscore.
    pub extra: Option<&'a Node<'a>>,
    /// Nothing if the model does not know it.
    pub of: Option<TypeId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    pub namespace: String,
    pub name: String,
}

impl<'a> Element<'a> {
    pub fn of_node(value: &'a Node<'a>, of: Option<TypeId>) -> Self {
        Self { value: Some(value), extra: None, of }
    }

    /// Id and extensions: of an object in itself, of a primitive beside it.
    pub fn attributes(&self) -> Option<&'a Node<'a>> {
        match self.value {
            Some(value @ Node::Object(_)) => Some(value),
            _ => self.extra,
        }
    }
}

impl<'a> Item<'a> {
    /// The JSON value behind it, if it is a part of a document.
    pub fn node(&self) -> Option<&'a Node<'a>> {
        match self {
            Self::Element(element) => element.value,
            _ => None,
        }
    }

    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::String(text.into())
    }
}

/// One item alone.
pub fn one(item: Item<'_>) -> Items<'_> {
    let mut items = Items::new();
    items.push(item);
    items
}

pub fn none<'a>() -> Items<'a> {
    Items::new()
}

pub fn truth<'a>(value: bool) -> Items<'a> {
    one(Item::Boolean(value))
}

pub fn perhaps<'a>(item: Option<Item<'a>>) -> Items<'a> {
    item.map_or_else(none, one)
}
