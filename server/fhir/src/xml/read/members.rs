//! The members of an object while their elements come in, one after the other.

use crate::definition::{Definitions, Member, TypeDef};
use std::borrow::Cow;
use theriac_core::json::{Node, Object};

/// What an element holds: its value where it is a primitive, and the rest of it.
pub struct Found<'a> {
    pub value: Option<Node<'a>>,
    pub object: Option<Object<'a>>,
}

pub struct Members<'a> {
    def: &'static TypeDef,
    object: Object<'a>,
    /// The member whose elements are coming.
    open: Option<(&'static Member, Vec<Found<'a>>)>,
}

impl<'a> Members<'a> {
    pub fn new(def: &'static TypeDef, object: Object<'a>) -> Self {
        Self { def, object, open: None }
    }

    pub fn last(&self) -> Option<&'static Member> {
        self.open.as_ref().map(|(member, _)| *member)
    }

    /// How many elements of this member have come.
    pub fn count(&self, member: &Member) -> usize {
        self.open.as_ref().filter(|(open, _)| std::ptr::eq(*open, member)).map_or(0, |(_, found)| found.len())
    }

    pub fn take(&mut self, member: &'static Member, found: Found<'a>) {
        match &mut self.open {
            Some((open, all)) if std::ptr::eq(*open, member) => all.push(found),
            _ => {
                self.flush();
                self.open = Some((member, vec![found]));
            }
        }
    }

    pub fn finish(mut self) -> Object<'a> {
        self.flush();
        self.object
    }

    /// Values and companions are aligned by `null` where they repeat.
    fn flush(&mut self) {
        let Some((member, found)) = self.open.take() else { return };
        let is_primitive = Definitions::r4().target(member).primitive().is_some();
        let repeats = self.def.element_of(member).repeats;
        let (mut values, mut companions) = (Vec::with_capacity(found.len()), Vec::new());
        for one in found {
            let object = one.object.map_or(Node::Null, Node::Object);
            match is_primitive {
                true => {
                    values.push(one.value.unwrap_or(Node::Null));
                    companions.push(object);
                }
                false => values.push(object),
            }
        }
        self.put(Cow::Borrowed(member.name), values, repeats);
        if companions.iter().any(|companion| *companion != Node::Null) {
            self.put(Cow::Owned(format!("_{}", member.name)), companions, repeats);
        }
    }

    fn put(&mut self, name: Cow<'a, str>, mut values: Vec<Node<'a>>, repeats: bool) {
        if values.iter().all(|value| *value == Node::Null) {
            return;
        }
        let value = match repeats {
            true => Node::Array(values),
            false => values.pop().unwrap_or(Node::Null),
        };
        self.object.0.push((name, value));
    }
}
