//! A query carried out over resources: fields by the definitions, lists filtered by their arguments, references and
//! searches through the same doors as everything else. <http://hl7.org/fhir/R4/graphql.html>

use super::document::{Directive, Document, Field, Selection, Value};
use super::output::{Output, Shape};
use super::reach::Reach;
use crate::definition::{Definitions, Kind, TypeDef};
use crate::patch::fhirpath::{member, members, resource_type};
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Error, Result};

/// Values one answer may have, those that are looked at and left out among them.
const COST: usize = 100_000;
/// Fragments in fragments, references of references.
const DEEPEST: usize = 48;

pub struct Run<'q> {
    pub document: &'q Document,
    pub variables: HashMap<String, Value>,
    pub reach: Reach<'q>,
    left: usize,
}

/// What a selection is made on.
#[derive(Clone, Copy)]
pub struct Place<'n> {
    pub node: &'n Node<'static>,
    pub def: &'static TypeDef,
    /// The resource it stands in: `#id` refers into it.
    pub resource: &'n Node<'static>,
    /// Do the outer elements repeat, whose fields are flattened into one object?
    list: bool,
    depth: usize,
}

impl<'n> Place<'n> {
    pub fn resource(node: &'n Node<'static>, depth: usize) -> Result<Self> {
        let def = resource_type(node).ok_or_else(|| Error::internal("a resource without a type"))?;
        Ok(Self { node, def, resource: node, list: false, depth })
    }
}

pub fn refuse(message: impl Into<String>) -> Error {
    Error::new(Code::Invalid, message)
}

impl<'q> Run<'q> {
    pub fn new(document: &'q Document, variables: HashMap<String, Value>, reach: Reach<'q>) -> Self {
        Self { document, variables, reach, left: COST }
    }

    fn spend(&mut self, cost: usize) -> Result<()> {
        let message =
            || Error::new(Code::TooCostly, format!("the answer would take more than {COST} values; ask for less"));
        self.left = self.left.checked_sub(cost).ok_or_else(message)?;
        Ok(())
    }

    /// The fields of a resource or an element as an object of their own.
    pub async fn object(&mut self, place: Place<'_>, selection: &'q [Selection]) -> Result<Object<'static>> {
        let mut out = Output::default();
        self.select(place, selection, "", &mut out).await?;
        out.finish().map_err(refuse)
    }

    /// Puts the fields into an answer; `suffix` is what `@slice` adds to their names.
    pub fn select<'a>(
        &'a mut self,
        place: Place<'a>,
        selection: &'q [Selection],
        suffix: &'a str,
        out: &'a mut Output,
    ) -> BoxFuture<'a, Result<()>>
    where
        'q: 'a,
    {
        Box::pin(async move {
            if place.depth > DEEPEST {
                return Err(Error::new(Code::TooCostly, format!("the query goes deeper than {DEEPEST} levels")));
            }
            let place = Place { depth: place.depth + 1, ..place };
            for one in selection {
                self.spend(1)?;
                match one {
                    Selection::Field(field) if self.wanted(&field.directives)? => {
                        self.field(place, field, suffix, out).await?;
                    }
                    Selection::Spread { name, directives } if self.wanted(directives)? => {
                        let missing = || refuse(format!("there is no fragment {name}"));
                        let fragment = self.document.fragments.get(name).ok_or_else(missing)?;
                        if is_a(place.def, &fragment.on) {
                            self.select(place, &fragment.selection, suffix, out).await?;
                        }
                    }
                    Selection::Inline { on, directives, selection }
                        if self.wanted(directives)? && on.as_ref().is_none_or(|on| is_a(place.def, on)) =>
                    {
                        self.select(place, selection, suffix, out).await?;
                    }
                    _ => {}
                }
            }
            Ok(())
        })
    }

    /// `@include` and `@skip`; directives that nobody knows are refused.
    fn wanted(&self, directives: &[Directive]) -> Result<bool> {
        for directive in directives {
            let condition = || match directive.arguments.as_slice() {
                [(name, value)] if name == "if" => match self.value(value)? {
                    Value::Bool(truth) => Ok(truth),
                    _ => Err(refuse(format!("@{} takes if: true or false", directive.name))),
                },
                _ => Err(refuse(format!("@{} takes one argument, if", directive.name))),
            };
            match directive.name.as_str() {
                "include" if !condition()? => return Ok(false),
                "skip" if condition()? => return Ok(false),
                "include" | "skip" | "flatten" | "first" | "singleton" | "slice" => {}
                other => return Err(refuse(format!("the directive @{other} is not known"))),
            }
        }
        Ok(true)
    }

    /// With variables put in.
    pub fn value(&self, value: &Value) -> Result<Value> {
        match value {
            Value::Variable(name) => {
                let missing = || refuse(format!("the variable ${name} is not declared"));
                self.variables.get(name).cloned().ok_or_else(missing)
            }
            Value::List(items) => Ok(Value::List(items.iter().map(|item| self.value(item)).collect::<Result<_>>()?)),
            other => Ok(other.clone()),
        }
    }

    async fn field(&mut self, place: Place<'_>, field: &'q Field, suffix: &str, out: &mut Output) -> Result<()> {
        let key = format!("{}{suffix}", field.key());
        match field.name.as_str() {
            "__typename" | "resourceType" if place.def.kind == Kind::Resource => {
                out.add_again(&key, Shape::One, vec![Node::string(place.def.name)]);
                return Ok(());
            }
            "resource" if place.def.name == "Reference" => {
                let found = self.follow(place, field).await?;
                if let Some(node) = found {
                    let object = self.object(Place::resource(&node, place.depth)?, &field.selection).await?;
                    out.add_again(&key, Shape::One, vec![Node::Object(object)]);
                }
                return Ok(());
            }
            name if place.def.kind == Kind::Resource && super::search::is_search(name) => {
                let node = super::search::answer(self, field, Some(place.resource), place.depth).await?;
                out.add_again(&key, Shape::One, vec![node]);
                return Ok(());
            }
            _ => {}
        }
        self.element(place, field, &key, suffix, out).await
    }

    async fn follow(&mut self, place: Place<'_>, field: &'q Field) -> Result<Option<std::sync::Arc<Node<'static>>>> {
        let (mut optional, mut kind) = (false, None);
        for (name, value) in &field.arguments {
            match (name.as_str(), self.value(value)?) {
                ("optional", Value::Bool(truth)) => optional = truth,
                ("type", Value::Enum(name) | Value::Text(name)) => kind = Some(name),
                _ => return Err(refuse(format!("resource takes optional and type, not {name}"))),
            }
        }
        let Some(text) = place.node.text("reference") else { return Ok(None) };
        match self.reach.resolve(text, place.resource).await? {
            Some(node) if kind.is_none_or(|kind| node.text("resourceType") == Some(&kind)) => Ok(Some(node)),
            Some(_) => Ok(None),
            None if optional => Ok(None),
            None => Err(Error::new(Code::NotFound, format!("the reference {text} leads to nothing that is here"))),
        }
    }

    async fn element(
        &mut self,
        place: Place<'_>,
        field: &'q Field,
        key: &str,
        suffix: &str,
        out: &mut Output,
    ) -> Result<()> {
        let Source { values, def, repeats } = source(place, &field.name)?;
        let values = self.filtered(field, def, place.resource, values)?;
        let list = place.list || (repeats && field.directive("first").is_none());
        let shape = match (field.directive("singleton").is_some(), list) {
            (true, _) => Shape::Single,
            (false, true) => Shape::List,
            (false, false) => Shape::One,
        };
        let flatten = field.directive("flatten").is_some();
        if is_leaf(def) != field.selection.is_empty() {
            let wrong = if is_leaf(def) { "has no fields" } else { "wants its fields to be named, as in {id}" };
            return Err(refuse(format!("{}.{} {wrong}", place.def.name, field.name)));
        }
        let mut made = Vec::new();
        for (index, value) in values {
            self.spend(1)?;
            if is_leaf(def) {
                made.push(value.clone());
                continue;
            }
            let inner = Place {
                node: value,
                def: actual(def, value),
                resource: if def.kind == Kind::Resource { value } else { place.resource },
                list: flatten && list,
                depth: place.depth,
            };
            match flatten {
                true => {
                    let slice = self.slice(field, index, value)?;
                    let inner = Place { list: inner.list && slice.is_empty(), ..inner };
                    self.select(inner, &field.selection, &format!("{suffix}{slice}"), out).await?;
                }
                false => {
                    let object = self.object(inner, &field.selection).await?;
                    if !object.0.is_empty() {
                        made.push(Node::Object(object));
                    }
                }
            }
        }
        // What is flattened comes from several elements, and is one after the other.
        if place.list {
            out.add(key, shape, made)
        } else {
            out.add_again(key, shape, made)
        };
        Ok(())
    }

    /// What `@slice(path: "use")` makes of the element: `.official`.
    fn slice(&self, field: &Field, index: usize, value: &Node<'static>) -> Result<String> {
        let Some(directive) = field.directive("slice") else { return Ok(String::new()) };
        let path = match directive.arguments.as_slice() {
            [(name, Value::Text(path))] if name == "path" => path,
            _ => return Err(refuse("@slice takes one argument, path")),
        };
        if path == "$index" {
            return Ok(format!(".{index}"));
        }
        let step = |node: Option<&'_ Node<'static>>, name: &str| -> Option<Node<'static>> {
            node?.items().first()?.get(name).cloned()
        };
        let mut found = Some(value.clone());
        for name in path.split('.') {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(refuse(format!("@slice takes names of elements with dots between them, not {path:?}")));
            }
            found = step(found.as_ref(), name);
        }
        Ok(found.and_then(|node| super::text(&node)).map(|text| format!(".{text}")).unwrap_or_default())
    }

    /// Arguments on a list choose among its members: by the value of a child, `_count` and `_offset`.
    fn filtered<'n>(
        &self,
        field: &Field,
        def: &'static TypeDef,
        resource: &Node<'static>,
        values: Vec<&'n Node<'static>>,
    ) -> Result<Vec<(usize, &'n Node<'static>)>> {
        let mut left: Vec<(usize, &Node<'static>)> = values.into_iter().enumerate().collect();
        let (mut offset, mut count) = (0, usize::MAX);
        for (name, value) in &field.arguments {
            let value = self.value(value)?;
            let text = super::value_text(&value).ok_or_else(|| refuse(format!("{name} takes a single value")))?;
            let number = || text.parse::<usize>().map_err(|_| refuse(format!("{name} takes a whole number")));
            match name.as_str() {
                "_offset" => offset = number()?,
                "_count" => count = number()?,
                "fhirpath" => {
                    let holds = |node: &Node<'static>| {
                        crate::patch::fhirpath::holds(&text, resource, node, def).map_err(refuse)
                    };
                    let mut kept = Vec::new();
                    for (index, node) in left {
                        if holds(node)? {
                            kept.push((index, node));
                        }
                    }
                    left = kept;
                }
                child if !is_leaf(def) && def.element(child).is_some() => {
                    left.retain(|(_, node)| {
                        let found = node.get(child).map_or(&[][..], Node::items);
                        found.iter().any(|node| super::text(node).as_deref() == Some(&text))
                    });
                }
                other => return Err(refuse(format!("{} has no argument {other}", field.name))),
            }
        }
        let first = if field.directive("first").is_some() { 1 } else { usize::MAX };
        Ok(left.into_iter().skip(offset).take(count.min(first)).collect())
    }
}

/// Does the condition of a fragment fit?
fn is_a(def: &TypeDef, name: &str) -> bool {
    let mut current = Some(def);
    while let Some(def) = current {
        if def.name == name {
            return true;
        }
        current = def.base.and_then(|base| Definitions::r4().type_of(base));
    }
    false
}

fn is_leaf(def: &TypeDef) -> bool {
    def.primitive().is_some()
}

/// A contained resource says itself which type it has.
fn actual(def: &'static TypeDef, node: &Node<'static>) -> &'static TypeDef {
    if def.kind == Kind::Resource { resource_type(node).unwrap_or(def) } else { def }
}

struct Source<'n> {
    values: Vec<&'n Node<'static>>,
    def: &'static TypeDef,
    repeats: bool,
}

/// What a field names: an element, a choice in one of its types, or with `_` what stands beside a primitive.
fn source<'n>(place: Place<'n>, name: &str) -> Result<Source<'n>> {
    let unknown = || refuse(format!("{} has no field {name}", place.def.name));
    let items = |name: &str| place.node.get(name).map_or(&[][..], Node::items).iter();
    if let Some(plain) = name.strip_prefix('_') {
        let found = member(place.def, plain).filter(|m| m.target.primitive().is_some()).ok_or_else(unknown)?;
        let def = Definitions::r4().type_of("Element").ok_or_else(unknown)?;
        return Ok(Source { values: items(name).filter(|n| **n != Node::Null).collect(), def, repeats: found.repeats });
    }
    let all = members(place.def, name);
    let first = all.first().copied().ok_or_else(unknown)?;
    if all.len() > 1 {
        let names: Vec<&str> = all.iter().map(|m| m.name).take(4).collect();
        return Err(refuse(format!("{name} is a choice of types; name one, such as {}", names.join(", "))));
    }
    let values = items(first.name).filter(|n| **n != Node::Null).collect();
    Ok(Source { values, def: first.target, repeats: first.repeats })
}
