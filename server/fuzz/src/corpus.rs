//! The seeds on disk: `corpus/<target>/<name>`, and `crash-<hash>` for what broke it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use theriac_core::hash::{hex, sha256};

/// Beside the sources, in the repository.
pub fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// All inputs of a target, in the order of their names.
///
/// # Errors
/// The folder is missing, or a file in it cannot be read.
pub fn read(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder(target))?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<_>>()?;
    paths.sort();
    paths.iter().map(fs::read).collect()
}

/// Keeps an input that broke its target, so that every later run begins with it.
///
/// # Errors
/// The file cannot be written.
pub fn keep(target: &str, input: &[u8]) -> io::Result<PathBuf> {
    let name = format!("crash-{}", &hex(&sha256(input))[..16]);
    let path = folder(target).join(name);
    fs::write(&path, input)?;
    Ok(path)
}
