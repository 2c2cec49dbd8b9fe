//! Fixed values, patterns, lengths and ranges. <http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_>

use super::{Rule, Run};
use crate::profile::datum::Datum;
use crate::profile::trail::Trail;
use std::cmp::Ordering;
use std::sync::Arc;
use theriac_core::Instant;
use theriac_core::json::{Node, Object};
use theriac_units::{Exact, Unit};

impl Run<'_> {
    pub(super) fn values(&mut self, datum: Datum<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(value) = datum.value else { return };
        let element = rule.element;
        if element.fixed.as_ref().is_some_and(|fixed| !equals(fixed, value)) {
            let wanted = element.fixed.as_deref().map(shown).unwrap_or_default();
            self.error("fixed", rule, trail, "value", format!("must be exactly {wanted}"));
        }
        if element.pattern.as_ref().is_some_and(|pattern| !meets(pattern, value)) {
            let wanted = element.pattern.as_deref().map(shown).unwrap_or_default();
            self.error("pattern", rule, trail, "value", format!("must hold what the pattern {wanted} holds"));
        }
        if let (Some(least), Some(text)) = (element.min_length, value.as_str())
            && text.chars().count() < least as usize
        {
            self.error("minLength", rule, trail, "value", format!("must not be shorter than {least} characters"));
        }
        if let (Some(most), Some(text)) = (element.max_length, value.as_str())
            && text.chars().count() > most as usize
        {
            self.error("maxLength", rule, trail, "too-long", format!("must not be longer than {most} characters"));
        }
        self.range(value, rule, trail);
    }

    fn range(&mut self, value: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let now = self.on.world.now;
        let bound = |bound: &Option<Arc<Node<'static>>>, way: i64| {
            bound.as_deref().and_then(|b| order(value, relative(value, b, now, way).as_ref().unwrap_or(b)))
        };
        if bound(&rule.element.min_value, -1) == Some(Ordering::Less) {
            let least = rule.element.min_value.as_deref().map(shown).unwrap_or_default();
            self.error("minValue", rule, trail, "value", format!("must not be less than {least}"));
        }
        if bound(&rule.element.max_value, 1) == Some(Ordering::Greater) {
            let most = rule.element.max_value.as_deref().map(shown).unwrap_or_default();
            self.error("maxValue", rule, trail, "value", format!("must not be greater than {most}"));
        }
    }
}

/// A duration bounds a date from today's moment on, backwards for the least and forwards for the most,
/// <http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.minValue_x_>
fn relative(value: &Node<'_>, bound: &Node<'_>, now: Instant, way: i64) -> Option<Node<'static>> {
    value.as_str()?;
    let (unit, second) = (Unit::cached(bound.text("code")?)?, Unit::cached("s")?);
    let length = unit.convert(Exact::parse(bound.get("value")?.as_number()?)?, &second)?.to_f64();
    let moment = Instant(now.0.checked_add(way * (length * 1e6) as i64)?);
    Some(Node::string(moment.rfc3339()))
}

fn shown(node: &Node<'_>) -> String {
    let text = node.to_string();
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// The same value; the order of members does not matter, nor how a number is spelt.
pub fn equals(left: &Node<'_>, right: &Node<'_>) -> bool {
    match (left, right) {
        (Node::Object(a), Node::Object(b)) => {
            a.0.len() == b.0.len() && a.iter().all(|(name, v)| b.get(name).is_some_and(|w| equals(v, w)))
        }
        (Node::Array(a), Node::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(v, w)| equals(v, w)),
        (Node::Number(a), Node::Number(b)) => same_number(a, b),
        _ => left == right,
    }
}

/// Everything in the pattern is in the value; arrays may hold more.
pub fn meets(pattern: &Node<'_>, value: &Node<'_>) -> bool {
    match (pattern, value) {
        (Node::Object(a), Node::Object(b)) => a.iter().all(|(name, v)| b.get(name).is_some_and(|w| meets(v, w))),
        (Node::Array(a), Node::Array(b)) => a.iter().all(|v| b.iter().any(|w| meets(v, w))),
        (Node::Number(a), Node::Number(b)) => same_number(a, b),
        _ => pattern == value,
    }
}

fn same_number(a: &str, b: &str) -> bool {
    a == b || matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a.total_cmp(&b) == Ordering::Equal)
}

/// Numbers by value, dates and times by their text as far as both go, quantities of one unit by value.
pub fn order(value: &Node<'_>, bound: &Node<'_>) -> Option<Ordering> {
    match (value, bound) {
        (Node::Number(a), Node::Number(b)) => a.parse::<f64>().ok()?.partial_cmp(&b.parse::<f64>().ok()?),
        (Node::String(a), Node::String(b)) => {
            let common = a.len().min(b.len());
            Some(a.get(..common)?.cmp(b.get(..common)?))
        }
        (Node::Object(a), Node::Object(b)) => quantities(a, b),
        _ => None,
    }
}

const UCUM: &str = "http://unitsofmeasure.org";

/// Of one unit by value, of comparable units of UCUM by conversion; others cannot be compared.
fn quantities(value: &Object<'_>, bound: &Object<'_>) -> Option<Ordering> {
    let (own, wanted) = (value.text("code")?, bound.text("code")?);
    if value.text("system") != bound.text("system") {
        return None;
    }
    if own == wanted {
        return order(value.get("value")?, bound.get("value")?);
    }
    let units = (value.text("system") == Some(UCUM)).then(|| Unit::cached(own).zip(Unit::cached(wanted))).flatten();
    let (own, wanted) = units?;
    let value = own.convert(Exact::parse(value.get("value")?.as_number()?)?, &wanted)?;
    value.to_f64().partial_cmp(&bound.get("value")?.as_number()?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json::parse;

    fn node(text: &str) -> Node<'_> {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_pattern_is_met_by_more_than_it_holds() {
        let pattern = node(r#"{"coding":[{"system":"s","code":"c"}]}"#);
        let rich = node(r#"{"text":"t","coding":[{"code":"x"},{"code":"c","system":"s","display":"d"}]}"#);
        assert!(meets(&pattern, &rich));
        assert!(!equals(&pattern, &rich));
        assert!(!meets(&pattern, &node(r#"{"coding":[{"system":"s"},{"code":"c"}]}"#)));
    }

    #[test]
    fn bounds_are_read_by_kind() {
        let cases = [("1.5", "2", Some(Ordering::Less)), ("\"2020-03\"", "\"2020-01-05\"", Some(Ordering::Greater))];
        for (value, bound, expected) in cases {
            assert_eq!(order(&node(value), &node(bound)), expected, "{value} {bound}");
        }
        let quantity = |value: &str, code: &str| {
            format!(r#"{{"value":{value},"system":"http://unitsofmeasure.org","code":"{code}"}}"#)
        };
        for (value, bound, expected) in [
            (quantity("5", "mg"), quantity("1", "g"), Some(Ordering::Less)),
            (quantity("5", "mg"), quantity("5", "mg"), Some(Ordering::Equal)),
            (quantity("5", "mg"), quantity("5", "m"), None),
            (r#"{"value":5}"#.to_owned(), r#"{"value":6}"#.to_owned(), None),
        ] {
            assert_eq!(order(&node(&value), &node(&bound)), expected, "{value} {bound}");
        }
    }
}
