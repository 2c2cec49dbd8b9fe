//! The resource as a tree of elements: reading and writing lists of them at a place.

use super::place::{Hop, Place};
use super::value::Member;
use crate::definition::{Definitions, Kind, TypeDef};
use theriac_core::json::{Node, Object};

/// A value, and what JSON says of a primitive under `_name`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Element {
    pub value: Option<Node<'static>>,
    pub extra: Option<Node<'static>>,
}

pub struct Tree {
    root: Node<'static>,
    def: &'static TypeDef,
}

impl Tree {
    /// # Errors
    /// If it is no resource of a known type.
    pub fn new(root: Node<'static>) -> Result<Self, String> {
        let def = resource_type(&root).ok_or("the document is no resource of a known type")?;
        Ok(Self { root, def })
    }

    pub fn into_node(self) -> Node<'static> {
        self.root
    }

    pub fn root(&self) -> &Node<'static> {
        &self.root
    }

    pub fn def(&self) -> &'static TypeDef {
        self.def
    }

    /// The JSON value at a place, if it has one.
    pub fn node(&self, hops: &[Hop]) -> Option<&Node<'static>> {
        hops.iter().try_fold(&self.root, |node, hop| match (node.get(&hop.name)?, hop.index) {
            (Node::Array(items), Some(index)) => items.get(index),
            (one, None) => Some(one),
            _ => None,
        })
    }

    /// Lets the list of a member be changed as one.
    ///
    /// # Errors
    /// What the change says, or that the place cannot hold elements.
    pub fn edit(
        &mut self,
        parent: &Place,
        member: Member,
        change: impl FnOnce(&mut Vec<Element>) -> Result<(), String>,
    ) -> Result<(), String> {
        let object = object_mut(&mut self.root, &parent.inner_hops())?;
        let mut list = elements(object, member);
        change(&mut list)?;
        write(object, parent.def, member, list);
        Ok(())
    }

    /// # Errors
    /// For the resource itself.
    pub fn delete(&mut self, place: &Place) -> Result<(), String> {
        let Some((parent, hop)) = place.split() else { return Err("a patch does not delete the resource".to_owned()) };
        let member = super::value::member(parent.def, &hop.name).ok_or("the path leads to no element")?;
        self.edit(&parent, member, |list| match hop.index.unwrap_or(0) {
            index if index < list.len() => {
                list.remove(index);
                Ok(())
            }
            _ => Err("the path leads to no element".to_owned()),
        })
    }
}

/// The type a resource says it has.
pub fn resource_type(node: &Node<'_>) -> Option<&'static TypeDef> {
    Definitions::r4().type_of(node.text("resourceType")?).filter(|t| t.kind == Kind::Resource && !t.is_abstract)
}

/// The object at a place; what is written below a primitive (`_name`) is made when it is missing.
fn object_mut<'n>(root: &'n mut Node<'static>, hops: &[Hop]) -> Result<&'n mut Object<'static>, String> {
    let mut node = root;
    for hop in hops {
        let missing = || "the path leads to no element".to_owned();
        let object = node.as_object_mut().ok_or_else(missing)?;
        let below_primitive = hop.name.starts_with('_');
        if below_primitive && object.get(&hop.name).is_none() {
            let empty = if hop.index.is_some() { Node::Array(Vec::new()) } else { Node::Object(Object::default()) };
            object.set(&hop.name, empty);
        }
        let found = object.get_mut(&hop.name).ok_or_else(missing)?;
        node = match (found, hop.index) {
            (Node::Array(items), Some(index)) => {
                if below_primitive {
                    items.resize(items.len().max(index + 1), Node::Null);
                    if items[index] == Node::Null {
                        items[index] = Node::Object(Object::default());
                    }
                }
                items.get_mut(index).ok_or_else(missing)?
            }
            (one, None) => one,
            _ => return Err(missing()),
        };
    }
    node.as_object_mut().ok_or_else(|| "the path leads to a value without elements".to_owned())
}

/// What stands under a member: as many as there are, one at most if it does not repeat.
pub fn elements(object: &Object<'static>, member: Member) -> Vec<Element> {
    let under = format!("_{}", member.name);
    let (value, extra) = (object.get(member.name), if member.is_primitive() { object.get(&under) } else { None });
    if !member.repeats {
        let element = Element { value: value.cloned(), extra: extra.cloned() };
        return if element == Element::default() { Vec::new() } else { vec![element] };
    }
    let (values, extras) = (value.map_or(&[][..], Node::items), extra.map_or(&[][..], Node::items));
    let at = |list: &[Node<'static>], i: usize| list.get(i).filter(|node| **node != Node::Null).cloned();
    (0..values.len().max(extras.len())).map(|i| Element { value: at(values, i), extra: at(extras, i) }).collect()
}

/// Puts the list in the place of what stands under the member.
pub fn write(object: &mut Object<'static>, def: &TypeDef, member: Member, list: Vec<Element>) {
    let (values, extras): (Vec<_>, Vec<_>) = list.into_iter().map(|e| (e.value, e.extra)).unzip();
    let under = format!("_{}", member.name);
    put(object, def, member.name, member.repeats, values);
    if member.is_primitive() {
        put(object, def, &under, member.repeats, extras);
    }
}

fn put(object: &mut Object<'static>, def: &TypeDef, name: &str, repeats: bool, mut list: Vec<Option<Node<'static>>>) {
    if list.iter().all(Option::is_none) {
        object.remove(name);
        return;
    }
    let node = match repeats {
        true => Node::Array(list.into_iter().map(|node| node.unwrap_or(Node::Null)).collect()),
        false => list.pop().flatten().unwrap_or(Node::Null),
    };
    object.set_at(rank_place(object, def, name), name, node);
}

/// Members stand in the order of the definition, where a new one is put in.
fn rank_place(object: &Object<'_>, def: &TypeDef, name: &str) -> usize {
    let own = rank(def, name);
    object.0.iter().position(|(other, _)| rank(def, other) > own).unwrap_or(object.0.len())
}

fn rank(def: &TypeDef, name: &str) -> (usize, bool) {
    let plain = name.trim_start_matches('_');
    match def.member(plain) {
        Some(member) => (usize::from(member.element) + 1, name != plain),
        None => (0, false),
    }
}
