//! Tags, attributes, text, and the declarations that prefixed names need where they stand.

use crate::namespaces::{Namespaces, is_absolute};
use theriac_core::xml::{escape, is_name};
use theriac_core::{Code, Error, Result};

/// What every document declares, so that values such as `gs1:Temperature` can be read.
pub(super) const DECLARED: &[(&str, &str)] = &[("gs1", "https://gs1.org/voc/")];

pub(super) struct Markup {
    pub out: Vec<u8>,
    /// Prefixes that stand for something at this place.
    scope: Vec<(String, String)>,
    /// Of these, those that the open tag still has to declare.
    pending: usize,
    old: bool,
}

/// 1.2 names the namespace of master-data attributes without the colon at its end.
const MASTER_DATA: (&str, &str) = ("urn:epcglobal:cbv:mda:", "urn:epcglobal:cbv:mda");

impl Markup {
    pub fn new(old: bool) -> Self {
        let scope = DECLARED.iter().map(|(prefix, name)| ((*prefix).to_owned(), (*name).to_owned())).collect();
        Self { out: Vec::new(), scope, pending: 0, old }
    }

    pub fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    pub fn open(&mut self, name: &str) {
        self.raw("<");
        self.raw(name);
        self.raw(">");
    }

    pub fn close(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    pub fn leaf(&mut self, name: &str, text: &str) -> Result<()> {
        self.open(name);
        self.text(text)?;
        self.close(name);
        Ok(())
    }

    /// # Errors
    /// `NotAcceptable` for a character that no XML document can hold.
    pub fn text(&mut self, text: &str) -> Result<()> {
        escape(text, &mut self.out).map_err(|c| {
            let message =
                format!("an event holds the character U+{:04X}, which XML does not have; ask for JSON", u32::from(c));
            Error::new(Code::NotAcceptable, message)
        })
    }

    /// The start of a tag up to where attributes stand; gives the element's name.
    pub fn begin(&mut self, name: &str, spaces: &Namespaces) -> Result<String> {
        let element = self.qualified(name, spaces);
        self.raw("<");
        self.raw(&element);
        self.declare_pending()?;
        Ok(element)
    }

    pub fn attribute(&mut self, name: &str, value: &str, spaces: &Namespaces) -> Result<()> {
        let name = self.qualified(name, spaces);
        self.declare_pending()?;
        self.raw(" ");
        self.raw(&name);
        self.raw("=\"");
        self.text(value)?;
        self.raw("\"");
        Ok(())
    }

    /// Declares prefixes in the open tag, so that values may use them too.
    pub fn declare<'s>(&mut self, prefixes: impl Iterator<Item = (&'s str, &'s str)>) -> Result<()> {
        for (prefix, namespace) in prefixes {
            self.bind(prefix, namespace);
        }
        self.declare_pending()
    }

    /// How many prefixes stand for something; to be given to [`Markup::forget`].
    pub fn scoped(&self) -> usize {
        self.scope.len()
    }

    pub fn forget(&mut self, scoped: usize) {
        self.scope.truncate(scoped);
    }

    fn declare_pending(&mut self) -> Result<()> {
        let from = self.scope.len() - std::mem::take(&mut self.pending);
        let due = self.scope.split_off(from);
        for (prefix, namespace) in &due {
            self.raw(&format!(" xmlns:{prefix}=\""));
            self.text(namespace)?;
            self.raw("\"");
        }
        self.scope.extend(due);
        Ok(())
    }

    fn bind(&mut self, prefix: &str, namespace: &str) {
        let namespace = if self.old && namespace == MASTER_DATA.0 { MASTER_DATA.1 } else { namespace };
        if !is_name(prefix) || prefix.starts_with("xml") || namespace.is_empty() || self.means(prefix, namespace) {
            return;
        }
        // A tag declares a prefix once.
        let due = &self.scope[self.scope.len() - self.pending..];
        if !due.iter().any(|(known, _)| known == prefix) {
            self.scope.push((prefix.to_owned(), namespace.to_owned()));
            self.pending += 1;
        }
    }

    fn means(&self, prefix: &str, namespace: &str) -> bool {
        self.scope.iter().rev().find(|(known, _)| known == prefix).is_some_and(|(_, name)| name == namespace)
    }

    /// The name as XML writes it; what it needs declared is due in the open tag.
    fn qualified(&mut self, name: &str, spaces: &Namespaces) -> String {
        let Some((namespace, local)) = spaces.split(name) else { return as_name(name) };
        let wanted = name.split_once(':').map(|(prefix, _)| prefix).filter(|_| !is_absolute(name)).unwrap_or("");
        let mapped = if self.old && namespace == MASTER_DATA.0 { MASTER_DATA.1 } else { namespace };
        let numbered = (1..).map(|n| format!("ns{n}"));
        for prefix in std::iter::once(wanted.to_owned()).chain(numbered) {
            self.bind(&prefix, mapped);
            if self.means(&prefix, mapped) {
                return format!("{prefix}:{}", as_name(local));
            }
        }
        as_name(local)
    }
}

/// Characters that no name can have are written as their number: `_x0020_` (ISO/IEC 9075-14, 9.1).
fn as_name(text: &str) -> String {
    if is_name(text) {
        return text.to_owned();
    }
    let mut name = String::new();
    for c in text.chars() {
        let fits = c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        match fits && (!name.is_empty() || c.is_alphabetic() || c == '_') {
            true => name.push(c),
            false => name.push_str(&format!("_x{:04X}_", u32::from(c))),
        }
    }
    if name.is_empty() { "_".to_owned() } else { name }
}
