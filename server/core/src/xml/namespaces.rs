//! Which prefix stands for which namespace, element within element. <https://www.w3.org/TR/xml-names/#scoping>

use std::borrow::Cow;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
/// In scope at once; a look-up goes through them.
const MOST: usize = 256;

#[derive(Default)]
pub(super) struct Namespaces<'a> {
    /// With the depth of the element that binds it.
    bindings: Vec<(usize, &'a str, Cow<'a, str>)>,
}

impl<'a> Namespaces<'a> {
    /// # Errors
    /// What the recommendation forbids.
    pub fn bind(&mut self, depth: usize, prefix: &'a str, name: Cow<'a, str>) -> Result<(), &'static str> {
        match (prefix, name.as_ref()) {
            ("xml", XML) => return Ok(()),
            ("xml" | "xmlns", _) | (_, XML | XMLNS) => return Err("the prefixes xml and xmlns are XML's own"),
            ("", _) => {}
            (_, "") => return Err("a prefix stands for a namespace, which has a name"),
            _ => {}
        }
        if self.bindings.len() >= MOST {
            return Err("more namespaces are declared than are taken");
        }
        self.bindings.push((depth, prefix, name));
        Ok(())
    }

    /// The namespace of a prefix, empty for none; nothing if the prefix is not declared.
    pub fn of(&self, prefix: &str) -> Option<Cow<'a, str>> {
        match (self.bindings.iter().rev().find(|(_, known, _)| *known == prefix), prefix) {
            (Some((_, _, name)), _) => Some(name.clone()),
            (None, "") => Some(Cow::Borrowed("")),
            (None, "xml") => Some(Cow::Borrowed(XML)),
            (None, _) => None,
        }
    }

    /// What each prefix stands for now; of one bound twice the inner binding.
    pub fn in_scope(&self) -> Vec<(&'a str, Cow<'a, str>)> {
        let mut scope: Vec<(&str, Cow<'_, str>)> = Vec::new();
        for (_, prefix, name) in self.bindings.iter().rev() {
            if !scope.iter().any(|(known, _)| known == prefix) {
                scope.push((prefix, name.clone()));
            }
        }
        scope
    }

    /// Forgets what elements deeper than this have bound.
    pub fn leave(&mut self, depth: usize) {
        let kept = self.bindings.iter().rposition(|(at, ..)| *at <= depth).map_or(0, |last| last + 1);
        self.bindings.truncate(kept);
    }
}
