//! Published resources, where the shared data folder is beside the repository; says so where not.

use crate::canonical::{Canonicals, Embedded, Layers};
use crate::profile::{Library, NoInvariants, Options, Severity, Validator};
use crate::terminology;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use theriac_core::json::{Node, parse};

fn documents(name: &str) -> Option<Vec<(String, Node<'static>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir").join(name);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: ../shared/data/fhir/{name} is not here");
        return None;
    };
    let paths: Vec<PathBuf> =
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        (name, parse(&bytes).unwrap().into_owned())
    };
    Some(paths.iter().map(read).collect())
}

fn with_errors(canonicals: Arc<dyn Canonicals>, documents: &[(String, Node<'static>)]) -> BTreeSet<String> {
    let (library, terminology) = (Library::new(canonicals.clone()), terminology::Library::new(canonicals));
    let validator = Validator {
        library: &library,
        terminology: &terminology,
        invariants: &NoInvariants,
        options: Options::default(),
    };
    let is_bad = |node: &Node<'_>| validator.check(node, &[]).iter().any(|f| f.severity == Severity::Error);
    documents.iter().filter(|(_, node)| is_bad(node)).map(|(name, _)| name.clone()).collect()
}

/// Wrong as they were published: references to types that are not allowed, extensions outside their context, modifier
/// extensions without a definition, media types that are none.
const WRONG: &[&str] = &[
    "Basic-referral",
    "Bundle-b0a5e4277-83c4-4adb-87e2-e3efe3369b6f",
    "DeviceMetric-example",
    "DeviceUseStatement-example",
    "MedicationRequest-medrx0301",
    "Observation-clinical-gender",
    "OperationDefinition-CodeSystem-validate-code",
    "OperationDefinition-ValueSet-validate-code",
];

#[test]
fn the_standards_examples_are_valid_but_for_those_that_are_not() {
    let Some(all) = documents("examples-r4/json") else { return };
    let expected: BTreeSet<String> = WRONG.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(with_errors(Embedded::r4(), &all), expected);
}

#[test]
fn us_core_meets_itself() {
    let Some(definitions) = documents("us-core/6.1.0/definitions") else { return };
    let Some(examples) = documents("us-core/6.1.0/examples") else { return };
    let own = super::rig::Own(definitions.into_iter().map(|(_, node)| Arc::new(node)).collect());
    let layers = Arc::new(Layers(vec![Arc::new(own), Embedded::r4()]));
    // Its narrative lacks the text, which the publisher adds.
    assert_eq!(with_errors(layers, &examples), BTreeSet::from(["diagnosticreport-cbc".to_owned()]));
}
