//! References: may they point to that type, is what the document itself holds there, in the right way.
//!
//! <http://hl7.org/fhir/R4/references.html>

use super::scope::{Scope, Target};
use super::{Rule, Run};
use crate::definition::Definitions;
use crate::profile::Severity;
use crate::profile::datum::{Datum, is_a};
use crate::profile::element::{Profile, TypeRef};
use crate::profile::library::Absence;
use crate::profile::options::Follow;
use crate::profile::trail::Trail;
use std::sync::Arc;

impl Run<'_> {
    pub(super) fn references<'d>(
        &mut self,
        datum: Datum<'d>,
        rule: Rule<'_>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        if datum.def.name != "Reference" {
            return;
        }
        let of = rule.element.types.iter().find(|of| of.code == "Reference");
        let Some(text) = datum.member("reference") else {
            return self.only_type(datum, of, rule, trail);
        };
        let target = scope.target(text);
        if let Target::Dangling = target {
            let message = "points to a contained resource that is not there".to_owned();
            self.error("contained-missing", rule, trail, "not-found", message);
            return;
        }
        if let Target::Missing = target
            && self.on.options.follow >= Follow::Exists
        {
            let message = "points to a resource that is not here".to_owned();
            self.error("missing", rule, trail, "not-found", message);
        }
        if let Target::Bundled(found) = target
            && super::bundle::misnames(text, found)
        {
            let message = format!("names another type than the {} it leads to", found.def.name);
            self.error("misnamed", rule, trail, "structure", message);
        }
        let Some(of) = of else { return };
        self.known_targets(of, rule, trail);
        self.aggregated(of, &target, rule, trail);
        match target {
            Target::Contained(found) | Target::Bundled(found) => {
                self.target(found, of, rule, trail, &scope.at(found));
            }
            Target::Linked(found) if self.on.options.follow >= Follow::Profile => {
                self.target(found, of, rule, trail, &Scope::root(found, scope.linked));
            }
            _ if self.is_beyond_the_standard(rule) => {}
            _ => self.named(kind_of(text).or(datum.member("type")), of, rule, trail),
        }
    }

    fn only_type(&mut self, datum: Datum<'_>, of: Option<&TypeRef>, rule: Rule<'_>, trail: &Trail<'_>) {
        if let (Some(kind), Some(of), false) = (datum.member("type"), of, self.is_beyond_the_standard(rule)) {
            self.named(Some(kind), of, rule, trail);
        }
    }

    fn is_beyond_the_standard(&self, rule: Rule<'_>) -> bool {
        self.on.options.follow == Follow::Standard && rule.profile.is_constraint
    }

    /// The type is known from the reference alone.
    fn named(&mut self, kind: Option<&str>, of: &TypeRef, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(def) = kind.and_then(|kind| Definitions::r4().type_of(kind)) else { return };
        let targets = self.targets(of);
        if !targets.is_empty() && !targets.iter().any(|(_, p)| p.as_ref().is_none_or(|p| is_a(def, &p.type_name))) {
            self.wrong_target(def.name, of, rule, trail);
        }
    }

    /// A tenant may want to know all that is asked for.
    fn known_targets(&mut self, of: &TypeRef, rule: Rule<'_>, trail: &Trail<'_>) {
        let is_unknown = |url: &&String| matches!(self.on.library.profile(url), Err(Absence::Unknown));
        if let Some(unknown) = of.targets.iter().find(is_unknown).filter(|_| self.on.options.known_targets) {
            let message = format!("must point to what meets {unknown}, which is not known here");
            self.error("target-unknown", rule, trail, "not-found", message);
        }
    }

    fn targets(&self, of: &TypeRef) -> Vec<(String, Option<Arc<Profile>>)> {
        of.targets.iter().map(|url| (url.clone(), self.on.library.profile(url).ok())).collect()
    }

    fn wrong_target(&mut self, kind: &str, of: &TypeRef, rule: Rule<'_>, trail: &Trail<'_>) {
        let names: Vec<&str> = of
            .targets
            .iter()
            .map(|t| t.strip_prefix("http://hl7.org/fhir/StructureDefinition/").unwrap_or(t))
            .collect();
        let message = format!("points to a {kind}, but must point to {}", names.join(" or "));
        self.error("target", rule, trail, "structure", message);
    }

    /// What it points to is in the document: it must meet one of the targets.
    fn target<'d>(&mut self, found: Datum<'d>, of: &TypeRef, rule: Rule<'_>, trail: &Trail<'_>, inner: &Scope<'_, 'd>) {
        let targets = self.targets(of);
        let fitting: Vec<&Option<Arc<Profile>>> = targets
            .iter()
            .map(|(_, profile)| profile)
            .filter(|p| p.as_ref().is_none_or(|p| is_a(found.def, &p.type_name)))
            .collect();
        if targets.is_empty() {
            return;
        }
        if fitting.is_empty() {
            return self.wrong_target(found.def.name, of, rule, trail);
        }
        let plain = |p: &&Option<Arc<Profile>>| p.as_ref().is_none_or(|p| !p.is_constraint);
        if fitting.iter().any(plain) {
            return;
        }
        let place = trail.child("resolve()", None, found.def);
        if !fitting.iter().copied().flatten().any(|p| self.conforms(found, p, &place, inner)) {
            let names: Vec<String> = fitting.iter().copied().flatten().map(|p| p.canonical()).collect();
            let message = format!("points to a {} that does not meet {}", found.def.name, names.join(" or "));
            self.error("target-profile", rule, trail, "structure", message);
        }
    }

    fn aggregated(&mut self, of: &TypeRef, target: &Target<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let modes: &[&str] = match target {
            Target::Contained(_) => &["contained"],
            Target::Bundled(_) => &["bundled", "referenced"],
            _ => &["referenced"],
        };
        if of.aggregation.is_empty() || of.aggregation.iter().any(|mode| modes.contains(&mode.as_str())) {
            return;
        }
        let message = format!("is a reference that is {}, but must be {}", modes[0], of.aggregation.join(" or "));
        self.find(Severity::Error, "aggregation", &rule.name(), trail, "structure", message);
    }
}

/// The type a literal reference names: `Patient/1`, `http://x/fhir/Patient/1/_history/2`.
pub fn kind_of(reference: &str) -> Option<&str> {
    let plain = reference.split("/_history/").next()?.split(['?', '#', '|']).next()?;
    let mut parts = plain.rsplit('/');
    let (_, kind) = (parts.next()?, parts.next()?);
    Definitions::r4().is_resource(kind).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_type_where_it_is_literal() {
        let cases = [
            ("Patient/1", Some("Patient")),
            ("https://x.org/fhir/Patient/1/_history/2", Some("Patient")),
            ("urn:uuid:c757873d-ec9a-4326-a141-556f43239520", None),
            ("#p1", None),
            ("http://x.org/people/1", None),
        ];
        for (reference, kind) in cases {
            assert_eq!(kind_of(reference), kind, "{reference}");
        }
    }
}
