//! Index and criterion agree on HL7's examples: whatever an example says, a search for just that finds it.

use super::super::catalogue::{OWN_COLUMNS, Prepared};
use super::super::kind::Row;
use super::super::parameter::Kind;
use super::super::{Query, extract, matches};
use super::corpus::examples;
use super::{catalogue, context, request};
use theriac_core::json::Node;

#[test]
fn what_an_example_says_is_found_by_a_search_for_it() {
    let mut asked = 0;
    for text in examples() {
        let node = theriac_core::json::parse(&text).unwrap();
        let Some(plan) = node.text("resourceType").and_then(|t| catalogue().plan(t)) else { continue };
        let index = extract(plan, &node, &context());
        for prepared in plan.parameters.iter().filter(|p| !OWN_COLUMNS.contains(&p.code()) && p.composite.is_none()) {
            for value in values(prepared, &node) {
                let pair = vec![(prepared.code().to_owned(), value.clone())];
                let name = format!("{}?{}={value}", plan.resource_type, prepared.code());
                let query = Query::from_pairs(&request(Some(&plan.resource_type)), pair);
                let query = query.unwrap_or_else(|e| panic!("{name}: {e}"));
                assert!(matches(&index, &query.criteria), "{name} misses {:?}", node.text("id"));
                asked += 1;
            }
        }
    }
    assert!(asked == 0 || asked > 5_000, "only {asked} searches");
}

fn values(prepared: &Prepared, resource: &Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let kind = prepared.parameter.kind;
    let reads = |fhir: &str| Row::of(kind).is_some_and(|row| row.reads(fhir));
    prepared.program.each(resource, &mut |node, fhir| {
        if reads(fhir) {
            match kind {
                Kind::Token => tokens(node, &mut found),
                Kind::Reference => found.extend(reference(node)),
                Kind::Date => found.extend(dates(node)),
                Kind::Quantity => found.extend(quantity(node)),
                _ => found.extend(node.as_str().or(node.as_number()).filter(|t| !t.trim().is_empty()).map(escaped)),
            }
        }
    });
    found
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(',', "\\,").replace('|', "\\|").replace('$', "\\$")
}

fn tokens(node: &Node<'_>, found: &mut Vec<String>) {
    found.extend(node.as_str().map(escaped).or(node.as_bool().map(|b| b.to_string())));
    for piece in node.get("coding").map_or(std::slice::from_ref(node), Node::items) {
        let code = piece.text("code").or(piece.text("value")).filter(|c| !c.is_empty());
        let Some(code) = code.map(escaped) else { continue };
        let system = escaped(piece.text("system").unwrap_or_default());
        found.extend([format!("{system}|{code}"), code]);
        found.extend((!system.is_empty()).then(|| format!("{system}|")));
    }
}

fn reference(node: &Node<'_>) -> Option<String> {
    node.text("reference").or(node.as_str()).filter(|text| !text.starts_with('#')).map(escaped)
}

fn dates(node: &Node<'_>) -> Vec<String> {
    let exact = node.as_str().map(|text| text.to_owned());
    let start = node.text("start").map(|text| format!("ge{text}"));
    let end = node.text("end").map(|text| format!("le{text}"));
    let prefixed = exact.iter().flat_map(|text| ["eq", "ge", "le", "ap"].map(|prefix| format!("{prefix}{text}")));
    // An interval within one unit of its own end is not beyond it: only open comparisons are sure.
    let one_sided =
        start.filter(|_| node.text("end").is_none()).into_iter().chain(end.filter(|_| node.text("start").is_none()));
    prefixed.chain(one_sided).collect()
}

fn quantity(node: &Node<'_>) -> Vec<String> {
    let Some(value) = node.get("value").and_then(Node::as_number).filter(|_| node.text("comparator").is_none()) else {
        return Vec::new();
    };
    let mut all = vec![value.to_owned(), format!("le{value}")];
    if let Some(code) = node.text("code").map(escaped) {
        all.push(format!("{value}||{code}"));
        all.extend(node.text("system").map(|system| format!("ge{value}|{}|{code}", escaped(system))));
    }
    all.extend(node.text("unit").map(|unit| format!("{value}||{}", escaped(unit))));
    all
}
