//! Documents of B2MML V0401 brought up to V0700: another namespace, names of the Production model of that time, and
//! ids that were not needed then.
//!
//! What V0700 has no place for is left as it is, and refused by name when the document is read by the table.

use super::table::{Kind, document, kind, message_parts};
use super::xml::Root;
use std::borrow::Cow;
use theriac_core::json::{Node, Object};

pub(super) const NAMESPACE: &str = "http://www.wbf.org/xml/B2MML-V0401";

/// Beginnings of names, old and new. The longest that fits is taken.
const RENAMED: &[(&str, &str)] = &[
    ("ProductionPerformance", "OperationsPerformance"),
    ("ProductionResponse", "OperationsResponse"),
    ("ProductionSchedule", "OperationsSchedule"),
    ("ProductionRequest", "OperationsRequest"),
    ("ProductionCapability", "OperationsCapability"),
    ("ProductionType", "OperationsType"),
    ("ProductDefinitionInformation", "OperationsDefinitionInformation"),
    ("ProductDefinition", "OperationsDefinition"),
    ("ProductSegment", "OperationsSegment"),
    ("ProductionProductDefinition", "OperationsDefinition"),
    ("Location", "HierarchyScope"),
];

pub(super) fn upgrade(root: Root) -> Root {
    let mut verbs = super::Verb::ALL.iter().map(|verb| verb.name());
    let verb = verbs.find(|verb| renamed(root.name.strip_prefix(verb).unwrap_or_default()).is_some());
    let name = match verb {
        Some(verb) => format!("{verb}{}", rename(&root.name[verb.len()..])),
        None => rename(&root.name).into_owned(),
    };
    let mut tree = names(root.tree);
    if let Some(kind) = document(&name).and_then(|document| kind(document.kind)) {
        complete(kind, &mut tree, "1");
    } else if let Some((_, noun)) = message_parts(&name) {
        message(noun.element, noun.kind, &mut tree);
    }
    Root { name, tree }
}

fn renamed(name: &str) -> Option<(&'static str, &'static str)> {
    RENAMED.iter().filter(|(old, _)| name.starts_with(old)).max_by_key(|(old, _)| old.len()).copied()
}

fn rename(name: &str) -> Cow<'_, str> {
    match renamed(name) {
        // A place to store things is called one still.
        Some((old, new)) if name == old || old != "Location" => Cow::Owned(format!("{new}{}", &name[old.len()..])),
        _ => Cow::Borrowed(name),
    }
}

/// All names of a tree. Elements that come to have one name are joined.
fn names(node: Node<'static>) -> Node<'static> {
    match node {
        Node::Array(items) => Node::Array(items.into_iter().map(names).collect()),
        Node::Object(object) => {
            let mut out = Object::default();
            for (name, value) in object.0 {
                out.set(&rename(&name), names(value));
            }
            Node::Object(out)
        }
        other => other,
    }
}

/// A release was not always named; V0700 wants it.
fn message(noun: &str, of: &str, tree: &mut Node<'static>) {
    let Some(object) = tree.as_object_mut() else { return };
    if object.get("@releaseID").is_none() {
        object.set_at(0, "@releaseID", Node::string("V0401"));
    }
    let items = object.get_mut("DataArea").and_then(Node::as_object_mut).and_then(|data| data.get_mut(noun));
    if let (Some(kind), Some(items)) = (kind(of), items) {
        complete_all(kind, items);
    }
}

fn complete_all(kind: &Kind, node: &mut Node<'static>) {
    match node {
        Node::Array(items) => {
            items.iter_mut().enumerate().for_each(|(i, item)| complete(kind, item, &(i + 1).to_string()));
        }
        one => complete(kind, one, "1"),
    }
}

/// An id that V0700 needs and the document lacks: that of the one thing it holds, otherwise its place in the list.
fn complete(kind: &Kind, node: &mut Node<'static>, place: &str) {
    let Some(object) = node.as_object_mut() else { return };
    for (name, value) in &mut object.0 {
        if let Some(member) = kind.element(name) {
            complete_all(member.kind(), value);
        }
    }
    if kind.element("ID").is_some_and(|id| id.needed) && object.get("ID").is_none() {
        let inner = kind.members.iter().filter(|member| member.needed && member.kind().element("ID").is_some());
        let inner = inner.filter_map(|member| object.get(member.element?)).find_map(|items| match items.items() {
            [one] => one.get("ID").and_then(|id| id.as_str().or(id.text("$"))),
            _ => None,
        });
        let id = inner.unwrap_or(place).to_owned();
        object.set_at(0, "ID", Node::string(id));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Form, from_xml, read};
    use super::*;

    /// As the plants of that time sent it; written for this test.
    const PERFORMANCE: &str = r#"<SyncProductionPerformance xmlns="http://www.wbf.org/xml/B2MML-V0401">
        <ApplicationArea><CreationDateTime>2012-11-29T11:58:25.3149559+01:00</CreationDateTime></ApplicationArea>
        <DataArea><Sync/><ProductionPerformance><ProductionResponse><ID>700</ID><SegmentResponse><ID>Mixing</ID>
          <MaterialActual><MaterialLotID>A</MaterialLotID><MaterialUse>Consumed</MaterialUse></MaterialActual>
          <MaterialActual><MaterialLotID>B</MaterialLotID><MaterialUse>Produced</MaterialUse></MaterialActual>
        </SegmentResponse></ProductionResponse></ProductionPerformance></DataArea></SyncProductionPerformance>"#;

    #[test]
    fn a_performance_of_that_time_is_read_as_one_of_today() {
        let root = from_xml(PERFORMANCE.as_bytes()).unwrap();
        assert_eq!(root.name, "SyncOperationsPerformance");
        let performance = root.tree.get("DataArea").unwrap().get("OperationsPerformance").unwrap();
        let found = read(kind("OperationsPerformanceType").unwrap(), performance, Form::Xml, "");
        assert!(found.issues.is_empty(), "{:?}", found.issues);
        assert_eq!(found.node.text("id"), Some("700"));
        let segment =
            &found.node.get("operationsResponse").unwrap().items()[0].get("segmentResponse").unwrap().items()[0];
        let ids: Vec<_> =
            segment.get("materialActual").unwrap().items().iter().map(|m| m.text("id").unwrap()).collect();
        assert_eq!(ids, ["1", "2"]);
    }

    #[test]
    fn what_kept_its_name_is_left_alone() {
        for name in ["MaterialLot", "LocationType", "StorageLocation", "ID"] {
            assert_eq!(rename(name), name);
        }
        assert_eq!(rename("ProductionRequestID"), "OperationsRequestID");
        assert_eq!(rename("Location"), "HierarchyScope");
    }
}
