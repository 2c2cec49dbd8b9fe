//! A StructureDefinition beside its base: what it changes must be possible there.
//!
//! <http://hl7.org/fhir/R4/profiling.html#limitations>

use super::element::tree_of;
use super::value::equals;
use super::{Rule, Run};
use crate::definition::{Definitions, Kind};
use crate::profile::datum::is_a;
use crate::profile::element::Element;
use crate::profile::read;
use crate::profile::trail::Trail;
use std::sync::Arc;
use theriac_core::json::Node;

impl Run<'_> {
    pub(super) fn against_base(&mut self, structure: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let named = structure.text("baseDefinition");
        if named.is_some() && named == structure.text("url") {
            let place = trail.child("baseDefinition", None, trail.def());
            return self.error("base", rule, &place, "structure", "is derived from itself".to_owned());
        }
        let base = named.and_then(|url| self.on.library.profile(url).ok()).map(|profile| profile.root.clone());
        let differential = trail.child("differential", None, trail.def());
        for (index, element) in read::elements(structure, "differential").iter().enumerate() {
            let place = differential.child("element", Some(index), trail.def());
            self.profiles_of_types(element, rule, &place);
            let path = element.text("path").unwrap_or_default();
            if let Some(changed) = base.as_ref().and_then(|root| self.at(root, path)) {
                self.fixed_again(element, &changed, rule, &place);
                self.discriminators(element, &changed, rule, &place);
            }
        }
    }

    fn at(&self, root: &Arc<Element>, path: &str) -> Option<Arc<Element>> {
        path.split('.').skip(1).try_fold(root.clone(), |at, step| tree_of(self, &at, step.trim_end_matches("[x]")))
    }

    /// `type.profile` constrains that type, and no other.
    fn profiles_of_types(&mut self, element: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        for of in element.get("type").map_or(&[][..], Node::items) {
            let Some(code) = of.text("code").and_then(|code| Definitions::r4().type_of(code)) else { continue };
            for url in of.get("profile").map_or(&[][..], Node::items).iter().filter_map(Node::as_str) {
                let Ok(profile) = self.on.library.profile(url) else { continue };
                let Some(kind) = Definitions::r4().type_of(&profile.type_name) else { continue };
                let fits = if code.kind == Kind::Resource { is_a(kind, code.name) } else { kind.name == code.name };
                if !fits {
                    let message = format!("names a profile of {}, but its type is {}", kind.name, code.name);
                    self.error("type-profile", rule, trail, "structure", message);
                }
            }
        }
    }

    fn fixed_again(&mut self, element: &Node<'_>, base: &Element, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(before) = &base.fixed else { return };
        let is_fixed = |name: &str| name.strip_prefix("fixed").is_some_and(|kind| kind.starts_with(char::is_uppercase));
        let now = element.as_object().and_then(|o| o.iter().find(|(name, _)| is_fixed(name)));
        if now.is_some_and(|(_, now)| !equals(before, now)) {
            let message = "fixes another value than its base does, so nothing can meet both".to_owned();
            self.error("fixed-again", rule, trail, "value", message);
        }
    }

    /// Plain steps of a discriminator's path lead somewhere.
    fn discriminators(&mut self, element: &Node<'_>, sliced: &Arc<Element>, rule: Rule<'_>, trail: &Trail<'_>) {
        let slicing = element.get("slicing").and_then(|slicing| slicing.get("discriminator"));
        for path in slicing.map_or(&[][..], Node::items).iter().filter_map(|d| d.text("path")) {
            let is_plain = path.chars().all(|c| c.is_ascii_alphabetic());
            if is_plain && tree_of(self, sliced, path).is_none() {
                let message = format!("is sliced by {path}, which it does not have");
                self.error("discriminator", rule, trail, "structure", message);
            }
        }
    }
}
