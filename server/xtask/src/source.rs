//! The files of the checkout, and Rust text cut into tokens.

pub mod lexer;

use crate::Result;
use lexer::Token;
use std::fs;
use std::path::Path;

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &["target", ".git", "node_modules", "theriac-data", ".run"];
/// Endings of the text files that people write; data and lock files are not among them.
const WRITTEN: &[&str] = &["rs", "md", "toml", "sh", "html", "css", "js", "ts", "yml", "yaml", "txt", "sql"];
/// Written files without an ending.
const SCRIPTS: &[&str] = &["dev", "run"];

/// One text file, by its path from the top folder, with `/` between the parts.
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

impl SourceFile {
    #[cfg(test)]
    pub fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_string(), text: text.to_string() }
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Written by a program: sizes do not matter.
    pub fn is_generated(&self) -> bool {
        self.path.split('/').any(|part| part == "generated" || part == "generated.rs")
    }

    pub fn is_below(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    pub fn tokens(&self) -> Vec<Token<'_>> {
        lexer::tokens(&self.text)
    }
}

/// Every written file below `root`, in the order of their paths.
pub fn read_tree(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|e| format!("cannot list {}: {e}", folder.display()))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            walk(&entry.path(), &path, files)?;
        } else if kind.is_file() && is_written(&name) {
            // A file may vanish or be no text: neither is ours to judge.
            files.extend(fs::read_to_string(entry.path()).ok().map(|text| SourceFile { path, text }));
        }
    }
    Ok(())
}

fn is_written(name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((_, ending)) => WRITTEN.contains(&ending),
        None => SCRIPTS.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write_and_nothing_else() {
        assert!(is_written("dev") && is_written("lib.rs") && is_written("README.md"));
        assert!(!is_written("Cargo.lock") && !is_written("patient.json") && !is_written("LICENSE"));
    }

    #[test]
    fn a_folder_is_not_the_start_of_another_folders_name() {
        let file = SourceFile::sample("server/application/src/lib.rs", "");
        assert!(file.is_below("server") && !file.is_below("server/app"));
    }
}
