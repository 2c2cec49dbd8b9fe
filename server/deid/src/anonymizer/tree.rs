//! A document as elements with types, so that rules can say which they mean and what was touched is known.

use crate::method::Marks;
use crate::schema::{Member, Schema};
use std::borrow::Cow;
use std::collections::HashMap;
use theriac_core::json::{Node, Object};
use theriac_core::{Error, Result};

#[derive(Debug, Default)]
pub(super) struct Element {
    /// In JSON: `valueQuantity`.
    pub name: String,
    /// In paths: `value`.
    pub element: String,
    /// Its type.
    pub of: String,
    /// Of a primitive.
    pub value: Option<Node<'static>>,
    pub kids: Vec<usize>,
    pub parent: Option<usize>,
    /// Is it one of several?
    pub is_many: bool,
    pub is_record: bool,
    pub is_gone: bool,
    pub is_touched: bool,
}

impl Element {
    pub fn is_called(&self, name: &str) -> bool {
        self.element == name || self.name == name
    }
}

/// What was done to a record beside [`crate::method::Mark`]'s: words of this language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Done {
    pub marks: Marks,
    pub hashed: bool,
    pub perturbed: bool,
    pub substituted: bool,
    pub generalized: bool,
    pub encrypted: bool,
    pub redacted: bool,
    pub abstracted: bool,
    pub pseudonymised: bool,
}

impl Done {
    fn with(self, other: Self) -> Self {
        Self {
            marks: self.marks,
            hashed: self.hashed | other.hashed,
            perturbed: self.perturbed | other.perturbed,
            substituted: self.substituted | other.substituted,
            generalized: self.generalized | other.generalized,
            encrypted: self.encrypted | other.encrypted,
            redacted: self.redacted | other.redacted,
            abstracted: self.abstracted | other.abstracted,
            pseudonymised: self.pseudonymised | other.pseudonymised,
        }
    }

    /// Code and words, and whether the code is one of HL7's.
    fn codings(self) -> Vec<(&'static str, &'static str, bool)> {
        let all = [
            (self.redacted, "REDACTED", "redacted", true),
            (self.abstracted, "ABSTRED", "abstracted", true),
            (self.hashed, "CRYTOHASH", "cryptographic hash function", true),
            (self.encrypted, "MASKED", "masked", true),
            (self.pseudonymised, "PSEUDED", "pseudonymized", true),
            (self.perturbed, "PERTURBED", "exact value is replaced with another exact value", false),
            (self.substituted, "SUBSTITUTED", "exact value is replaced with a predefined value", false),
            (self.generalized, "GENERALIZED", "exact value is replaced with a general value", false),
        ];
        all.into_iter().filter(|(does, ..)| *does).map(|(_, code, words, own)| (code, words, own)).collect()
    }
}

pub(super) struct Tree {
    pub nodes: Vec<Element>,
    pub done: HashMap<usize, Done>,
}

pub(super) const ROOT: usize = 0;

impl Tree {
    /// # Errors
    /// `Invalid` for what is no record.
    pub fn of(node: &Node<'_>, schema: &dyn Schema) -> Result<Self> {
        let mut tree = Self { nodes: Vec::new(), done: HashMap::new() };
        let mut known = HashMap::new();
        let kind = node.text("resourceType").filter(|kind| schema.resources().contains(kind));
        let kind = kind.ok_or_else(|| Error::invalid("this is no record of a known type").at("resourceType"))?;
        let root = Member { name: "", element: "", target: "" };
        tree.add(node, &root, kind, None, false, &mut Types { schema, known: &mut known });
        Ok(tree)
    }

    fn add(
        &mut self,
        node: &Node<'_>,
        member: &Member,
        of: &str,
        parent: Option<usize>,
        many: bool,
        types: &mut Types<'_>,
    ) -> usize {
        let place = self.nodes.len();
        let kind = node.text("resourceType").filter(|_| parent.is_none() || types.schema.is_any(of));
        self.nodes.push(Element {
            name: member.name.to_owned(),
            element: member.element.to_owned(),
            of: kind.unwrap_or(of).to_owned(),
            parent,
            is_many: many,
            is_record: kind.is_some(),
            ..Element::default()
        });
        match node {
            Node::Object(object) => self.fill(place, object, types),
            scalar => self.nodes[place].value = Some(scalar.clone().into_owned()),
        }
        place
    }

    /// What is no member of the type has no rule and cannot be judged: it is left out.
    pub fn fill(&mut self, place: usize, object: &Object<'_>, types: &mut Types<'_>) {
        let members = types.members(&self.nodes[place].of);
        for (name, value) in object.iter().filter(|(name, _)| *name != "resourceType") {
            let Some(member) = members.iter().find(|member| member.name == name.trim_start_matches('_')) else {
                continue;
            };
            let is_attributes = name.starts_with('_');
            let items = value.items();
            for (at, item) in items.iter().enumerate() {
                let many = matches!(value, Node::Array(_));
                match (is_attributes, item) {
                    (_, Node::Null) if is_attributes || !many => {}
                    (true, Node::Object(attributes)) => self.attributes(place, member, at, many, attributes, types),
                    _ => {
                        let of = member.target;
                        let kid = self.add(item, member, of, Some(place), many, types);
                        self.nodes[place].kids.push(kid);
                    }
                }
            }
        }
    }

    /// `_birthDate`: extensions of a value, which may be missing.
    fn attributes(
        &mut self,
        place: usize,
        member: &Member,
        at: usize,
        many: bool,
        object: &Object<'_>,
        types: &mut Types<'_>,
    ) {
        let same: Vec<usize> = self.children(place).filter(|kid| self.nodes[*kid].name == member.name).collect();
        let kid = match same.get(at) {
            Some(kid) => *kid,
            None => {
                let kid = self.nodes.len();
                let (name, element) = (member.name.to_owned(), member.element.to_owned());
                let of = member.target.to_owned();
                self.nodes.push(Element {
                    name,
                    element,
                    of,
                    parent: Some(place),
                    is_many: many,
                    ..Element::default()
                });
                self.nodes[place].kids.push(kid);
                kid
            }
        };
        let extension = Member { name: "extension", element: "extension", target: "Extension" };
        for item in object.get("extension").map_or(&[][..], Node::items) {
            let inner = self.add(item, &extension, "Extension", Some(kid), true, types);
            self.nodes[kid].kids.push(inner);
        }
    }

    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.nodes[node].kids.iter().copied().filter(|kid| !self.nodes[*kid].is_gone)
    }

    /// The element and all below it, but not into other records.
    pub fn below(&self, node: usize) -> Vec<usize> {
        let mut found = vec![node];
        for kid in self.children(node).filter(|kid| !self.nodes[*kid].is_record) {
            found.extend(self.below(kid));
        }
        found
    }

    /// Every record, outer ones first.
    pub fn records(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|node| self.nodes[*node].is_record).collect()
    }

    /// The record that an element is of.
    pub fn record_of(&self, node: usize) -> usize {
        let mut at = node;
        while !self.nodes[at].is_record {
            let Some(parent) = self.nodes[at].parent else { return ROOT };
            at = parent;
        }
        at
    }

    pub fn text(&self, node: usize) -> Option<&str> {
        self.nodes[node].value.as_ref()?.as_str()
    }

    /// The element as JSON.
    pub fn node(&self, place: usize) -> Node<'static> {
        let element = &self.nodes[place];
        if let (Some(value), false) = (&element.value, element.is_record) {
            return value.clone();
        }
        let mut object = Object::default();
        if element.is_record {
            object.set("resourceType", Node::string(element.of.clone()));
        }
        let mut names: Vec<&str> = Vec::new();
        for kid in self.children(place) {
            let name = self.nodes[kid].name.as_str();
            if !names.contains(&name) {
                names.push(name);
                self.member(place, name, &mut object);
            }
        }
        Node::Object(object)
    }

    fn is_empty(&self, node: usize) -> bool {
        let element = &self.nodes[node];
        element.value.is_none() && !element.is_record && self.children(node).all(|kid| self.is_empty(kid))
    }

    fn member(&self, place: usize, name: &str, object: &mut Object<'static>) {
        let all: Vec<usize> =
            self.children(place).filter(|kid| self.nodes[*kid].name == name && !self.is_empty(*kid)).collect();
        let Some(first) = all.first() else { return };
        let is_many = self.nodes[*first].is_many;
        let is_simple = all.iter().any(|kid| self.nodes[*kid].value.is_some());
        let extended = |kid: &usize| self.nodes[*kid].value.is_some() || is_simple;
        let values: Vec<Node<'static>> = all
            .iter()
            .map(|kid| match (&self.nodes[*kid].value, extended(kid)) {
                (Some(value), _) => value.clone(),
                (None, true) => Node::Null,
                (None, false) => self.node(*kid),
            })
            .collect();
        let is_primitive = is_simple || self.is_value(*first);
        if is_primitive {
            let attributes: Vec<Node<'static>> = all
                .iter()
                .map(|kid| if self.children(*kid).any(|k| !self.is_empty(k)) { self.parts(*kid) } else { Node::Null })
                .collect();
            if is_simple {
                put(object, name, values, is_many);
            }
            if attributes.iter().any(|node| *node != Node::Null) {
                put(object, &format!("_{name}"), attributes, is_many);
            }
        } else {
            put(object, name, values, is_many);
        }
    }

    /// A primitive without its value has only extensions.
    fn is_value(&self, node: usize) -> bool {
        self.nodes[node].of.starts_with(|c: char| c.is_ascii_lowercase())
    }

    fn parts(&self, place: usize) -> Node<'static> {
        let mut object = Object::default();
        self.member(place, "extension", &mut object);
        Node::Object(object)
    }

    /// Only the type is left.
    pub fn emptied(&mut self) {
        self.nodes[ROOT].kids.clear();
        self.nodes.truncate(1);
        self.done = HashMap::from([(ROOT, Done { redacted: true, ..Done::default() })]);
    }

    /// The document, with labels that say what was done. Records inside tell it of themselves and of those around them;
    /// contained ones have no labels of their own.
    pub fn written(mut self) -> Node<'static> {
        for record in self.records().into_iter().rev() {
            let own = self.done.get(&record).copied().unwrap_or_default();
            if let Some(parent) = self.nodes[record].parent {
                let outer = self.record_of(parent);
                let all = self.done.get(&outer).copied().unwrap_or_default().with(own);
                self.done.insert(outer, all);
            }
        }
        self.labelled(ROOT)
    }

    fn labelled(&self, record: usize) -> Node<'static> {
        let mut node = self.node(record);
        self.label_inside(record, &mut node);
        node
    }

    fn label_inside(&self, place: usize, node: &mut Node<'static>) {
        for kid in self.children(place) {
            let name = self.nodes[kid].name.clone();
            if self.nodes[kid].is_record {
                if self.nodes[kid].element == "contained" {
                    continue;
                }
                if let Some(slot) = node.as_object_mut().and_then(|object| object.get_mut(&name)) {
                    *slot = self.labelled(kid);
                }
                continue;
            }
            let index = self
                .children(place)
                .filter(|k| self.nodes[*k].name == name && !self.is_empty(*k))
                .position(|k| k == kid);
            let slot = node.as_object_mut().and_then(|object| object.get_mut(&name));
            match (slot, index) {
                (Some(Node::Array(items)), Some(at)) => {
                    items.get_mut(at).into_iter().for_each(|item| self.label_inside(kid, item))
                }
                (Some(inner), _) => self.label_inside(kid, inner),
                _ => {}
            }
        }
        if self.nodes[place].is_record {
            label(node, self.done.get(&place).copied().unwrap_or_default());
        }
    }
}

fn put(object: &mut Object<'static>, name: &str, mut values: Vec<Node<'static>>, is_many: bool) {
    if is_many {
        object.set(name, Node::Array(values));
    } else if let Some(value) = values.pop() {
        object.set(name, value);
    }
}

const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

fn label(node: &mut Node<'static>, done: Done) {
    let Some(object) = node.as_object_mut() else { return };
    let codings = done.codings();
    if codings.is_empty() {
        return;
    }
    let mut meta = match object.remove("meta") {
        Some(Node::Object(meta)) => meta,
        _ => Object::default(),
    };
    let mut all = match meta.remove("security") {
        Some(Node::Array(all)) => all,
        _ => Vec::new(),
    };
    for (code, words, own) in codings {
        if all.iter().any(|coding| coding.text("code") == Some(code)) {
            continue;
        }
        let member = |name: &'static str, text: &'static str| (Cow::Borrowed(name), Node::string(text));
        let mut members = Vec::new();
        members.extend(own.then(|| member("system", SYSTEM)));
        members.extend([member("code", code), member("display", words)]);
        all.push(Node::Object(Object(members)));
    }
    meta.set("security", Node::Array(all));
    object.set_at(1, "meta", Node::Object(meta));
}

/// Members of types, looked up once.
pub(super) struct Types<'t> {
    pub schema: &'t dyn Schema,
    pub known: &'t mut HashMap<String, Vec<Member>>,
}

impl Types<'_> {
    fn members(&mut self, of: &str) -> Vec<Member> {
        self.known.entry(of.to_owned()).or_insert_with(|| self.schema.members(of)).clone()
    }
}
