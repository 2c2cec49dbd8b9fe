//! Published resources, where the shared data folder is beside the repository; says so where not.

use crate::canonical::{Canonicals, Embedded, Layers};
use crate::profile::{Expressions, FhirPath, Library, Options, Severity, Validator, World};
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
    let expressions = Expressions::default();
    let world = World::at(theriac_core::Instant(1_700_000_000_000_000));
    let invariants = FhirPath::new(&expressions, &library, &terminology, &world);
    let options = Options::default();
    let validator = Validator {
        library: &library,
        terminology: &terminology,
        invariants: &invariants,
        options: &options,
        world: &world,
    };
    let is_bad = |node: &Node<'_>| validator.check(node, &[]).iter().any(|f| f.severity == Severity::Error);
    documents.iter().filter(|(_, node)| is_bad(node)).map(|(name, _)| name.clone()).collect()
}

/// Wrong as they were published, and why.
const WRONG: &[(&str, &str)] = &[
    ("ActivityDefinition-blood-tubes-supply", "the narrative is empty"),
    ("ActivityDefinition-heart-valve-replacement", "the narrative is empty"),
    ("Basic-referral", "modifier extensions without a definition"),
    ("Bundle-10bb101f-a121-4264-a920-67be9cb82c74", "a fullUrl of another resource"),
    ("Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe", "a fullUrl of another resource"),
    ("Bundle-b0a5e4277-83c4-4adb-87e2-e3efe3369b6f", "media types that are none"),
    ("Bundle-hla-1", "a part that the extension does not have"),
    ("Bundle-lri-example", "fullUrls of other resources"),
    ("CapabilityStatement-example", "a UUID in upper case"),
    ("DeviceMetric-example", "a reference to a type that is not allowed"),
    ("DeviceUseStatement-example", "a reference to a type that is not allowed"),
    ("EventDefinition-example", "the narrative is empty"),
    ("MedicationRequest-medrx0301", "a reference to a type that is not allowed"),
    ("Observation-clinical-gender", "a reference to a type that is not allowed"),
    ("OperationDefinition-CodeSystem-validate-code", "an extension outside its context"),
    ("OperationDefinition-ValueSet-validate-code", "an extension outside its context"),
    ("Questionnaire-zika-virus-exposure-assessment", "the narrative is empty"),
    ("TerminologyCapabilities-example", "a UUID in upper case"),
];

#[test]
fn the_standards_examples_are_valid_but_for_those_that_are_not() {
    let Some(all) = documents("examples-r4/json") else { return };
    let expected: BTreeSet<String> = WRONG.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(with_errors(Embedded::r4(), &all), expected);
}

#[test]
fn us_core_meets_itself() {
    let Some(definitions) = documents("us-core/6.1.0/definitions") else { return };
    let Some(examples) = documents("us-core/6.1.0/examples") else { return };
    let own = super::rig::Own(definitions.into_iter().map(|(_, node)| Arc::new(node)).collect());
    let layers = Arc::new(Layers(vec![Arc::new(own), Embedded::r4()]));
    // A fullUrl of another resource; a narrative that lacks the text, which the publisher adds.
    let wrong = ["bundle-docref-example2", "diagnosticreport-cbc"].map(str::to_owned);
    assert_eq!(with_errors(layers, &examples), BTreeSet::from(wrong));
}
