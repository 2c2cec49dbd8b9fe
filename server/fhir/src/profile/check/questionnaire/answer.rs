//! One answer: its type, the options, and the limits that extensions set.
//! <http://hl7.org/fhir/R4/questionnaire.html#extensions>

use super::enabled::{same, value};
use super::{extension, extensions, named_type};
use crate::profile::check::value::order;
use crate::profile::check::{Rule, Run};
use crate::profile::trail::Trail;
use crate::terminology::{Coding, Verdict};
use regex::Regex;
use std::cmp::Ordering;
use theriac_core::json::Node;

/// The members in which answers of a type are given.
const TYPES: &[(&str, &[&str])] = &[
    ("boolean", &["valueBoolean"]),
    ("decimal", &["valueDecimal"]),
    ("integer", &["valueInteger"]),
    ("date", &["valueDate"]),
    ("dateTime", &["valueDateTime"]),
    ("time", &["valueTime"]),
    ("string", &["valueString"]),
    ("text", &["valueString"]),
    ("url", &["valueUri"]),
    ("choice", &["valueCoding", "valueString", "valueInteger", "valueDate", "valueTime", "valueReference"]),
    ("open-choice", &["valueCoding", "valueString", "valueInteger", "valueDate", "valueTime", "valueReference"]),
    ("attachment", &["valueAttachment"]),
    ("reference", &["valueReference"]),
    ("quantity", &["valueQuantity"]),
];

impl Run<'_> {
    pub(super) fn answer(
        &mut self,
        asked: &Node<'_>,
        answer: &Node<'_>,
        rule: Rule<'_>,
        place: &Trail<'_>,
        form: &Node<'_>,
    ) {
        let members = answer.as_object().into_iter().flat_map(|o| o.iter().map(|(name, _)| name));
        let member = members.into_iter().find(|name| name.starts_with("value"));
        let (Some(member), Some(given)) = (member, value(answer, "value")) else { return };
        let kind = asked.text("type").unwrap_or_default();
        let place = place.child("value", None, place.def());
        if let Some((_, fitting)) = TYPES.iter().find(|(name, _)| *name == kind)
            && !fitting.contains(&member)
        {
            let message = format!("is given as {member}, but the item is of type {kind}: {}", fitting[0]);
            return self.error("answer-type", rule, &place, "structure", message);
        }
        self.option(asked, given, rule, &place, form);
        self.limits(asked, given, rule, &place);
        self.particular(asked, given, rule, &place);
    }

    fn option(&mut self, asked: &Node<'_>, given: &Node<'_>, rule: Rule<'_>, place: &Trail<'_>, form: &Node<'_>) {
        let options = asked.get("answerOption").map_or(&[][..], Node::items);
        let is_open = asked.text("type") == Some("open-choice") && given.as_str().is_some();
        let listed = options.iter().filter_map(|o| value(o, "value")).any(|option| same(option, given));
        if !options.is_empty() && !listed && !is_open {
            let message = "is none of the options the Questionnaire gives".to_owned();
            self.error("answer-option", rule, place, "code-invalid", message);
        }
        let Some(set) = asked.text("answerValueSet").filter(|_| !is_open) else { return };
        let contained = form.get("contained").map_or(&[][..], Node::items);
        if set.starts_with('#') && contained.iter().any(|c| c.text("id") == set.strip_prefix('#')) {
            return;
        }
        let coding = match given {
            Node::String(_) => {
                return self.error("answer-option", rule, place, "code-invalid", format!("must be a code of {set}"));
            }
            given => Coding::of(given),
        };
        let Some(coding) = coding else { return };
        let wrong = match self.on.terminology.in_value_set(set, &coding) {
            Verdict::No(_) => Some(format!("is not in the value set {set} that the Questionnaire gives")),
            Verdict::Yes(found) => given
                .text("display")
                .filter(|display| !found.takes(display))
                .map(|_| format!("has another display than the code's in {}", found.system)),
            Verdict::CannotSay(_) => None,
        };
        if let Some(message) = wrong {
            self.error("answer-option", rule, place, "code-invalid", message);
        }
    }

    /// An option that stands alone may not stand beside others.
    pub(super) fn exclusive(&mut self, asked: &Node<'_>, answers: &[Node<'_>], rule: Rule<'_>, place: &Trail<'_>) {
        let is_exclusive =
            |o: &&Node<'_>| extension(o, "questionnaire-optionExclusive").and_then(Node::as_bool) == Some(true);
        let options = asked.get("answerOption").map_or(&[][..], Node::items).iter().filter(is_exclusive);
        let exclusive: Vec<&Node<'_>> = options.filter_map(|o| value(o, "value")).collect();
        let chosen = answers.iter().filter_map(|a| value(a, "value")).any(|a| exclusive.iter().any(|e| same(e, a)));
        if chosen && answers.len() > 1 {
            let message = "holds an option that excludes all others, and others".to_owned();
            self.error("answer-exclusive", rule, place, "business-rule", message);
        }
    }

    fn limits(&mut self, asked: &Node<'_>, given: &Node<'_>, rule: Rule<'_>, place: &Trail<'_>) {
        let bounds = [
            ("minValue", Ordering::Less, "less than the least"),
            ("maxValue", Ordering::Greater, "greater than the greatest"),
            ("sdc-questionnaire-minQuantity", Ordering::Less, "less than the least"),
            ("sdc-questionnaire-maxQuantity", Ordering::Greater, "greater than the greatest"),
        ];
        for (name, wrong, words) in bounds {
            let Some(bound) = extension(asked, name) else { continue };
            match order(given, bound) {
                Some(found) if found == wrong => {
                    self.error(name, rule, place, "value", format!("is {words} value that is allowed"));
                }
                None if given.as_object().is_some() => {
                    self.error(
                        name,
                        rule,
                        place,
                        "value",
                        "cannot be compared with its limit: the units differ".to_owned(),
                    );
                }
                _ => {}
            }
        }
        if let Some(text) = given.as_str() {
            self.text_limits(asked, text, rule, place);
        }
        let places =
            extension(asked, "maxDecimalPlaces").and_then(Node::as_number).and_then(|n| n.parse::<usize>().ok());
        let own = given.as_number().and_then(|n| n.split_once('.')).map_or(0, |(_, fraction)| fraction.len());
        if places.is_some_and(|most| own > most) {
            self.error("maxDecimalPlaces", rule, place, "value", "has more decimal places than are allowed".to_owned());
        }
    }

    fn text_limits(&mut self, asked: &Node<'_>, text: &str, rule: Rule<'_>, place: &Trail<'_>) {
        let number = |node: Option<&Node<'_>>| node.and_then(Node::as_number).and_then(|n| n.parse::<usize>().ok());
        let length = text.chars().count();
        if number(asked.get("maxLength")).is_some_and(|most| length > most) {
            self.error("maxLength", rule, place, "too-long", "is longer than is allowed".to_owned());
        }
        if number(extension(asked, "minLength")).is_some_and(|least| length < least) {
            self.error("minLength", rule, place, "value", "is shorter than is allowed".to_owned());
        }
        let pattern = extension(asked, "regex").and_then(Node::as_str).map(|r| Regex::new(&format!("^(?:{r})$")));
        if let Some(Ok(pattern)) = pattern
            && !pattern.is_match(text)
        {
            self.error("regex", rule, place, "value", "has not the form that the Questionnaire asks for".to_owned());
        }
    }

    /// What only one type of answers has: size, target, unit.
    fn particular(&mut self, asked: &Node<'_>, given: &Node<'_>, rule: Rule<'_>, place: &Trail<'_>) {
        let decimal = |node: Option<&Node<'_>>| node.and_then(Node::as_number).and_then(|n| n.parse::<f64>().ok());
        if let (Some(most), Some(size)) = (decimal(extension(asked, "maxSize")), decimal(given.get("size")))
            && size > most
        {
            self.error("maxSize", rule, place, "too-long", format!("is larger than the {most} bytes that are allowed"));
        }
        if let Some((kind, is_type)) = given.text("reference").and_then(named_type) {
            let allowed: Vec<&str> =
                extensions(asked, "questionnaire-referenceResource").filter_map(Node::as_str).collect();
            if !is_type || !(allowed.is_empty() || allowed.contains(&kind)) {
                let message = format!("points to a {kind}, which is not allowed here");
                self.error("referenceResource", rule, place, "structure", message);
            }
        }
        let Some(set) = extension(asked, "questionnaire-unitValueSet").and_then(Node::as_str) else { return };
        let unit = Coding::of(given);
        let is_in = unit.is_some_and(|unit| !matches!(self.on.terminology.in_value_set(set, &unit), Verdict::No(_)));
        if !is_in {
            self.error(
                "unitValueSet",
                rule,
                place,
                "code-invalid",
                format!("has a unit that is not in the value set {set}"),
            );
        }
    }
}
