//! The resource a check stands in, and those around it: what `%resource`, `#id` and a Bundle's addresses mean there.
//!
//! <http://hl7.org/fhir/R4/references.html#contained>, <http://hl7.org/fhir/R4/bundle.html#references>

use crate::profile::datum::Datum;
use crate::profile::options::Linked;
use theriac_core::json::Node;

#[derive(Clone, Copy)]
pub struct Scope<'s, 'd> {
    pub resource: Datum<'d>,
    /// Contained resources are in their container, entries in their Bundle.
    pub outer: Option<&'s Scope<'s, 'd>>,
    pub is_contained: bool,
    /// `Bundle.entry.fullUrl` of an entry.
    pub full_url: Option<&'d str>,
    pub linked: &'d Linked,
}

/// Where a reference leads, as far as the document says.
#[derive(Clone, Copy)]
pub enum Target<'d> {
    Contained(Datum<'d>),
    Bundled(Datum<'d>),
    /// Another resource, stored where this one is or will be.
    Linked(Datum<'d>),
    /// Looked for among the stored resources, and not there.
    Missing,
    /// `#id` without such a resource.
    Dangling,
    Elsewhere,
}

impl<'s, 'd> Scope<'s, 'd> {
    pub fn root(resource: Datum<'d>, linked: &'d Linked) -> Self {
        Self { resource, outer: None, is_contained: false, full_url: None, linked }
    }

    pub fn contained(&'s self, resource: Datum<'d>) -> Scope<'s, 'd> {
        Scope { resource, outer: Some(self), is_contained: true, full_url: None, linked: self.linked }
    }

    pub fn entry(&'s self, resource: Datum<'d>, full_url: Option<&'d str>) -> Scope<'s, 'd> {
        Scope { resource, outer: Some(self), is_contained: false, full_url, linked: self.linked }
    }

    /// The scope of a resource that a reference in this one leads to.
    pub fn at(&'s self, resource: Datum<'d>) -> Scope<'s, 'd> {
        let container = self.container();
        if resource.address() == container.resource.address() {
            return *container;
        }
        let is_it = |r: Option<Datum<'d>>| r.is_some_and(|r| r.address() == resource.address());
        if let Some(bundle) = container.around("Bundle")
            && let Some((full_url, _)) = entries(bundle.resource).find(|(_, r)| is_it(*r))
        {
            return bundle.entry(resource, full_url);
        }
        match container.around("Parameters").filter(|p| parameters(p.resource).iter().any(|r| is_it(Some(*r)))) {
            Some(parameters) => parameters.entry(resource, None),
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

    /// The nearest resource of that type around.
    fn around(&self, kind: &str) -> Option<&Scope<'s, 'd>> {
        let mut at = self.container().outer;
        while let Some(scope) = at {
            if scope.resource.def.name == kind {
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
            let bundle = scope.around("Bundle");
            if let Some(found) = bundle.and_then(|b| entry(b.resource, reference, container.full_url)) {
                return Target::Bundled(found);
            }
            at = bundle;
        }
        if let Some(parameters) = container.around("Parameters")
            && let Some(found) = named(parameters.resource, reference)
        {
            return Target::Bundled(found);
        }
        match self.linked.get(local(reference)) {
            Some(found) => found.as_ref().and_then(Datum::resource).map_or(Target::Missing, Target::Linked),
            None => Target::Elsewhere,
        }
    }

    pub fn resolve(&self, reference: &str) -> Option<Datum<'d>> {
        match self.target(reference) {
            Target::Contained(datum) | Target::Bundled(datum) | Target::Linked(datum) => Some(datum),
            Target::Dangling | Target::Missing | Target::Elsewhere => None,
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
    let address = match (plain.contains(':'), from.and_then(base)) {
        (true, _) => plain.to_owned(),
        (false, Some(base)) => format!("{base}{plain}"),
        // Of an entry that has no base the id alone can tell.
        (false, None) => format!("urn:uuid:{}", plain.rsplit('/').next()?),
    };
    let mut found =
        entries(bundle).filter(|(url, _)| *url == Some(address.as_str())).filter_map(|(_, resource)| resource);
    found.find(|resource| {
        let own = resource.value.and_then(|r| r.get("meta")).and_then(|meta| meta.text("versionId"));
        version.is_none_or(|version| own == Some(version))
    })
}

/// All resources of a Parameters resource, those of its parts too.
fn parameters(of: Datum<'_>) -> Vec<Datum<'_>> {
    fn collect<'d>(node: &'d Node<'d>, name: &str, into: &mut Vec<Datum<'d>>) {
        for parameter in node.get(name).map_or(&[][..], Node::items) {
            into.extend(parameter.get("resource").and_then(Datum::resource));
            collect(parameter, "part", into);
        }
    }
    let mut all = Vec::new();
    of.value.into_iter().for_each(|node| collect(node, "parameter", &mut all));
    all
}

/// The resource among parameters that a relative reference names by type and id.
fn named<'d>(of: Datum<'d>, reference: &str) -> Option<Datum<'d>> {
    let (kind, id) = local(reference).split_once('/')?;
    parameters(of).into_iter().find(|r| r.def.name == kind && r.member("id") == Some(id))
}

/// `Patient/1` of `Patient/1/_history/2`: which version is meant is not looked at.
pub fn local(reference: &str) -> &str {
    reference.split("/_history/").next().unwrap_or(reference)
}

/// `http://x/fhir/` of `http://x/fhir/Patient/1`.
pub fn base(full_url: &str) -> Option<&str> {
    let id = full_url.rfind('/')?;
    let kind = full_url.get(..id)?.rfind('/')?;
    let name = full_url.get(kind + 1..id)?;
    name.starts_with(|c: char| c.is_ascii_uppercase()).then(|| &full_url[..=kind])
}
