//! Runs over the published examples where the shared data folder is beside the repository; says so where not.

use super::super::check;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use theriac_core::json::parse;

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir").join(name);
    if !path.is_dir() {
        println!("SKIPPED: ../shared/data/fhir/{name} is not here");
    }
    path.is_dir().then_some(path)
}

fn read(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    if path.extension().is_none_or(|e| e != "gz") {
        return bytes;
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
    plain
}

fn all_pass(name: &str) -> Option<usize> {
    all_pass_but(name, &[])
}

/// Checks every document of a folder and gives how many there were. The faults that the published files are
/// known to have are given by words of their message, with their number.
fn all_pass_but(name: &str, known: &[(&str, usize)]) -> Option<usize> {
    let mut faults = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder(name)?).unwrap().flatten() {
        let bytes = read(&entry.path());
        for document in documents(&entry.path(), &bytes) {
            count += 1;
            let node = parse(document).unwrap_or_else(|e| panic!("{}: {e}", entry.path().display()));
            faults.extend(check(&node, None).err().map(|e| format!("{}: {e}", entry.path().display())));
        }
    }
    for (words, expected) in known {
        let before = faults.len();
        faults.retain(|fault| !fault.contains(words));
        assert_eq!(before - faults.len(), *expected, "{words}");
    }
    assert!(faults.is_empty(), "{} of {count} refused\n{}", faults.len(), faults.join("\n"));
    Some(count)
}

fn documents<'b>(path: &Path, bytes: &'b [u8]) -> Vec<&'b [u8]> {
    match path.to_string_lossy().contains(".ndjson") {
        true => bytes.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect(),
        false => vec![bytes],
    }
}

#[test]
fn takes_every_published_example() {
    assert!(all_pass("examples-r4/json").is_none_or(|count| count > 400));
    assert!(all_pass("examples-r4/json-definitional").is_none_or(|count| count > 50));
}

#[test]
fn takes_the_definitions_themselves() {
    // Ten draft parameters lack `base`, and one id has 66 characters.
    let known = [("SearchParameter.base: is required", 10), ("SearchParameter.id: must be an id", 1)];
    assert!(all_pass_but("definitions", &known).is_none_or(|count| count > 1_600));
}

#[test]
fn takes_synthea_bundles_of_both_shapes() {
    assert!(all_pass("synthea/smart-2019").is_none_or(|count| count >= 30));
    assert!(all_pass("synthea/blaze-2021").is_none_or(|count| count >= 29));
}

#[test]
fn takes_the_us_core_examples() {
    // A source file without the `div` that the publishing tool adds.
    let known = [("DiagnosticReport.text.div: is required", 1)];
    assert!(all_pass_but("us-core/6.1.0/examples", &known).is_none_or(|count| count > 100));
}
