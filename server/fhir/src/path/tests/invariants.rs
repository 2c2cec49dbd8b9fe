//! R4's invariants over R4's examples, where the test data folder is beside the repository: each compiles, and none
//! fails to be evaluated. Whether it holds is for validation to say.

use super::super::*;
use super::NOW;
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;
use theriac_core::json;

/// Invariants by the type they are on.
type Rules = BTreeMap<String, Vec<Expression>>;

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir").join(name)
}

fn rules() -> Option<Rules> {
    let mut rules = Rules::new();
    for file in ["structuredefinitions-resources", "structuredefinitions-types"] {
        let packed = std::fs::read(data(&format!("definitions/{file}.ndjson.gz"))).ok()?;
        let mut text = String::new();
        GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
        for line in text.lines() {
            collect(&json::parse(line.as_bytes()).unwrap(), &mut rules);
        }
    }
    Some(rules)
}

fn collect(structure: &Node<'_>, rules: &mut Rules) {
    let elements = structure.get("snapshot").and_then(|s| s.get("element"));
    for element in elements.map(Node::items).unwrap_or_default() {
        for constraint in element.get("constraint").map(Node::items).unwrap_or_default() {
            let (Some(path), Some(text)) = (element.text("path"), constraint.text("expression")) else { continue };
            let rule = compile(text).unwrap_or_else(|e| panic!("{} at {path}: {e}", constraint.text("key").unwrap()));
            rules.entry(path.to_owned()).or_default().push(rule);
        }
    }
}

/// Every element with its type's name.
fn walk<'a>(item: Item<'a>, visit: &mut dyn FnMut(&str, &Item<'a>)) {
    let Item::Element(theriac_fhirpath::Element { of: Some(of), .. }) = &item else { return };
    visit(model().name(*of), &item);
    for name in model().elements(*of) {
        item.children(model(), name).into_iter().for_each(|child| walk(child, visit));
    }
}

#[test]
fn every_invariant_can_be_evaluated_on_every_example() {
    let Some(rules) = rules() else {
        println!("skipped: there is no shared/data/fhir/definitions beside the repository");
        return;
    };
    let (mut evaluated, mut held) = (0u32, 0u32);
    for file in std::fs::read_dir(data("examples-r4/json")).unwrap().flatten().step_by(4) {
        let bytes = std::fs::read(file.path()).unwrap();
        let node = json::parse(&bytes).unwrap();
        let world = invariant_environment(&node, &NOW);
        walk(Item::resource(model(), &node), &mut |name, item| {
            for rule in rules.get(name).into_iter().flatten() {
                let found = rule.evaluate(&world, item.clone());
                let found = found.unwrap_or_else(|e| panic!("{:?}, {name}, {}: {e}", file.file_name(), rule.text()));
                evaluated += 1;
                held += u32::from(matches!(found.as_slice(), [Item::Boolean(true)]));
            }
        });
    }
    assert!(evaluated > 5_000 && held > evaluated / 10 * 9, "{held} of {evaluated}");
}
