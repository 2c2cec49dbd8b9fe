//! Master data: elements of vocabularies with their attributes and what is under them. EPCIS 2.0, sections 6.1.3
//! and 7.2; attributes as in CBV 2.0, chapter 9.
//!
//! An element is what its newest capture says; all its versions are kept. Ids are compared in their canonical
//! spelling, as in events. A caller who sees but part of the events writes and sees the elements of its own GLNs.

pub mod attributes;
mod capture;
pub(crate) mod query;

use crate::identifier::{canonical, gln_of};
use crate::index::term;
use crate::namespaces::Namespaces;
use theriac_core::json::{Node, Object};
use theriac_core::{Code, Issue};

pub(crate) use crate::store::master::descendants;
pub(crate) use capture::capture;

/// The vocabularies whose hierarchy `WD_readPoint` and `WD_bizLocation` walk; the last is what DSCSA documents use.
pub(crate) const READ_POINTS: &[&str] = &["urn:epcglobal:epcis:vtype:ReadPoint", LOCATION];
pub(crate) const BIZ_LOCATIONS: &[&str] = &["urn:epcglobal:epcis:vtype:BusinessLocation", LOCATION];
const LOCATION: &str = "urn:epcglobal:epcis:vtype:Location";

/// One element of a vocabulary, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Element {
    pub vocabulary: String,
    /// Canonical.
    pub id: String,
    /// 13 digits, of locations and parties; else empty.
    pub gln: String,
    /// `{"@context"?, "id", "attributes"?, "children"?}`
    pub body: String,
    /// Canonical ids of what is right under it.
    pub children: Vec<String>,
    /// By which its attributes are found.
    pub terms: Vec<i64>,
}

/// The term of an attribute that is there.
pub(crate) fn has(attribute: &str) -> i64 {
    term("HASATTR", &name(attribute))
}

/// The term of an attribute with this value.
pub(crate) fn equals(attribute: &str, value: &str) -> i64 {
    term("EQATTR", &format!("{} {}", name(attribute), value.trim()))
}

/// Attributes of the CBV are written with `#` or `:` before their local name.
fn name(attribute: &str) -> String {
    const HOMES: [&str; 2] = ["urn:epcglobal:cbv:mda#", "https://ref.gs1.org/cbv/mda#"];
    let local = HOMES.iter().find_map(|home| attribute.trim().strip_prefix(home));
    local.map_or_else(|| attribute.trim().to_owned(), |local| format!("urn:epcglobal:cbv:mda:{local}"))
}

/// The elements of a VocabularyList.
///
/// # Errors
/// All faults, each with its path.
pub(crate) fn elements(vocabularies: &[Node<'_>], spaces: &Namespaces) -> Result<Vec<Element>, Vec<Issue>> {
    let (mut found, mut issues) = (Vec::new(), Vec::new());
    for (at, vocabulary) in vocabularies.iter().enumerate() {
        let path = format!("$.epcisHeader.epcisMasterData.vocabularyList[{at}]");
        let Some(kind) = vocabulary.text("type").filter(|kind| crate::namespaces::is_uri(kind)) else {
            issues.push(Issue::new(Code::Invalid, format!("{path}.type"), "a vocabulary needs a URI as its `type`"));
            continue;
        };
        let list = vocabulary.get("vocabularyElementList").map_or(&[][..], Node::items);
        for (at, node) in list.iter().enumerate() {
            let path = format!("{path}.vocabularyElementList[{at}]");
            match element(kind, node, &path, spaces) {
                Ok(element) => found.push(element),
                Err(issue) => issues.push(issue),
            }
        }
    }
    if issues.is_empty() { Ok(found) } else { Err(issues) }
}

fn element(vocabulary: &str, node: &Node<'_>, path: &str, spaces: &Namespaces) -> Result<Element, Issue> {
    let wrong = |at: &str, why: &str| Issue::new(Code::Invalid, format!("{path}{at}"), why);
    let id = node.text("id").map(str::trim).filter(|id| crate::namespaces::is_uri(id) && id.len() <= 1024);
    let id = id.ok_or_else(|| wrong(".id", "an element of a vocabulary needs a URI as its `id`"))?;
    let mut terms = Vec::new();
    for (at, attribute) in node.get("attributes").map_or(&[][..], Node::items).iter().enumerate() {
        let name = attribute.text("id").filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| wrong(&format!(".attributes[{at}].id"), "an attribute needs an `id`"))?;
        let name = spaces.expand(name);
        terms.push(has(&name));
        match attribute.get("attribute") {
            Some(Node::String(value)) => terms.push(equals(&name, value)),
            Some(Node::Number(value)) => terms.push(equals(&name, value)),
            Some(Node::Bool(value)) => terms.push(equals(&name, &value.to_string())),
            _ => {}
        }
    }
    terms.sort_unstable();
    terms.dedup();
    let mut children = Vec::new();
    for (at, child) in node.get("children").map_or(&[][..], Node::items).iter().enumerate() {
        let child = child.as_str().map(str::trim).filter(|id| crate::namespaces::is_uri(id) && id.len() <= 1024);
        let child = child.ok_or_else(|| wrong(&format!(".children[{at}]"), "a child is named by its URI"))?;
        children.push(canonical(child).into_owned());
    }
    children.sort_unstable();
    children.dedup();
    Ok(Element {
        vocabulary: vocabulary.trim().to_owned(),
        id: canonical(id).into_owned(),
        gln: gln_of(id).unwrap_or_default(),
        body: body(node, spaces),
        children,
        terms,
    })
}

/// With the document's prefixes it uses, so that it can stand alone.
fn body(node: &Node<'_>, spaces: &Namespaces) -> String {
    let text = node.to_string();
    let used: Vec<_> = spaces.own().filter(|(p, _)| text.contains(&format!("\"{p}:"))).collect();
    let Some(object) = node.as_object().filter(|_| !used.is_empty()) else { return text };
    let mut object = object.clone();
    let prefixes = used.into_iter().map(|(p, n)| (p.to_owned().into(), Node::string(n))).collect();
    object.set_at(0, "@context", Node::Object(Object(prefixes)));
    Node::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json::parse;

    #[test]
    fn elements_are_known_by_their_canonical_ids_and_attributes() {
        let list = parse(
            br#"[{"type":"urn:epcglobal:epcis:vtype:Location","vocabularyElementList":[
            {"id":"urn:epc:id:sgln:4012345.00005.0","attributes":[{"id":"urn:epcglobal:cbv:mda#city","attribute":" Bonn "},
            {"id":"ex:a","attribute":{"ex:b":1}}],"children":["urn:epc:id:sgln:4012345.00005.7"]}]}]"#,
        )
        .unwrap();
        let spaces = Namespaces::default().and([("ex", "http://e/"), ("no", "http://n/")]);
        let found = elements(list.items(), &spaces).unwrap();
        assert_eq!(
            (found[0].id.as_str(), found[0].gln.as_str()),
            ("https://id.gs1.org/414/4012345000054", "4012345000054")
        );
        assert_eq!(found[0].children, ["https://id.gs1.org/414/4012345000054/254/7"]);
        for wanted in
            [has("urn:epcglobal:cbv:mda:city"), equals("urn:epcglobal:cbv:mda#city", "Bonn"), has("http://e/a")]
        {
            assert!(found[0].terms.contains(&wanted));
        }
        assert!(found[0].body.starts_with(r#"{"@context":{"ex":"http://e/"},"id":"#), "{}", found[0].body);
    }

    #[test]
    fn every_fault_is_told_with_its_path() {
        let list = parse(
            br#"[{"vocabularyElementList":[]},{"type":"urn:x:y","vocabularyElementList":[{"id":"no uri"},
            {"id":"urn:x:1","attributes":[{}]},{"id":"urn:x:1","children":[7]}]}]"#,
        )
        .unwrap();
        let paths: Vec<String> =
            elements(list.items(), &Namespaces::default()).unwrap_err().into_iter().map(|i| i.path).collect();
        let root = "$.epcisHeader.epcisMasterData.vocabularyList";
        assert_eq!(
            paths,
            [
                format!("{root}[0].type"),
                format!("{root}[1].vocabularyElementList[0].id"),
                format!("{root}[1].vocabularyElementList[1].attributes[0].id"),
                format!("{root}[1].vocabularyElementList[2].children[0]"),
            ]
        );
    }
}
