//! Extensions: is the definition known, does the value meet it, may it stand here.
//!
//! <http://hl7.org/fhir/R4/extensibility.html>, <http://hl7.org/fhir/R4/defining-extensions.html#context>

use super::scope::Scope;
use super::{Rule, Run};
use crate::profile::Severity;
use crate::profile::datum::Datum;
use crate::profile::element::{Context, Profile};
use crate::profile::library::Absence;
use crate::profile::trail::Trail;

impl Run<'_> {
    pub(super) fn extension<'d>(
        &mut self,
        datum: Datum<'d>,
        rule: Rule<'_>,
        parent: Datum<'d>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        let modifies = trail.name() == "modifierExtension";
        let url = datum.member("url").unwrap_or_default();
        // The parts of a complex extension have names that only it knows.
        if !url.contains(':') && parent.def.is_extension() {
            self.known_part(url, rule, trail);
            return self.element(datum, rule, trail, scope);
        }
        match self.on.library.profile(url) {
            Ok(profile) if profile.type_name == "Extension" => {
                self.may_modify(&profile, modifies, rule, trail);
                self.profile(datum, &profile, trail, scope);
                self.in_context(&profile, rule, trail, scope, parent);
            }
            Ok(profile) => {
                let message = format!("its url is that of a definition of {}, not of an extension", profile.type_name);
                self.error("extension-url", rule, trail, "structure", message);
            }
            Err(absence) => {
                self.unknown(url, &absence, modifies, rule, trail);
                self.element(datum, rule, trail, scope);
            }
        }
    }

    fn known_part(&mut self, url: &str, rule: Rule<'_>, trail: &Trail<'_>) {
        let slices = &rule.element.slices;
        let is = |slice: &std::sync::Arc<crate::profile::element::Element>| {
            slice.child("url").and_then(|u| u.fixed.as_deref()).and_then(|f| f.as_str()) == Some(url)
        };
        if !slices.is_empty() && !slices.iter().any(is) {
            let message = format!("is no part of the extension {}", rule.profile.url);
            self.error("extension-part", rule, trail, "structure", message);
        }
    }

    /// <http://hl7.org/fhir/R4/extensibility.html#modifierExtension>: the definition says which of the two it is.
    fn may_modify(&mut self, profile: &Profile, modifies: bool, rule: Rule<'_>, trail: &Trail<'_>) {
        let right = match (profile.root.is_modifier, modifies) {
            (true, false) => "changes the meaning, so it must stand in modifierExtension",
            (false, true) => "does not change the meaning, so it must stand in extension",
            _ => return,
        };
        let message = format!("the extension {} {right}", profile.url);
        self.error("extension-modifier", rule, trail, "structure", message);
    }

    fn unknown(&mut self, url: &str, absence: &Absence, modifies: bool, rule: Rule<'_>, trail: &Trail<'_>) {
        let (severity, message) = match (absence, modifies) {
            (Absence::Broken(why), _) => (Severity::Error, format!("its definition cannot be used: {why}")),
            (_, true) => {
                let why = "is not known here and changes the meaning, so the resource cannot be taken";
                (Severity::Error, why.to_owned())
            }
            (_, false) => {
                let options = self.on.options;
                let tolerated = options.extension_domains.iter().any(|domain| url.starts_with(domain.as_str()));
                let severity = if tolerated { Severity::Information } else { options.unknown_extension };
                (severity, "its definition is not known here".to_owned())
            }
        };
        self.find(severity, "extension-unknown", &rule.name(), trail, "extension", message);
    }

    fn in_context<'d>(
        &mut self,
        profile: &Profile,
        rule: Rule<'_>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
        parent: Datum<'d>,
    ) {
        let Some(outer) = trail.outer() else { return };
        let fits = |context: &Context| self.fits_context(context, outer, scope, parent);
        let elsewhere = ELSEWHERE.iter().any(|(url, place)| *url == profile.url && fits_element(place, outer));
        if !profile.context.is_empty() && !elsewhere && !profile.context.iter().any(fits) {
            let places: Vec<&str> = profile.context.iter().map(|c| c.expression.as_str()).collect();
            let message = format!("the extension {} may not stand here, only in {}", profile.url, places.join(", "));
            self.error("extension-context", rule, trail, "structure", message);
        }
        for expression in &profile.context_invariants {
            if self.holds(expression, parent, scope) == Ok(false) {
                let message = format!("the extension {} may stand only where {expression}", profile.url);
                self.error("extension-context-invariant", rule, trail, "structure", message);
            }
        }
    }

    fn fits_context<'d>(&self, context: &Context, outer: &Trail<'_>, scope: &Scope<'_, 'd>, parent: Datum<'d>) -> bool {
        let expression = context.expression.as_str();
        match context.kind.as_str() {
            "extension" => {
                let own = parent.member("url");
                parent.def.is_extension() && own == Some(expression.split('#').next().unwrap_or(expression))
            }
            "fhirpath" => self.leads_to(expression, parent, scope),
            _ => fits_element(expression, outer),
        }
    }
}

/// Where the standard itself uses an extension outside the context it gives.
const ELSEWHERE: &[(&str, &str)] =
    &[("http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type", "ElementDefinition.type")];

/// `Patient.contact`, `Element`, `CodeableConcept`, or a resource's type.
fn fits_element(expression: &str, outer: &Trail<'_>) -> bool {
    let expression = expression.split('#').next_back().unwrap_or(expression);
    let wanted = expression.replace("[x]", "");
    // The standard's own extensions for `Element` stand on resources too.
    if matches!(wanted.as_str(), "*" | "Element" | "Any") {
        return true;
    }
    outer.element_paths().contains(&wanted)
}
