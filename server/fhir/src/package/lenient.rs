//! Definitions of a package, read as their authors meant them: real packages hold elements of later versions of FHIR,
//! texts where R4 has another kind, and XML in any order with hints for editors. What is put right or left out is told.
//! What comes by the other roads is read strictly.

use crate::definition::{Definitions, Kind, Primitive, TypeDef};
use crate::xml;
use std::borrow::Cow;
use theriac_core::json::{self, Node, Object};
use theriac_core::{Error, Result};

/// What R5 and later have as elements: the type it stands in, its name, and what R4 has for it.
const ADOPTED: &[(&str, &str, Adopted)] = &[
    ("ElementDefinition", "minValueDuration", Adopted::Member("minValueQuantity")),
    ("ElementDefinition", "maxValueDuration", Adopted::Member("maxValueQuantity")),
    ("ElementDefinition", "mustHaveValue", Adopted::Extension(MUST_HAVE_VALUE, "valueBoolean")),
    ("ElementDefinition", "valueAlternatives", Adopted::Extension(ALTERNATIVES, "valueCanonical")),
];
const MUST_HAVE_VALUE: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.mustHaveValue";
const ALTERNATIVES: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.valueAlternatives";

#[derive(Debug, Clone, Copy)]
enum Adopted {
    /// The same under another name.
    Member(&'static str),
    /// The extension with that value.
    Extension(&'static str, &'static str),
}

/// The member that R4 has for one of a later version.
pub fn member_for(kind: &str, name: &str) -> Option<&'static str> {
    adopted(kind, name).and_then(|found| if let Adopted::Member(member) = found { Some(member) } else { None })
}

fn adopted(kind: &str, name: &str) -> Option<Adopted> {
    ADOPTED.iter().find(|(of, known, _)| (*of, *known) == (kind, name)).map(|(_, _, found)| *found)
}

/// The resource of a file, in JSON or XML by the name, and what was put right or left out, each with its place. It still
/// has to pass [`crate::structure::check`].
///
/// # Errors
/// `Malformed` for what is no JSON or XML.
pub fn read(path: &str, bytes: &[u8]) -> Result<(Node<'static>, Vec<String>)> {
    let (node, mut notes) = match path.ends_with(".xml") {
        true => xml::read_lenient(bytes).map(|(node, notes)| (node.into_owned(), notes))?,
        false => (json::parse(bytes).map_err(Error::from)?.into_owned(), Vec::new()),
    };
    let Some(def) = resource(&node) else { return Ok((node, notes)) };
    let Node::Object(object) = node else { return Ok((node, notes)) };
    let object = adapt(def, object, def.name, &mut notes);
    Ok((Node::Object(object), notes))
}

fn resource(node: &Node<'_>) -> Option<&'static TypeDef> {
    Definitions::r4().type_of(node.text("resourceType")?).filter(|t| t.kind == Kind::Resource)
}

fn adapt(def: &'static TypeDef, object: Object<'static>, path: &str, notes: &mut Vec<String>) -> Object<'static> {
    let r4 = Definitions::r4();
    let (mut kept, mut extensions) = (Object::default(), Vec::new());
    for (name, value) in object.0 {
        let place = format!("{path}.{name}");
        let plain = name.strip_prefix('_').unwrap_or(&name);
        if let Some(member) = def.member(plain) {
            let target = if name.starts_with('_') { r4.type_of("Element") } else { Some(r4.target(member)) };
            let value = each(value, &place, &mut |value, place| match target {
                Some(target) => put_right(target, value, place, notes),
                None => value,
            });
            kept.0.push((name, value));
            continue;
        }
        match (&*name, adopted(def.name, &name)) {
            ("resourceType", _) => kept.0.push((name, value)),
            (_, Some(Adopted::Member(member))) if def.member(member).is_some() => {
                notes.push(format!("{place} was read as {member}"));
                kept.0.push((Cow::Borrowed(member), value));
            }
            (_, Some(Adopted::Extension(url, kind))) => {
                notes.push(format!("{place} was read as the extension {url}"));
                extensions.extend(value.items().iter().map(|value| extension(url, kind, value)));
            }
            _ => notes.push(format!("{place} is no element of R4 and was left out")),
        }
    }
    if !extensions.is_empty() {
        if let Some(Node::Array(own)) = kept.remove("extension") {
            extensions.splice(0..0, own);
        }
        kept.set("extension", Node::Array(extensions));
    }
    kept
}

fn extension(url: &'static str, kind: &'static str, value: &Node<'static>) -> Node<'static> {
    let members = vec![(Cow::Borrowed("url"), Node::string(url)), (Cow::Borrowed(kind), value.clone())];
    Node::Object(Object(members))
}

fn each(
    value: Node<'static>,
    path: &str,
    change: &mut dyn FnMut(Node<'static>, &str) -> Node<'static>,
) -> Node<'static> {
    match value {
        Node::Array(items) => {
            let items = items.into_iter().enumerate().map(|(index, item)| change(item, &format!("{path}[{index}]")));
            Node::Array(items.collect())
        }
        one => change(one, path),
    }
}

fn put_right(def: &'static TypeDef, value: Node<'static>, path: &str, notes: &mut Vec<String>) -> Node<'static> {
    match (def.kind, value) {
        (Kind::Resource, Node::Object(object)) => {
            let own = object.text("resourceType").and_then(|name| Definitions::r4().type_of(name));
            Node::Object(adapt(own.unwrap_or(def), object, path, notes))
        }
        (Kind::Complex | Kind::Backbone, Node::Object(object)) => Node::Object(adapt(def, object, path, notes)),
        (Kind::Primitive(kind), Node::String(text)) => match of_kind(kind, &text) {
            Some(value) => {
                notes.push(format!("{path} was a text and was read as {}", def.name));
                value
            }
            None => Node::String(text),
        },
        (_, value) => value,
    }
}

/// A text that spells a value of another kind of JSON.
fn of_kind(kind: Primitive, text: &str) -> Option<Node<'static>> {
    match kind {
        Primitive::Boolean | Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt => {
            let value = json::parse(text.as_bytes()).ok()?.into_owned();
            let fits = match kind {
                Primitive::Boolean => value.as_bool().is_some(),
                _ => value.as_number().is_some(),
            };
            fits.then_some(value)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure;

    const LATER: &str = r#"{"resourceType":"StructureDefinition","url":"http://example.org/s","name":"S","status":"active","kind":"resource","abstract":"false","type":"Patient","fromLater":{"x":1},"differential":{"element":[{"id":"Patient.birthDate","path":"Patient.birthDate","min":"1","maxValueDuration":{"value":1,"code":"d"},"mustHaveValue":true}]}}"#;

    #[test]
    fn elements_of_later_versions_are_adopted_or_left_out_and_told() {
        let (node, notes) = read("package/s.json", LATER.as_bytes()).unwrap();
        assert!(structure::check(&node, Some("StructureDefinition")).is_ok());
        let element = &node.get("differential").unwrap().get("element").unwrap().items()[0];
        assert_eq!(element.get("maxValueQuantity").and_then(|q| q.text("code")), Some("d"));
        assert_eq!(element.get("extension").unwrap().items()[0].text("url"), Some(MUST_HAVE_VALUE));
        assert_eq!((element.get("min").and_then(Node::as_number), node.get("fromLater")), (Some("1"), None));
        assert_eq!(notes.len(), 5, "{notes:?}");
        assert!(notes[1].starts_with("StructureDefinition.fromLater "), "{notes:?}");
    }

    #[test]
    fn xml_may_be_in_any_order_and_hint_at_its_schema() {
        let text = br#"<ValueSet xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
            xsi:schemaLocation="http://hl7.org/fhir x.xsd"><status value="active"/><identifier><value value="a"/></identifier>
            <later><deep value="1"/></later><url value="http://example.org/v"/><identifier><value value="b"/></identifier></ValueSet>"#;
        let (node, notes) = read("package/v.xml", text).unwrap();
        assert!(structure::check(&node, Some("ValueSet")).is_ok(), "{node}");
        assert_eq!(
            node.to_string(),
            r#"{"resourceType":"ValueSet","url":"http://example.org/v","identifier":[{"value":"a"},{"value":"b"}],"status":"active"}"#
        );
        assert_eq!(notes.len(), 3, "{notes:?}");
        assert!(xml::read(text).is_err(), "elsewhere it is refused");
    }
}
