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
    /// The prefixes that this very tag declares, the default namespace under the empty one.
    pub declares: Vec<(&'a str, Cow<'a, str>)>,
    /// The place of its `<`.
    pub at: usize,
}

impl Start<'_> {
    /// Declares this very tag the default namespace?
    pub fn declares_default(&self) -> bool {
        self.declares.iter().any(|(prefix, _)| prefix.is_empty())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// As written, with a prefix if it has one.
    pub name: &'a str,
    pub value: Cow<'a, str>,
    /// The place of the name.
    pub at: usize,
}
