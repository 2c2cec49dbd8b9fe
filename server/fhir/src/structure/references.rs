//! Finding and rewriting what points elsewhere, by the types of the definitions: what a transaction replaces
//! when it gives out ids, <http://hl7.org/fhir/R4/http.html#transaction>.

use super::path::Path;
use crate::definition::{Definitions, Kind, Primitive, TypeDef};
use std::borrow::Cow;
use theriac_core::json::{Node, Object};

/// Where an address stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `Reference.reference`
    Reference,
    /// An element of type `canonical`.
    Canonical,
    /// An element of type `uri`, `url`, `oid` or `uuid`.
    Uri,
    /// `href` and `src` in a narrative.
    Narrative,
}

/// Every `Reference.reference` with its path.
pub fn references<'n>(node: &'n Node<'_>) -> impl Iterator<Item = (String, &'n str)> {
    let mut all = Vec::new();
    for_each_reference(node, &mut |path, reference| all.push((path.to_string(), reference)));
    all.into_iter()
}

/// As [`references`], without allocation.
pub fn for_each_reference<'n>(node: &'n Node<'_>, visit: &mut dyn FnMut(&Path<'_>, &'n str)) {
    if let Some(def) = resource_type(node) {
        read_object(def, node, &Path::root(def.name), visit);
    }
}

fn resource_type(node: &Node<'_>) -> Option<&'static TypeDef> {
    Definitions::r4().type_of(node.text("resourceType")?).filter(|t| t.kind == Kind::Resource)
}

fn read_object<'n>(
    def: &'static TypeDef,
    node: &'n Node<'_>,
    path: &Path<'_>,
    visit: &mut dyn FnMut(&Path<'_>, &'n str),
) {
    for (name, value) in node.as_object().into_iter().flat_map(Object::iter) {
        let Some((def_of_value, element)) = target(def, name) else { continue };
        if def.name == "Reference" && name == "reference" {
            value.as_str().into_iter().for_each(|text| visit(&path.name(name), text));
        }
        if def_of_value.primitive().is_some() {
            continue;
        }
        let path = path.name(element);
        for (index, item) in value.items().iter().enumerate() {
            let Some(def) = actual(def_of_value, item) else { continue };
            match value {
                Node::Array(_) => read_object(def, item, &path.index(index), visit),
                _ => read_object(def, item, &path, visit),
            }
        }
    }
}

/// The type and element name of a member; a companion is an Element.
fn target(def: &'static TypeDef, name: &str) -> Option<(&'static TypeDef, &'static str)> {
    let r4 = Definitions::r4();
    match name.strip_prefix('_') {
        Some(plain) => Some((r4.type_of("Element")?, def.element(plain)?.name)),
        None => def.member(name).map(|member| (r4.target(member), def.element_of(member).name)),
    }
}

/// A resource says itself what it is.
fn actual(def: &'static TypeDef, node: &Node<'_>) -> Option<&'static TypeDef> {
    if def.kind == Kind::Resource { resource_type(node) } else { Some(def) }
}

/// Calls for every address in the resource, contained resources and entries of a Bundle included; what the
/// caller leaves in the text is what the document then holds. Unknown members are not entered.
pub fn for_each_reference_mut<'a>(node: &mut Node<'a>, visit: &mut dyn FnMut(Place, &mut Cow<'a, str>)) {
    if let Some(def) = resource_type(node) {
        write_object(def, node, visit);
    }
}

fn write_object<'a>(def: &'static TypeDef, node: &mut Node<'a>, visit: &mut dyn FnMut(Place, &mut Cow<'a, str>)) {
    let Node::Object(object) = node else { return };
    for (name, value) in &mut object.0 {
        let Some((target, _)) = target(def, name) else { continue };
        let place = match target.primitive() {
            Some(Primitive::String) if def.name == "Reference" && *name == "reference" => Some(Place::Reference),
            Some(Primitive::Canonical) => Some(Place::Canonical),
            Some(Primitive::Uri | Primitive::Url | Primitive::Oid | Primitive::Uuid) => Some(Place::Uri),
            Some(Primitive::Xhtml) => Some(Place::Narrative),
            Some(_) => continue,
            None => None,
        };
        match value {
            Node::Array(items) => items.iter_mut().for_each(|item| write_value(target, place, item, visit)),
            one => write_value(target, place, one, visit),
        }
    }
}

fn write_value<'a>(
    def: &'static TypeDef,
    place: Option<Place>,
    node: &mut Node<'a>,
    visit: &mut dyn FnMut(Place, &mut Cow<'a, str>),
) {
    match (place, &mut *node) {
        (Some(Place::Narrative), Node::String(text)) => narrative(text, visit),
        (Some(place), Node::String(text)) => visit(place, text),
        (Some(_), _) => {}
        (None, _) => actual(def, node).into_iter().for_each(|def| write_object(def, node, visit)),
    }
}

/// The values of `href` and `src` attributes; the text is built anew only if one was changed.
fn narrative<'a>(text: &mut Cow<'a, str>, visit: &mut dyn FnMut(Place, &mut Cow<'a, str>)) {
    let (mut out, mut done, mut at) = (String::new(), 0, 0);
    while let Some((start, end)) = attribute(text, at) {
        let before = &text[start..end];
        let mut link: Cow<'a, str> = Cow::Owned(before.to_owned());
        visit(Place::Narrative, &mut link);
        if link != before {
            out.push_str(&text[done..start]);
            out.push_str(&link);
            done = end;
        }
        at = end;
    }
    if done > 0 {
        out.push_str(&text[done..]);
        *text = Cow::Owned(out);
    }
}

/// Start and end of the next value of `href="..."` or `src='...'` from a place on.
fn attribute(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let found = ["href=", "src="].iter().filter_map(|name| rest.find(name).map(|i| i + name.len())).min()?;
    let start = from + found + 1;
    let quote = text[from + found..].chars().next()?;
    match quote {
        '"' | '\'' => Some((start, start + text[start..].find(quote)?)),
        _ => attribute(text, from + found),
    }
}
