//! Extraction over HL7's R4 examples, where the test data folder is beside the repository.

use super::super::catalogue::OWN_COLUMNS;
use super::super::kind::Row;
use super::super::parameter::Kind;
use super::super::{Index, extract};
use super::{catalogue, context};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;
use theriac_core::json::Node;

/// Values that nothing but `:missing` could find: text without code, contained or merely described references.
fn is_mute(value: &Node<'_>) -> bool {
    let contained = value.text("reference").is_some_and(|r| r.starts_with('#'));
    let pieces = value.get("coding").map_or(std::slice::from_ref(value), Node::items);
    let says = |piece: &Node<'_>| SPEAKING.iter().any(|name| piece.get(name).is_some());
    contained || pieces.iter().all(|piece| piece.as_object().is_some() && !says(piece))
}

/// Members that search goes by.
const SPEAKING: &[&str] = &[
    "reference",
    "identifier",
    "code",
    "value",
    "system",
    "resourceType",
    "start",
    "end",
    "event",
    "repeat",
    "low",
    "high",
    "family",
    "given",
    "city",
    "country",
    "line",
    "state",
    "postalCode",
];

pub fn examples() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir/examples-r4/json");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no shared/data/fhir/examples-r4/json beside the repository");
        return Vec::new();
    };
    files.flatten().filter_map(|f| std::fs::read(f.path()).ok()).collect()
}

#[test]
fn every_value_leaves_something_to_search_by() {
    let (mut mute, mut heard) = (BTreeSet::new(), BTreeSet::new());
    for text in examples() {
        let node = theriac_core::json::parse(&text).unwrap();
        let Some(plan) = node.text("resourceType").and_then(|t| catalogue().plan(t)) else { continue };
        for prepared in plan.parameters.iter().filter(|p| !OWN_COLUMNS.contains(&p.code()) && p.composite.is_none()) {
            let (mut index, mut present) = (Index::default(), false);
            let row = Row::of(prepared.parameter.kind).unwrap();
            prepared.program.each(&node, &mut |value, fhir| {
                present |= row.reads(fhir) && !is_mute(value);
                (row.index)(prepared, value, &context(), &mut index);
            });
            if present {
                let set = if index == Index::default() { &mut mute } else { &mut heard };
                set.insert(format!("{}.{} {}", plan.resource_type, prepared.code(), prepared.parameter.kind.code()));
            }
        }
    }
    let never: Vec<_> = mute.difference(&heard).map(String::as_str).collect();
    assert!(never.is_empty(), "{never:#?}");
}

#[test]
fn every_example_can_be_extracted() {
    let texts = examples();
    if texts.is_empty() {
        return;
    }
    let (mut total, mut produced, mut elapsed) = ([0usize; 5], BTreeSet::new(), std::time::Duration::ZERO);
    for text in &texts {
        let node = theriac_core::json::parse(text).unwrap();
        let Some(plan) = node.text("resourceType").and_then(|t| catalogue().plan(t)) else { continue };
        let start = Instant::now();
        let index = extract(plan, &node, &context());
        elapsed += start.elapsed();
        let absent = plan.parameters.iter().filter(|p| index.tokens.contains(&p.absent)).count();
        let sizes = [index.tokens.len(), absent, index.dates.len(), index.numbers.len(), index.strings.len()];
        total.iter_mut().zip(sizes).for_each(|(sum, size)| *sum += size);
        let present = plan.parameters.iter().filter(|p| index.tokens.contains(&p.present));
        produced.extend(present.map(|p| (plan.resource_type.clone(), p.code().to_owned())));
    }
    assert!(texts.len() > 400 && produced.len() > 700, "{} files, {} parameters", texts.len(), produced.len());
    report(texts.len(), total, &produced, elapsed);
}

fn report(files: usize, total: [usize; 5], produced: &BTreeSet<(String, String)>, elapsed: std::time::Duration) {
    let mut silent = Vec::new();
    for resource_type in catalogue().resource_types() {
        let plan = catalogue().plan(resource_type).unwrap();
        let own = plan.parameters.iter().filter(|p| !p.code().starts_with('_') && p.parameter.kind != Kind::Special);
        silent.extend(
            own.map(|p| (resource_type.to_owned(), p.code().to_owned())).filter(|name| !produced.contains(name)),
        );
    }
    println!("{files} files in {elapsed:?}; tokens, of them absent, dates, numbers, strings: {total:?}");
    println!("{} parameters had values, {} never", produced.len(), silent.len());
    println!("{}", silent.iter().map(|(t, c)| format!("{t}.{c}")).collect::<Vec<_>>().join(" "));
}
