//! XML to the tree. The elements of a type come in the order of its definition; a primitive's `id` and extensions go
//! to the member with `_` before its name, aligned by `null` where it repeats.

mod lenient;
mod members;
mod primitive;

use super::{FHIR, XHTML, is_attribute, xhtml};
use crate::definition::{Definitions, Element, Kind, Member, Primitive, TypeDef};
use crate::structure::{Path, suggest};
use members::{Found, Members};
use std::borrow::Cow;
use theriac_core::json::{self, Node, Object};
use theriac_core::xml::{Event, Limits, Reader, Start};
use theriac_core::{Error, Result};

/// Reads one resource. What comes out still has to pass [`crate::structure::check`].
///
/// # Errors
/// `Malformed`, with line and column, the element, and what would be right.
pub fn read(bytes: &[u8]) -> Result<Node<'_>> {
    Walk::of(bytes)?.document()
}

/// As [`read`], in any order of elements, without what R4 does not know; each of these is told with its place.
///
/// # Errors
/// `Malformed` for what is no resource in XML.
pub fn read_lenient(bytes: &[u8]) -> Result<(Node<'_>, Vec<String>)> {
    let mut walk = Walk { notes: Some(Vec::new()), ..Walk::of(bytes)? };
    let node = walk.document()?;
    Ok((node, walk.notes.unwrap_or_default()))
}

struct Walk<'a> {
    reader: Reader<'a>,
    r4: &'static Definitions,
    /// What was put right or left out; none where nothing is.
    notes: Option<Vec<String>>,
}

impl<'a> Walk<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self> {
        Ok(Self { reader: Reader::document(bytes, Limits::default())?, r4: Definitions::r4(), notes: None })
    }

    fn document(&mut self) -> Result<Node<'a>> {
        let Event::Start(start) = self.reader.event()? else {
            return Err(self.reader.error(self.reader.at(), "a resource's element was expected here"));
        };
        let node = self.resource(&start, &Path::root(start.name), 1)?;
        self.reader.event().map(|_| node)
    }

    fn fault(&self, at: usize, path: &Path<'_>, message: impl std::fmt::Display) -> Error {
        self.reader.error(at, format!("{path}: {message}"))
    }

    /// The element named after the type, at the root or inside another.
    fn resource(&mut self, start: &Start<'a>, path: &Path<'_>, depth: usize) -> Result<Node<'a>> {
        self.check_namespace(start, path)?;
        let Some(def) = self.r4.type_of(start.name).filter(|t| t.kind == Kind::Resource && !t.is_abstract) else {
            let near = suggest::nearest(start.name, self.r4.resource_names().iter().copied());
            let advice = near.map_or(String::new(), |n| format!("; did you mean '{n}'?"));
            return Err(self.fault(start.at, path, format!("this is not a resource type of R4{advice}")));
        };
        self.no_attributes(start, path)?;
        let mut object = Object::default();
        object.0.push((Cow::Borrowed("resourceType"), Node::String(Cow::Borrowed(def.name))));
        self.children(def, object, path, depth).map(Node::Object)
    }

    fn check_namespace(&self, start: &Start<'_>, path: &Path<'_>) -> Result<()> {
        match start.namespace.as_ref() {
            FHIR => Ok(()),
            "" => Err(self.fault(start.at, path, format!("must be in FHIR's namespace: write xmlns=\"{FHIR}\""))),
            _ => Err(self.fault(start.at, path, format!("is in another namespace than FHIR's, {FHIR}"))),
        }
    }

    fn no_attributes(&mut self, start: &Start<'_>, path: &Path<'_>) -> Result<()> {
        match (start.attributes.first(), &mut self.notes) {
            (None, _) => Ok(()),
            (Some(first), Some(notes)) => {
                notes.push(format!("{path}: the attribute {} was left out", first.name));
                Ok(())
            }
            (Some(first), None) => {
                let message = format!("the attribute '{}' is not taken here; leave it out", first.name);
                Err(self.fault(first.at, path, message))
            }
        }
    }

    /// Everything up to the end of the element that is open.
    fn children(
        &mut self,
        def: &'static TypeDef,
        object: Object<'a>,
        path: &Path<'_>,
        depth: usize,
    ) -> Result<Object<'a>> {
        if self.notes.is_some() {
            return lenient::children(self, def, object, path, depth);
        }
        let mut members = Members::new(def, object);
        while let Some(start) = self.child(path)? {
            let member = self.member(def, &start, path)?;
            self.check_order(&members, member, start.at, path)?;
            let (element, place) = (def.element_of(member), members.count(member));
            let named = path.name(member.name);
            let indexed = named.index(place);
            let path = if element.repeats { &indexed } else { &named };
            let depth = self.deeper(element, place, depth, start.at, path)?;
            let found = self.element(member, &start, path, depth)?;
            members.take(member, found);
        }
        Ok(members.finish())
    }

    /// The depth inside an element as JSON counts it, so that whatever is read here can be read there.
    fn deeper(&self, element: &Element, place: usize, depth: usize, at: usize, path: &Path<'_>) -> Result<usize> {
        if place > 0 && !element.repeats {
            return Err(self.fault(at, path, "may stand only once"));
        }
        let depth = depth + 1 + usize::from(element.repeats);
        match depth > json::Limits::default().depth {
            true => Err(self.fault(at, path, "nested deeper than is allowed")),
            false => Ok(depth),
        }
    }

    /// The next element inside the one that is open; none at its end.
    fn child(&mut self, path: &Path<'_>) -> Result<Option<Start<'a>>> {
        loop {
            match self.reader.event()? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End | Event::Eof => return Ok(None),
                Event::Text(text) if text.bytes().all(|b| b.is_ascii_whitespace()) => {}
                _ => {
                    let message = "text may not stand here; a value stands in the attribute 'value'";
                    return Err(self.fault(self.reader.at(), path, message));
                }
            }
        }
    }

    fn member(&self, def: &'static TypeDef, start: &Start<'_>, path: &Path<'_>) -> Result<&'static Member> {
        let inner = path.name(start.name);
        if is_attribute(def, start.name) {
            let message = format!("this is an attribute: {}=\"...\"", start.name);
            return Err(self.fault(start.at, &inner, message));
        }
        let Some(member) = def.member(start.name) else {
            return Err(self.fault(start.at, path, suggest::unknown(def, start.name)));
        };
        if self.r4.target(member).primitive() != Some(Primitive::Xhtml) {
            return self.check_namespace(start, &inner).map(|()| member);
        }
        match start.namespace == XHTML {
            true => Ok(member),
            false => Err(self.fault(start.at, &inner, format!("must be XHTML: write xmlns=\"{XHTML}\" in its tag"))),
        }
    }

    /// "Elements must always appear in the order documented" (R4 xml.html).
    fn check_order(&self, members: &Members<'_>, member: &Member, at: usize, path: &Path<'_>) -> Result<()> {
        match members.last().filter(|last| member.element < last.element) {
            None => Ok(()),
            Some(last) => {
                let message =
                    format!("'{}' must stand before '{}': elements have a fixed order", member.name, last.name);
                Err(self.fault(at, path, message))
            }
        }
    }

    fn element(
        &mut self,
        member: &'static Member,
        start: &Start<'a>,
        path: &Path<'_>,
        depth: usize,
    ) -> Result<Found<'a>> {
        let def = self.r4.target(member);
        match def.kind {
            Kind::Primitive(Primitive::Xhtml) => {
                let text = xhtml::take(&mut self.reader, start)?;
                Ok(Found { value: Some(Node::String(text)), object: None })
            }
            Kind::Primitive(kind) => self.primitive(kind, start, path, depth),
            Kind::Resource => self.wrapped(start, path, depth),
            Kind::Complex | Kind::Backbone => self.complex(def, start, path, depth),
        }
    }

    fn complex(
        &mut self,
        def: &'static TypeDef,
        start: &Start<'a>,
        path: &Path<'_>,
        depth: usize,
    ) -> Result<Found<'a>> {
        let mut object = Object::default();
        for attribute in &start.attributes {
            if !is_attribute(def, attribute.name) {
                let message = match attribute.name {
                    "value" => format!("this is a {}, which has elements and no value", def.name),
                    other => format!("the attribute '{other}' is not taken here; leave it out"),
                };
                return Err(self.fault(attribute.at, path, message));
            }
            object.0.push((Cow::Borrowed(attribute.name), Node::String(attribute.value.clone())));
        }
        // Attributes have no order of their own.
        object.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        let object = self.children(def, object, path, depth)?;
        match object.0.is_empty() {
            true => Err(self.fault(start.at, path, "must not be empty; leave it out instead")),
            false => Ok(Found { value: None, object: Some(object) }),
        }
    }

    /// `<contained><Patient>...</Patient></contained>`
    fn wrapped(&mut self, start: &Start<'a>, path: &Path<'_>, depth: usize) -> Result<Found<'a>> {
        self.no_attributes(start, path)?;
        let Some(inner) = self.child(path)? else {
            return Err(self.fault(start.at, path, "must hold a resource, in an element named after its type"));
        };
        let object = match self.resource(&inner, path, depth)? {
            Node::Object(object) => Some(object),
            _ => None,
        };
        match self.child(path)? {
            None => Ok(Found { value: None, object }),
            Some(second) => Err(self.fault(second.at, path, "holds one resource only")),
        }
    }

    fn primitive(&mut self, kind: Primitive, start: &Start<'a>, path: &Path<'_>, depth: usize) -> Result<Found<'a>> {
        let (mut value, mut object) = (None, Object::default());
        for attribute in &start.attributes {
            match attribute.name {
                "value" => {
                    let read = primitive::value(kind, attribute.value.clone());
                    value = Some(read.map_err(|why| self.fault(attribute.at, path, why))?);
                }
                "id" => object.0.push((Cow::Borrowed("id"), Node::String(attribute.value.clone()))),
                other => {
                    let message = format!("the attribute '{other}' is not taken here; a primitive has value and id");
                    return Err(self.fault(attribute.at, path, message));
                }
            }
        }
        // What a primitive may hold besides is what every element may: extensions.
        if let Some(element) = self.r4.type_of("Element") {
            object = self.children(element, object, path, depth)?;
        }
        let object = Some(object).filter(|o| !o.0.is_empty());
        match value.is_none() && object.is_none() {
            true => Err(self.fault(start.at, path, "has neither a value nor extensions; leave it out instead")),
            false => Ok(Found { value, object }),
        }
    }
}
