//! The patch that makes one state of a resource out of another, as a Parameters resource.
//! <http://hl7.org/fhir/R4/fhirpatch.html>, <http://hl7.org/fhir/R4/resource-operation-diff.html> (a later standard's
//! operation over R4's patches)
//!
//! Elements of a list are paired first by their id, then by being equal, then by their order. What is left over on the
//! old side is deleted, from the end; pairs that differ are gone into; then the list is put into its new order from the
//! beginning, by moves and by new elements.

use super::tree::{Element, elements, resource_type};
use super::value::{Member, member};
use crate::definition::{Definitions, TypeDef};
use std::borrow::Cow;
use std::collections::BTreeSet;
use theriac_core::json::{Node, Object};
use theriac_core::{Error, Result};

/// Pairs are looked for among so many elements of a list; a longer one is replaced as its ends differ.
const LONGEST: usize = 2_000;

/// A Parameters resource; without parameters if nothing differs.
///
/// # Errors
/// `Invalid` if the two are not of one type.
pub fn diff(old: &Node<'static>, new: &Node<'static>) -> Result<Node<'static>> {
    let wrong = || Error::invalid("a difference is taken between two states of one resource type");
    let def = resource_type(new).filter(|def| old.text("resourceType") == Some(def.name)).ok_or_else(wrong)?;
    let mut operations = Vec::new();
    let empty = Object::default();
    let objects = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    object(def.name, def, objects, &mut operations);
    let mut parameters = vec![(Cow::Borrowed("resourceType"), Node::string("Parameters"))];
    if !operations.is_empty() {
        parameters.push((Cow::Borrowed("parameter"), Node::Array(operations)));
    }
    Ok(Node::Object(Object(parameters)))
}

type Both<'n> = (&'n Object<'static>, &'n Object<'static>);

fn object(path: &str, def: &'static TypeDef, (old, new): Both<'_>, out: &mut Vec<Node<'static>>) {
    let names = |object: &Object<'static>| -> BTreeSet<(u16, &'static str)> {
        let known = object.iter().filter_map(|(name, _)| def.member(name.trim_start_matches('_')));
        known.map(|m| (m.element, m.name)).collect()
    };
    let all: BTreeSet<_> = names(old).union(&names(new)).copied().collect();
    let choice_changed =
        |m: Member| m.is_choice && all.iter().filter(|(_, name)| is_of(def, name, m.element)).count() > 1;
    for (_, name) in &all {
        let Some(member) = member(def, name) else { continue };
        let path = format!("{path}.{}", member.element);
        let (old, new) = (elements(old, member), elements(new, member));
        match (member.repeats, choice_changed(member)) {
            (true, _) => list(&path, member, old, new, out),
            // The value of the other type replaces it; both members are one element.
            (false, true) if new.is_empty() => {}
            (false, true) => out.push(replace(&path, member, &new)),
            (false, false) => single(&path, def, member, &old, &new, out),
        }
    }
}

fn is_of(def: &'static TypeDef, name: &str, element: &str) -> bool {
    member(def, name).is_some_and(|m| m.element == element)
}

fn single(
    path: &str,
    def: &'static TypeDef,
    member: Member,
    old: &[Element],
    new: &[Element],
    out: &mut Vec<Node<'static>>,
) {
    match (old, new) {
        ([], []) => {}
        ([], [_]) => {
            let parent = path.rsplit_once('.').map_or(def.name, |(parent, _)| parent);
            out.push(add(parent, member, &new[0]));
        }
        ([_], []) => out.push(operation("delete", path, Vec::new())),
        _ => changed(path, member, &old[0], &new[0], out),
    }
}

/// Goes into an element that stands on both sides; an element with another id is another element.
fn changed(path: &str, member: Member, old: &Element, new: &Element, out: &mut Vec<Node<'static>>) {
    if old == new {
        return;
    }
    match (&old.value, &new.value) {
        (Some(Node::Object(old)), Some(Node::Object(new))) if same_id(old, new) => {
            let old_type = old.text("resourceType");
            let def =
                new.text("resourceType").and_then(|name| Definitions::r4().type_of(name)).unwrap_or(member.target);
            if old_type == new.text("resourceType") {
                return object(path, def, (old, new), out);
            }
        }
        _ => {}
    }
    out.push(replace(path, member, std::slice::from_ref(new)));
}

fn same_id(old: &Object<'_>, new: &Object<'_>) -> bool {
    old.text("id") == new.text("id")
}

fn list(path: &str, member: Member, old: Vec<Element>, new: Vec<Element>, out: &mut Vec<Node<'static>>) {
    if old == new {
        return;
    }
    let pairs = pairs(&old, &new);
    let mut current: Vec<usize> = (0..old.len()).filter(|i| pairs.contains(&Some(*i))).collect();
    for index in (0..old.len()).rev().filter(|i| !current.contains(i)) {
        out.push(operation("delete", &format!("{path}[{index}]"), Vec::new()));
    }
    for (place, from) in current.iter().enumerate() {
        if let Some(to) = pairs.iter().position(|p| *p == Some(*from)) {
            changed(&format!("{path}[{place}]"), member, &old[*from], &new[to], out);
        }
    }
    // New elements have no place on the old side: a number no old one has.
    let fresh = old.len();
    for (place, pair) in pairs.iter().enumerate() {
        match pair {
            None if place == current.len() => {
                let parent = path.rsplit_once('.').map_or(path, |(parent, _)| parent);
                out.push(add(parent, member, &new[place]));
                current.push(fresh);
            }
            None => {
                out.push(operation("insert", path, vec![integer("index", place), value(member, &new[place])]));
                current.insert(place, fresh);
            }
            Some(from) if current.get(place) != Some(from) => {
                let Some(source) = current.iter().position(|c| c == from) else { continue };
                out.push(operation("move", path, vec![integer("source", source), integer("destination", place)]));
                current.remove(source);
                current.insert(place, *from);
            }
            Some(_) => {}
        }
    }
}

/// For each new element the old one it was.
fn pairs(old: &[Element], new: &[Element]) -> Vec<Option<usize>> {
    let mut pairs: Vec<Option<usize>> = vec![None; new.len()];
    let mut free: Vec<bool> = vec![true; old.len()];
    let near = old.len().max(new.len()) <= LONGEST;
    let tests: [fn(&Element, &Element) -> bool; 3] =
        [|a, b| id(a).is_some() && id(a) == id(b), |a, b| a == b, |a, b| id(a).is_none() && id(b).is_none()];
    for test in tests {
        for (place, element) in new.iter().enumerate() {
            if pairs[place].is_some() {
                continue;
            }
            let fits = |i: &usize| free[*i] && test(&old[*i], element);
            let found =
                if near { (0..old.len()).find(fits) } else { Some(place).filter(|i| *i < old.len()).filter(fits) };
            if let Some(found) = found {
                free[found] = false;
                pairs[place] = Some(found);
            }
        }
    }
    pairs
}

fn id(element: &Element) -> Option<&str> {
    element.value.as_ref()?.text("id").or(element.extra.as_ref().and_then(|extra| extra.text("id")))
}

fn replace(path: &str, member: Member, new: &[Element]) -> Node<'static> {
    operation("replace", path, new.iter().map(|element| value(member, element)).collect())
}

fn add(parent: &str, member: Member, new: &Element) -> Node<'static> {
    operation("add", parent, vec![typed("name", "String", Node::string(member.element)), value(member, new)])
}

fn operation(kind: &str, path: &str, more: Vec<Node<'static>>) -> Node<'static> {
    let mut parts = vec![typed("type", "Code", Node::string(kind)), typed("path", "String", Node::string(path))];
    parts.extend(more);
    part("operation", vec![("part".to_owned(), Node::Array(parts))])
}

fn integer(name: &str, number: usize) -> Node<'static> {
    typed(name, "Integer", Node::Number(Cow::Owned(number.to_string())))
}

fn typed(name: &str, suffix: &str, node: Node<'static>) -> Node<'static> {
    part(name, vec![(format!("value{suffix}"), node)])
}

fn part(name: &str, members: Vec<(String, Node<'static>)>) -> Node<'static> {
    let mut object = Object::default();
    object.set("name", Node::string(name));
    members.into_iter().for_each(|(name, node)| object.set(&name, node));
    Node::Object(object)
}

fn value(member: Member, element: &Element) -> Node<'static> {
    named("value", member, element)
}

/// A part of that name: with `value[x]` if Parameters can hold the type, with a resource, or in parts.
fn named(name: &str, member: Member, element: &Element) -> Node<'static> {
    if let Some(node) = element.value.as_ref().filter(|node| node.text("resourceType").is_some()) {
        return part(name, vec![("resource".to_owned(), node.clone())]);
    }
    if let Some(suffix) = suffix(member.target) {
        let mut members = Vec::new();
        members.extend(element.value.clone().map(|node| (format!("value{suffix}"), node)));
        members.extend(element.extra.clone().map(|node| (format!("_value{suffix}"), node)));
        return part(name, members);
    }
    let object = element.value.as_ref().and_then(Node::as_object);
    let parts = object.map_or_else(Vec::new, |object| parts(member.target, object));
    part(name, vec![("part".to_owned(), Node::Array(parts))])
}

fn parts(def: &'static TypeDef, object: &Object<'static>) -> Vec<Node<'static>> {
    let known: BTreeSet<(u16, &str)> = object
        .iter()
        .filter_map(|(name, _)| def.member(name.trim_start_matches('_')))
        .map(|m| (m.element, m.name))
        .collect();
    let members = known.into_iter().filter_map(|(_, name)| member(def, name));
    let each = members.flat_map(|m| elements(object, m).into_iter().map(move |e| named(m.element, m, &e)));
    each.collect()
}

/// `Code` for a code: what `value[x]` of a Parameters part says. Narrative text goes as a string.
fn suffix(def: &TypeDef) -> Option<String> {
    let name = if def.name == "xhtml" { "string" } else { def.name };
    let mut letters = name.chars();
    let suffix: String = letters.next()?.to_uppercase().chain(letters).collect();
    let open = Definitions::r4().type_of("Parameters.parameter")?;
    open.member(&format!("value{suffix}")).map(|_| suffix)
}
