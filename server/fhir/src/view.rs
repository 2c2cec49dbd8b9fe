//! Parts of a resource: `_summary` and `_elements`.
//! <http://hl7.org/fhir/R4/search.html#summary>, <http://hl7.org/fhir/R4/search.html#elements>
//!
//! Whatever is asked for, mandatory elements and those that change the meaning of others stay, and the tag
//! SUBSETTED says that something may be missing.

use crate::definition::{Definitions, Element, Kind, TypeDef};
use crate::search::query::Summary;
use theriac_core::json::{Node, Object};

/// What is shown of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    Summary,
    Text,
    Data,
    Elements(Vec<String>),
}

impl View {
    /// `None` if the whole is wanted. Elements that were named win over a summary.
    pub fn of(summary: Summary, elements: Vec<String>) -> Option<Self> {
        if !elements.is_empty() {
            return Some(Self::Elements(elements));
        }
        match summary {
            Summary::True => Some(Self::Summary),
            Summary::Text => Some(Self::Text),
            Summary::Data => Some(Self::Data),
            Summary::False | Summary::Count => None,
        }
    }
}

/// Always at the root, <http://hl7.org/fhir/R4/resource.html#id>.
const ROOT: &[&str] = &["resourceType", "id", "meta"];

/// The resource as the view shows it.
pub fn apply<'a>(view: &View, node: Node<'a>) -> Node<'a> {
    let Some(def) = definition(&node) else { return node };
    let Node::Object(mut object) = node else { return node };
    object.0.retain(|(name, _)| ROOT.contains(&name.as_ref()) || shows(view, def, name));
    if *view == View::Summary {
        object
            .0
            .iter_mut()
            .filter(|(name, _)| !ROOT.contains(&name.as_ref()))
            .for_each(|(name, value)| member(def, name, value));
    }
    tag(&mut object);
    Node::Object(object)
}

fn definition(node: &Node<'_>) -> Option<&'static TypeDef> {
    Definitions::r4().type_of(node.text("resourceType")?).filter(|t| t.kind == Kind::Resource)
}

fn shows(view: &View, def: &TypeDef, name: &str) -> bool {
    let name = name.strip_prefix('_').unwrap_or(name);
    let Some(element) = def.element(name) else { return false };
    let stays = element.min > 0 || element.is_modifier;
    match view {
        View::Summary => stays || element.is_summary,
        View::Text => stays || element.name == "text",
        View::Data => element.name != "text",
        View::Elements(names) => stays || names.iter().any(|n| n == name || n == element.name),
    }
}

/// A summary goes on inside what it shows.
fn member(def: &TypeDef, name: &str, value: &mut Node<'_>) {
    let Some(inner) = def.member(name).map(|m| Definitions::r4().target(m)) else { return };
    match value {
        Node::Array(items) => items.iter_mut().for_each(|item| summarise(inner, item)),
        one => summarise(inner, one),
    }
}

fn summarise(def: &TypeDef, node: &mut Node<'_>) {
    if def.primitive().is_some() {
        return;
    }
    let def = if def.kind == Kind::Resource { definition(node).unwrap_or(def) } else { def };
    let marked = def.elements.iter().any(|e| e.is_summary);
    let Node::Object(object) = node else { return };
    // A type whose elements carry no marks at all is shown as a whole.
    if marked {
        object.0.retain(|(name, _)| name == "resourceType" || kept(def, name));
    }
    object.0.iter_mut().for_each(|(name, value)| member(def, name, value));
}

fn kept(def: &TypeDef, name: &str) -> bool {
    let stays = |e: &Element| e.is_summary || e.is_modifier || e.min > 0 || e.name == "id";
    def.element(name.strip_prefix('_').unwrap_or(name)).is_some_and(stays)
}

const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
const CODE: &str = "SUBSETTED";

fn tag(resource: &mut Object<'_>) {
    if !matches!(resource.get("meta"), Some(Node::Object(_))) {
        let at = if resource.get("id").is_some() { 2 } else { 1 };
        resource.set_at(at, "meta", Node::Object(Object::default()));
    }
    let Some(Node::Object(meta)) = resource.get_mut("meta") else { return };
    let mut coding = Object::default();
    coding.set("system", Node::string(SYSTEM));
    coding.set("code", Node::string(CODE));
    match meta.get_mut("tag") {
        Some(Node::Array(tags)) if tags.iter().any(|t| t.text("code") == Some(CODE)) => {}
        Some(Node::Array(tags)) => tags.push(Node::Object(coding)),
        _ => meta.set("tag", Node::Array(vec![Node::Object(coding)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json;

    const PATIENT: &str = r#"{"resourceType":"Patient","id":"1","meta":{"versionId":"1"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"active":true,"_birthDate":{"extension":[{"url":"u","valueString":"v"}]},"birthDate":"2000","photo":[{"url":"p"}],"contact":[{"name":{"text":"c"}}],"communication":[{"language":{"text":"en"},"preferred":true}],"link":[{"other":{"reference":"Patient/2","extension":[{"url":"u"}]},"type":"seealso"}]}"#;
    const TAG: &str = r#""meta":{"versionId":"1","tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}"#;

    fn seen(view: &View, text: &str) -> String {
        apply(view, json::parse(text.as_bytes()).unwrap()).to_string().replace(TAG, "TAG")
    }

    #[test]
    fn a_summary_keeps_what_the_definitions_mark() {
        let wanted = r#"{"resourceType":"Patient","id":"1",TAG,"active":true,"_birthDate":{"extension":[{"url":"u","valueString":"v"}]},"birthDate":"2000","link":[{"other":{"reference":"Patient/2"},"type":"seealso"}]}"#;
        assert_eq!(seen(&View::Summary, PATIENT), wanted);
    }

    #[test]
    fn text_and_data_are_each_others_rest() {
        let text = seen(&View::Text, PATIENT);
        assert!(text.contains("\"div\"") && !text.contains("birthDate"), "{text}");
        let data = seen(&View::Data, PATIENT);
        assert!(!data.contains("\"div\"") && data.contains("birthDate") && data.contains("photo"), "{data}");
    }

    #[test]
    fn named_elements_come_with_the_mandatory_and_the_modifying() {
        let view = View::Elements(vec!["birthDate".to_owned()]);
        let seen_patient = seen(&view, PATIENT);
        assert!(seen_patient.contains("\"birthDate\":\"2000\"") && !seen_patient.contains("photo"), "{seen_patient}");
        assert!(
            seen_patient.contains("\"active\":true") && seen_patient.contains("\"link\""),
            "both modify: {seen_patient}"
        );
        let observation = r#"{"resourceType":"Observation","id":"1","meta":{"versionId":"1"},"status":"final","code":{"text":"c"},"valueString":"v","issued":"2020-01-01T00:00:00Z"}"#;
        let view = View::Elements(vec!["value".to_owned()]);
        assert_eq!(
            seen(&view, observation),
            r#"{"resourceType":"Observation","id":"1",TAG,"status":"final","code":{"text":"c"},"valueString":"v"}"#
        );
    }

    #[test]
    fn the_tag_stands_once_and_beside_others() {
        let text = r#"{"resourceType":"Basic","meta":{"tag":[{"code":"a"}]},"code":{"text":"c"}}"#;
        let once = apply(&View::Data, json::parse(text.as_bytes()).unwrap()).to_string();
        assert_eq!(apply(&View::Data, json::parse(once.as_bytes()).unwrap()).to_string(), once);
        assert!(once.contains(r#"{"code":"a"},{"system""#), "{once}");
        let bare =
            apply(&View::Data, json::parse(br#"{"resourceType":"Basic","code":{"text":"c"}}"#).unwrap()).to_string();
        assert!(bare.starts_with(r#"{"resourceType":"Basic","meta":{"tag""#), "{bare}");
    }
}
