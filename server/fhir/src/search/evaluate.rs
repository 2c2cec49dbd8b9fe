//! Runs a path program over a document, handing each value to a visitor without copying.

mod evaluated;

pub use evaluated::capital;

use super::expression::{Path, Program, Step};
use super::kind::reference;
use theriac_core::json::Node;

/// A value, and the FHIR type as far as its JSON name told it (`Quantity` for `valueQuantity`), or "".
pub type Visit<'v> = dyn FnMut(&Node<'_>, &str) + 'v;

/// Types that stand behind the name of a choice, <http://hl7.org/fhir/R4/datatypes.html>.
const CHOICES: &[&str] = &[
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "Base64Binary",
    "Boolean",
    "Canonical",
    "Code",
    "CodeableConcept",
    "Coding",
    "ContactDetail",
    "ContactPoint",
    "Contributor",
    "Count",
    "DataRequirement",
    "Date",
    "DateTime",
    "Decimal",
    "Distance",
    "Dosage",
    "Duration",
    "Expression",
    "HumanName",
    "Id",
    "Identifier",
    "Instant",
    "Integer",
    "Markdown",
    "Meta",
    "Money",
    "Oid",
    "ParameterDefinition",
    "Period",
    "PositiveInt",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "RelatedArtifact",
    "SampledData",
    "Signature",
    "String",
    "Time",
    "Timing",
    "TriggerDefinition",
    "UnsignedInt",
    "Uri",
    "Url",
    "UsageContext",
    "Uuid",
];

static TRUE: Node<'static> = Node::Bool(true);
static FALSE: Node<'static> = Node::Bool(false);

impl Program {
    pub fn each(&self, resource: &Node<'_>, visit: &mut Visit<'_>) {
        for path in &self.paths {
            match path.truth {
                true => visit(if holds(path, resource) { &TRUE } else { &FALSE }, "Boolean"),
                false => walk(&path.steps, resource, "", &mut Walk { root: resource, visit }),
            }
        }
        if let Some(expression) = &self.evaluated {
            evaluated::each(expression, resource, visit);
        }
    }
}

fn holds(path: &Path, resource: &Node<'_>) -> bool {
    let mut truth = false;
    walk(&path.steps, resource, "", &mut Walk { root: resource, visit: &mut |node, _| truth |= *node != FALSE });
    truth
}

struct Walk<'w, 'n, 'd> {
    /// Where contained resources stand.
    root: &'n Node<'d>,
    visit: &'w mut Visit<'w>,
}

fn walk(steps: &[Step], node: &Node<'_>, fhir: &str, visit: &mut Walk<'_, '_, '_>) {
    if let Node::Array(items) = node {
        return match steps {
            [Step::Nth(n), rest @ ..] => items.get(*n).into_iter().for_each(|item| walk(rest, item, fhir, visit)),
            _ => items.iter().for_each(|item| walk(steps, item, fhir, visit)),
        };
    }
    let Some((step, rest)) = steps.split_first() else {
        if *node != Node::Null {
            (visit.visit)(node, fhir);
        }
        return;
    };
    match step {
        Step::Child(name) => child(name, rest, node, visit),
        Step::Typed { name, json, fhir } => {
            if let Some(found) = node.get(json).or_else(|| node.get(name)) {
                walk(rest, found, fhir, visit);
            }
        }
        // Definitions that say `.value` mean the same as the standard's, which do not.
        Step::Extension(url) => extensions(node, url).for_each(|e| match rest.first() {
            Some(Step::Child(_) | Step::Typed { .. } | Step::Extension(_)) => walk(rest, e, "", visit),
            _ => child("value", rest, e, visit),
        }),
        _ if passes(step, node, visit.root) => walk(rest, node, fhir, visit),
        _ => {}
    }
}

fn child(name: &str, rest: &[Step], node: &Node<'_>, visit: &mut Walk<'_, '_, '_>) {
    let Some(object) = node.as_object() else { return };
    for (member, value) in object.iter() {
        let Some(suffix) = member.strip_prefix(name) else { continue };
        if suffix.is_empty() || CHOICES.binary_search(&suffix).is_ok() {
            return walk(rest, value, suffix, visit);
        }
    }
}

fn extensions<'n, 'd>(node: &'n Node<'d>, url: &'n str) -> impl Iterator<Item = &'n Node<'d>> {
    let all = node.get("extension").map_or(&[][..], Node::items);
    all.iter().filter(move |e| e.text("url") == Some(url))
}

fn passes(step: &Step, node: &Node<'_>, root: &Node<'_>) -> bool {
    match step {
        Step::Nth(n) => *n == 0,
        Step::Where { child, text } => node.text(child) == Some(text),
        Step::ResolvesTo(resource_type) => match node.text("reference").and_then(|r| r.strip_prefix('#')) {
            Some(id) => contained_type(root, id) == Some(resource_type),
            None => reference::target_type(node) == Some(resource_type),
        },
        Step::HasExtension(url) => extensions(node, url).next().is_some(),
        Step::OfType(fhir) => node.text("resourceType").is_none_or(|t| t == fhir),
        Step::Child(_) | Step::Typed { .. } | Step::Extension(_) => true,
    }
}

/// The type of a contained resource; `#` alone is the one that contains.
fn contained_type<'n>(root: &'n Node<'_>, id: &str) -> Option<&'n str> {
    let all = root.get("contained").map_or(&[][..], Node::items);
    let found = if id.is_empty() { Some(root) } else { all.iter().find(|c| c.text("id") == Some(id)) };
    found?.text("resourceType")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(expression: &str, json: &str) -> Vec<String> {
        let node = theriac_core::json::parse(json.as_bytes()).unwrap();
        let mut found = Vec::new();
        Program::compile(expression, "X").unwrap().each(&node, &mut |node, fhir| found.push(format!("{fhir}{node}")));
        found
    }

    #[test]
    fn the_list_of_choice_types_is_sorted() {
        assert!(CHOICES.is_sorted());
    }

    #[test]
    fn walks_children_lists_choices_and_conditions() {
        let rows: &[(&str, &str, &[&str])] = &[
            ("X.a.b", r#"{"a":[{"b":1},{"b":[2,3,null]},{}]}"#, &["1", "2", "3"]),
            ("X.value", r#"{"valueSet":"no","valueString":"s"}"#, &["String\"s\""]),
            ("(X.value as Quantity)", r#"{"valueQuantity":{},"valueString":"s"}"#, &["Quantity{}"]),
            ("X.value.as(string)", r#"{"valueQuantity":{},"valueString":"s"}"#, &["string\"s\""]),
            ("X.t.where(system='phone').value", r#"{"t":[{"system":"phone","value":1},{"value":2}]}"#, &["1"]),
            ("X.e[1].r", r#"{"e":[{"r":1},{"r":2}]}"#, &["2"]),
            (
                "X.extension('u')",
                r#"{"extension":[{"url":"u","valueCode":"c"},{"url":"v","valueCode":"d"}]}"#,
                &["Code\"c\""],
            ),
            (
                "X.s.where(resolve() is P)",
                r##"{"contained":[{"resourceType":"P","id":"p"}],"s":[{"reference":"#p"},{"reference":"#q"}]}"##,
                &[r##"{"reference":"#p"}"##],
            ),
            (
                "X.s.where(resolve() is P)",
                r#"{"s":[{"reference":"P/1"},{"reference":"Q/1"}]}"#,
                &[r#"{"reference":"P/1"}"#],
            ),
            ("X.d.exists() and X.d != false", r#"{}"#, &["Booleanfalse"]),
            ("X.d.exists() and X.d != false", r#"{"dBoolean":false}"#, &["Booleanfalse"]),
            ("X.d.exists() and X.d != false", r#"{"dDateTime":"2020"}"#, &["Booleantrue"]),
            ("X.a | X.b", r#"{"a":1,"b":2}"#, &["1", "2"]),
        ];
        for (expression, json, wanted) in rows {
            assert_eq!(values(expression, json), *wanted, "{expression} over {json}");
        }
    }
}
