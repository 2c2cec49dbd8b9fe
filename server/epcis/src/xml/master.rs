//! VocabularyList in XML and in JSON. EPCIS 2.0, sections 9.4 and 9.6; `EPCglobal-epcis-masterdata-2_0.xsd`.

use super::extension::{self, Prefixes};
use super::tree::{Element, wrong};
use super::write::Writer;
use crate::namespaces::Namespaces;
use theriac_core::Result;
use theriac_core::json::{Node, Object};
use theriac_core::xml::Reader;

/// The vocabularies as the JSON binding has them.
pub(super) fn vocabularies(
    reader: &Reader<'_>,
    list: &Element<'_>,
    prefixes: &mut Prefixes<'_>,
) -> Result<Node<'static>> {
    let items = named(reader, list, "Vocabulary")?;
    items.iter().map(|item| vocabulary(reader, item, prefixes)).collect::<Result<_>>().map(Node::Array)
}

fn vocabulary(reader: &Reader<'_>, element: &Element<'_>, prefixes: &mut Prefixes<'_>) -> Result<Node<'static>> {
    let mut object = Object::default();
    object.set("type", Node::string(needed(reader, element, "type")?));
    let mut elements = Vec::new();
    for child in &element.children {
        match child.name {
            "VocabularyElementList" if child.is_own() => {
                for item in named(reader, child, "VocabularyElement")? {
                    elements.push(vocabulary_element(reader, item, prefixes)?);
                }
            }
            "extension" if child.is_own() => extension::members(&child.children, prefixes, &mut object),
            _ if !child.is_own() => extension::members(std::slice::from_ref(child), prefixes, &mut object),
            other => {
                return Err(wrong(reader, child, format!("<Vocabulary> holds <VocabularyElementList>, not <{other}>")));
            }
        }
    }
    object.set("vocabularyElementList", Node::Array(elements));
    Ok(Node::Object(object))
}

fn vocabulary_element(
    reader: &Reader<'_>,
    element: &Element<'_>,
    prefixes: &mut Prefixes<'_>,
) -> Result<Node<'static>> {
    let mut object = Object::default();
    object.set("id", Node::string(needed(reader, element, "id")?));
    let (mut attributes, mut children) = (Vec::new(), Vec::new());
    for child in &element.children {
        match child.name {
            "attribute" if child.is_own() => attributes.push(attribute(reader, child, prefixes)?),
            "children" if child.is_own() => {
                for id in named(reader, child, "id")? {
                    children.push(Node::string(id.text.as_ref()));
                }
            }
            "extension" if child.is_own() => extension::members(&child.children, prefixes, &mut object),
            _ if !child.is_own() => extension::members(std::slice::from_ref(child), prefixes, &mut object),
            other => {
                let message = format!("<VocabularyElement> holds <attribute> and <children>, not <{other}>");
                return Err(wrong(reader, child, message));
            }
        }
    }
    if !attributes.is_empty() {
        object.set("attributes", Node::Array(attributes));
    }
    if !children.is_empty() {
        object.set("children", Node::Array(children));
    }
    Ok(Node::Object(object))
}

fn attribute(reader: &Reader<'_>, element: &Element<'_>, prefixes: &mut Prefixes<'_>) -> Result<Node<'static>> {
    let mut object = Object::default();
    object.set("id", Node::string(needed(reader, element, "id")?));
    let value = match element.children.is_empty() {
        true => Node::string(element.text.as_ref()),
        false => {
            let mut value = Object::default();
            extension::members(&element.children, prefixes, &mut value);
            Node::Object(value)
        }
    };
    object.set("attribute", value);
    Ok(Node::Object(object))
}

fn needed(reader: &Reader<'_>, element: &Element<'_>, name: &str) -> Result<String> {
    let value = element.attribute(name).map(|value| value.trim().to_owned());
    value.ok_or_else(|| wrong(reader, element, format!("<{}> needs the attribute `{name}`", element.name)))
}

/// The elements of a list, all of one name.
fn named<'e, 'a>(reader: &Reader<'_>, list: &'e Element<'a>, name: &str) -> Result<&'e [Element<'a>]> {
    if !list.text.is_empty() {
        return Err(wrong(reader, list, format!("<{}> holds <{name}>, no text", list.name)));
    }
    match list.children.iter().find(|child| child.name != name || !child.is_own()) {
        Some(other) => Err(wrong(reader, other, format!("<{}> holds <{name}>, not <{}>", list.name, other.name))),
        None => Ok(&list.children),
    }
}

/// The vocabularies of a query's results, out of their JSON.
///
/// # Errors
/// Characters that XML does not have.
pub(super) fn write(writer: &mut Writer, list: &Node<'_>) -> Result<()> {
    let plain = Namespaces::default();
    writer.open("VocabularyList");
    for vocabulary in list.items() {
        writer.markup.raw("<Vocabulary");
        writer.markup.attribute("type", vocabulary.text("type").unwrap_or_default(), &plain)?;
        writer.markup.raw("><VocabularyElementList>");
        for element in vocabulary.get("vocabularyElementList").map_or(&[][..], Node::items) {
            write_element(writer, element, &plain)?;
        }
        writer.markup.raw("</VocabularyElementList></Vocabulary>");
    }
    writer.close("VocabularyList");
    Ok(())
}

fn write_element(writer: &mut Writer, element: &Node<'_>, plain: &Namespaces) -> Result<()> {
    let spaces = plain.with(element.get("@context"));
    writer.markup.raw("<VocabularyElement");
    writer.markup.attribute("id", element.text("id").unwrap_or_default(), &spaces)?;
    writer.markup.raw(">");
    for attribute in element.get("attributes").map_or(&[][..], Node::items) {
        writer.markup.raw("<attribute");
        writer.markup.attribute("id", attribute.text("id").unwrap_or_default(), &spaces)?;
        writer.markup.raw(">");
        match attribute.get("attribute") {
            Some(Node::Object(object)) => {
                let mut members = object.iter().filter(|(name, _)| *name != "@context");
                members.try_for_each(|(name, value)| writer.extra(name, value, &spaces))?;
            }
            Some(Node::String(text)) => writer.markup.text(text)?,
            Some(other) => writer.markup.text(&other.to_string())?,
            None => {}
        }
        writer.close("attribute");
    }
    let children = element.get("children").map_or(&[][..], Node::items);
    if !children.is_empty() {
        writer.open("children");
        for id in children.iter().filter_map(Node::as_str) {
            writer.leaf("id", id)?;
        }
        writer.close("children");
    }
    writer.close("VocabularyElement");
    Ok(())
}
