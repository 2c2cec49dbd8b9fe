//! The proof vectors of transparency-dev/merkle (Apache-2.0; see fixtures/merkle/PROVENANCE.md), and
//! all of them when the shared data folder lies beside the repository.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use theriac_sdk::verify::{Hash, verify_consistency, verify_inclusion};

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("a string")).expect("base64")
}

fn proof(value: &Value) -> Option<Vec<Hash>> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(|v| Hash::try_from(bytes(v)).ok()).collect()
}

/// A few roots are byte strings that are no hashes, which the verifier's types rule out. They are
/// stood for by the SHA-256 of themselves, so that equal ones stay equal and others differ.
fn root(value: &Value) -> Hash {
    Hash::try_from(bytes(value)).unwrap_or_else(|bytes| Sha256::digest(bytes).into())
}

/// Does the verifier accept the vector? A leaf or proof of anything but hashes cannot be passed to it.
fn accepts(vector: &Value) -> bool {
    let number = |name: &str| vector[name].as_u64().expect("a number");
    let Some(proof) = proof(&vector["proof"]) else { return false };
    let checked = if vector.get("treeSize").is_some() {
        let Ok(leaf) = Hash::try_from(bytes(&vector["leafHash"])) else { return false };
        verify_inclusion(&leaf, number("leafIdx"), number("treeSize"), &root(&vector["root"]), &proof)
    } else {
        let (old, new) = (root(&vector["root1"]), root(&vector["root2"]));
        verify_consistency(number("size1"), number("size2"), &old, &new, &proof)
    };
    checked.is_ok()
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
        assert_eq!(accepts(&vector), valid, "{}", path.display());
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
