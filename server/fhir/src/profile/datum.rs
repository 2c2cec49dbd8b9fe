//! A value in a document with its type: the JSON value, and for a primitive the companion with its id and extensions.
//!
//! <http://hl7.org/fhir/R4/json.html#primitive>

use crate::definition::{Definitions, Kind, TypeDef};
use theriac_core::json::{Node, Object};

#[derive(Debug, Clone, Copy)]
pub struct Datum<'d> {
    pub value: Option<&'d Node<'d>>,
    pub companion: Option<&'d Node<'d>>,
    pub def: &'static TypeDef,
}

/// A child with the place it has.
#[derive(Debug, Clone, Copy)]
pub struct Child<'d> {
    /// Of the element, without the type of a choice: `value`.
    pub name: &'static str,
    pub index: Option<usize>,
    pub datum: Datum<'d>,
}

impl<'d> Datum<'d> {
    /// Nothing, if the node is no resource of R4.
    pub fn resource(node: &'d Node<'d>) -> Option<Self> {
        let def = Definitions::r4().type_of(node.text("resourceType")?).filter(|t| t.kind == Kind::Resource)?;
        Some(Self { value: Some(node), companion: None, def })
    }

    pub fn of(def: &'static TypeDef, node: &'d Node<'d>) -> Self {
        Self { value: Some(node), companion: None, def }
    }

    pub fn is_primitive(&self) -> bool {
        self.def.primitive().is_some()
    }

    pub fn is_resource(&self) -> bool {
        self.def.kind == Kind::Resource
    }

    pub fn text(&self) -> Option<&'d str> {
        self.value?.as_str()
    }

    /// The text of a member of a complex value.
    pub fn member(&self, name: &str) -> Option<&'d str> {
        self.value?.text(name)
    }

    /// Tells this value from all others in the document.
    pub fn address(&self) -> usize {
        let node = self.value.or(self.companion);
        node.map_or(0, |node| std::ptr::from_ref(node) as usize)
    }

    /// Where members are: the value, or the companion of a primitive.
    pub fn object(&self) -> Option<&'d Object<'d>> {
        match self.is_primitive() {
            true => self.companion?.as_object(),
            false => self.value?.as_object(),
        }
    }

    /// All children in document order; members that are not known are left to the structural check.
    pub fn children(&self) -> Vec<Child<'d>> {
        let Some(object) = self.object() else { return Vec::new() };
        let def = match self.is_primitive() {
            true => Definitions::r4().type_of("Element").unwrap_or(self.def),
            false => self.def,
        };
        let mut all = Vec::with_capacity(object.0.len());
        for (name, node) in &object.0 {
            let plain = name.strip_prefix('_');
            // A companion is read with its value, if that is there.
            if plain.is_some_and(|plain| object.get(plain).is_some()) {
                continue;
            }
            let Some(member) = def.member(plain.unwrap_or(name)) else { continue };
            let (element, target) = (def.element_of(member), Definitions::r4().target(member));
            let companion = match (target.primitive(), plain) {
                (Some(_), None) => companion(object, name),
                _ => None,
            };
            let (value, companion) = if plain.is_some() { (None, Some(node)) } else { (Some(node), companion) };
            spread(element.name, target, value, companion, &mut all);
        }
        all
    }

    /// The children of that name.
    pub fn named(&self, name: &str) -> Vec<Datum<'d>> {
        self.children().into_iter().filter(|child| child.name == name).map(|child| child.datum).collect()
    }
}

fn companion<'d>(object: &'d Object<'d>, name: &str) -> Option<&'d Node<'d>> {
    object.0.iter().find(|(n, _)| n.strip_prefix('_') == Some(name)).map(|(_, node)| node)
}

/// One child for each item of an array.
fn spread<'d>(
    name: &'static str,
    target: &'static TypeDef,
    value: Option<&'d Node<'d>>,
    companion: Option<&'d Node<'d>>,
    into: &mut Vec<Child<'d>>,
) {
    let lists = (value.and_then(Node::as_array), companion.and_then(Node::as_array));
    if lists == (None, None) {
        into.extend(actual(target, value, companion).map(|datum| Child { name, index: None, datum }));
        return;
    }
    let at = |list: Option<&'d [Node<'d>]>, index: usize| list.and_then(|l| l.get(index)).filter(|n| **n != Node::Null);
    let count = lists.0.map_or(0, <[_]>::len).max(lists.1.map_or(0, <[_]>::len));
    for index in 0..count {
        let datum = actual(target, at(lists.0, index), at(lists.1, index));
        into.extend(datum.map(|datum| Child { name, index: Some(index), datum }));
    }
}

/// A resource says itself what it is.
fn actual<'d>(
    target: &'static TypeDef,
    value: Option<&'d Node<'d>>,
    companion: Option<&'d Node<'d>>,
) -> Option<Datum<'d>> {
    if value.is_none() && companion.is_none() {
        return None;
    }
    match target.kind {
        Kind::Resource => Datum::resource(value?),
        _ => Some(Datum { value, companion, def: target }),
    }
}

/// Is the type the other one or made from it?
pub fn is_a(def: &TypeDef, name: &str) -> bool {
    let r4 = Definitions::r4();
    let mut at = Some(def);
    while let Some(def) = at {
        if def.name == name {
            return true;
        }
        at = def.base.and_then(|base| r4.type_of(base));
    }
    false
}
