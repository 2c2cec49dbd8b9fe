//! GS1 identifiers in their spellings, EPC URN, GS1 Digital Link and element string, and the one canonical form
//! that indexes and hashes use: the Digital Link on `https://id.gs1.org` at its finest level.
//! <https://ref.gs1.org/standards/tds/>, <https://ref.gs1.org/standards/digital-link/>
//!
//! URN to Digital Link always works. The way back needs the length of the company prefix, which the
//! Digital Link does not tell; it is never guessed.

pub mod check_digit;
pub mod element;
pub mod key;
pub mod link;
pub mod percent;
pub mod urn;

use std::borrow::Cow;
use theriac_core::Result;

pub use key::{Key, Kind};

/// A GS1 key taken apart; texts are unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    pub key: &'static Key,
    /// The primary key as its application identifier carries it, check digit included.
    pub primary: String,
    /// Serial, lot or extension; absent at class level.
    pub qualifier: Option<String>,
}

impl Identifier {
    /// Reads either spelling that is a URI, as events have them.
    ///
    /// # Errors
    /// Malformed EPC URNs, and anything that is no GS1 identifier at all.
    pub fn parse(uri: &str) -> Result<Self> {
        if uri.starts_with("urn:epc:") {
            return urn::parse(uri);
        }
        link::parse(uri).ok_or_else(|| {
            theriac_core::Error::invalid(format!("`{uri}` is neither an EPC URN nor a GS1 Digital Link"))
        })
    }

    /// Reads any spelling: people ask by element strings too.
    ///
    /// # Errors
    /// As [`Identifier::parse`].
    pub fn parse_any(text: &str) -> Result<Self> {
        element::parse(text).map_or_else(|| Self::parse(text), Ok)
    }

    /// The canonical Digital Link.
    pub fn link(&self) -> String {
        link::write(self)
    }

    /// The EPC URN, given the number of digits of the company prefix.
    ///
    /// # Errors
    /// A length outside 6 to 12, or a key that has no URN at this level.
    pub fn urn(&self, company_prefix_digits: usize) -> Result<String> {
        urn::write(self, company_prefix_digits)
    }

    /// The element string, with brackets.
    pub fn element_string(&self) -> String {
        element::write(self)
    }

    /// The class an instance belongs to: the trade item of a serial or lot, the location of a
    /// location extension. Nothing if this is a class, or the key has no class level.
    #[must_use]
    pub fn class(&self) -> Option<Self> {
        self.qualifier.as_ref()?;
        self.key.has_class().then(|| Self { qualifier: None, key: self.key.class_key(), primary: self.primary.clone() })
    }

    /// The digits that begin with the company prefix, after an indicator digit or filler.
    pub fn company_digits(&self) -> &str {
        self.primary.get(usize::from(self.key.filler || self.key.indicator)..).unwrap_or("")
    }

    /// Does the check digit hold, where the key has one?
    pub fn is_checked(&self) -> bool {
        let digits = self.key.link_digits().map(|n| if self.key.pieces { n - 4 } else { n });
        digits.is_none_or(|n| self.primary.get(..n).is_some_and(check_digit::holds))
    }

    /// What the identifier names.
    pub fn kind(&self) -> Kind {
        match self.key.kind {
            Kind::Instance if self.qualifier.is_none() && self.key.has_class() => Kind::Class,
            kind => kind,
        }
    }

    /// The 13 digits of a location or party.
    pub fn gln(&self) -> Option<&str> {
        matches!(self.key.kind, Kind::Location | Kind::Party).then_some(self.primary.as_str())
    }
}

/// The canonical spelling of any URI: GS1 identifiers become canonical Digital Links, all else
/// stays as it is but for surrounding white space.
pub fn canonical(uri: &str) -> Cow<'_, str> {
    let uri = uri.trim();
    match Identifier::parse(uri) {
        Ok(identifier) => Cow::Owned(identifier.link()),
        Err(_) => Cow::Borrowed(uri),
    }
}

/// The canonical form of the class the identifier belongs to, if there is one.
pub fn class_of(uri: &str) -> Option<String> {
    Some(Identifier::parse(uri.trim()).ok()?.class()?.link())
}

/// The GLN of a location or party in either spelling.
pub fn gln_of(uri: &str) -> Option<String> {
    Some(Identifier::parse(uri.trim()).ok()?.gln()?.to_owned())
}

#[cfg(test)]
mod tests;
