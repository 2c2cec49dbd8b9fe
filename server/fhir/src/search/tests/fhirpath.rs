//! The steps of the fast path and the evaluator find the same values, for every parameter of R4.

use super::super::catalogue::Prepared;
use super::super::expression::Program;
use super::super::kind::Row;
use super::{catalogue, corpus};
use crate::path;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use theriac_core::json::{self, Node};

/// Forms that few examples have: contained targets, types said beside an address, extensions, choices, lists in lists.
const OWN: &[&str] = &[
    r##"{"resourceType":"Observation","id":"a","status":"final","code":{"text":"t"},"contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Group","id":"g"}],
        "subject":{"reference":"#p"},"focus":[{"reference":"#g"},{"reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","type":"Patient"}],
        "effectiveTiming":{"event":["2020-01-01","2021"]},"valueCodeableConcept":{"coding":[{"code":"x"}]},
        "component":[{"code":{"text":"c"},"valueQuantity":{"value":1.0}},{"code":{"text":"c"},"valueQuantity":{"value":1.0}},{"code":{"text":"d"},"valueString":"s"}],
        "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/observation-geneticsGene","valueCodeableConcept":{"coding":[{"code":"BRCA1"}]}}]}"##,
    r##"{"resourceType":"Patient","id":"b","deceasedBoolean":false,"_gender":{"extension":[{"url":"u","valueCode":"x"}]},
        "telecom":[{"system":"phone","value":"1"},{"system":"email","value":"a@b"},{"value":"2"}],"generalPractitioner":[{"reference":"Practitioner/1/_history/2"},{"type":"Organization","identifier":{"value":"9"}}],
        "name":[{"given":["A",null,"A"],"_given":[null,{"id":"x"},null]},{"family":"B"}]}"##,
    r##"{"resourceType":"Patient","id":"c","deceasedDateTime":"2020"}"##,
    r##"{"resourceType":"Bundle","id":"d","type":"document","entry":[{"resource":{"resourceType":"Composition","id":"x","subject":{"reference":"Patient/1"}}},{"resource":{"resourceType":"MessageHeader","id":"y"}}]}"##,
    r##"{"resourceType":"QuestionnaireResponse","id":"e","item":[{"linkId":"1","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject","valueBoolean":true}],"answer":[{"valueReference":{"reference":"Patient/1"}}]},{"linkId":"2","answer":[{"valueReference":{"reference":"Patient/2"}}]}]}"##,
    r##"{"resourceType":"Goal","id":"f","target":[{"dueDate":"2020-01-01"},{"dueDuration":{"value":1,"code":"d"}}],"startDate":"2019"}"##,
    r##"{"resourceType":"ActivityDefinition","id":"g","useContext":[{"valueQuantity":{"value":1}},{"valueRange":{"low":{"value":2}}},{"valueCodeableConcept":{"text":"t"}}],
        "relatedArtifact":[{"type":"depends-on","resource":"http://e/l"},{"type":"citation","resource":"http://e/c"}],"library":["http://e/lib"]}"##,
];

/// Values as a set: FHIRPath's unions drop what is equal, the index holds each once.
fn values(program: &Program, row: &Row, resource: &Node<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    program.each(resource, &mut |node, fhir| {
        if row.reads(fhir) {
            found.insert(node.to_string());
        }
    });
    found
}

fn evaluated(prepared: &Prepared) -> Program {
    let expression = path::compile(&prepared.parameter.expression);
    let expression = expression.unwrap_or_else(|e| panic!("{}: {e}", prepared.code()));
    Program { paths: Vec::new(), evaluated: Some(Arc::new(expression)) }
}

/// Parameter, and how often it was seen to have a value.
type Seen = BTreeMap<String, usize>;

fn compare(
    resource: &Node<'_>,
    programs: &mut BTreeMap<String, Program>,
    seen: &mut Seen,
    differences: &mut BTreeMap<String, String>,
) {
    let Some(plan) = resource.text("resourceType").and_then(|name| catalogue().plan(name)) else { return };
    for prepared in &plan.parameters {
        let Some(row) = Row::of(prepared.parameter.kind) else { continue };
        let name = format!("{}.{}", plan.resource_type, prepared.code());
        let program = programs.entry(prepared.parameter.expression.clone()).or_insert_with(|| evaluated(prepared));
        let (steps, path) = (values(&prepared.program, row, resource), values(program, row, resource));
        if steps != path {
            let by = (&prepared.parameter.expression, resource.text("id").unwrap_or_default());
            differences.entry(name.clone()).or_insert_with(|| format!("by {by:?}: {steps:?} and {path:?}"));
        }
        *seen.entry(name).or_default() += usize::from(!path.is_empty());
    }
}

#[test]
fn every_parameter_finds_what_fhirpath_finds() {
    let (mut programs, mut seen, mut differences) = (BTreeMap::new(), Seen::new(), BTreeMap::new());
    for text in OWN {
        compare(&json::parse(text.as_bytes()).unwrap(), &mut programs, &mut seen, &mut differences);
    }
    let valued = |seen: &Seen| seen.values().filter(|count| **count > 0).count();
    assert!(valued(&seen) >= 25, "the documents here give values to {} parameters only", valued(&seen));
    let published = corpus::examples();
    for text in &published {
        compare(&json::parse(text).unwrap(), &mut programs, &mut seen, &mut differences);
    }
    assert!(differences.is_empty(), "{differences:#?}");
    let documents = OWN.len() + published.len();
    println!("{} parameters compared, {} of them with values, on {documents} documents", seen.len(), valued(&seen));
}
