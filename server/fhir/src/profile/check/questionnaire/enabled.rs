//! `enableWhen`: does what was answered elsewhere open an item?
//! <http://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen>

use super::{extensions, items};
use std::cmp::Ordering;
use theriac_core::json::Node;

pub fn is_enabled(asked: &Node<'_>, response: &Node<'_>) -> bool {
    let conditions = asked.get("enableWhen").map_or(&[][..], Node::items);
    let mut held = conditions.iter().map(|condition| holds(condition, response));
    match asked.text("enableBehavior") {
        _ if conditions.is_empty() => true,
        Some("any") => held.any(|held| held),
        _ => held.all(|held| held),
    }
}

/// Extensions that hold a condition in FHIRPath, by the last part of their address:
/// <http://hl7.org/fhir/uv/sdc/StructureDefinition-sdc-questionnaire-enableWhenExpression.html>, and the one that Finland's
/// PHR had before it.
const CONDITIONS: &[&str] = &["sdc-questionnaire-enableWhenExpression", "fiphr-ext-questionnaire-enablewhen"];

pub fn expressions<'n>(asked: &'n Node<'_>) -> impl Iterator<Item = &'n str> {
    let all = CONDITIONS.iter().flat_map(|name| extensions(asked, name));
    all.filter_map(|value| match value.text("language") {
        Some("text/fhirpath") => value.text("expression"),
        _ => value.as_str(),
    })
}

fn holds(condition: &Node<'_>, response: &Node<'_>) -> bool {
    let mut answers = Vec::new();
    collect(response, condition.text("question").unwrap_or_default(), &mut answers);
    let expected = value(condition, "answer");
    match (condition.text("operator"), expected) {
        (Some("exists"), Some(Node::Bool(wanted))) => answers.is_empty() != *wanted,
        (Some("="), Some(expected)) => answers.iter().any(|answer| same(expected, answer)),
        (Some("!="), Some(expected)) => !answers.iter().any(|answer| same(expected, answer)),
        (Some(operator), Some(expected)) => answers.iter().any(|answer| {
            let order = super::super::value::order(answer, expected);
            match operator {
                ">" => order == Some(Ordering::Greater),
                "<" => order == Some(Ordering::Less),
                ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                _ => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            }
        }),
        _ => true,
    }
}

/// A coding is the same by system and code.
pub fn same(expected: &Node<'_>, given: &Node<'_>) -> bool {
    match (expected.text("code"), given.text("code")) {
        (Some(a), Some(b)) => {
            let systems = (expected.text("system"), given.text("system"));
            a == b && (systems.0.is_none() || systems.0 == systems.1)
        }
        _ => super::super::value::equals(expected, given),
    }
}

/// The value of a choice.
pub fn value<'n, 'a>(node: &'n Node<'a>, stem: &str) -> Option<&'n Node<'a>> {
    let members = node.as_object()?.iter();
    let is_choice =
        |name: &str| name.strip_prefix(stem).is_some_and(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()));
    members.filter(|(name, _)| is_choice(name)).map(|(_, value)| value).next()
}

fn collect<'n, 'a>(node: &'n Node<'a>, link: &str, into: &mut Vec<&'n Node<'a>>) {
    for item in items(node) {
        let answers = item.get("answer").map_or(&[][..], Node::items);
        if item.text("linkId") == Some(link) {
            into.extend(answers.iter().filter_map(|answer| value(answer, "value")));
        }
        collect(item, link, into);
        answers.iter().for_each(|answer| collect(answer, link, into));
    }
}

#[cfg(test)]
mod tests {
    use super::is_enabled;
    use theriac_core::json::parse;

    #[test]
    fn an_item_is_open_when_its_conditions_hold() {
        let response = parse(br#"{"item":[{"linkId":"a","answer":[{"valueInteger":5,"item":[{"linkId":"b","answer":[{"valueCoding":{"system":"s","code":"c","display":"d"}}]}]}]}]}"#).unwrap();
        let cases = [
            (r#"{"enableWhen":[{"question":"a","operator":">","answerInteger":4}]}"#, true),
            (r#"{"enableWhen":[{"question":"a","operator":"<=","answerInteger":4}]}"#, false),
            (r#"{"enableWhen":[{"question":"b","operator":"=","answerCoding":{"system":"s","code":"c"}}]}"#, true),
            (r#"{"enableWhen":[{"question":"x","operator":"exists","answerBoolean":false}]}"#, true),
            (
                r#"{"enableWhen":[{"question":"x","operator":"=","answerInteger":1},{"question":"a","operator":"=","answerInteger":5}],"enableBehavior":"any"}"#,
                true,
            ),
            (
                r#"{"enableWhen":[{"question":"x","operator":"=","answerInteger":1},{"question":"a","operator":"=","answerInteger":5}],"enableBehavior":"all"}"#,
                false,
            ),
            ("{}", true),
        ];
        for (item, expected) in cases {
            assert_eq!(is_enabled(&parse(item.as_bytes()).unwrap(), &response), expected, "{item}");
        }
    }
}
