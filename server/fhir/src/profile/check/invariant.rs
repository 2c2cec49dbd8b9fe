//! Invariants, in FHIRPath. <http://hl7.org/fhir/R4/conformance-rules.html#constraints>

use super::scope::Scope;
use super::{Rule, Run};
use crate::profile::Severity;
use crate::profile::datum::Datum;
use crate::profile::element::Constraint;
use crate::profile::seam::Focus;
use crate::profile::trail::Trail;
use theriac_core::json::Node;

/// What the structural check says already, for every element.
const KEPT: &[&str] = &["ele-1", "ext-1"];
/// What every resource asks of those it contains.
const OF_CONTAINED: &[&str] = &["dom-2", "dom-3", "dom-4", "dom-5"];

impl Run<'_> {
    pub(super) fn invariants<'d>(
        &mut self,
        datum: Datum<'d>,
        rule: Rule<'_>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        for constraint in &rule.element.constraints {
            self.invariant(constraint, datum, rule, trail, scope);
        }
    }

    /// Those of the value's type, which its element does not repeat.
    pub(super) fn type_invariants<'d>(
        &mut self,
        datum: Datum<'d>,
        rule: Rule<'_>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        if datum.is_primitive() || datum.is_resource() || datum.def.name.contains('.') {
            return;
        }
        let Some(base) = self.on.library.of_type(datum.def.name) else { return };
        let said = &rule.element.constraints;
        let own_root = std::ptr::eq(rule.element, base.root.as_ref());
        for constraint in &base.root.constraints {
            if own_root || !said.iter().any(|c| c.key == constraint.key) {
                let rule = Rule { profile: &base, element: &base.root };
                self.invariant(constraint, datum, rule, trail, scope);
            }
        }
    }

    fn invariant<'d>(
        &mut self,
        constraint: &Constraint,
        datum: Datum<'d>,
        rule: Rule<'_>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        let is_one_of = |keys: &[&str]| keys.contains(&constraint.key.as_str());
        let is_unasked = !self.on.options.contained && is_one_of(OF_CONTAINED);
        if constraint.expression.is_empty() || is_one_of(KEPT) || is_unasked {
            return;
        }
        let severity = if constraint.is_error { Severity::Error } else { Severity::Warning };
        let name = format!("{} {}", rule.name(), constraint.key);
        let check = format!("invariant {}", constraint.key);
        match self.holds(&constraint.expression, datum, scope) {
            Ok(true) => {}
            Ok(false) if constraint.key == "dom-3" && narrated(datum) => {}
            Ok(false) => {
                let message = format!("{}: {}", constraint.key, constraint.human);
                self.find(severity, &check, &name, trail, "invariant", message);
            }
            Err(why) => {
                let message = format!("{} could not be asked: {why}", constraint.key);
                self.find(Severity::Warning, &check, &name, trail, "processing", message);
            }
        }
    }

    pub(super) fn holds<'d>(&self, expression: &str, datum: Datum<'d>, scope: &Scope<'_, 'd>) -> Result<bool, String> {
        let resolve = |reference: &str| scope.resolve(reference);
        let focus = Focus { datum, resource: scope.resource, root: scope.container().resource, resolve: &resolve };
        self.on.invariants.holds(expression, &focus)
    }

    /// Does the expression, asked of the resource, lead to the value? True where that cannot be told.
    pub(super) fn leads_to<'d>(&self, expression: &str, value: Datum<'d>, scope: &Scope<'_, 'd>) -> bool {
        let resolve = |reference: &str| scope.resolve(reference);
        let root = scope.container().resource;
        let focus = Focus { datum: scope.resource, resource: scope.resource, root, resolve: &resolve };
        self.on.invariants.leads_to(expression, &focus, value) != Ok(false)
    }
}

/// Does every contained resource have a reference, those of narratives counted too? The expression of dom-3 cannot look
/// into them. <http://hl7.org/fhir/R4/narrative.html#id>
fn narrated(datum: Datum<'_>) -> bool {
    let Some(resource) = datum.value else { return false };
    let contained = resource.get("contained").map_or(&[][..], Node::items);
    contained.iter().all(|inner| {
        let mark = format!("#{}", inner.text("id").unwrap_or_default());
        let quoted = [format!("\"{mark}\""), format!("'{mark}'")];
        let leads = |text: &str| text == mark || quoted.iter().any(|quoted| text.contains(quoted.as_str()));
        says(resource, &leads) || says(inner, &|text| text == "#")
    })
}

fn says(node: &Node<'_>, wanted: &dyn Fn(&str) -> bool) -> bool {
    match node {
        Node::Object(object) => object.iter().any(|(_, value)| says(value, wanted)),
        Node::Array(items) => items.iter().any(|item| says(item, wanted)),
        _ => node.as_str().is_some_and(wanted),
    }
}
