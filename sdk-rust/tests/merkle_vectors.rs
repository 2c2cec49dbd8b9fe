//! The proof vectors of transparency-dev/merkle (Apache-2.0; see fixtures/merkle/PROVENANCE.md), and
//! all of them when the shared data folder lies beside the repository.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use theriac_sdk::verify::{Hash, verify_consistency, verify_inclusion};

fn hash(value: &Value) -> Option<Hash> {
    STANDARD.decode(value.as_str()?).ok()?.try_into().ok()
}

/// Does the verifier accept the vector? A value that is no hash at all cannot be asked about: refused.
fn accepts(vector: &Value) -> Option<bool> {
    let proof: Option<Vec<Hash>> = match &vector["proof"] {
        Value::Null => Some(Vec::new()),
        proof => proof.as_array()?.iter().map(hash).collect(),
    };
    let number = |name: &str| vector[name].as_u64();
    let checked = if vector.get("treeSize").is_some() {
        let (index, size) = (number("leafIdx")?, number("treeSize")?);
        verify_inclusion(&hash(&vector["leafHash"])?, index, size, &hash(&vector["root"])?, &proof?)
    } else {
        let (from, to) = (number("size1")?, number("size2")?);
        verify_consistency(from, to, &hash(&vector["root1"])?, &hash(&vector["root2"])?, &proof?)
    };
    Some(checked.is_ok())
}

fn vectors(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of vectors").flatten() {
        let path = entry.path();
        if path.is_dir() {
            vectors(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "json") {
            found.push(path);
        }
    }
}

/// Runs every vector under the folders; answers with how many are valid and how many are not.
fn run(folders: &[PathBuf]) -> (usize, usize) {
    let (mut paths, mut counts) = (Vec::new(), (0, 0));
    folders.iter().for_each(|folder| vectors(folder, &mut paths));
    for path in paths {
        let vector: Value = serde_json::from_slice(&fs::read(&path).expect("a vector")).expect("JSON");
        let valid = !vector["wantErr"].as_bool().expect("wantErr");
        assert_eq!(accepts(&vector).unwrap_or(false), valid, "{}", path.display());
        if valid { counts.0 += 1 } else { counts.1 += 1 }
    }
    counts
}

#[test]
fn the_verifier_agrees_with_the_selected_vectors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/merkle");
    let (valid, invalid) = run(&[root.join("inclusion"), root.join("consistency")]);
    assert_eq!((valid, invalid), (8, 19));
}

#[test]
fn the_verifier_agrees_with_all_vectors_when_they_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/merkle/transparency-dev");
    if !root.is_dir() {
        println!("skipped: ../shared/data/merkle is absent");
        return;
    }
    assert_eq!(run(&[root.join("inclusion"), root.join("consistency")]), (8, 117));
}
