//! Obligation profiles: they say who must do what with an element, and change nothing else.
//!
//! <http://hl7.org/fhir/extensions/StructureDefinition-obligation-profile-flag.html>,
//! <http://hl7.org/fhir/extensions/StructureDefinition-inherit-obligations.html>

use super::{Rule, Run};
use crate::profile::read;
use crate::profile::trail::Trail;
use theriac_core::json::{Node, Object};

/// What marks such a profile, as it is called now and as it was before.
const FLAGS: &[&str] = &[
    "http://hl7.org/fhir/StructureDefinition/obligation-profile-flag",
    "http://hl7.org/fhir/StructureDefinition/obligation-profile",
];
const INHERITS: &str = "http://hl7.org/fhir/StructureDefinition/inherit-obligations";
const OBLIGATION: &[&str] =
    &["http://hl7.org/fhir/StructureDefinition/obligation", "http://hl7.org/fhir/tools/StructureDefinition/obligation"];
const BINDING: &[&str] = &[
    "http://hl7.org/fhir/StructureDefinition/additional-binding",
    "http://hl7.org/fhir/tools/StructureDefinition/additional-binding",
];
/// What its elements may have beside obligations: names, texts for readers, and what must be supported.
const MEMBERS: &[&str] =
    &["id", "path", "sliceName", "mustSupport", "short", "definition", "comment", "requirements", "extension"];

impl Run<'_> {
    pub(super) fn obligations(&mut self, structure: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        if is_flagged(structure) {
            let view = trail.child("differential", None, trail.def());
            for (index, element) in read::elements(structure, "differential").iter().enumerate() {
                self.only_obligations(element, rule, &view.child("element", Some(index), trail.def()));
            }
        }
        for extension in extensions(structure).filter(|e| e.text("url") == Some(INHERITS)) {
            let named = extension.text("valueCanonical").unwrap_or_default();
            let Some(from) = self.on.library.find("StructureDefinition", named) else { continue };
            let base = structure.text("baseDefinition");
            let message = match is_flagged(&from) {
                false => format!("inherits obligations from {named}, which is not marked as an obligation profile"),
                true if from.text("baseDefinition") == base => continue,
                true => format!("inherits obligations from {named}, which is derived from another base"),
            };
            self.error(&format!("obligation {named}"), rule, trail, "business-rule", message);
        }
    }

    fn only_obligations(&mut self, element: &Node<'_>, rule: Rule<'_>, trail: &Trail<'_>) {
        for (name, value) in element.as_object().into_iter().flat_map(Object::iter) {
            let allowed = match name {
                "binding" => value.as_object().is_some_and(|b| b.iter().all(|(name, _)| name == "extension")),
                name => MEMBERS.contains(&name),
            };
            let of_binding = if name == "binding" { Some(value) } else { None };
            let own = extensions(element).filter(|_| name == "extension").map(|e| (e, OBLIGATION));
            let bound = of_binding.into_iter().flat_map(extensions).map(|e| (e, BINDING));
            let strays = own.chain(bound).any(|(e, known)| !e.text("url").is_some_and(|url| known.contains(&url)));
            if !allowed || strays {
                let message = format!("an obligation profile says nothing of {name}, which this element has");
                self.error(&format!("obligation {name}"), rule, trail, "business-rule", message);
            }
        }
    }
}

fn extensions<'n, 'a>(node: &'n Node<'a>) -> impl Iterator<Item = &'n Node<'a>> + use<'n, 'a> {
    node.get("extension").map_or(&[][..], Node::items).iter()
}

fn is_flagged(structure: &Node<'_>) -> bool {
    let is_flag = |e: &&Node<'_>| e.text("url").is_some_and(|url| FLAGS.contains(&url));
    extensions(structure).any(|e| is_flag(&e) && e.get("valueBoolean").and_then(Node::as_bool) == Some(true))
}
