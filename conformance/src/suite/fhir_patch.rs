//! Patch cases of FHIR's own test collection and of the JSON Patch tests, run on the engines:
//! <https://github.com/FHIR/fhir-test-cases>, folder `r4/patch`.
//!
//! A FHIRPath case of the mode `both` also wants the patch derived from its two states.

pub(super) mod sections;
mod tree;

use super::Outcome;
use crate::run::{Run, read, text};
use sections::Section;
use serde_json::Value;
use theriac_core::json::{self, Node};
use theriac_fhir::patch::fhirpath::{FhirPathPatch, diff};
use theriac_fhir::patch::json::JsonPatch;
use theriac_fhir::patch::xml::XmlPatch;

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let folder = run.data("fhir/test-cases/patch");
    let mut outcome = Outcome::default();
    fhirpath(&mut outcome, &read(&folder.join("fhir-patch-tests.xml"))?)?;
    json_patch(&mut outcome, &read(&folder.join("json-patch-tests.json"))?)?;
    xml_patch(&mut outcome, &read(&folder.join("xml-patch-tests.xml"))?)?;
    Ok(outcome)
}

fn fhirpath(outcome: &mut Outcome, bytes: &[u8]) -> Result<(), String> {
    let cases = sections::read(bytes)?;
    let derived = cases.iter().filter(|case| case.attribute("mode") == "both").count();
    for case in &cases {
        outcome.case(format!("fhirpath/{}", case.attribute("name")), forwards(case).and_then(|()| backwards(case)));
    }
    outcome.note(format!("{} FHIRPath cases, of which {derived} are also derived from their two states", cases.len()));
    Ok(())
}

fn resource(case: &Section<'_>, part: &str) -> Result<Node<'static>, String> {
    let inner = case.part(part).ok_or_else(|| format!("the case has no {part}"))?.inner;
    theriac_fhir::xml::read(inner.trim().as_bytes()).map(Node::into_owned).map_err(text)
}

fn forwards(case: &Section<'_>) -> Result<(), String> {
    let patch = FhirPathPatch::of(&resource(case, "diff")?).map_err(text)?;
    let made = patch.apply(resource(case, "input")?);
    match (case.part("output").is_some(), made) {
        (true, Ok(made)) => same(&made, &resource(case, "output")?),
        (true, Err(error)) => Err(text(error)),
        (false, Err(_)) => Ok(()),
        (false, Ok(made)) => Err(format!("an error is expected, it made {made}")),
    }
}

fn backwards(case: &Section<'_>) -> Result<(), String> {
    if case.attribute("mode") != "both" {
        return Ok(());
    }
    let derived = diff::diff(&resource(case, "input")?, &resource(case, "output")?).map_err(text)?;
    same(&derived, &resource(case, "diff")?)
}

/// Whatever the order of their members, and the white space of narratives.
fn same(made: &Node<'_>, expected: &Node<'_>) -> Result<(), String> {
    let value = |node: &Node<'_>| serde_json::from_str::<Value>(&node.to_string()).map(narrowed).map_err(text);
    match value(made)? == value(expected)? {
        true => Ok(()),
        false => Err(format!("it is {made}, expected {expected}")),
    }
}

fn narrowed(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("<div") => {
            Value::String(text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Value::Array(items) => items.into_iter().map(narrowed).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, narrowed(value))).collect(),
        other => other,
    }
}

fn json_patch(outcome: &mut Outcome, bytes: &[u8]) -> Result<(), String> {
    let cases = json::parse(bytes).map_err(text)?;
    let cases = cases.as_array().ok_or("the JSON Patch cases are no array")?;
    for case in cases {
        let name = case.text("comment").unwrap_or("without a name");
        outcome.case(format!("json/{name}"), json_case(case));
    }
    outcome.note(format!("{} JSON Patch cases", cases.len()));
    Ok(())
}

fn json_case(case: &Node<'_>) -> Result<(), String> {
    let part = |name: &str| case.get(name).cloned().map(Node::into_owned).ok_or_else(|| format!("no {name}"));
    let made = JsonPatch::of(&part("patch")?).and_then(|patch| patch.apply(part("doc").unwrap_or(Node::Null)));
    match (case.get("error").is_some(), made) {
        (true, Err(_)) => Ok(()),
        (true, Ok(made)) => Err(format!("an error is expected, it made {made}")),
        (false, made) => same(&made.map_err(text)?, &part("expected")?),
    }
}

fn xml_patch(outcome: &mut Outcome, bytes: &[u8]) -> Result<(), String> {
    let cases = sections::read(bytes)?;
    for case in &cases {
        outcome.case(format!("xml/{}", case.attribute("name").trim()), xml_case(case));
    }
    outcome.note(format!("{} XML Patch cases", cases.len()));
    Ok(())
}

fn xml_case(case: &Section<'_>) -> Result<(), String> {
    let target = case.part("target").ok_or("no target")?.inner.trim();
    let patch = case.part("patch").ok_or("no patch")?.outer;
    let made = XmlPatch::read(patch.as_bytes()).and_then(|patch| patch.apply_to(target.as_bytes()));
    match (case.part("patched"), made) {
        (None, Err(_)) => Ok(()),
        (None, Ok(made)) => Err(format!("an error is expected, it made {}", String::from_utf8_lossy(&made))),
        (Some(expected), made) => {
            let (made, expected) = (tree::read(&made.map_err(text)?)?, tree::read(expected.inner.trim().as_bytes())?);
            if made == expected { Ok(()) } else { Err(format!("it is {made:?}, expected {expected:?}")) }
        }
    }
}
