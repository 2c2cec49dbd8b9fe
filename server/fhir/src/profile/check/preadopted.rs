//! Rules that R5 made part of an element's definition and R4 profiles take over by extensions.
//!
//! <http://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.mustHaveValue>,
//! <http://hl7.org/fhir/extensions/StructureDefinition-narrative-language-control.html>

use super::scope::Scope;
use super::{Rule, Run};
use crate::profile::datum::Datum;
use crate::profile::trail::Trail;
use crate::xml;
use theriac_core::json::Node;

impl Run<'_> {
    pub(super) fn preadopted<'d>(
        &mut self,
        datum: Datum<'d>,
        rule: Rule<'_>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        if datum.is_primitive() && datum.value.is_none() {
            self.without_value(datum, rule, trail);
        }
        let spoken = rule.element.narrative_languages.as_slice();
        if let (false, Some(text)) = (spoken.is_empty(), datum.member("div")) {
            self.languages(text, spoken, scope.resource.member("language"), rule, trail);
        }
    }

    fn without_value(&mut self, datum: Datum<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let element = rule.element;
        if element.must_have_value {
            let message = "must have a value; extensions alone are not enough".to_owned();
            self.error("mustHaveValue", rule, trail, "required", message);
        }
        let given = datum.companion.and_then(|c| c.get("extension")).map_or(&[][..], Node::items);
        let is_alternative = |url: &str| element.value_alternatives.iter().any(|known| known == url);
        if !element.value_alternatives.is_empty() && !given.iter().filter_map(|e| e.text("url")).any(is_alternative) {
            let all = element.value_alternatives.join(" or ");
            self.error(
                "valueAlternatives",
                rule,
                trail,
                "required",
                format!("must have a value, or the extension {all}"),
            );
        }
    }

    fn languages(&mut self, narrative: &str, wanted: &[String], own: Option<&str>, rule: Rule<'_>, trail: &Trail<'_>) {
        // What is no XHTML is told of the narrative itself.
        let Ok(sections) = xml::languages_of_xhtml(narrative) else { return };
        for wanted in wanted {
            let language = if wanted == "_resource" { own } else { Some(wanted.as_str()) };
            let message = match (wanted.as_str(), language) {
                ("_no", _) if !sections.is_empty() => "must have no sections by language".to_owned(),
                ("_yes", _) if sections.is_empty() => "must have sections by language".to_owned(),
                ("_no" | "_yes", _) | (_, None) => continue,
                (_, Some(language)) if sections.iter().any(|section| section == language) => continue,
                (_, Some(language)) => format!("must have a section in the language {language}"),
            };
            self.error("narrative-language", rule, trail, "structure", message);
        }
    }
}
