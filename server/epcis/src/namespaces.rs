//! The prefixes a JSON-LD `@context` declares, as far as EPCIS uses them: prefix to namespace.
//! <https://www.w3.org/TR/json-ld11/#the-context>, EPCIS 2.0 section 10.3.
//!
//! Contexts named by address are never fetched: the standard's own is known, any other declares
//! nothing here, so that a document means the same on every day.

use std::collections::BTreeMap;
use std::sync::Arc;
use theriac_core::json::Node;

/// What the standard's own context declares.
pub const STANDARD: &[(&str, &str)] = &[
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("gs1", "https://gs1.org/voc/"),
    ("cbvmda", "urn:epcglobal:cbv:mda:"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("dcterms", "http://purl.org/dc/terms/"),
];

/// Prefixes in scope. Cheap to copy; a nested context gives a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespaces(Arc<BTreeMap<String, String>>);

impl Default for Namespaces {
    fn default() -> Self {
        Self(Arc::new(STANDARD.iter().map(|(p, n)| ((*p).to_owned(), (*n).to_owned())).collect()))
    }
}

impl Namespaces {
    /// The standard's prefixes and those of this `@context`: an address, an object, or a list of them.
    pub fn of(context: Option<&Node<'_>>) -> Self {
        Self::default().with(context)
    }

    /// These prefixes, overlaid by a nested `@context`.
    #[must_use]
    pub fn with(&self, context: Option<&Node<'_>>) -> Self {
        let mut declared = context.map_or(&[][..], Node::items).iter().filter_map(Node::as_object).peekable();
        if declared.peek().is_none() {
            return self.clone();
        }
        let mut prefixes = (*self.0).clone();
        for (name, value) in declared.flat_map(|object| object.iter()) {
            let target = value.as_str().or_else(|| value.text("@id"));
            if let Some(target) = target.filter(|_| !name.starts_with('@') && !name.contains(':')) {
                prefixes.insert(name.to_owned(), target.to_owned());
            }
        }
        Self(Arc::new(prefixes))
    }

    /// These prefixes, overlaid by more.
    #[must_use]
    pub fn and<'s>(&self, more: impl IntoIterator<Item = (&'s str, &'s str)>) -> Self {
        let mut more = more.into_iter().filter(|(prefix, name)| self.get(prefix) != Some(name)).peekable();
        if more.peek().is_none() {
            return self.clone();
        }
        let mut prefixes = (*self.0).clone();
        prefixes.extend(more.map(|(prefix, name)| (prefix.to_owned(), name.to_owned())));
        Self(Arc::new(prefixes))
    }

    pub fn get(&self, prefix: &str) -> Option<&str> {
        self.0.get(prefix).map(String::as_str)
    }

    /// The prefixes that the standard's context does not declare, or declares otherwise.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter().map(|(p, n)| (p.as_str(), n.as_str()));
        pairs.filter(|pair| !STANDARD.contains(pair))
    }

    /// Namespace and local name of `prefix:local`, or of a member named by a full URI.
    pub fn split<'s>(&'s self, name: &'s str) -> Option<(&'s str, &'s str)> {
        if is_absolute(name) {
            let cut = name.rfind(['#', '/', ':'])? + 1;
            return (cut < name.len()).then(|| name.split_at(cut));
        }
        let (prefix, local) = name.split_once(':')?;
        Some((self.get(prefix)?, local)).filter(|_| !local.is_empty())
    }

    /// The full URI of `prefix:local`; the text itself if the prefix is not declared.
    pub fn expand(&self, text: &str) -> String {
        match text.split_once(':') {
            Some((prefix, local)) if !is_absolute(text) => match self.get(prefix) {
                Some(namespace) => format!("{namespace}{local}"),
                None => text.to_owned(),
            },
            _ => text.to_owned(),
        }
    }
}

/// Is this a URI by its look, rather than a prefixed name?
pub fn is_absolute(text: &str) -> bool {
    text.contains("://") || text.starts_with("urn:")
}

/// RFC 3986: a scheme, a colon, something after it, and no white space.
pub fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._".contains(&b))
        && !rest.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json::parse;

    #[test]
    fn reads_addresses_objects_and_lists() {
        let node =
            parse(br#"["https://x/c.jsonld",{"ex":"https://e/","ex:f":{"@type":"@id"}},{"r":{"@id":"urn:r:"}}]"#)
                .unwrap();
        let spaces = Namespaces::of(Some(&node));
        assert_eq!(spaces.split("ex:f"), Some(("https://e/", "f")));
        assert_eq!(spaces.split("r:x"), Some(("urn:r:", "x")));
        assert_eq!(spaces.split("gs1:y"), Some(("https://gs1.org/voc/", "y")));
        assert_eq!(spaces.split("no:y"), None);
        assert_eq!(spaces.split("https://e/z"), Some(("https://e/", "z")));
    }

    #[test]
    fn a_nested_context_overlays_and_does_not_leak() {
        let outer = Namespaces::of(Some(&parse(br#"{"a":"urn:1:"}"#).unwrap()));
        let inner = outer.with(Some(&parse(br#"[{"a":"urn:2:","b":"urn:3:"}]"#).unwrap()));
        assert_eq!((outer.get("a"), outer.get("b")), (Some("urn:1:"), None));
        assert_eq!((inner.get("a"), inner.get("b")), (Some("urn:2:"), Some("urn:3:")));
    }
}
