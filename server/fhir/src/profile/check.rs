//! One validation: a document walked beside the trees of its profiles. <http://hl7.org/fhir/R4/validation.html>

mod binding;
mod bundle;
mod caution;
mod discriminator;
mod element;
mod extension;
mod ids;
mod invariant;
mod obligation;
mod particular;
mod preadopted;
mod questionnaire;
mod reference;
mod scope;
mod slice;
mod structure;
mod value;

pub use reference::kind_of;

use super::datum::Datum;
use super::element::{Element, Profile};
use super::finding::{Finding, Findings, Severity};
use super::library::{Absence, Library};
use super::options::{Options, World};
use super::seam::Invariants;
use super::trail::Trail;
use crate::terminology::Terminology;
use scope::Scope;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use theriac_core::json::{Node, Object};

/// What a validation stands on.
#[derive(Clone, Copy)]
pub struct Validator<'v> {
    pub library: &'v Library,
    pub terminology: &'v dyn Terminology,
    pub invariants: &'v dyn Invariants,
    pub options: &'v Options,
    pub world: &'v World,
}

impl Validator<'_> {
    /// Checks a resource against its type, the profiles it declares and those named. Shapes that are no FHIR are
    /// left to the structural check.
    pub fn check(&self, node: &Node<'_>, profiles: &[String]) -> Vec<Finding> {
        let Some(datum) = Datum::resource(node) else { return Vec::new() };
        let mut run = Run::new(self);
        let (trail, scope) = (Trail::root(datum.def), Scope::root(datum, &self.world.linked));
        run.resource(datum, profiles, &trail, &scope);
        run.findings.into_distinct()
    }
}

struct Run<'v> {
    on: &'v Validator<'v>,
    findings: Findings,
    /// Values and profiles being checked, so that circles end.
    active: Vec<(usize, usize)>,
    done: HashSet<(usize, usize)>,
    verdicts: HashMap<(usize, usize), bool>,
}

/// Where a rule stands: the element of a profile.
#[derive(Clone, Copy)]
struct Rule<'r> {
    profile: &'r Profile,
    element: &'r Element,
}

impl Rule<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.profile.canonical(), self.element.id)
    }
}

impl<'v> Run<'v> {
    fn new(on: &'v Validator<'v>) -> Self {
        Self { on, findings: Findings::default(), active: Vec::new(), done: HashSet::new(), verdicts: HashMap::new() }
    }

    fn error(&mut self, check: &str, rule: Rule<'_>, trail: &Trail<'_>, code: &'static str, message: String) {
        self.find(Severity::Error, check, &rule.name(), trail, code, message);
    }

    fn find(
        &mut self,
        severity: Severity,
        check: &str,
        rule: &str,
        trail: &Trail<'_>,
        code: &'static str,
        message: String,
    ) {
        let (path, check, rule) = (trail.to_string(), check.to_owned(), rule.to_owned());
        self.findings.add(Finding { severity, code, path, message, check, rule });
    }

    /// A resource: at the root, contained, or in a Bundle.
    fn resource<'d>(&mut self, datum: Datum<'d>, asked: &[String], trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let declared = if self.on.options.declared { declared(datum) } else { Vec::new() };
        let global = self.global(datum, scope);
        let mut met = false;
        for url in asked {
            match self.on.library.profile(url) {
                Ok(profile) => met |= self.asked(datum, &profile, trail, scope),
                Err(absence) => self.absent(url, &absence, Severity::Error, trail),
            }
        }
        for url in declared.iter().filter(|url| !asked.iter().any(|a| a == *url)) {
            match self.on.library.profile(url) {
                Ok(profile) => met |= self.asked(datum, &profile, trail, scope),
                Err(absence) => self.absent(url, &absence, self.on.options.unknown_profile, trail),
            }
        }
        for url in global.iter().filter(|url| !asked.contains(url) && !declared.contains(url)) {
            match self.on.library.profile(url) {
                Ok(profile) => met |= self.asked(datum, &profile, trail, scope),
                Err(absence) => self.absent(url, &absence, Severity::Warning, trail),
            }
        }
        if !met && let Some(base) = self.on.library.of_type(datum.def.name) {
            self.profile(datum, &base, trail, scope);
        }
    }

    /// <http://hl7.org/fhir/R4/implementationguide-definitions.html#ImplementationGuide.global>
    fn global(&self, datum: Datum<'_>, scope: &Scope<'_, '_>) -> Vec<String> {
        match self.on.options.declared && !scope.is_contained {
            true => self.on.world.global.get(datum.def.name).cloned().unwrap_or_default(),
            false => Vec::new(),
        }
    }

    /// True if the profile is one of the resource's type; else says that it is not.
    fn asked<'d>(
        &mut self,
        datum: Datum<'d>,
        profile: &Arc<Profile>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) -> bool {
        let fits = super::datum::is_a(datum.def, &profile.type_name);
        if let Some(base) = &profile.missing_base {
            let message = format!("the base {base} is not known here, so its rules were not checked");
            self.find(Severity::Warning, "missing-base", &profile.canonical(), trail, "not-found", message);
        }
        if fits {
            self.profile(datum, profile, trail, scope);
        } else {
            let message = format!(
                "is a {}, but the profile {} is for {}",
                datum.def.name,
                profile.canonical(),
                profile.type_name
            );
            self.find(Severity::Error, "profile-type", &profile.canonical(), trail, "structure", message);
        }
        fits && profile.is_constraint
    }

    fn absent(&mut self, url: &str, absence: &Absence, severity: Severity, trail: &Trail<'_>) {
        let (severity, message) = match absence {
            Absence::Unknown => (severity, format!("the profile {url} is not known here, so it was not checked")),
            Absence::Broken(why) => (Severity::Error, format!("the profile {url} cannot be used: {why}")),
        };
        self.find(severity, &format!("profile {url}"), url, trail, "not-found", message);
    }

    /// Checks a value against a whole profile, once.
    fn profile<'d>(&mut self, datum: Datum<'d>, profile: &Arc<Profile>, trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let key = (datum.address(), Arc::as_ptr(profile) as usize);
        if self.active.contains(&key) || !self.done.insert(key) {
            return;
        }
        self.active.push(key);
        let rule = Rule { profile, element: &profile.root };
        self.element(datum, rule, trail, scope);
        self.active.pop();
    }

    /// Would it pass? Nothing is told.
    fn conforms<'d>(
        &mut self,
        datum: Datum<'d>,
        profile: &Arc<Profile>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) -> bool {
        let key = (datum.address(), Arc::as_ptr(profile) as usize);
        if let Some(verdict) = self.verdicts.get(&key) {
            return *verdict;
        }
        if self.active.contains(&key) {
            return true;
        }
        let verdict = self.trial(|run| run.profile(datum, profile, trail, scope));
        self.verdicts.insert(key, verdict);
        verdict
    }

    fn trial(&mut self, check: impl FnOnce(&mut Self)) -> bool {
        let (findings, done) = (std::mem::take(&mut self.findings), std::mem::take(&mut self.done));
        check(self);
        self.done = done;
        !std::mem::replace(&mut self.findings, findings).has_errors()
    }
}

fn declared(datum: Datum<'_>) -> Vec<String> {
    let meta = datum.object().and_then(|o: &Object<'_>| o.get("meta")).and_then(|meta| meta.get("profile"));
    meta.map_or(&[][..], Node::items).iter().filter_map(Node::as_str).map(str::to_owned).collect()
}
