//! One value beside one element: type, value, codes, invariants, then its children.

use super::scope::Scope;
use super::{Rule, Run};
use crate::definition::Definitions;
use crate::profile::datum::{Child, Datum, is_a};
use crate::profile::element::{Element, TypeRef};
use crate::profile::trail::Trail;
use std::sync::Arc;

impl Run<'_> {
    pub(super) fn element<'d>(&mut self, datum: Datum<'d>, rule: Rule<'_>, trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let element = rule.element;
        if !self.is_of_type(datum, rule, trail) {
            return;
        }
        self.values(datum, rule, trail);
        self.codes(datum, rule, trail);
        self.invariants(datum, rule, trail, scope);
        self.references(datum, rule, trail, scope);
        self.particular_type(datum, rule, trail);
        self.cautions(datum, rule, trail);
        self.preadopted(datum, rule, trail, scope);
        let is_root = !element.id.contains('.') && element.slice.is_none();
        if datum.is_resource() && !is_root {
            return self.inner(datum, element, trail, scope);
        }
        if datum.is_resource() {
            self.ids(datum, rule, trail);
        }
        match datum.def.name {
            "Bundle" => self.bundle(datum, rule, trail, scope),
            "QuestionnaireResponse" => self.questionnaire(datum, rule, trail, scope),
            _ => {}
        }
        match element.content.as_deref().filter(|_| element.children.is_empty()) {
            Some(path) => {
                let content = self.on.library.content_of(path);
                content.iter().for_each(|e| self.children(datum, Rule { element: e, ..rule }, trail, scope));
            }
            None if element.children.is_empty() => self.by_type(datum, trail, scope),
            None => {
                self.type_invariants(datum, rule, trail, scope);
                self.children(datum, rule, trail, scope);
            }
        }
        self.type_profiles(datum, rule, trail, scope);
    }

    /// A resource inside another one.
    fn inner<'d>(&mut self, datum: Datum<'d>, element: &Element, trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let asked: Vec<String> = profiles_for(element, datum).map(|of| of.profiles.clone()).unwrap_or_default();
        let asked = if asked.len() == 1 { asked } else { Vec::new() };
        let contained = trail.name() == "contained";
        if contained && !self.on.options.contained {
            return;
        }
        let full_url = trail.outer().filter(|_| trail.name() == "resource").and_then(|_| self.full_url(datum, scope));
        let inner = if contained { scope.contained(datum) } else { scope.entry(datum, full_url) };
        self.resource(datum, &asked, trail, &inner);
    }

    fn full_url<'d>(&self, datum: Datum<'d>, scope: &Scope<'_, 'd>) -> Option<&'d str> {
        let mut entries = super::scope::entries(scope.resource);
        entries.find(|(_, resource)| resource.is_some_and(|r| r.address() == datum.address())).and_then(|(url, _)| url)
    }

    fn is_of_type(&mut self, datum: Datum<'_>, rule: Rule<'_>, trail: &Trail<'_>) -> bool {
        let types = &rule.element.types;
        let fits = |of: &TypeRef| of.code == "*" || is_a(datum.def, &of.code) || datum.def.name.contains('.');
        if types.is_empty() || types.iter().any(fits) || is_xhtml_or_id(datum) {
            return true;
        }
        let names: Vec<&str> = types.iter().map(|of| of.code.as_str()).collect();
        let message = format!("is of type {}, but must be of {}", datum.def.name, names.join(", "));
        self.error("type", rule, trail, "structure", message);
        false
    }

    /// The children a type gives, where the profile says nothing of them.
    fn by_type<'d>(&mut self, datum: Datum<'d>, trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let name = if datum.is_primitive() { "Element" } else { datum.def.name };
        if datum.object().is_none() || datum.def.name.contains('.') {
            return;
        }
        let Some(base) = self.on.library.of_type(name) else { return };
        let rule = Rule { profile: &base, element: &base.root };
        self.type_invariants(datum, rule, trail, scope);
        self.children(datum, rule, trail, scope);
    }

    /// Each type may name profiles, of which one must be met.
    fn type_profiles<'d>(&mut self, datum: Datum<'d>, rule: Rule<'_>, trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let Some(of) = profiles_for(rule.element, datum) else { return };
        let known: Vec<_> = of.profiles.iter().map(|url| (url, self.on.library.profile(url))).collect();
        if let [(url, one)] = known.as_slice() {
            match one {
                Ok(profile) => self.profile(datum, profile, trail, scope),
                Err(absence) => self.absent(url, absence, crate::profile::Severity::Warning, trail),
            }
            return;
        }
        let some_unknown = known.iter().any(|(_, found)| found.is_err());
        let meets = |run: &mut Self| known.iter().flat_map(|(_, p)| p).any(|p| run.conforms(datum, p, trail, scope));
        if !known.is_empty() && !some_unknown && !meets(self) {
            let message = format!("must meet one of the profiles {}", of.profiles.join(", "));
            self.error("type-profile", rule, trail, "structure", message);
        }
    }

    pub(super) fn children<'d>(&mut self, datum: Datum<'d>, rule: Rule<'_>, trail: &Trail<'_>, scope: &Scope<'_, 'd>) {
        let all = datum.children();
        for element in &rule.element.children {
            // The value of a primitive is the primitive itself.
            if datum.is_primitive() && &*element.name == "value" {
                continue;
            }
            let own: Vec<Child<'d>> = all.iter().filter(|c| *c.name == *element.name).copied().collect();
            let rule = Rule { element, ..rule };
            self.count(own.len(), rule, datum, trail);
            if !element.slices.is_empty() || element.slicing.is_some() {
                self.slices(&own, rule, datum, trail, scope);
            }
            for child in own {
                let trail = trail.child(child.name, child.index, child.datum.def);
                match element.is_extension() && child.datum.def.is_extension() {
                    true => self.extension(child.datum, rule, datum, &trail, scope),
                    false => self.element(child.datum, rule, &trail, scope),
                }
            }
        }
    }

    fn count(&mut self, count: usize, rule: Rule<'_>, parent: Datum<'_>, trail: &Trail<'_>) {
        let element = rule.element;
        let too_few = count < element.min as usize;
        if !too_few && element.max.is_none_or(|max| count <= max as usize) {
            return;
        }
        let message = match (too_few, element.max) {
            (true, _) if count == 0 => format!("is required ({}) but not there", element.cardinality()),
            (true, _) => format!("stands {count} times, at least {} are required", element.min),
            (_, Some(0)) => "must not be there (its maximum is 0)".to_owned(),
            (_, max) => format!("stands {count} times, at most {} are allowed", max.unwrap_or_default()),
        };
        let trail = trail.child(&element.name, None, parent.def);
        let code = if too_few { "required" } else { "structure" };
        self.error(if too_few { "min" } else { "max" }, rule, &trail, code, message);
    }
}

/// The type of the element that a value has, if it names profiles.
fn profiles_for<'e>(element: &'e Element, datum: Datum<'_>) -> Option<&'e TypeRef> {
    let exact = element.types.iter().find(|of| of.code == datum.def.name);
    exact.or_else(|| element.types.iter().find(|of| is_a(datum.def, &of.code))).filter(|of| !of.profiles.is_empty())
}

/// `Resource.id` and `Element.id` are said to be strings; narrative has a type of its own.
fn is_xhtml_or_id(datum: Datum<'_>) -> bool {
    matches!(datum.def.name, "xhtml" | "id")
}

/// The tree in which the children of an element's definition are found.
pub(super) fn tree_of(run: &Run<'_>, element: &Arc<Element>, wanted: &str) -> Option<Arc<Element>> {
    if let Some(child) = element.child(wanted) {
        return Some(child.clone());
    }
    if let Some(content) = &element.content {
        return run.on.library.content_of(content)?.child(wanted).cloned();
    }
    element.types.iter().find_map(|of| {
        let profile = of.profiles.first().and_then(|url| run.on.library.profile(url).ok());
        let by_profile = profile.and_then(|p| p.root.child(wanted).cloned());
        let name = if Definitions::r4().type_of(&of.code).is_some() { of.code.as_str() } else { return by_profile };
        by_profile.or_else(|| run.on.library.of_type(name)?.root.child(wanted).cloned())
    })
}
