//! Which files, in which order: folders in name order, and what others refer to first.

use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};

/// Patients' bundles refer to practitioners, and these to hospitals, by conditional reference; each group is
/// loaded to its end before the next begins. Names as Synthea gives them.
const FIRST: [&str; 2] = ["hospitalInformation", "practitionerInformation"];

/// All files below the paths, group by group. Every folder has groups of its own, so that what one set refers
/// to is not confused with what the next one brings.
///
/// # Errors
/// `Invalid` if a path does not exist, or there is no file at all.
pub fn phases(paths: &[PathBuf]) -> Result<Vec<Vec<PathBuf>>> {
    let mut phases = Phases::default();
    for path in paths {
        phases.walk(path).map_err(|e| Error::invalid(format!("{} cannot be read: {e}", path.display())))?;
    }
    if phases.files.is_empty() {
        return Err(Error::invalid("there is no file at these paths"));
    }
    Ok(phases.files)
}

#[derive(Default)]
struct Phases {
    files: Vec<Vec<PathBuf>>,
    /// Which of [`FIRST`], or none of them, the last group is.
    last: usize,
}

impl Phases {
    fn walk(&mut self, path: &Path) -> std::io::Result<()> {
        if !std::fs::metadata(path)?.is_dir() {
            self.add(path.to_owned());
            return Ok(());
        }
        let mut entries = std::fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()?;
        // What is hidden is not meant for loading.
        entries.retain(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
        entries.sort_by_cached_key(|path| (path.is_dir(), phase(path), path.clone()));
        entries.iter().try_for_each(|entry| self.walk(entry))
    }

    fn add(&mut self, file: PathBuf) {
        let phase = phase(&file);
        match self.files.last_mut() {
            Some(group) if self.last == phase => group.push(file),
            _ => self.files.push(vec![file]),
        }
        self.last = phase;
    }
}

fn phase(file: &Path) -> usize {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    FIRST.iter().position(|word| name.contains(word)).unwrap_or(FIRST.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_each_folder_hospitals_come_before_practitioners_before_the_rest() {
        let folder = std::env::temp_dir().join(format!("theriac-walk-{}", std::process::id()));
        for name in ["2021/a.json", "2021/practitionerInformation.json", "2021/0-hospitalInformation.json.gz"]
            .into_iter()
            .chain(["2019/hospitalInformation.json", "2019/z.ndjson", ".hidden", "b.json", "3/c.json"])
        {
            std::fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
            std::fs::write(folder.join(name), "{}").unwrap();
        }
        let phases = phases(std::slice::from_ref(&folder)).unwrap();
        let names: Vec<Vec<_>> = phases
            .iter()
            .map(|phase| phase.iter().map(|f| f.strip_prefix(&folder).unwrap().to_str().unwrap()).collect())
            .collect();
        let expected: [&[&str]; 6] = [
            &["b.json"],
            &["2019/hospitalInformation.json"],
            &["2019/z.ndjson"],
            &["2021/0-hospitalInformation.json.gz"],
            &["2021/practitionerInformation.json"],
            &["2021/a.json", "3/c.json"],
        ];
        assert_eq!(names, expected);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_path_that_is_not_there_is_named() {
        assert!(phases(&[PathBuf::from("no/such/path")]).unwrap_err().message.contains("no/such/path"));
    }
}
