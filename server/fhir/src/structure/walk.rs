//! The walk over a document beside its definition, by the rules of <http://hl7.org/fhir/R4/json.html>.

use super::faults::Faults;
use super::path::{Path, shorten};
use super::{lexical, suggest};
use crate::definition::{Definitions, Element, Kind, Member, Primitive, TypeDef};
use theriac_core::Error;
use theriac_core::json::{Node, Object};

const ONLY_ID: &str = "has an id but neither a value nor children (ele-1)";

pub struct Walk {
    r4: &'static Definitions,
    faults: Faults,
}

/// One member of an object, with its definition.
struct Found<'o> {
    def: &'static TypeDef,
    member: &'static Member,
    element: &'static Element,
    target: &'static TypeDef,
    object: &'o Object<'o>,
}

impl Walk {
    pub fn new() -> Self {
        Self { r4: Definitions::r4(), faults: Faults::default() }
    }

    /// Looks at members and their kinds alone.
    pub fn of_shape() -> Self {
        Self { faults: Faults::of_shape(), ..Self::new() }
    }

    pub fn into_result(self) -> Result<(), Error> {
        self.faults.into_result()
    }

    pub fn root(&mut self, node: &Node<'_>, expected: Option<&str>) {
        let named = node.text("resourceType");
        let path = Path::root(named.filter(|n| self.r4.is_resource(n)).or(expected).unwrap_or("Resource"));
        match (named, expected) {
            (Some(named), Some(expected)) if named != expected => self.faults.shape(
                &path,
                format!("the body is a {}, but a {} was expected here", shorten(named), shorten(expected)),
            ),
            _ => self.resource(node, &path),
        }
    }

    /// A resource: at the root, contained, or in a Bundle or Parameters.
    fn resource(&mut self, node: &Node<'_>, path: &Path<'_>) {
        let Node::Object(object) = node else {
            return self.faults.shape(path, format!("must be a resource, a JSON object; it is {}", node.kind()));
        };
        let Some(name) = object.text("resourceType") else {
            return self.faults.shape(path, "must have the member 'resourceType' with the name of its type");
        };
        match self.r4.type_of(name).filter(|t| t.kind == Kind::Resource && !t.is_abstract) {
            Some(def) => self.object(def, object, path),
            None => {
                let near = suggest::nearest(name, self.r4.resource_names().iter().copied());
                let advice = near.map_or(String::new(), |n| format!("; did you mean '{n}'?"));
                self.faults.shape(path, format!("'{}' is not a resource type of R4{advice}", shorten(name)));
            }
        }
    }

    /// Objects are never empty; every member must be known, and what is required must be there.
    fn object(&mut self, def: &'static TypeDef, object: &Object<'_>, path: &Path<'_>) {
        if object.0.is_empty() {
            return self.faults.shape(path, "must not be an empty object; leave it out instead");
        }
        let mut seen = 0u64;
        for (name, value) in object.iter() {
            if self.faults.is_full() {
                return;
            }
            let plain = name.strip_prefix('_');
            match def.member(plain.unwrap_or(name)).map(|member| self.found(def, member, object)) {
                Some(found) if plain.is_none() || found.target.primitive().is_some() => {
                    self.once(&found, &mut seen, path);
                    match plain {
                        None => self.value(&found, value, &path.name(found.element.name)),
                        Some(_) => self.companion(&found, value, &path.name(found.element.name)),
                    }
                }
                None if name == "resourceType" && def.kind == Kind::Resource => {}
                _ => self.faults.shape(&path.name(name), suggest::unknown(def, name)),
            }
        }
        self.whole(def, object, seen, path);
    }

    fn found<'o>(&self, def: &'static TypeDef, member: &'static Member, object: &'o Object<'o>) -> Found<'o> {
        Found { def, member, element: def.element_of(member), target: self.r4.target(member), object }
    }

    /// Only one type of a choice may be there; a value and its companion are one.
    fn once(&mut self, found: &Found<'_>, seen: &mut u64, path: &Path<'_>) {
        let bit = 1u64 << found.member.element;
        if *seen & bit != 0 && found.element.is_choice {
            let mut names = found.object.iter().map(|(name, _)| name.strip_prefix('_').unwrap_or(name));
            let first = names.find(|n| found.def.member(n).is_some_and(|m| m.element == found.member.element));
            if let Some(first) = first.filter(|first| *first != found.member.name) {
                let message = format!("'{}' and '{first}' exclude each other; keep one", found.member.name);
                self.faults.shape(&path.name(found.element.name), message);
            }
        }
        *seen |= bit;
    }

    /// What can be said only when all members were seen.
    fn whole(&mut self, def: &'static TypeDef, object: &Object<'_>, seen: u64, path: &Path<'_>) {
        for element in def.missing(seen) {
            let message = format!("is required in {} ({}) but not there", def.name, element.cardinality());
            self.faults.missing(&path.name(element.name), message);
        }
        let may_be_only_id = def.kind == Kind::Resource || def.name == "Element";
        if !may_be_only_id && is_only_id(object) {
            self.faults.shape(path, ONLY_ID);
        }
        if def.is_extension() {
            let has = |name: &str| def.member(name).is_some_and(|m| seen & (1 << m.element) != 0);
            match (has("extension"), has("valueString")) {
                (true, true) => self.faults.shape(path, "has both extensions and a value; keep one (ext-1)"),
                (false, false) => self.faults.shape(path, "has neither a value nor extensions (ext-1)"),
                _ => {}
            }
        }
    }

    /// What may repeat is an array even of one item; arrays are never empty.
    fn value(&mut self, found: &Found<'_>, value: &Node<'_>, path: &Path<'_>) {
        match (found.element.repeats, value) {
            (true, Node::Array(items)) if items.is_empty() => {
                self.faults.shape(path, "must not be an empty array; leave it out instead");
            }
            (true, Node::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.item(found, item, index, &path.index(index));
                }
            }
            (true, other) => {
                let message = format!("may repeat, so it must be an array even of one; it is {}", other.kind());
                self.faults.shape(path, message);
            }
            (false, Node::Array(_)) => {
                self.faults.shape(path, "may stand only once, so it must not be an array");
            }
            (false, one) => self.one(found, one, path),
        }
    }

    /// `null` may stand in an array of primitives, where the companion's array has an object at the same place.
    fn item(&mut self, found: &Found<'_>, item: &Node<'_>, index: usize, path: &Path<'_>) {
        if *item != Node::Null || found.target.primitive().is_none() {
            return self.one(found, item, path);
        }
        let companion = found.object.iter().find(|(n, _)| n.strip_prefix('_') == Some(found.member.name));
        let beside = companion.and_then(|(_, value)| value.as_array()).and_then(|items| items.get(index));
        if beside.is_none_or(|node| *node == Node::Null) {
            let message = format!("null is allowed only where '_{}' has an object at this place", found.member.name);
            self.faults.shape(path, message);
        }
    }

    fn one(&mut self, found: &Found<'_>, node: &Node<'_>, path: &Path<'_>) {
        match (found.target.kind, node) {
            (_, Node::Null) => self.faults.shape(path, "must not be null; leave it out instead"),
            (Kind::Primitive(primitive), _) => self.primitive(found, primitive, node, path),
            (Kind::Resource, _) => self.resource(node, path),
            (_, Node::Object(object)) => self.object(found.target, object, path),
            (_, other) => {
                let message = format!("must be a JSON object of type {}; it is {}", found.target.name, other.kind());
                self.faults.shape(path, message);
            }
        }
    }

    fn primitive(&mut self, found: &Found<'_>, primitive: Primitive, node: &Node<'_>, path: &Path<'_>) {
        if let Err(message) = lexical::check(primitive, node) {
            return self.faults.primitive(!lexical::is_of_kind(primitive, node), path, message);
        }
        if let (Primitive::Xhtml, Node::String(text)) = (primitive, node)
            && let Err(message) = crate::xml::check_xhtml(text)
        {
            return self.faults.value(path, message);
        }
        let (Primitive::Code, Node::String(code)) = (primitive, node) else { return };
        let Some((value_set, codes)) = self.r4.required_codes(found.element) else { return };
        if codes.binary_search(&code.as_ref()).is_err() {
            let message = match codes.len() {
                ..=16 => format!("must be one of the codes {}", codes.join(", ")),
                many => format!("must be one of the {many} codes of {value_set}"),
            };
            self.faults.value(path, message);
        }
    }

    /// The id and extensions of a primitive are in a second member, its name with a low line before it; arrays of both
    /// are aligned by `null`. Nulls at the end of the shorter one may be left out, as published documents do.
    fn companion(&mut self, found: &Found<'_>, value: &Node<'_>, path: &Path<'_>) {
        match (found.element.repeats, value) {
            (true, Node::Array(items)) => self.companions(found, items, path),
            (true, _) => self.faults.shape(path, format!("'_{}' must be an array", found.member.name)),
            (false, one) => self.extended(one, found.object.get(found.member.name).is_some(), path),
        }
    }

    fn companions(&mut self, found: &Found<'_>, items: &[Node<'_>], path: &Path<'_>) {
        if items.iter().all(|item| *item == Node::Null) {
            self.faults.shape(path, format!("'_{}' holds nothing; leave it out instead", found.member.name));
        }
        let values = found.object.get(found.member.name).and_then(Node::as_array);
        for (index, item) in items.iter().enumerate().filter(|(_, item)| **item != Node::Null) {
            let has_value = values.and_then(|v| v.get(index)).is_some_and(|v| *v != Node::Null);
            self.extended(item, has_value, &path.index(index));
        }
    }

    fn extended(&mut self, node: &Node<'_>, has_value: bool, path: &Path<'_>) {
        match (node, self.r4.type_of("Element")) {
            (Node::Object(object), _) if !has_value && is_only_id(object) => self.faults.shape(path, ONLY_ID),
            (Node::Object(object), Some(element)) => self.object(element, object, path),
            (other, _) => {
                let message = format!("the '_' member must be an object with id or extension; it is {}", other.kind());
                self.faults.shape(path, message);
            }
        }
    }
}

fn is_only_id(object: &Object<'_>) -> bool {
    matches!(object.0.as_slice(), [(name, _)] if name == "id")
}
