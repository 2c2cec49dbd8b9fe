//! Bindings: required codes must be of the value set, extensible ones should. <http://hl7.org/fhir/R4/terminologies.html>

use super::{Rule, Run};
use crate::profile::Severity;
use crate::profile::datum::Datum;
use crate::profile::element::{Binding, Strength};
use crate::profile::trail::Trail;
use crate::terminology::{Coding, Verdict};
use theriac_core::json::Node;

/// <http://hl7.org/fhir/R4/http.html#mime-type>: beside the MIME types, `format` and the like take these words.
const FORMATS: &[&str] = &["xml", "json", "ttl", "none"];
const MIME_TYPES: &str = "http://hl7.org/fhir/ValueSet/mimetypes";

impl Run<'_> {
    pub(super) fn codes(&mut self, datum: Datum<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(binding) = rule.element.binding.clone() else { return };
        let (Some(value), Some(codings)) = (datum.value, codings(datum)) else { return };
        for all in binding.max_value_set.iter().chain(&binding.additional) {
            self.bound(all, Strength::Required, &codings, value, rule, trail);
        }
        let Binding { strength, value_set, .. } = binding.as_ref();
        if matches!(strength, Strength::Required | Strength::Extensible) && !value_set.is_empty() {
            self.bound(value_set, *strength, &codings, value, rule, trail);
        }
    }

    fn bound(
        &mut self,
        value_set: &str,
        strength: Strength,
        codings: &[Coding<'_>],
        value: &Node<'_>,
        rule: Rule<'_>,
        trail: &Trail<'_>,
    ) {
        let required = strength == Strength::Required;
        let severity = if required { Severity::Error } else { Severity::Warning };
        let check = format!("binding {value_set}");
        if codings.is_empty() {
            let text_only = value.as_object().is_some_and(|o| o.get("text").is_some() || o.get("display").is_some());
            // Without a code an extensible binding is kept, as text may say what no code says.
            if required && (text_only || value.get("coding").is_some()) {
                let message = format!("holds no code, but one of the value set {value_set} is required");
                self.find(severity, &check, &rule.name(), trail, "code-invalid", message);
            }
            return;
        }
        let is_format = |c: &Coding<'_>| c.system.is_none() && FORMATS.contains(&c.code);
        if value_set.starts_with(MIME_TYPES) && codings.iter().any(is_format) {
            return;
        }
        let verdicts: Vec<Verdict> = codings.iter().map(|c| self.on.terminology.in_value_set(value_set, c)).collect();
        if verdicts.iter().any(|v| matches!(v, Verdict::Yes(_))) {
            return;
        }
        if let Some(why) = verdicts.iter().find_map(|v| if let Verdict::CannotSay(why) = v { Some(why) } else { None })
        {
            let message = format!("it cannot be said whether the code is of the value set {value_set}: {why}");
            let check = format!("unknown {value_set}");
            return self.find(Severity::Information, &check, &rule.name(), trail, "not-found", message);
        }
        let word = if required { "must" } else { "should" };
        let message = format!("{word} hold a code of the value set {value_set}");
        self.find(severity, &check, &rule.name(), trail, "code-invalid", message);
    }
}

/// The codes in a value of a type that can be bound; nothing for other types.
fn codings<'d>(datum: Datum<'d>) -> Option<Vec<Coding<'d>>> {
    let value = datum.value?;
    match datum.def.name {
        "code" | "string" | "uri" | "canonical" | "url" => {
            Some(value.as_str().map(Coding::plain).into_iter().collect())
        }
        "Coding" => Some(coding(value).into_iter().collect()),
        "CodeableConcept" => {
            let all = value.get("coding").map_or(&[][..], Node::items);
            Some(all.iter().filter_map(coding).collect())
        }
        "Quantity" | "Age" | "Duration" | "Money" | "SimpleQuantity" | "Count" | "Distance" => {
            Some(coding(value).into_iter().collect())
        }
        _ => None,
    }
}

fn coding<'d>(node: &'d Node<'d>) -> Option<Coding<'d>> {
    let code = node.text("code")?;
    // Without a system it is a code of none, and not one of whatever system the value set has.
    Some(Coding { system: Some(node.text("system").unwrap_or_default()), version: node.text("version"), code })
}
