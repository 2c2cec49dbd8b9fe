//! An expansion as a ValueSet resource, <http://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.expansion>.

use super::member::Member;
use super::{Asked, Expansion};
use crate::terminology::compose::Set;
use std::collections::{BTreeMap, HashMap, HashSet};
use theriac_core::Instant;
use theriac_core::json::{Node, Object};

/// Members of an object that have a value.
fn object(members: Vec<(&'static str, Option<Node<'static>>)>) -> Node<'static> {
    Node::Object(Object(members.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect()))
}

fn text(value: Option<&str>) -> Option<Node<'static>> {
    value.map(Node::string)
}

fn number(value: usize) -> Node<'static> {
    Node::Number(value.to_string().into())
}

/// What the value set says of itself, and its codes.
pub fn answer(set: &Set, asked: &Asked, expansion: &Expansion, now: Instant, identifier: &str) -> Node<'static> {
    const KEPT: &[&str] = &[
        "resourceType",
        "id",
        "meta",
        "language",
        "url",
        "identifier",
        "version",
        "name",
        "title",
        "status",
        "experimental",
        "date",
        "publisher",
        "copyright",
        "immutable",
    ];
    let mut resource = Object::default();
    for (name, value) in set.resource.as_object().into_iter().flat_map(Object::iter) {
        let definition = asked.include_definition && !matches!(name, "text" | "expansion");
        if KEPT.contains(&name) || definition {
            resource.set(name, value.clone());
        }
    }
    let nested = asked.exclude_nested == Some(false) && asked.offset.is_none() && asked.count.is_none();
    let contains = if nested { tree(&expansion.members, asked) } else { list(&expansion.members, asked) };
    let page = asked.offset.is_some() || asked.count.is_some();
    resource.set(
        "expansion",
        object(vec![
            ("identifier", text(Some(identifier))),
            ("timestamp", text(Some(&now.rfc3339()))),
            ("total", Some(number(expansion.total))),
            ("offset", page.then(|| number(asked.offset.unwrap_or(0)))),
            ("parameter", Some(Node::Array(parameters(asked, expansion)))),
            ("contains", (!contains.is_empty()).then_some(Node::Array(contains))),
        ]),
    );
    if resource.get("parameter").and_then(Node::as_array).is_some_and(<[_]>::is_empty) {
        resource.remove("parameter");
    }
    Node::Object(resource)
}

/// What the answer was made with, the versions of the code systems included.
fn parameters(asked: &Asked, expansion: &Expansion) -> Vec<Node<'static>> {
    let mut all = Vec::new();
    let mut add = |name: &str, kind: &'static str, value: Node<'static>| {
        all.push(object(vec![("name", text(Some(name))), (kind, Some(value))]));
    };
    if let Some(filter) = &asked.filter {
        add("filter", "valueString", Node::string(filter.as_str()));
    }
    if let Some(language) = &asked.display_language {
        add("displayLanguage", "valueCode", Node::string(language.as_str()));
    }
    for (name, value) in [("offset", asked.offset), ("count", asked.count)] {
        if let Some(value) = value {
            add(name, "valueInteger", number(value));
        }
    }
    for (name, set) in [
        ("activeOnly", asked.active_only),
        ("includeDesignations", asked.include_designations),
        ("excludeNotForUI", asked.exclude_not_for_ui),
    ] {
        if set {
            add(name, "valueBoolean", Node::Bool(true));
        }
    }
    if let Some(flat) = asked.exclude_nested {
        add("excludeNested", "valueBoolean", Node::Bool(flat));
    }
    let versions = expansion.members.iter().filter_map(|m| {
        let version = m.place().and_then(|(table, _)| table.version.clone()).or_else(|| m.version.clone())?;
        Some(format!("{}|{version}", m.system))
    });
    let versions: std::collections::BTreeSet<String> = versions.collect();
    for version in versions {
        add("version", "valueUri", Node::string(version));
    }
    all
}

fn entry(member: &Member, asked: &Asked, children: Vec<Node<'static>>) -> Node<'static> {
    let designations = || {
        let all = member.designations().iter().map(|d| d.node.clone()).collect::<Vec<_>>();
        (!all.is_empty()).then_some(Node::Array(all))
    };
    object(vec![
        ("system", text(Some(&member.system))),
        ("abstract", member.is_abstract().then_some(Node::Bool(true))),
        ("inactive", member.is_inactive().then_some(Node::Bool(true))),
        ("version", text(member.version.as_deref())),
        ("code", text(Some(&member.code))),
        ("display", text(member.display(asked.display_language.as_deref()))),
        ("designation", asked.include_designations.then(designations).flatten()),
        ("contains", (!children.is_empty()).then_some(Node::Array(children))),
    ])
}

fn list(members: &[Member], asked: &Asked) -> Vec<Node<'static>> {
    members.iter().map(|member| entry(member, asked, Vec::new())).collect()
}

/// Each code below its first parent that is a member too, the others at the top.
fn tree(members: &[Member], asked: &Asked) -> Vec<Node<'static>> {
    let by_place: HashMap<(&str, usize), usize> = members
        .iter()
        .enumerate()
        .filter_map(|(number, m)| m.place().map(|(_, place)| ((m.system.as_str(), place), number)))
        .collect();
    let mut below: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (number, member) in members.iter().enumerate() {
        let parent = member.place().and_then(|(table, place)| {
            let parents = table.parents(place).iter();
            parents.filter_map(|p| by_place.get(&(member.system.as_str(), *p))).next().copied()
        });
        below.entry(parent).or_default().push(number);
    }
    let mut seen = HashSet::new();
    let mut top = branch(members, asked, &below, None, &mut seen);
    // What stands in a circle has no top of its own.
    let rest: Vec<usize> = (0..members.len()).filter(|number| !seen.contains(number)).collect();
    top.extend(rest.into_iter().map(|number| entry(&members[number], asked, Vec::new())));
    top
}

fn branch(
    members: &[Member],
    asked: &Asked,
    below: &BTreeMap<Option<usize>, Vec<usize>>,
    parent: Option<usize>,
    seen: &mut HashSet<usize>,
) -> Vec<Node<'static>> {
    let mut nodes = Vec::new();
    for number in below.get(&parent).into_iter().flatten() {
        if seen.insert(*number) {
            let children = branch(members, asked, below, Some(*number), seen);
            nodes.push(entry(&members[*number], asked, children));
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::super::expand;
    use super::*;
    use crate::terminology::tests::{library, value_set};

    fn shown(compose: &str, asked: &Asked) -> String {
        let set = library().set_of(&value_set(compose)).unwrap();
        let expansion = expand(&set, asked).unwrap();
        answer(&set, asked, &expansion, Instant(0), "urn:uuid:1").to_string()
    }

    #[test]
    fn the_answer_is_the_value_set_with_its_codes() {
        let compose = r#""include":[{"system":"http://example.org/animals","concept":[{"code":"dog","display":"Doggy"},{"code":"dodo"}]}]"#;
        assert_eq!(
            shown(compose, &Asked { count: Some(2), ..Asked::default() }),
            r#"{"resourceType":"ValueSet","url":"http://example.org/sent","status":"active","expansion":{"identifier":"urn:uuid:1","timestamp":"1970-01-01T00:00:00.000Z","total":2,"offset":0,"parameter":[{"name":"count","valueInteger":2},{"name":"version","valueUri":"http://example.org/animals|1"}],"contains":[{"system":"http://example.org/animals","code":"dog","display":"Doggy"},{"system":"http://example.org/animals","inactive":true,"code":"dodo","display":"Dodo"}]}}"#
        );
        let german = Asked { display_language: Some("de".into()), include_designations: true, ..Asked::default() };
        let shown = shown(compose, &german);
        assert!(
            shown.contains(r#""code":"dog","display":"Hund","designation":[{"language":"de","value":"Hund"}]"#),
            "{shown}"
        );
    }

    #[test]
    fn the_hierarchy_is_shown_where_it_is_asked_for() {
        let compose = r#""include":[{"system":"http://example.org/animals","filter":[{"property":"concept","op":"is-a","value":"mammal"}]}]"#;
        let shown = shown(compose, &Asked { exclude_nested: Some(false), ..Asked::default() });
        let (_, tree) = shown.split_once("\"contains\":").unwrap();
        let codes: String =
            tree.split("\"code\":\"").skip(1).map(|t| t.split('"').next().unwrap()).collect::<Vec<_>>().join(" ");
        assert_eq!(codes, "mammal dog puppy cat bat");
        assert_eq!(tree.matches("\"contains\"").count(), 2, "of the mammal and of the dog");
    }
}
