//! Search parameters that are not R4's own: read from a SearchParameter resource and judged before they are used.
//! <http://hl7.org/fhir/R4/searchparameter.html>
//!
//! [`declare`] gives the definition row, [`Catalogue::with`] a catalogue that serves it beside R4's. Keeping them,
//! switching them on for a tenant and indexing what is stored already is the caller's.

mod components;
mod expression;

use super::kind::Row;
use super::parameter::{Component, Kind, Membership, Parameter, Source};
use super::{Catalogue, r4};
use crate::definition::Definitions;
use crate::path::model;
use theriac_core::Error;
use theriac_core::error::{Code, Issue, Result};
use theriac_core::json::Node;
use theriac_fhirpath::Model;

/// A search parameter as a tenant declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Canonical; without a version.
    pub url: String,
    pub code: String,
    pub kind: Kind,
    /// Resource types, `DomainResource` or `Resource`.
    pub base: Vec<String>,
    pub expression: String,
    /// Types that a reference may point to; all if empty.
    pub target: Vec<String>,
    pub multiple_or: bool,
    pub multiple_and: bool,
    /// Of a composite.
    pub components: Vec<Component>,
}

/// The parameters beside R4's that a composite may be made of, by their addresses.
pub type Known<'k> = &'k dyn Fn(&str) -> Option<Parameter>;

impl Declared {
    /// May resources of that type be searched by it?
    pub fn is_for(&self, resource_type: &str) -> bool {
        let Some(of) = model().find(resource_type) else { return false };
        self.base.iter().filter_map(|base| model().find(base)).any(|base| model().is_a(of, base))
    }

    pub fn parameter(&self) -> Parameter {
        Parameter {
            code: self.code.clone(),
            kind: self.kind,
            expression: self.expression.clone(),
            targets: self.target.clone(),
            components: self.components.clone(),
        }
    }
}

/// Reads a SearchParameter.
///
/// # Errors
/// Everything in it that cannot be served, each with its element: a kind, a usage or a modifier that is not offered,
/// an unknown type, a code that R4 has already, an expression that is no FHIRPath, means nothing on a base, or gives
/// what the kind cannot be searched by.
pub fn declare(resource: &Node<'_>) -> Result<Declared> {
    declare_with(resource, &|_| None)
}

/// As [`declare`], with more parameters for composites.
///
/// # Errors
/// As there.
pub fn declare_with(resource: &Node<'_>, known: Known<'_>) -> Result<Declared> {
    let mut faults = Faults::default();
    let texts = |name: &str| {
        let all = resource.get(name).map(Node::items).unwrap_or_default();
        all.iter().filter_map(Node::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let flag = |name: &str| resource.get(name).and_then(Node::as_bool).unwrap_or(true);
    let url = faults.text(resource, "url", "the canonical address that names the parameter");
    let code = faults.text(resource, "code", "the name of the parameter in a search");
    let kind = kind(resource, &mut faults);
    let base = texts("base");
    faults.bases(&base);
    faults.code(&code, &url, &base);
    faults.usage(resource);
    let target = texts("target");
    faults.targets(kind, &target);
    faults.modifiers(kind, &texts("modifier"));
    let expression = faults.text(resource, "expression", "the FHIRPath that leads from a resource to the values");
    if let Some(kind) = kind.filter(|_| !expression.is_empty()) {
        let wrong = expression::check(&expression, kind, &base);
        wrong.into_iter().for_each(|message| faults.add("expression", message));
    }
    let components = match kind {
        Some(Kind::Composite) => {
            let read = components::read(resource, &base, &expression, known);
            read.unwrap_or_else(|(element, message)| {
                faults.add(&element, message);
                Vec::new()
            })
        }
        _ => Vec::new(),
    };
    let (multiple_or, multiple_and) = (flag("multipleOr"), flag("multipleAnd"));
    match kind {
        Some(kind) if faults.0.is_empty() => {
            Ok(Declared { url, code, kind, base, expression, target, multiple_or, multiple_and, components })
        }
        _ => Err(Error::from_issues(faults.0)),
    }
}

fn kind(resource: &Node<'_>, faults: &mut Faults) -> Option<Kind> {
    let found = Kind::from_code(&faults.text(
        resource,
        "type",
        "one of number, date, string, token, reference, quantity, uri, composite",
    ))?;
    match found {
        Kind::Special => {
            let message = "a parameter of type special cannot be declared here; take number, date, string, token, \
                           reference, quantity, uri or composite";
            faults.add("type", message);
            None
        }
        found => Some(found),
    }
}

/// What is wrong so far.
#[derive(Default)]
struct Faults(Vec<Issue>);

impl Faults {
    fn add(&mut self, element: &str, message: impl Into<String>) {
        let path = format!("SearchParameter.{element}");
        self.0.push(Issue { code: Code::Unprocessable, path, message: message.into() });
    }

    fn text(&mut self, resource: &Node<'_>, name: &str, what: &str) -> String {
        match resource.text(name) {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => {
                self.add(name, format!("is missing: {what}"));
                String::new()
            }
        }
    }

    fn bases(&mut self, base: &[String]) {
        if base.is_empty() {
            self.add("base", "is missing: the resource types that have the parameter");
        }
        for name in base {
            let abstract_ones = ["Resource", "DomainResource"];
            if !Definitions::r4().is_resource(name) && !abstract_ones.contains(&name.as_str()) {
                self.add("base", format!("{name} is no resource type of R4"));
            }
        }
    }

    fn code(&mut self, code: &str, url: &str, base: &[String]) {
        let fits = code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            && code.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !code.is_empty() && !fits {
            self.add(
                "code",
                format!("{code} cannot stand in a search: use letters, digits, `-` and `.`, a letter or digit first"),
            );
        }
        let of_r4 = |name: &&String| Definitions::r4().search_parameter(name, code).is_some_and(|p| p.url() != url);
        if let Some(taken) = base.iter().find(of_r4) {
            self.add("code", format!("{taken} has a parameter {code} in R4 already; choose another code"));
        }
    }

    fn usage(&mut self, resource: &Node<'_>) {
        if let Some(usage) = resource.text("xpathUsage").filter(|usage| *usage != "normal") {
            self.add("xpathUsage", format!("{usage} is not offered; leave it out or say normal"));
        }
    }

    fn targets(&mut self, kind: Option<Kind>, target: &[String]) {
        if !target.is_empty() && kind.is_some_and(|kind| kind != Kind::Reference) {
            self.add("target", "only a reference parameter has targets");
        }
        for name in target.iter().filter(|name| !Definitions::r4().is_resource(name)) {
            self.add("target", format!("{name} is no resource type of R4"));
        }
    }

    fn modifiers(&mut self, kind: Option<Kind>, modifiers: &[String]) {
        let Some(row) = kind.and_then(Row::of) else { return };
        let known = |name: &str| match name {
            "missing" | "not" => true,
            "type" => row.modifiers.contains(&"[type]"),
            name => row.modifiers.contains(&name),
        };
        for name in modifiers.iter().filter(|name| !known(name)) {
            let offered = if row.modifiers.is_empty() {
                "missing, not".to_owned()
            } else {
                format!("missing, not, {}", row.modifiers.join(", "))
            };
            self.add(
                "modifier",
                format!("{name} is not offered on a {} parameter; there are {offered}", row.kind.code()),
            );
        }
    }
}

/// R4's definitions and declared ones.
struct Extended(Vec<Declared>);

impl Source for Extended {
    fn resource_types(&self) -> Vec<String> {
        r4::R4.resource_types()
    }

    fn parameters(&self, resource_type: &str) -> Vec<Parameter> {
        let own = self.0.iter().filter(|declared| declared.is_for(resource_type)).map(Declared::parameter);
        r4::R4.parameters(resource_type).into_iter().chain(own).collect()
    }

    fn memberships(&self, resource_type: &str) -> Vec<Membership> {
        r4::R4.memberships(resource_type)
    }
}

impl Catalogue {
    /// R4's parameters and these. Where two have one code for a type, the first is served.
    pub fn with(declared: Vec<Declared>) -> Self {
        Self::new(Box::new(Extended(declared)))
    }
}

#[cfg(test)]
mod tests;
