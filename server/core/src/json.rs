//! A JSON document tree that keeps what healthcare documents need kept: the digits of a decimal
//! (`1.10` is not `1.1`), the order of members, and borrowed text where nothing had to be unescaped.
//!
//! Reading is strict RFC 8259: one value, no duplicate members, bounded depth, valid UTF-8, and every
//! fault named with line and column. See `read` for the parser and `write` for the way back.

mod read;
mod write;

use std::borrow::Cow;

pub use read::{Limits, SyntaxError, parse, parse_with};
pub use write::write_string;

/// One JSON value. Numbers are kept as they were written.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Object<'a>),
}

/// The members of an object in document order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object<'a>(pub Vec<(Cow<'a, str>, Node<'a>)>);

impl<'a> Object<'a> {
    pub fn get(&self, name: &str) -> Option<&Node<'a>> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node<'a>> {
        self.0.iter_mut().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// Replaces the member's value, or appends the member.
    pub fn set(&mut self, name: &str, value: Node<'a>) {
        match self.get_mut(name) {
            Some(slot) => *slot = value,
            None => self.0.push((Cow::Owned(name.to_owned()), value)),
        }
    }

    /// As [`Object::set`], but a new member goes to `index` instead of the end.
    pub fn set_at(&mut self, index: usize, name: &str, value: Node<'a>) {
        match self.get_mut(name) {
            Some(slot) => *slot = value,
            None => self.0.insert(index.min(self.0.len()), (Cow::Owned(name.to_owned()), value)),
        }
    }

    /// Takes the member out, if it is there.
    pub fn remove(&mut self, name: &str) -> Option<Node<'a>> {
        let index = self.0.iter().position(|(n, _)| n == name)?;
        Some(self.0.remove(index).1)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node<'a>)> {
        self.0.iter().map(|(n, v)| (n.as_ref(), v))
    }
}

impl<'a> Node<'a> {
    /// An owned string node.
    pub fn string(text: impl Into<String>) -> Node<'static> {
        Node::String(Cow::Owned(text.into()))
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number's text as it was written.
    pub fn as_number(&self) -> Option<&str> {
        match self {
            Self::Number(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    pub fn as_object_mut(&mut self) -> Option<&mut Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Node<'a>]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The member of that name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Node<'a>> {
        self.as_object()?.get(name)
    }

    /// The text of the member of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The members of an array, the node itself if it is anything else but null: FHIR's "one or many".
    pub fn items(&self) -> &[Node<'a>] {
        match self {
            Self::Array(items) => items,
            Self::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// The JSON name of this value's kind, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The same tree owning all its text.
    pub fn into_owned(self) -> Node<'static> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(value) => Node::Bool(value),
            Self::Number(text) => Node::Number(Cow::Owned(text.into_owned())),
            Self::String(text) => Node::String(Cow::Owned(text.into_owned())),
            Self::Array(items) => Node::Array(items.into_iter().map(Node::into_owned).collect()),
            Self::Object(Object(members)) => Node::Object(Object(
                members.into_iter().map(|(n, v)| (Cow::Owned(n.into_owned()), v.into_owned())).collect(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_digits_and_order() {
        let text = r#"{"b":1.10,"a":[-0.0e+5,true,null,"x\u00e9\n"],"c":{}}"#;
        let node = parse(text.as_bytes()).unwrap();
        assert_eq!(node.get("b").unwrap().as_number(), Some("1.10"));
        assert_eq!(node.to_string(), "{\"b\":1.10,\"a\":[-0.0e+5,true,null,\"xé\\n\"],\"c\":{}}");
    }

    #[test]
    fn set_replaces_or_appends() {
        let mut node = parse(br#"{"id":"1"}"#).unwrap();
        let object = node.as_object_mut().unwrap();
        object.set("id", Node::string("2"));
        object.set_at(0, "type", Node::string("t"));
        assert_eq!(node.to_string(), r#"{"type":"t","id":"2"}"#);
    }
}
