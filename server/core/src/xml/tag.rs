//! A start tag with its attributes.

use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start<'a> {
    /// Without a prefix.
    pub name: &'a str,
    pub prefix: &'a str,
    /// Empty if the element is in none.
    pub namespace: Cow<'a, str>,
    /// All but declarations of namespaces.
    pub attributes: Vec<Attribute<'a>>,
    /// Declares this very tag the default namespace?
    pub declares_default: bool,
    /// The place of its `<`.
    pub at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// As written, with a prefix if it has one.
    pub name: &'a str,
    pub value: Cow<'a, str>,
    /// The place of the name.
    pub at: usize,
}
