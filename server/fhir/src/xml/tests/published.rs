//! HL7's R4 examples in both forms, where the shared data folder is beside the repository; says so where not.

use super::*;
use crate::structure;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir/examples-r4").join(name);
    if !path.is_dir() {
        println!("SKIPPED: ../shared/data/fhir/examples-r4/{name} is not here");
    }
    path.is_dir().then_some(path)
}

fn all(name: &str, look: fn(&[u8]) -> Result<(), String>) -> usize {
    let (mut count, mut faults) = (0, Vec::new());
    let Some(folder) = folder(name) else { return usize::MAX };
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        count += 1;
        let bytes = std::fs::read(entry.path()).unwrap();
        faults.extend(look(&bytes).err().map(|e| format!("{}: {e}", entry.path().display())));
    }
    assert!(faults.is_empty(), "{} of {count}\n{}", faults.len(), faults.join("\n"));
    count
}

fn there_and_back(bytes: &[u8]) -> Result<(), String> {
    let node = json::parse(bytes).map_err(|e| e.to_string())?;
    let back = pair(&node).map_err(|e| e.to_string())?;
    structure::check(&back, None).map_err(|e| e.to_string())?;
    // A second time nothing changes any more.
    let again = pair(&back).map_err(|e| e.to_string())?;
    (again == back).then_some(()).ok_or_else(|| "changes on every way".to_owned())
}

#[test]
fn every_json_example_goes_to_xml_and_back() {
    assert!(all("json", there_and_back) > 400);
    assert!(all("json-definitional", there_and_back) > 50);
}

#[test]
fn every_xml_example_is_read() {
    let look = |bytes: &[u8]| {
        let node = read(bytes).map_err(|e| e.to_string())?;
        structure::check(&node, None).map_err(|e| e.to_string())
    };
    assert!(all("xml", look) > 400);
}
