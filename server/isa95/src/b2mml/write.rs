//! A plain document to B2MML's JSON tree, its members in the schema's order; and messages around such trees.

use super::table::{Document, Kind, Verb};
use std::borrow::Cow;
use theriac_core::json::{Node, Object};

/// The tree of a document of this type. What B2MML has no name for is left out.
pub fn tree(kind: &Kind, plain: &Node<'_>) -> Node<'static> {
    match (&kind.text, plain) {
        (_, Node::Null) => Node::Null,
        (Some(text), Node::Object(_)) if !text.bare => plain.clone().into_owned(),
        (Some(text), value) if !text.bare => {
            Node::Object(Object(vec![(Cow::Borrowed("$"), value.clone().into_owned())]))
        }
        (Some(_), value) => value.clone().into_owned(),
        (None, Node::Object(object)) => Node::Object(members(kind, object)),
        (None, _) => Node::Object(Object::default()),
    }
}

fn members(kind: &Kind, object: &Object<'_>) -> Object<'static> {
    let attributes = object.iter().filter(|(name, _)| name.starts_with('@'));
    let mut out: Object<'static> =
        Object(attributes.map(|(name, value)| (Cow::Owned(name.to_owned()), value.clone().into_owned())).collect());
    for member in &kind.members {
        let (Some(element), Some(value)) = (member.element, object.get(&member.plain)) else { continue };
        let node = match value {
            Node::Array(items) => Node::Array(items.iter().map(|item| tree(member.kind(), item)).collect()),
            one if member.many => Node::Array(vec![tree(member.kind(), one)]),
            one => tree(member.kind(), one),
        };
        out.0.push((Cow::Borrowed(element), node));
    }
    out
}

/// A message of that verb about these trees, made at `created` (RFC 3339), about the sender's message if one is given.
pub fn message(
    verb: Verb,
    noun: &Document,
    items: Vec<Node<'static>>,
    created: &str,
    original: Option<Node<'static>>,
) -> Node<'static> {
    let object = |members: Vec<(&'static str, Node<'static>)>| {
        Node::Object(Object(members.into_iter().map(|(name, node)| (Cow::Borrowed(name), node)).collect()))
    };
    let value = |text: &str| object(vec![("$", Node::string(text))]);
    let area =
        object(vec![("Sender", object(vec![("LogicalID", value("theriac"))])), ("CreationDateTime", value(created))]);
    let told = original.map(|original| ("OriginalApplicationArea", original)).into_iter().collect();
    let data = object(vec![(verb.name(), object(told)), (noun.element, Node::Array(items))]);
    object(vec![("@releaseID", Node::string("V0700")), ("ApplicationArea", area), ("DataArea", data)])
}

#[cfg(test)]
mod tests {
    use super::super::table::{document, kind};
    use super::*;
    use theriac_core::json;

    #[test]
    fn members_stand_in_the_schemas_order() {
        let plain = br#"{"status":"Valid","id":"L1","description":"Active"}"#;
        let tree = tree(kind("MaterialLotType").unwrap(), &json::parse(plain).unwrap());
        assert_eq!(tree.to_string(), r#"{"ID":{"$":"L1"},"Description":[{"$":"Active"}],"Status":{"$":"Valid"}}"#);
    }

    #[test]
    fn a_message_has_its_two_areas() {
        let item = Node::Object(Object::default());
        let message = message(Verb::Show, document("MaterialLot").unwrap(), vec![item], "2026-11-20T08:00:00Z", None);
        let expected = r#"{"@releaseID":"V0700","ApplicationArea":{"Sender":{"LogicalID":{"$":"theriac"}},"CreationDateTime":{"$":"2026-11-20T08:00:00Z"}},"DataArea":{"Show":{},"MaterialLot":[{}]}}"#;
        assert_eq!(message.to_string(), expected);
    }
}
