//! The resource a check stands in, and those around it: what `%resource`, `#id` and a Bundle's addresses mean there.
//!
//! <http://hl7.org/fhir/R4/references.html#contained>, <http://hl7.org/fhir/R4/bundle.html#references>

use crate::profile::datum::Datum;
use theriac_core::json::Node;

#[derive(Clone, Copy)]
pub struct Scope<'s, 'd> {
    pub resource: Datum<'d>,
    /// Contained resources are in their container, entries in their Bundle.
    pub outer: Option<&'s Scope<'s, 'd>>,
    pub is_contained: bool,
    /// `Bundle.entry.fullUrl` of an entry.
    pub full_url: Option<&'d str>,
}

/// Where a reference leads, as far as the document says.
#[derive(Clone, Copy)]
pub enum Target<'d> {
    Contained(Datum<'d>),
    Bundled(Datum<'d>),
    /// `#id` without such a resource.
    Dangling,
    Elsewhere,
}

impl<'s, 'd> Scope<'s, 'd> {
    pub fn root(resource: Datum<'d>) -> Self {
        Self { resource, outer: None, is_contained: false, full_url: None }
    }

    pub fn contained(&'s self, resource: Datum<'d>) -> Scope<'s, 'd> {
        Scope { resource, outer: Some(self), is_contained: true, full_url: None }
    }

    pub fn entry(&'s self, resource: Datum<'d>, full_url: Option<&'d str>) -> Scope<'s, 'd> {
        Scope { resource, outer: Some(self), is_contained: false, full_url }
    }

    /// The scope of a resource that a reference in this one leads to.
    pub fn at(&'s self, resource: Datum<'d>) -> Scope<'s, 'd> {
        let container = self.container();
        if resource.address() == container.resource.address() {
            return *container;
        }
        match container.bundle() {
            Some(bundle) => {
                let mut all = entries(bundle.resource);
                let own = all.find(|(_, r)| r.is_some_and(|r| r.address() == resource.address()));
                match own {
                    Some((full_url, _)) => Scope { resource, outer: Some(bundle), is_contained: false, full_url },
                    None => self.contained(resource),
                }
            }
            None => self.contained(resource),
        }
    }

    /// The resource that contains, or the resource itself.
    pub fn container(&self) -> &Scope<'s, 'd> {
        let mut at = self;
        while let (true, Some(outer)) = (at.is_contained, at.outer) {
            at = outer;
        }
        at
    }

    /// The Bundle around.
    pub fn bundle(&self) -> Option<&Scope<'s, 'd>> {
        let mut at = self.container().outer;
        while let Some(scope) = at {
            if scope.resource.def.name == "Bundle" {
                return Some(scope);
            }
            at = scope.outer;
        }
        None
    }

    pub fn target(&self, reference: &str) -> Target<'d> {
        let container = self.container();
        if let Some(id) = reference.strip_prefix('#') {
            if id.is_empty() {
                return Target::Contained(container.resource);
            }
            let all = container.resource.named("contained").into_iter();
            let found = all.filter(|c| c.member("id") == Some(id)).map(Target::Contained).next();
            return found.unwrap_or(match container.resource.member("id") == Some(id) {
                true => Target::Contained(container.resource),
                false => Target::Dangling,
            });
        }
        let mut at = Some(container);
        while let Some(scope) = at {
            if let Some(found) = scope.bundle().and_then(|bundle| entry(bundle.resource, reference, container.full_url))
            {
                return Target::Bundled(found);
            }
            at = scope.bundle();
        }
        Target::Elsewhere
    }

    pub fn resolve(&self, reference: &str) -> Option<Datum<'d>> {
        match self.target(reference) {
            Target::Contained(datum) | Target::Bundled(datum) => Some(datum),
            Target::Dangling | Target::Elsewhere => None,
        }
    }
}

/// The entries of a Bundle with their addresses.
pub fn entries(bundle: Datum<'_>) -> impl Iterator<Item = (Option<&str>, Option<Datum<'_>>)> {
    let list = bundle.value.and_then(|b| b.get("entry")).map_or(&[][..], Node::items);
    list.iter().map(|entry| (entry.text("fullUrl"), entry.get("resource").and_then(Datum::resource)))
}

/// The entry a reference leads to, <http://hl7.org/fhir/R4/bundle.html#references>: its own address, or one on the base
/// of the entry in which the reference stands.
fn entry<'d>(bundle: Datum<'d>, reference: &str, from: Option<&str>) -> Option<Datum<'d>> {
    let (plain, version) = match reference.split_once("/_history/") {
        Some((plain, version)) => (plain, Some(version)),
        None => (reference, None),
    };
    let address = match plain.contains(':') {
        true => plain.to_owned(),
        false => format!("{}{plain}", base(from?)?),
    };
    let mut found =
        entries(bundle).filter(|(url, _)| *url == Some(address.as_str())).filter_map(|(_, resource)| resource);
    found.find(|resource| {
        let own = resource.value.and_then(|r| r.get("meta")).and_then(|meta| meta.text("versionId"));
        version.is_none_or(|version| own == Some(version))
    })
}

/// `http://x/fhir/` of `http://x/fhir/Patient/1`.
pub fn base(full_url: &str) -> Option<&str> {
    let id = full_url.rfind('/')?;
    let kind = full_url.get(..id)?.rfind('/')?;
    let name = full_url.get(kind + 1..id)?;
    name.starts_with(|c: char| c.is_ascii_uppercase()).then(|| &full_url[..=kind])
}
