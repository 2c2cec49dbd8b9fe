//! Values of a patch: `value[x]` of a part, the parts of an anonymous element, or a resource.

use super::tree::{Element, write};
use crate::definition::{Definitions, TypeDef};
use std::collections::BTreeMap;
use theriac_core::json::{Node, Object};

/// One JSON member of a type, with what has to be known of it here.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// As in JSON: `valueQuantity`.
    pub name: &'static str,
    /// As in the definition: `value`.
    pub element: &'static str,
    pub repeats: bool,
    pub is_choice: bool,
    pub target: &'static TypeDef,
}

impl Member {
    pub fn is_primitive(&self) -> bool {
        self.target.primitive().is_some()
    }
}

/// The member of that JSON name.
pub fn member(def: &'static TypeDef, name: &str) -> Option<Member> {
    let member = def.member(name)?;
    let element = def.element_of(member);
    let target = Definitions::r4().target(member);
    Some(Member {
        name: member.name,
        element: element.name,
        repeats: element.repeats,
        is_choice: element.is_choice,
        target,
    })
}

/// All members an element of a path can stand under: several for a choice.
pub fn members(def: &'static TypeDef, name: &str) -> Vec<Member> {
    if let Some(member) = member(def, name) {
        return vec![member];
    }
    let of_choice = |m: &&crate::definition::Member| {
        let element = def.element_of(m);
        element.is_choice && element.name == name
    };
    def.members().iter().filter(of_choice).filter_map(|m| member(def, m.name)).collect()
}

/// The member an element of that name and with that value stands under.
///
/// # Errors
/// If the type has no such element, or a choice not this type.
pub fn resolve(def: &'static TypeDef, name: &str, value: &Given) -> Result<Member, String> {
    if let Some(member) = member(def, name) {
        return Ok(member);
    }
    let typed = |suffix: &str| member(def, &format!("{name}{suffix}"));
    match value {
        Given::Typed { suffix, .. } if def.element(name).is_some() => {
            typed(suffix).ok_or_else(|| format!("{}.{name} cannot have a value of type {suffix}", def.name))
        }
        _ => Err(format!("{} has no element {name}", def.name)),
    }
}

#[derive(Debug, Clone)]
pub enum Given {
    /// `valueQuantity`: the suffix, and the value with what `_valueQuantity` adds.
    Typed {
        suffix: String,
        element: Element,
    },
    Parts(Vec<(String, Given)>),
    Resource(Node<'static>),
}

/// How deep parts may stand in parts.
const DEEPEST: usize = 32;

impl Given {
    /// # Errors
    /// If the part has no value, or several.
    pub fn read(part: &Node<'_>) -> Result<Self, String> {
        Self::read_within(part, DEEPEST)
    }

    fn read_within(part: &Node<'_>, deepest: usize) -> Result<Self, String> {
        let name = part.text("name").unwrap_or_default();
        let deepest = deepest.checked_sub(1).ok_or("the parts are nested too deep")?;
        if let Some(resource) = part.get("resource") {
            return Ok(Self::Resource(resource.clone().into_owned()));
        }
        let members = part.as_object().into_iter().flat_map(Object::iter);
        let mut typed = members.filter(|(name, _)| name.trim_start_matches('_').starts_with("value"));
        if let Some((first, _)) = typed.next() {
            let plain = first.trim_start_matches('_');
            let get = |name: &str| part.get(name).cloned().map(Node::into_owned);
            let element = Element { value: get(plain), extra: get(&format!("_{plain}")) };
            return Ok(Self::Typed { suffix: plain.trim_start_matches("value").to_owned(), element });
        }
        let parts = part.get("part").map_or(&[][..], Node::items);
        if parts.is_empty() {
            return Err(format!("the part {name} has no value"));
        }
        let read = |part: &Node<'_>| {
            let name = part.text("name").ok_or("a part has no name")?.to_owned();
            Ok((name, Self::read_within(part, deepest)?))
        };
        parts.iter().map(read).collect::<Result<_, String>>().map(Self::Parts)
    }

    /// The element that this value makes under that member.
    ///
    /// # Errors
    /// If parts name elements that the type does not have.
    pub fn element(&self, member: Member) -> Result<Element, String> {
        match self {
            Self::Typed { element, .. } => Ok(element.clone()),
            Self::Resource(node) => Ok(Element { value: Some(node.clone()), extra: None }),
            Self::Parts(parts) => {
                let value = Some(Node::Object(object(member.target, parts)?));
                Ok(if member.is_primitive() {
                    Element { value: None, extra: value }
                } else {
                    Element { value, extra: None }
                })
            }
        }
    }
}

/// An object made of parts; parts of one name make a list.
fn object(def: &'static TypeDef, parts: &[(String, Given)]) -> Result<Object<'static>, String> {
    let mut lists: BTreeMap<&'static str, (Member, Vec<Element>)> = BTreeMap::new();
    for (name, given) in parts {
        let member = resolve(def, name, given)?;
        let element = given.element(member)?;
        let (_, list) = lists.entry(member.name).or_insert((member, Vec::new()));
        if !list.is_empty() && !member.repeats {
            return Err(format!("{}.{name} is given twice", def.name));
        }
        list.push(element);
    }
    let mut object = Object::default();
    for (member, list) in lists.into_values() {
        write(&mut object, def, member, list);
    }
    Ok(object)
}
