//! Which files, in which order: folders in name order, and what others refer to first.

use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};

/// Patients' bundles refer to practitioners, and these to hospitals, by conditional reference; each group is
/// loaded to its end before the next begins. Names as Synthea gives them.
const FIRST: [&str; 2] = ["hospitalInformation", "practitionerInformation"];

/// All files below the paths, group by group.
///
/// # Errors
/// `Invalid` if a path does not exist, or there is no file at all.
pub fn phases(paths: &[PathBuf]) -> Result<Vec<Vec<PathBuf>>> {
    let mut files = Vec::new();
    for path in paths {
        walk(path, &mut files).map_err(|e| Error::invalid(format!("{} cannot be read: {e}", path.display())))?;
    }
    if files.is_empty() {
        return Err(Error::invalid("there is no file at these paths"));
    }
    let mut phases = vec![Vec::new(); FIRST.len() + 1];
    for file in files {
        phases[phase(&file)].push(file);
    }
    Ok(phases)
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    // What is hidden is not meant for loading.
    let shown = |path: &&PathBuf| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    entries.iter().filter(shown).try_for_each(|entry| walk(entry, files))
}

fn phase(file: &Path) -> usize {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    FIRST.iter().position(|word| name.contains(word)).unwrap_or(FIRST.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hospitals_come_before_practitioners_before_the_rest() {
        let folder = std::env::temp_dir().join(format!("theriac-walk-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("b")).unwrap();
        for name in ["b/practitionerInformation1.json", "a.json", ".hidden", "z.ndjson", "b/0-hospitalInformation.json.gz"] {
            std::fs::write(folder.join(name), "{}").unwrap();
        }
        let phases = phases(std::slice::from_ref(&folder)).unwrap();
        let names: Vec<Vec<_>> = phases
            .iter()
            .map(|phase| phase.iter().map(|f| f.strip_prefix(&folder).unwrap().to_string_lossy()).collect())
            .collect();
        let expected = vec![vec!["b/0-hospitalInformation.json.gz"], vec!["b/practitionerInformation1.json"], vec!["a.json", "z.ndjson"]];
        assert_eq!(names, expected);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_path_that_is_not_there_is_named() {
        assert!(phases(&[PathBuf::from("no/such/path")]).unwrap_err().message.contains("no/such/path"));
    }
}
