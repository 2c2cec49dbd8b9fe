//! Scopes of a token: SMART App Launch 2.2 (<https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html>)
//! for FHIR, and this server's own permission names (`epcis.read`) for the rest.
//!
//! Strict: letters in the order `cruds`, known contexts, no doubled spaces. A granular scope
//! (`Observation.rs?category=...`) carries its search as it was written: whether that type has such a parameter, and
//! whether a type exists at all, is the FHIR crate's to know. What cannot be kept grants nothing.

use crate::permission::{Permission, Permissions};
use std::fmt;
use theriac_core::{Error, Result};

/// Most scopes one token may carry; a longer list belongs into the client's registration.
const MOST: usize = 100;

/// OpenID Connect and launch scopes: known, and without weight here.
const WEIGHTLESS: &[&str] = &[
    "openid",
    "fhirUser",
    "profile",
    "launch",
    "launch/patient",
    "launch/encounter",
    "offline_access",
    "online_access",
];

/// What is done with a resource, by its letter in a SMART v2 scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Interaction {
    Create,
    /// read, vread and the history of one resource
    Read,
    /// update, update-as-create and patch
    Update,
    Delete,
    /// search, and the history of a type or of the system
    #[default]
    Search,
}

const LETTERS: &[(char, Interaction)] = &[
    ('c', Interaction::Create),
    ('r', Interaction::Read),
    ('u', Interaction::Update),
    ('d', Interaction::Delete),
    ('s', Interaction::Search),
];

/// SMART v1 endings and what v2 says for them.
const V1: &[(&str, &str)] = &[("read", "rs"), ("write", "cud"), ("*", "cruds")];

impl Interaction {
    pub const ALL: &'static [Self] = &[Self::Create, Self::Read, Self::Update, Self::Delete, Self::Search];

    pub fn permission(self) -> Permission {
        match self {
            Self::Read | Self::Search => Permission::FhirRead,
            Self::Create | Self::Update | Self::Delete => Permission::FhirWrite,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// On whose behalf a FHIR scope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    Patient,
    User,
    System,
}

const CONTEXTS: &[(&str, Context)] =
    &[("patient", Context::Patient), ("user", Context::User), ("system", Context::System)];

/// `system/Observation.rs`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FhirScope {
    pub context: Context,
    /// `None` is the wildcard.
    pub kind: Option<String>,
    letters: u8,
    /// Only resources that this search finds, `category=laboratory`.
    pub filter: Option<String>,
}

impl FhirScope {
    pub fn allows(&self, interaction: Interaction, kind: &str) -> bool {
        self.letters & interaction.bit() != 0 && self.kind.as_deref().is_none_or(|own| own == kind)
    }
}

/// The scopes of one token, read. The default is a token without scopes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes {
    given: bool,
    permissions: Permissions,
    fhir: Vec<FhirScope>,
}

impl Scopes {
    /// Reads a `scope` value: scopes with one space between them (RFC 6749, 3.3).
    ///
    /// # Errors
    /// `Invalid`, naming the scope and what would be right.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::invalid("a scope value names at least one scope; leave it out to ask for none"));
        }
        if text.split(' ').count() > MOST {
            return Err(Error::invalid(format!("more than {MOST} scopes; use wildcards such as system/*.rs")));
        }
        let mut scopes = Self { given: true, ..Self::default() };
        for scope in text.split(' ') {
            scopes.add(scope)?;
        }
        Ok(scopes)
    }

    fn add(&mut self, scope: &str) -> Result<()> {
        if scope.is_empty() {
            return Err(Error::invalid("scopes are separated by exactly one space"));
        }
        if WEIGHTLESS.contains(&scope) {
            return Ok(());
        }
        if let Some(permission) = own(scope) {
            self.permissions = self.permissions.with(permission);
            return Ok(());
        }
        let fhir = smart(scope)?;
        for interaction in Interaction::ALL.iter().filter(|i| fhir.letters & i.bit() != 0) {
            self.permissions = self.permissions.with(interaction.permission());
        }
        self.fhir.push(fhir);
        Ok(())
    }

    /// Did the token carry scopes at all?
    pub fn given(&self) -> bool {
        self.given
    }

    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    pub fn fhir(&self) -> &[FhirScope] {
        &self.fhir
    }

    pub fn allows(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    /// Scopes unite: `.r` and `.s` given apart are `.rs`.
    pub fn allows_fhir(&self, interaction: Interaction, kind: &str) -> bool {
        self.fhir.iter().any(|scope| scope.allows(interaction, kind))
    }

    /// The searches one of which must find a resource for this to be done with it; empty where any may be.
    pub fn filters(&self, interaction: Interaction, kind: &str) -> Vec<&str> {
        let granting = || self.fhir.iter().filter(|scope| scope.allows(interaction, kind));
        match granting().all(|scope| scope.filter.is_some()) {
            true => granting().filter_map(|scope| scope.filter.as_deref()).collect(),
            false => Vec::new(),
        }
    }

    /// Is there a granular one among them?
    pub fn is_granular(&self) -> bool {
        self.fhir.iter().any(|scope| scope.filter.is_some())
    }

    /// Is every one of these scopes covered by `granted`? For what a client asks against what it was registered with.
    pub fn within(&self, granted: &Self) -> bool {
        self.permissions.within(granted.permissions) && self.fhir.iter().all(|scope| scope.covered_by(&granted.fhir))
    }
}

/// As [`Scopes::parse`] reads it to the same again; scopes without weight are left out.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.permissions.iter().map(Permission::as_str).filter(|name| own(name).is_some()).map(str::to_owned);
        let all: Vec<String> = own.chain(self.fhir.iter().map(FhirScope::to_string)).collect();
        match (self.given, all.is_empty()) {
            (true, true) => f.write_str(WEIGHTLESS[0]),
            _ => f.write_str(&all.join(" ")),
        }
    }
}

impl fmt::Display for FhirScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let context = CONTEXTS.iter().find(|(_, context)| *context == self.context).map_or("", |(name, _)| name);
        let letters = LETTERS.iter().filter(|(_, i)| self.letters & i.bit() != 0).map(|(letter, _)| *letter);
        write!(f, "{context}/{}.{}", self.kind.as_deref().unwrap_or("*"), letters.collect::<String>())?;
        self.filter.iter().try_for_each(|filter| write!(f, "?{filter}"))
    }
}

impl FhirScope {
    fn covered_by(&self, granted: &[Self]) -> bool {
        let reach = granted
            .iter()
            .filter(|other| other.context == self.context && (other.kind.is_none() || other.kind == self.kind))
            // Whether one search finds no more than another is not judged: the same words do.
            .filter(|other| other.filter.is_none() || other.filter == self.filter)
            .fold(0, |letters, other| letters | other.letters);
        self.letters & !reach == 0
    }
}

/// One of this server's own scopes. FHIR has SMART's, and what needs no role needs no scope.
fn own(scope: &str) -> Option<Permission> {
    Permission::parse(scope).filter(|p| !p.is_open() && !matches!(p, Permission::FhirRead | Permission::FhirWrite))
}

fn smart(scope: &str) -> Result<FhirScope> {
    let wrong = |why: &str| Error::invalid(format!("scope '{}': {why}", shown(scope)));
    let (context, rest) = scope.split_once('/').ok_or_else(|| {
        wrong("not known; FHIR scopes read like system/Observation.rs, others like epcis.read or isa95.write")
    })?;
    let context = CONTEXTS
        .iter()
        .find(|(name, _)| *name == context)
        .map(|(_, context)| *context)
        .ok_or_else(|| wrong("it begins with patient/, user/ or system/"))?;
    let (rest, filter) = match rest.split_once('?') {
        None => (rest, None),
        Some((rest, filter)) if is_filter(filter) => (rest, Some(filter.to_owned())),
        Some(_) => return Err(wrong("a search follows the '?', as in ?category=laboratory&status=final")),
    };
    let (kind, ending) = rest.split_once('.').ok_or_else(|| wrong("letters of cruds follow the type, as in .rs"))?;
    let kind = match kind {
        "*" => None,
        name if is_type_name(name) => Some(name.to_owned()),
        _ => return Err(wrong("the type is * or a FHIR type name such as Observation")),
    };
    if filter.is_some() && V1.iter().any(|(v1, _)| *v1 == ending) {
        return Err(wrong("a search follows the letters of version 2 only, as in .rs?category=laboratory"));
    }
    let letters = letters(ending)
        .ok_or_else(|| wrong("the ending is some of the letters c r u d s in this order, or read, write or *"))?;
    Ok(FhirScope { context, kind, letters, filter })
}

/// `name=value`, as often as needed, in the characters of a scope (RFC 6749, 3.3).
fn is_filter(text: &str) -> bool {
    let taken = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    let pair = |pair: &str| pair.split_once('=').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty());
    text.bytes().all(taken) && text.split('&').all(pair)
}

/// The ending of a scope as bits; `None` when it is empty, out of order or not known.
fn letters(ending: &str) -> Option<u8> {
    let ending = V1.iter().find(|(v1, _)| *v1 == ending).map_or(ending, |(_, v2)| v2);
    let mut rest = LETTERS.iter();
    let mut bits = 0;
    for letter in ending.chars() {
        bits |= rest.find(|(own, _)| *own == letter)?.1.bit();
    }
    (bits != 0).then_some(bits)
}

fn is_type_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The scope as an error may repeat it: short, printable.
fn shown(scope: &str) -> String {
    scope.chars().take(80).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests;
