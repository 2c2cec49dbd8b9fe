//! A QuestionnaireResponse beside its Questionnaire. <http://hl7.org/fhir/R4/questionnaireresponse.html>

mod answer;
mod enabled;

use super::scope::Scope;
use super::{Rule, Run};
use crate::definition::Definitions;
use crate::profile::Severity;
use crate::profile::datum::Datum;
use crate::profile::seam::Focus;
use crate::profile::trail::Trail;
use theriac_core::json::Node;

/// The extension's value, whatever its type: the one member that begins with `value`.
pub(super) fn extension<'n, 'a>(item: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    extensions(item, name).next()
}

pub(super) fn extensions<'n, 'a>(item: &'n Node<'a>, name: &str) -> impl Iterator<Item = &'n Node<'a>> {
    let all = item.get("extension").map_or(&[][..], Node::items).iter();
    let name = name.to_owned();
    let named = all.filter(move |e| e.text("url").is_some_and(|url| url.rsplit('/').next() == Some(name.as_str())));
    named.filter_map(|e| e.as_object()?.iter().find(|(n, _)| n.starts_with("value")).map(|(_, v)| v))
}

/// What is asked of one level: the items of the Questionnaire, those of the response, and where they stand.
struct Level<'l, 'd> {
    asked: &'l [Node<'l>],
    given: &'d [Node<'d>],
    /// The whole Questionnaire and the whole response, in which conditions look.
    form: &'l Node<'l>,
    response: &'d Node<'d>,
    is_complete: bool,
}

fn items<'n, 'a>(node: &'n Node<'a>) -> &'n [Node<'a>] {
    node.get("item").map_or(&[], Node::items)
}

impl Run<'_> {
    pub(super) fn questionnaire<'d>(
        &mut self,
        datum: Datum<'d>,
        rule: Rule<'_>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'd>,
    ) {
        let (Some(response), Some(canonical)) = (datum.value, datum.member("questionnaire")) else { return };
        let place = trail.child("questionnaire", None, datum.def);
        let contained = canonical.starts_with('#').then(|| scope.resolve(canonical)).flatten().and_then(|d| d.value);
        let known = self.on.library.find("Questionnaire", canonical);
        let form: &Node<'_> = match (contained, &known) {
            (Some(form), _) => form,
            (None, Some(form)) => form.as_ref(),
            (None, None) => {
                let others = ["ValueSet", "CodeSystem", "StructureDefinition", "ConceptMap"];
                let (severity, message) = match others.iter().find(|t| self.on.library.find(t, canonical).is_some()) {
                    Some(other) => (Severity::Error, format!("leads to a {other}, but must lead to a Questionnaire")),
                    None => (Severity::Warning, "is not known here, so the answers were not checked".to_owned()),
                };
                return self.find(severity, "questionnaire", &rule.name(), &place, "not-found", message);
            }
        };
        let is_complete = !matches!(response.text("status"), Some("in-progress" | "stopped" | "entered-in-error"));
        let level = Level { asked: items(form), given: items(response), form, response, is_complete };
        self.level(&level, rule, trail);
    }

    fn level(&mut self, level: &Level<'_, '_>, rule: Rule<'_>, trail: &Trail<'_>) {
        for (index, given) in level.given.iter().enumerate() {
            let link = given.text("linkId").unwrap_or_default();
            if !level.asked.iter().any(|asked| asked.text("linkId") == Some(link)) {
                let place = trail.child("item", Some(index), trail.def());
                let message = match knows(level.form, link) {
                    true => "stands at another place than in the Questionnaire",
                    false => "has a linkId that is not in the Questionnaire",
                };
                self.error("linkId", rule, &place, "structure", message.to_owned());
            }
        }
        for asked in level.asked {
            self.asked_item(asked, level, rule, trail);
        }
    }

    /// Conditions in FHIRPath, of the whole response.
    fn opens(&mut self, asked: &Node<'_>, level: &Level<'_, '_>, rule: Rule<'_>, trail: &Trail<'_>) -> bool {
        let Some(datum) = Datum::resource(level.response) else { return true };
        let focus = Focus { datum, resource: datum, root: datum, resolve: &|_| None };
        enabled::expressions(asked).all(|expression| {
            let opens = self.on.invariants.holds(&format!("iif({expression}, true, false)"), &focus);
            opens.unwrap_or_else(|why| {
                let link = asked.text("linkId").unwrap_or_default();
                let message = format!("the condition of the item '{link}' could not be asked: {why}");
                let check = format!("condition {link}");
                self.find(Severity::Warning, &check, &rule.name(), trail, "processing", message);
                true
            })
        })
    }

    fn asked_item(&mut self, asked: &Node<'_>, level: &Level<'_, '_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let link = asked.text("linkId").unwrap_or_default();
        let own = || level.given.iter().enumerate().filter(|(_, given)| given.text("linkId") == Some(link));
        let is_enabled = enabled::is_enabled(asked, level.response) && self.opens(asked, level, rule, trail);
        let (count, is_group) = (own().count(), asked.text("type") == Some("group"));
        let is_required = asked.get("required").and_then(Node::as_bool) == Some(true);
        let repeats = asked.get("repeats").and_then(Node::as_bool) == Some(true);
        if count == 0 && is_required && is_enabled && level.is_complete {
            let message = format!("the item '{link}' is required, but not answered");
            self.error(&format!("required {link}"), rule, trail, "required", message);
        }
        if count > 1 && !(repeats && is_group) {
            let message = format!("the item '{link}' may stand only once");
            self.error(&format!("repeats {link}"), rule, trail, "structure", message);
        }
        for (index, given) in own() {
            let place = trail.child("item", Some(index), trail.def());
            let answers = given.get("answer").map_or(&[][..], Node::items);
            let is_answered = !answers.is_empty() || !items(given).is_empty();
            if !is_enabled && is_answered {
                self.error(
                    "enabled",
                    rule,
                    &place,
                    "business-rule",
                    "is answered, though it is not enabled".to_owned(),
                );
                continue;
            }
            match is_group {
                true => self.group(asked, given, level, rule, &place),
                false => self.question(asked, given, answers, level, rule, &place),
            }
        }
    }

    fn group(&mut self, asked: &Node<'_>, given: &Node<'_>, level: &Level<'_, '_>, rule: Rule<'_>, place: &Trail<'_>) {
        if given.get("answer").is_some() {
            self.error("group", rule, place, "structure", "is a group, which has no answers".to_owned());
        }
        let is_required = asked.get("required").and_then(Node::as_bool) == Some(true);
        if items(given).is_empty() && is_required && level.is_complete {
            self.error("group", rule, place, "required", "is a required group, but has no items".to_owned());
        }
        let inner = Level {
            asked: items(asked),
            given: items(given),
            form: level.form,
            response: level.response,
            is_complete: level.is_complete,
        };
        self.level(&inner, rule, place);
    }

    fn question(
        &mut self,
        asked: &Node<'_>,
        given: &Node<'_>,
        answers: &[Node<'_>],
        level: &Level<'_, '_>,
        rule: Rule<'_>,
        place: &Trail<'_>,
    ) {
        let flag = |name: &str| asked.get(name).and_then(Node::as_bool) == Some(true);
        let number =
            |name: &str| extension(asked, name).and_then(Node::as_number).and_then(|n| n.parse::<usize>().ok());
        if asked.text("type") == Some("display") && !answers.is_empty() {
            return self.error(
                "display",
                rule,
                place,
                "structure",
                "is a text for display, which has no answers".to_owned(),
            );
        }
        if answers.is_empty() && flag("required") && level.is_complete {
            self.error("required", rule, place, "required", "is required, but not answered".to_owned());
        }
        let most = if flag("repeats") { number("questionnaire-maxOccurs") } else { Some(1) };
        if most.is_some_and(|most| answers.len() > most) {
            let message = format!("has {} answers, at most {} are allowed", answers.len(), most.unwrap_or_default());
            self.error("repeats", rule, place, "structure", message);
        }
        if number("questionnaire-minOccurs").is_some_and(|least| answers.len() < least && level.is_complete) {
            self.error("required", rule, place, "required", "has fewer answers than are required".to_owned());
        }
        self.exclusive(asked, answers, rule, place);
        for (index, answer) in answers.iter().enumerate() {
            let place = place.child("answer", Some(index), place.def());
            self.answer(asked, answer, rule, &place, level.form);
            let inner = Level {
                asked: items(asked),
                given: items(answer),
                form: level.form,
                response: level.response,
                is_complete: level.is_complete,
            };
            self.level(&inner, rule, &place);
        }
        if !items(given).is_empty() {
            let message = "is a question: items below it stand in its answer".to_owned();
            self.error("nesting", rule, place, "structure", message);
        }
    }
}

/// Is there an item of that name anywhere in the form?
fn knows(node: &Node<'_>, link: &str) -> bool {
    items(node).iter().any(|item| item.text("linkId") == Some(link) || knows(item, link))
}

/// The type of resource the last part but one of an address names, whether it is one or not.
pub(super) fn named_type(reference: &str) -> Option<(&str, bool)> {
    let mut parts = reference.split('#').next()?.rsplit('/');
    let (_, kind) = (parts.next()?, parts.next()?);
    let looks = kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.chars().all(|c| c.is_ascii_alphabetic());
    looks.then(|| (kind, Definitions::r4().is_resource(kind)))
}
