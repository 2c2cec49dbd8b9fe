//! The tree to XML: elements in the order of the definitions, whatever order the members of the tree have.

use super::{FHIR, is_attribute, xhtml};
use crate::definition::{Definitions, Kind, Member, Primitive, TypeDef};
use crate::structure::Path;
use theriac_core::json::{Node, Object};
use theriac_core::xml::escape;
use theriac_core::{Code, Error, Result};

/// `_pretty`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Compact,
    Indented,
}

/// Writes one resource with the XML declaration before it.
///
/// # Errors
/// `NotAcceptable`, naming what XML has no place for. What passes the check of structure can be written, but for
/// characters that XML does not have.
pub fn write(node: &Node<'_>, style: Style) -> Result<Vec<u8>> {
    let mut writer = Writer { out: Vec::with_capacity(1024), style, depth: 0, r4: Definitions::r4() };
    writer.out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    let path = Path::root(node.text("resourceType").unwrap_or("Resource"));
    writer.line();
    writer.resource(node, &format!(" xmlns=\"{FHIR}\""), &path)?;
    Ok(writer.out)
}

struct Writer {
    out: Vec<u8>,
    style: Style,
    depth: usize,
    r4: &'static Definitions,
}

fn no_place(path: &Path<'_>, why: impl std::fmt::Display) -> Error {
    let message = format!("{why}, so this cannot be given as XML; ask for application/fhir+json");
    Error::new(Code::NotAcceptable, message).at(path.to_string())
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn line(&mut self) {
        if self.style == Style::Indented {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * self.depth, b' ');
        }
    }

    fn attribute(&mut self, name: &str, text: &str, path: &Path<'_>) -> Result<()> {
        self.put(" ");
        self.put(name);
        self.put("=\"");
        escape(text, &mut self.out)
            .map_err(|c| no_place(path, format!("XML does not have the character U+{:04X}", u32::from(c))))?;
        self.put("\"");
        Ok(())
    }

    fn resource(&mut self, node: &Node<'_>, namespace: &str, path: &Path<'_>) -> Result<()> {
        let name = node.text("resourceType").unwrap_or_default();
        let found = self.r4.type_of(name).filter(|t| t.kind == Kind::Resource && !t.is_abstract);
        let (Some(def), Node::Object(object)) = (found, node) else {
            return Err(no_place(path, "it is no resource of R4"));
        };
        self.put("<");
        self.put(def.name);
        self.put(namespace);
        self.children(def, object, def.name, path)
    }

    /// From the attributes of the tag that was begun to its end.
    fn children(&mut self, def: &'static TypeDef, object: &Object<'_>, name: &str, path: &Path<'_>) -> Result<()> {
        let members = self.members(def, object, path)?;
        let attribute = |m: &&&'static Member| is_attribute(def, m.name);
        for member in members.iter().filter(attribute) {
            let text = object.text(member.name).ok_or_else(|| no_place(&path.name(member.name), "it is no text"))?;
            self.attribute(member.name, text, &path.name(member.name))?;
        }
        let mut elements = members.iter().filter(|m| !attribute(m)).peekable();
        if elements.peek().is_none() {
            self.put("/>");
            return Ok(());
        }
        self.put(">");
        self.depth += 1;
        for member in elements {
            self.member(def, member, object, &path.name(member.name))?;
        }
        self.depth -= 1;
        self.line();
        self.end(name);
        Ok(())
    }

    fn end(&mut self, name: &str) {
        self.put("</");
        self.put(name);
        self.put(">");
    }

    /// The members that are there, each once, in the order of the definition.
    fn members(&self, def: &'static TypeDef, object: &Object<'_>, path: &Path<'_>) -> Result<Vec<&'static Member>> {
        let mut members: Vec<&'static Member> = Vec::with_capacity(object.0.len());
        for (name, _) in object.iter() {
            let plain = name.strip_prefix('_');
            let found = def.member(plain.unwrap_or(name));
            match found.filter(|m| plain.is_none() || self.r4.target(m).primitive().is_some()) {
                Some(member) if plain.is_some() && is_attribute(def, member.name) => {
                    return Err(no_place(&path.name(member.name), "an attribute has no extensions"));
                }
                Some(member) if members.iter().any(|m| std::ptr::eq(*m, member)) => {}
                Some(member) => members.push(member),
                None if name == "resourceType" && def.kind == Kind::Resource => {}
                None => return Err(no_place(&path.name(name), format!("{} has no such element", def.name))),
            }
        }
        members.sort_by_key(|m| m.element);
        Ok(members)
    }

    fn member(
        &mut self,
        def: &'static TypeDef,
        member: &'static Member,
        object: &Object<'_>,
        path: &Path<'_>,
    ) -> Result<()> {
        let (value, companion) = (object.get(member.name), companion(object, member.name));
        let target = self.r4.target(member);
        if !def.element_of(member).repeats {
            return self.one(target, member.name, value, companion, path);
        }
        let list = |node: Option<&Node<'_>>| node.map_or(0, |n| n.items().len());
        for index in 0..list(value).max(list(companion)) {
            self.one(target, member.name, item(value, index), item(companion, index), &path.index(index))?;
        }
        Ok(())
    }

    fn one(
        &mut self,
        target: &'static TypeDef,
        name: &str,
        value: Option<&Node<'_>>,
        companion: Option<&Node<'_>>,
        path: &Path<'_>,
    ) -> Result<()> {
        self.line();
        match (target.kind, value) {
            (Kind::Primitive(Primitive::Xhtml), Some(Node::String(text))) if companion.is_none() => {
                let narrative = xhtml::render(text).map_err(|why| no_place(path, why))?;
                self.put(&narrative);
                Ok(())
            }
            (Kind::Primitive(_), _) => self.primitive(name, value, companion, path),
            (Kind::Resource, Some(node)) => self.wrapped(name, node, path),
            (_, Some(Node::Object(object))) => {
                self.put("<");
                self.put(name);
                self.children(target, object, name, path)
            }
            _ => Err(no_place(path, format!("it is no {}", target.name))),
        }
    }

    fn wrapped(&mut self, name: &str, node: &Node<'_>, path: &Path<'_>) -> Result<()> {
        self.put("<");
        self.put(name);
        self.put(">");
        self.depth += 1;
        self.line();
        self.resource(node, "", path)?;
        self.depth -= 1;
        self.line();
        self.end(name);
        Ok(())
    }

    fn primitive(
        &mut self,
        name: &str,
        value: Option<&Node<'_>>,
        companion: Option<&Node<'_>>,
        path: &Path<'_>,
    ) -> Result<()> {
        let companion = match companion {
            None | Some(Node::Null) => None,
            Some(Node::Object(object)) => Some(object),
            Some(_) => return Err(no_place(path, "its '_' member is no object")),
        };
        self.put("<");
        self.put(name);
        match value {
            None | Some(Node::Null) => {}
            Some(Node::String(text) | Node::Number(text)) => self.attribute("value", text, path)?,
            Some(Node::Bool(value)) => self.attribute("value", if *value { "true" } else { "false" }, path)?,
            Some(_) => return Err(no_place(path, "it is no value")),
        }
        match (companion, self.r4.type_of("Element")) {
            (Some(companion), Some(element)) => self.children(element, companion, name, path),
            _ => {
                self.put("/>");
                Ok(())
            }
        }
    }
}

fn item<'n, 'a>(list: Option<&'n Node<'a>>, index: usize) -> Option<&'n Node<'a>> {
    list?.items().get(index).filter(|node| **node != Node::Null)
}

fn companion<'o, 'a>(object: &'o Object<'a>, name: &str) -> Option<&'o Node<'a>> {
    object.iter().find(|(n, _)| n.strip_prefix('_') == Some(name)).map(|(_, value)| value)
}
