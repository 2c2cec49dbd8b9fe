//! Sensor elements: attributes in XML, typed members in JSON. EPCIS 2.0, section 7.3.7.

use super::extension::{self, Prefixes, attribute_name};
use super::tree::Element;
use theriac_core::json::{Node, Object};

/// Attributes that are numbers in JSON.
pub(super) const NUMBERS: &[&str] = &["value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"];

pub(super) fn element(element: &Element<'_>, prefixes: &mut Prefixes<'_>) -> Node<'static> {
    let mut object = Object::default();
    let mut reports = Vec::new();
    for child in &element.children {
        match child.name {
            // GS1's own example of 1.2 writes a capital D.
            "sensorMetadata" | "sensorMetaData" if child.is_own() => {
                object.set("sensorMetadata", attributes(child, prefixes));
            }
            "sensorReport" if child.is_own() => reports.push(attributes(child, prefixes)),
            "extension" if child.is_own() => extension::members(&child.children, prefixes, &mut object),
            _ => extension::members(std::slice::from_ref(child), prefixes, &mut object),
        }
    }
    if !reports.is_empty() {
        object.set("sensorReport", Node::Array(reports));
    }
    Node::Object(object)
}

fn attributes(element: &Element<'_>, prefixes: &mut Prefixes<'_>) -> Node<'static> {
    let mut object = Object::default();
    for attribute in &element.attributes {
        let value = match attribute.name {
            name if attribute.prefix.is_empty() && NUMBERS.contains(&name) => number(&attribute.value),
            "booleanValue" => boolean(&attribute.value),
            _ => Node::string(attribute.value.trim()),
        };
        object.0.push((attribute_name(attribute, prefixes).into(), value));
    }
    extension::members(&element.children, prefixes, &mut object);
    Node::Object(object)
}

fn boolean(text: &str) -> Node<'static> {
    match text.trim() {
        "true" | "1" => Node::Bool(true),
        "false" | "0" => Node::Bool(false),
        other => Node::string(other),
    }
}

/// A decimal or double of XML Schema as a number of JSON, digits kept; what is none stays text, to be refused.
pub(super) fn number(text: &str) -> Node<'static> {
    let text = text.trim();
    match digits(text) {
        Some(number) => Node::Number(number.into()),
        None => Node::string(text),
    }
}

fn digits(text: &str) -> Option<String> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (mantissa, exponent) = rest.find(['e', 'E']).map_or((rest, ""), |at| rest.split_at(at));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let power = exponent.get(1..).unwrap_or("");
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) || !plain(power) {
        return None;
    }
    if !exponent.is_empty() && power.is_empty() {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{dot}{fraction}{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_xml_schema_become_numbers_of_json() {
        for (text, number) in [
            ("26.0", "26.0"),
            (" +5 ", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-007.10", "-7.10"),
            ("1.5E-3", "1.5E-3"),
            ("000", "0"),
        ] {
            assert_eq!(digits(text.trim()).as_deref(), Some(number), "{text}");
        }
        for text in ["", "INF", "NaN", ".", "-", "1e", "1,5", "0x1", "1e+"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
