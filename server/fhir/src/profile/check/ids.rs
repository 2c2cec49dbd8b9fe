//! Ids inside a resource: each stands once, and links of narratives lead to one.
//!
//! <http://hl7.org/fhir/R4/element-definitions.html#Element.id>, <http://hl7.org/fhir/R4/narrative.html#id>

use super::{Rule, Run};
use crate::profile::datum::Datum;
use crate::profile::trail::Trail;
use std::collections::HashSet;
use theriac_core::json::Node;

impl Run<'_> {
    pub(super) fn ids(&mut self, datum: Datum<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let Some(resource) = datum.value else { return };
        // The elements of a snapshot have the ids of those in the differential.
        if datum.def.name != "StructureDefinition" {
            let mut seen = HashSet::new();
            let mut twice = Vec::new();
            members(resource, &mut |inner| own_ids(inner, &mut |id| twice.extend((!seen.insert(id)).then_some(id))));
            for id in twice {
                let message = format!("has the id '{id}' at more than one element");
                self.error(&format!("id {id}"), rule, trail, "structure", message);
            }
        }
        self.links_inside(resource, rule, trail);
    }

    fn links_inside(&mut self, resource: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        let (mut known, mut narratives) = (HashSet::new(), Vec::new());
        all(resource, &mut |name, text| match name {
            "id" => drop(known.insert(text)),
            "div" => narratives.push(text),
            _ => {}
        });
        for narrative in &narratives {
            known.extend(["id", "name"].into_iter().flat_map(|name| attributes(narrative, name)));
        }
        let links = narratives.iter().flat_map(|narrative| attributes(narrative, "href"));
        let lost = links.filter_map(|link| link.strip_prefix('#')).find(|id| !id.is_empty() && !known.contains(id));
        if let Some(lost) = lost {
            let message = format!("holds a narrative with a link to '#{lost}', which is not in the resource");
            self.error("xhtml-link-inside", rule, trail, "not-found", message);
        }
    }
}

fn members<'n, 'a>(node: &'n Node<'a>, see: &mut dyn FnMut(&'n Node<'a>)) {
    node.as_object().into_iter().flat_map(|object| object.iter()).for_each(|(_, value)| see(value));
}

/// Of the elements from here on; a resource inside has ids of its own.
fn own_ids<'n>(node: &'n Node<'_>, see: &mut dyn FnMut(&'n str)) {
    if let Node::Array(items) = node {
        return items.iter().for_each(|item| own_ids(item, see));
    }
    if node.get("resourceType").is_none() {
        node.text("id").into_iter().for_each(&mut *see);
        members(node, &mut |inner| own_ids(inner, see));
    }
}

/// All texts with the names of their members; of resources inside only those of contained ones.
fn all<'n>(node: &'n Node<'_>, see: &mut dyn FnMut(&'n str, &'n str)) {
    if let Node::Array(items) = node {
        return items.iter().for_each(|item| all(item, see));
    }
    for (name, value) in node.as_object().into_iter().flat_map(|object| object.iter()) {
        value.as_str().into_iter().for_each(|text| see(name, text));
        if name == "contained" || value.get("resourceType").is_none() {
            all(value, see);
        }
    }
}

/// The values of all attributes of that name.
fn attributes<'n>(narrative: &'n str, name: &'static str) -> impl Iterator<Item = &'n str> {
    narrative.match_indices(name).filter_map(move |(at, _)| {
        let before = narrative[..at].chars().next_back()?;
        let rest = narrative[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        before.is_whitespace().then(|| rest[1..].split(quote).next()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::attributes;

    #[test]
    fn attributes_are_read_whatever_their_quotes() {
        let narrative = "<div><p id = 'a' x-id=\"b\">id=c</p><a\nid=\"d\"/></div>";
        assert_eq!(attributes(narrative, "id").collect::<Vec<_>>(), ["a", "d"]);
    }
}
