//! Discriminators: what a slice's definition says at a path, and whether an item agrees.
//!
//! <http://hl7.org/fhir/R4/profiling.html#discriminator>

use super::element::tree_of;
use super::scope::Scope;
use super::value::{equals, meets};
use super::{Rule, Run};
use crate::profile::datum::{Datum, is_a};
use crate::profile::element::{Discriminates, Discriminator, Element, Profile, Strength};
use crate::profile::trail::Trail;
use std::sync::Arc;
use theriac_core::json::Node;

/// One step of the restricted FHIRPath.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Child(String),
    Extension(String),
    OfType(String),
    Resolve,
}

/// What must hold for one of the values at the path.
enum Need {
    Fixed(Arc<Node<'static>>),
    Pattern(Arc<Node<'static>>),
    /// A code of this value set.
    Code(Arc<Element>),
    /// All that the element says.
    All(Arc<Element>),
}

fn steps(path: &str) -> Vec<Step> {
    parts(path).into_iter().filter(|part| !part.is_empty() && part != "$this").map(|part| step(&part)).collect()
}

/// Splits at the points that are not in quotes or brackets.
fn parts(path: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0, false);
    for c in path.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        match (c, parts.last_mut()) {
            ('.', _) if depth == 0 && !quoted => parts.push(String::new()),
            (c, Some(last)) => last.push(c),
            _ => {}
        }
    }
    parts
}

fn step(part: &str) -> Step {
    let inside = |name: &str| part.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(url) = inside("extension") {
        return Step::Extension(url.trim().trim_matches('\'').to_owned());
    }
    if let Some(kind) = inside("ofType") {
        return Step::OfType(kind.trim().to_owned());
    }
    match part {
        "resolve()" => Step::Resolve,
        name => Step::Child(name.trim_end_matches("[x]").to_owned()),
    }
}

impl Run<'_> {
    /// Nothing, where the slice's definition says nothing at the path.
    pub(super) fn discriminated<'d>(
        &mut self,
        datum: Datum<'d>,
        slice: &Arc<Element>,
        by: &Discriminator,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) -> Option<bool> {
        let steps = steps(&by.path);
        let values = select(datum, &steps, scope);
        Some(match by.kind {
            Discriminates::Value => return self.agrees(slice, &steps, &values, trail, scope),
            Discriminates::Exists => self.ends(slice, &steps).iter().all(|end| match (end.max, end.min) {
                (Some(0), _) => values.is_empty(),
                (_, 0) => true,
                _ => !values.is_empty(),
            }),
            Discriminates::Type => self.has_type(datum, slice, &steps, &values, scope),
            Discriminates::Profile => return self.has_profile(slice, &steps, &values, trail, scope),
        })
    }

    fn agrees<'d>(
        &mut self,
        slice: &Arc<Element>,
        steps: &[Step],
        values: &[Datum<'d>],
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) -> Option<bool> {
        let mut needs = Vec::new();
        self.needs(slice, steps, &mut needs);
        if needs.is_empty() {
            let ends = self.ends(slice, steps);
            return match ends.first() {
                Some(end) if end.max == Some(0) => Some(values.is_empty()),
                Some(end) if end.min > 0 => Some(!values.is_empty()),
                _ => None,
            };
        }
        Some(needs.iter().all(|need| values.iter().any(|value| self.satisfies(*value, need, trail, scope))))
    }

    fn satisfies<'d>(&mut self, value: Datum<'d>, need: &Need, trail: &Trail<'_>, scope: &Scope<'_, 'd>) -> bool {
        let trail = trail.child("value", None, value.def);
        match need {
            Need::Fixed(fixed) => value.value.is_some_and(|v| equals(fixed, v)),
            Need::Pattern(pattern) => value.value.is_some_and(|v| meets(pattern, v)),
            Need::Code(element) => {
                let profile = Profile::bare(element);
                self.trial(|run| run.codes(value, Rule { profile: &profile, element }, &trail))
            }
            Need::All(element) => self.fits(value, element, &trail, scope),
        }
    }

    fn has_type<'d>(
        &self,
        datum: Datum<'d>,
        slice: &Arc<Element>,
        steps: &[Step],
        values: &[Datum<'d>],
        scope: &Scope<'_, 'd>,
    ) -> bool {
        let Some((Step::Resolve, before)) = steps.split_last() else {
            let ends = self.ends(slice, steps);
            return values.iter().any(|v| ends.iter().any(|end| end.types.iter().any(|of| is_a(v.def, &of.code))));
        };
        // What a reference leads to may not be here; then its text says the type.
        let targets: Vec<String> = self.ends(slice, before).iter().flat_map(targets).collect();
        let kinds: Vec<String> =
            targets.iter().filter_map(|t| self.on.library.profile(t).ok()).map(|p| p.type_name.clone()).collect();
        let types: Vec<&str> = values.iter().map(|v| v.def.name).collect();
        match types.is_empty() {
            false => types.iter().any(|t| kinds.iter().any(|k| k == t)),
            true => select(datum, before, scope)
                .iter()
                .filter_map(|r| r.member("reference"))
                .any(|r| super::reference::kind_of(r).is_some_and(|t| kinds.iter().any(|k| k == t))),
        }
    }

    fn has_profile<'d>(
        &mut self,
        slice: &Arc<Element>,
        steps: &[Step],
        values: &[Datum<'d>],
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) -> Option<bool> {
        let (resolves, before) = match steps.split_last() {
            Some((Step::Resolve, before)) => (true, before),
            _ => (false, steps),
        };
        let ends = self.ends(slice, before);
        let of = |end: &Arc<Element>| match resolves {
            true => targets(end),
            false => end.types.iter().flat_map(|t| t.profiles.clone()).collect(),
        };
        let profiles: Vec<_> = ends.iter().flat_map(of).filter_map(|url| self.on.library.profile(&url).ok()).collect();
        if profiles.is_empty() {
            return None;
        }
        Some(values.iter().any(|value| {
            let scope = if value.is_resource() { scope.entry(*value, None) } else { *scope };
            let trail = trail.child("resolve()", None, value.def);
            profiles.iter().any(|p| is_a(value.def, &p.type_name) && self.conforms(*value, p, &trail, &scope))
        }))
    }

    /// The elements a path leads to in the slice's definition.
    fn ends(&self, from: &Arc<Element>, steps: &[Step]) -> Vec<Arc<Element>> {
        let Some((step, rest)) = steps.split_first() else { return vec![from.clone()] };
        self.next(from, step).iter().flat_map(|next| self.ends(next, rest)).collect()
    }

    fn next(&self, from: &Arc<Element>, step: &Step) -> Vec<Arc<Element>> {
        match step {
            Step::Child(name) => {
                let Some(child) = tree_of(self, from, name) else { return Vec::new() };
                let slices = child.slices.iter().filter(|slice| slice.min > 0 || child.types.len() > 1).cloned();
                let slices: Vec<Arc<Element>> = slices.collect();
                // A profile of the type may say more than the element itself.
                let profiles = from.types.iter().flat_map(|of| &of.profiles);
                let more = profiles.filter_map(|url| self.on.library.profile(url).ok()?.root.child(name).cloned());
                let more: Vec<Arc<Element>> = more.filter(|other| !Arc::ptr_eq(other, &child)).collect();
                std::iter::once(child).chain(slices).chain(more).collect()
            }
            Step::Extension(url) => {
                let Some(all) = tree_of(self, from, "extension") else { return Vec::new() };
                let is = |slice: &&Arc<Element>| {
                    slice.types.iter().any(|t| t.profiles.iter().any(|p| p == url))
                        || tree_of(self, slice, "url")
                            .is_some_and(|u| u.fixed.as_deref().and_then(Node::as_str) == Some(url))
                };
                let nested = all.slices.iter().flat_map(|slice| &slice.slices);
                all.slices.iter().chain(nested).filter(is).cloned().collect()
            }
            Step::OfType(_) | Step::Resolve => vec![from.clone()],
        }
    }

    fn needs(&self, from: &Arc<Element>, steps: &[Step], into: &mut Vec<Need>) {
        let names: Vec<&str> =
            steps.iter().map_while(|s| if let Step::Child(n) = s { Some(n.as_str()) } else { None }).collect();
        if names.len() == steps.len() {
            let fixed = from.fixed.as_deref().and_then(|f| at(f, &names)).map(|f| Need::Fixed(Arc::new(f)));
            let pattern = from.pattern.as_deref().and_then(|p| at(p, &names)).map(|p| Need::Pattern(Arc::new(p)));
            let own: Vec<Need> = fixed.into_iter().chain(pattern).collect();
            if !own.is_empty() {
                return into.extend(own);
            }
        }
        let Some((step, rest)) = steps.split_first() else {
            let is_bound = from.binding.as_ref().is_some_and(|b| b.strength == Strength::Required);
            if is_bound {
                into.push(Need::Code(from.clone()));
            } else if !from.children.is_empty() {
                into.push(Need::All(from.clone()));
            }
            return;
        };
        for next in self.next(from, step) {
            self.needs(&next, rest, into);
        }
    }
}

fn targets(element: &Arc<Element>) -> Vec<String> {
    element.types.iter().flat_map(|of| of.targets.clone()).collect()
}

/// What a fixed value or pattern says further down.
fn at(node: &Node<'static>, names: &[&str]) -> Option<Node<'static>> {
    let Some((name, rest)) = names.split_first() else { return Some(node.clone()) };
    node.items().iter().find_map(|item| at(item.get(name)?, rest))
}

fn select<'d>(datum: Datum<'d>, steps: &[Step], scope: &Scope<'_, 'd>) -> Vec<Datum<'d>> {
    let Some((step, rest)) = steps.split_first() else { return vec![datum] };
    let next: Vec<Datum<'d>> = match step {
        Step::Child(name) => datum.named(name),
        Step::Extension(url) => datum.named("extension").into_iter().filter(|e| e.member("url") == Some(url)).collect(),
        Step::OfType(kind) => Some(datum).filter(|d| is_a(d.def, kind)).into_iter().collect(),
        Step::Resolve => {
            let text = if datum.is_primitive() { datum.text() } else { datum.member("reference") };
            text.and_then(|r| scope.resolve(r)).into_iter().collect()
        }
    };
    next.into_iter().flat_map(|datum| select(datum, rest, scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_in_steps() {
        let url = "http://x.org/a.b";
        let path = format!("extension('{url}').value.ofType(Coding).code");
        let expected = [
            Step::Extension(url.to_owned()),
            Step::Child("value".to_owned()),
            Step::OfType("Coding".to_owned()),
            Step::Child("code".to_owned()),
        ];
        assert_eq!(steps(&path), expected);
        assert_eq!(steps("$this.resolve()"), [Step::Resolve]);
        assert!(steps("$this").is_empty());
    }
}
