//! Supplements: CodeSystem resources that add words and properties to the concepts of another one.
//! <http://hl7.org/fhir/R4/codesystem.html#supplements>
//!
//! All that the tenant has for a system are applied; they add no codes and change no meaning.

use crate::canonical::{Canonical, Definition};
use std::collections::HashMap;
use std::sync::Arc;
use theriac_core::json::{Node, Object};

type Additions<'s> = HashMap<&'s str, Vec<&'s Node<'static>>>;

/// Is it one, of that system?
pub fn is_of(resource: &Node<'_>, system: &str) -> bool {
    let names = || Canonical::of(resource.text("supplements").unwrap_or_default()).url;
    resource.text("content") == Some("supplement") && resource.text("status") != Some("retired") && names() == system
}

/// The code system with what these add to its concepts. One of another version adds nothing.
pub fn applied(base: Definition, supplements: &[Definition]) -> Definition {
    let version = base.text("version");
    let fits = |supplement: &&Definition| {
        let wanted = Canonical::of(supplement.text("supplements").unwrap_or_default()).version;
        wanted.is_none() || wanted == version
    };
    let fitting: Vec<&Definition> = supplements.iter().filter(fits).collect();
    if fitting.is_empty() {
        return base;
    }
    let mut additions = Additions::new();
    fitting.iter().for_each(|supplement| gather(supplement, &mut additions));
    let mut whole = base.as_ref().clone();
    if let Some(object) = whole.as_object_mut() {
        let of_supplements = fitting.iter().filter_map(|s| s.get("property")).flat_map(|list| list.items());
        let known = |object: &Object<'static>, code: Option<&str>| {
            object.get("property").map_or(&[][..], Node::items).iter().any(|p| p.text("code") == code)
        };
        for property in of_supplements {
            if !known(object, property.text("code")) {
                append(object, "property", [property.clone()]);
            }
        }
        enrich(object, &additions);
    }
    Arc::new(whole)
}

fn gather<'s>(level: &'s Node<'static>, into: &mut Additions<'s>) {
    for concept in level.get("concept").map_or(&[][..], Node::items) {
        into.entry(concept.text("code").unwrap_or_default()).or_default().push(concept);
        gather(concept, into);
    }
}

fn enrich(level: &mut Object<'static>, additions: &Additions<'_>) {
    let Some(Node::Array(concepts)) = level.get_mut("concept") else { return };
    for concept in concepts.iter_mut().filter_map(Node::as_object_mut) {
        let code = concept.text("code").unwrap_or_default().to_owned();
        for more in additions.get(code.as_str()).into_iter().flatten() {
            for name in ["designation", "property"] {
                append(concept, name, more.get(name).map_or(&[][..], Node::items).iter().cloned());
            }
        }
        enrich(concept, additions);
    }
}

fn append(object: &mut Object<'static>, name: &str, more: impl IntoIterator<Item = Node<'static>>) {
    let mut list = object.get(name).map_or(&[][..], Node::items).to_vec();
    list.extend(more);
    if !list.is_empty() {
        object.set(name, Node::Array(list));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json::parse;

    fn definition(text: &str) -> Definition {
        Arc::new(parse(text.as_bytes()).unwrap().into_owned())
    }

    #[test]
    fn words_and_properties_are_added_and_codes_are_not() {
        let base = definition(
            r#"{"resourceType":"CodeSystem","url":"urn:s","version":"1","property":[{"code":"a"}],"concept":[{"code":"x","designation":[{"value":"own"}],"concept":[{"code":"y"}]}]}"#,
        );
        let supplement = |supplements: &str| {
            definition(&format!(
                r#"{{"resourceType":"CodeSystem","content":"supplement","status":"active","supplements":"{supplements}","property":[{{"code":"a"}},{{"code":"b"}}],
                "concept":[{{"code":"y","designation":[{{"language":"de","value":"mehr"}}],"property":[{{"code":"b","valueCode":"z"}}]}},{{"code":"x","designation":[{{"value":"more"}}]}},{{"code":"new"}}]}}"#
            ))
        };
        let whole = applied(base.clone(), &[supplement("urn:s"), supplement("urn:s|2")]);
        assert_eq!(
            whole.to_string(),
            r#"{"resourceType":"CodeSystem","url":"urn:s","version":"1","property":[{"code":"a"},{"code":"b"}],"concept":[{"code":"x","designation":[{"value":"own"},{"value":"more"}],"concept":[{"code":"y","designation":[{"language":"de","value":"mehr"}],"property":[{"code":"b","valueCode":"z"}]}]}]}"#
        );
        assert!(Arc::ptr_eq(&applied(base.clone(), &[supplement("urn:s|2")]), &base), "of another version");
        assert!(is_of(&supplement("urn:s|1"), "urn:s") && !is_of(&base, "urn:s"));
    }
}
