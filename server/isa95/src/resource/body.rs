//! Bodies of requests to plain documents: plain JSON, B2MML's JSON and B2MML's XML, told apart by their media type.
//!
//! B2MML's JSON may also come as `application/json`: its one member is an element's name, which no plain document has.

use super::answer::Media;
use super::index::member;
use super::types::Type;
use crate::b2mml::{Form, Kind, Root, document, from_json, from_xml, kind, message_parts, read};
use theriac_core::json::{self, Node};
use theriac_core::{Code, Error, Issue, Result};
use theriac_platform::http::Request;

/// A document on its way in.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub row: &'static Type,
    pub id: String,
    pub document: Node<'static>,
    /// B2MML cannot say what Theriac's own members say; they stay as they were.
    pub partial: bool,
    /// A method of job control moved the state; otherwise it stays as it was.
    pub moved: bool,
}

pub(super) const ID_RULE: &str = "must be 1 to 128 characters, none of them a control character or '/', not beginning with '$', '_' or a blank, \
     and not ending with a blank";

/// What a body holds at an address of one type: the record itself, or one with what is nested in it.
pub(crate) fn bodies(row: &'static Type, request: &Request) -> Result<Vec<Body>> {
    match root(request)? {
        Either::Plain => Ok(vec![plain(row, &json::parse(&request.body)?, "")?]),
        Either::Root(root, form) if root.name == row.element => records(row, &root.tree, form, row.element),
        Either::Root(root, _) => Err(Error::invalid(format!(
            "the document is a {}; here it must be a {}. Messages go to isa95/messages",
            root.name, row.element
        ))),
    }
}

/// A plain document.
pub(crate) fn plain(row: &'static Type, node: &Node<'_>, path: &str) -> Result<Body> {
    let found = read(row.kind(), node, Form::Plain, path);
    if !found.issues.is_empty() {
        return Err(Error::from_issues(found.issues));
    }
    body(row, found.node, false, path)
}

pub(crate) enum Either {
    Plain,
    Root(Root, Form),
}

/// A B2MML document, if the body is one.
pub(crate) fn root(request: &Request) -> Result<Either> {
    let given = request.header("content-type").unwrap_or("application/json");
    match Media::of(given) {
        Some(Media::Xml) => Ok(Either::Root(from_xml(&request.body)?, Form::Xml)),
        Some(Media::Json) => Ok(Either::Root(from_json(&request.body)?, Form::Json)),
        Some(Media::Plain) => {
            let node = json::parse(&request.body)?;
            let mut names = node.as_object().into_iter().flat_map(|object| object.iter().map(|(name, _)| name));
            let known = names.any(|name| document(name).is_some() || message_parts(name).is_some());
            if known { Ok(Either::Root(from_json(&request.body)?, Form::Json)) } else { Ok(Either::Plain) }
        }
        None => Err(Error::new(
            Code::UnsupportedMedia,
            format!("documents come as {}; the Content-Type here is {given}", Media::names()),
        )),
    }
}

/// The record of a tree, and those of the same type that stand in it.
fn records(row: &'static Type, tree: &Node<'_>, form: Form, path: &str) -> Result<Vec<Body>> {
    let found = read(row.kind(), tree, form, path);
    if !found.issues.is_empty() {
        return Err(Error::from_issues(found.issues));
    }
    let mut out = Vec::new();
    flatten(row, found.node, None, path, &mut out)?;
    Ok(out)
}

/// Parents before what is part of them.
fn flatten(
    row: &'static Type,
    mut node: Node<'static>,
    parent: Option<&str>,
    path: &str,
    out: &mut Vec<Body>,
) -> Result<()> {
    let mut nested = None;
    if let Some(object) = node.as_object_mut() {
        nested = object.remove(row.nested);
        if let Some(parent) = parent {
            object.set(row.parent, Node::string(parent));
        }
    }
    let body = body(row, node, true, path)?;
    let id = body.id.clone();
    out.push(body);
    if let Some(Node::Array(items)) = nested {
        for (i, item) in items.into_iter().enumerate() {
            flatten(row, item, Some(&id), &format!("{path}.{}[{i}]", row.nested), out)?;
        }
    }
    Ok(())
}

/// The records of a message's documents: of the noun itself, or of what the noun carries.
pub(crate) fn documents_of(noun: &str, of: &Kind, tree: &Node<'_>, form: Form, path: &str) -> Result<Vec<Body>> {
    if let Some(row) = Type::of_element(noun) {
        return records(row, tree, form, path);
    }
    let found = read(of, tree, form, path);
    if !found.issues.is_empty() {
        return Err(Error::from_issues(found.issues));
    }
    let mut out = Vec::new();
    for carried in &of.members {
        let Some(row) = Type::of_kind(carried.kind().name) else { continue };
        for item in found.node.get(&carried.plain).map(Node::items).unwrap_or_default() {
            flatten(row, item.clone(), None, &format!("{path}.{}", carried.plain), &mut out)?;
        }
    }
    match out.is_empty() {
        false => Ok(out),
        true => {
            Err(Error::new(Code::Unprocessable, format!("the {noun} carries no records that are kept here")).at(path))
        }
    }
}

fn body(row: &'static Type, document: Node<'static>, partial: bool, path: &str) -> Result<Body> {
    let at = if path.is_empty() { "id".to_owned() } else { format!("{path}.ID") };
    let Some(id) = member(&document, "id").map(str::to_owned) else {
        return Err(Error::from_issues(vec![Issue::new(Code::Invalid, at, "is needed")]));
    };
    match valid_id(&id) {
        true => Ok(Body { row, id, document, partial, moved: false }),
        false => Err(Error::from_issues(vec![Issue::new(Code::Invalid, at, ID_RULE)])),
    }
}

pub(super) fn valid_id(id: &str) -> bool {
    (1..=128).contains(&id.chars().count())
        && !id.starts_with(['$', '_'])
        && id.trim() == id
        && !id.chars().any(|c| c.is_control() || c == '/')
}

/// The trees of a message's noun, and what its verb says.
pub(crate) fn message(
    root: &Root,
) -> Result<(crate::b2mml::Verb, &'static crate::b2mml::Document, Vec<&Node<'static>>)> {
    let (verb, noun) = message_parts(&root.name).ok_or_else(|| {
        let about = if kind(&root.name).is_some() || document(&root.name).is_some() { " on its own" } else { "" };
        Error::invalid(format!(
            "{}{about} is no message of B2MML V0700; messages are a verb and a noun, as in SyncMaterialLot",
            root.name
        ))
    })?;
    let area = root.tree.get("DataArea");
    let of = |name: &str| area.and_then(|area| area.get(name));
    if of(verb.name()).is_none() {
        return Err(Error::from_issues(vec![Issue::new(
            Code::Invalid,
            format!("DataArea.{}", verb.name()),
            "is needed",
        )]));
    }
    let items: Vec<&Node<'static>> = of(noun.element).map(|items| items.items().iter().collect()).unwrap_or_default();
    Ok((verb, noun, items))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_platform::http::Method;

    fn request(media: &str, body: &str) -> Request {
        let mut request = Request::new(Method::Put, "/plant7/isa95/x", "");
        request.headers.push("content-type", media);
        request.body = body.to_owned().into();
        request
    }

    #[test]
    fn three_forms_are_one_document() {
        let row = Type::find("materialLots").unwrap();
        let xml =
            r#"<MaterialLot xmlns="http://www.mesa.org/xml/B2MML"><ID>L1</ID><Status>Valid</Status></MaterialLot>"#;
        let json = r#"{"MaterialLot":{"ID":{"$":"L1"},"Status":"Valid"}}"#;
        for (media, body) in [
            ("application/json", r#"{"id":"L1","status":"Valid"}"#),
            ("application/json; charset=utf-8", json),
            ("application/vnd.b2mml+json", json),
            ("application/xml", xml),
        ] {
            let bodies = bodies(row, &request(media, body)).unwrap();
            assert_eq!(bodies[0].document.to_string(), r#"{"id":"L1","status":"Valid"}"#, "{media}");
        }
        assert_eq!(bodies(row, &request("text/csv", "")).unwrap_err().status(), 415);
        let other = bodies(Type::find("persons").unwrap(), &request("text/xml", xml)).unwrap_err();
        assert!(other.message.contains("must be a Person"), "{other}");
    }

    #[test]
    fn equipment_inside_of_equipment_becomes_its_own() {
        let xml = r#"<Equipment xmlns="http://www.mesa.org/xml/B2MML"><ID>line1</ID><EquipmentLevel>ProductionLine</EquipmentLevel>
            <EquipmentChild><ID>press1</ID><EquipmentLevel>WorkCell</EquipmentLevel></EquipmentChild></Equipment>"#;
        let bodies = bodies(Type::find("equipment").unwrap(), &request("application/xml", xml)).unwrap();
        let documents: Vec<String> = bodies.iter().map(|body| body.document.to_string()).collect();
        assert_eq!(
            documents,
            [
                r#"{"id":"line1","equipmentLevel":"ProductionLine"}"#,
                r#"{"id":"press1","equipmentLevel":"WorkCell","parent":"line1"}"#
            ]
        );
    }

    #[test]
    fn ids_fit_into_addresses() {
        for good in ["L1", "BX10|Procedure-01", "Lot 7 (a)", "ü", "430147330000056734"] {
            assert!(valid_id(good), "{good}");
        }
        for bad in ["", " L1", "a/b", "_history", "$start", "a\u{7}", &"x".repeat(129)] {
            assert!(!valid_id(bad), "{bad}");
        }
    }
}
