//! The house as the rules see it: its files, its packages and the arrows between them.

use crate::process::capture;
use crate::source::{SourceFile, read_tree};
use crate::{Result, process};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

pub struct House {
    pub files: Vec<SourceFile>,
    pub packages: Vec<Package>,
    /// The text of `server/xtask/exemptions.txt`.
    pub exemptions: String,
}

#[derive(Debug)]
pub struct Package {
    pub name: String,
    pub uses: Vec<Use>,
}

/// A dependency on another package of the workspace.
#[derive(Debug)]
pub struct Use {
    pub name: String,
    pub in_tests_only: bool,
}

impl House {
    pub fn read(root: &Path) -> Result<Self> {
        let exemptions = root.join(crate::rule::size::EXEMPTIONS);
        Ok(Self {
            files: read_tree(root)?,
            packages: packages(&metadata(root)?)?,
            exemptions: fs::read_to_string(&exemptions)
                .map_err(|e| format!("cannot read {}: {e}", exemptions.display()))?,
        })
    }

    #[cfg(test)]
    pub fn sample(path: &str, text: &str) -> Self {
        Self { files: vec![SourceFile::sample(path, text)], packages: Vec::new(), exemptions: String::new() }
    }

    pub fn rust(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.is_rust())
    }
}

fn metadata(root: &Path) -> Result<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root);
    capture(&mut cargo)
}

/// The packages in what `cargo metadata --no-deps` prints.
pub fn packages(metadata: &str) -> Result<Vec<Package>> {
    let tree: Value = serde_json::from_str(metadata).map_err(|e| format!("cargo metadata is not JSON: {e}"))?;
    let listed = tree["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let names: Vec<&str> = listed.iter().filter_map(|p| p["name"].as_str()).collect();
    let uses = |package: &Value| -> Vec<Use> {
        let of_ours = |d: &&Value| d["name"].as_str().is_some_and(|name| names.contains(&name));
        package["dependencies"].as_array().into_iter().flatten().filter(of_ours).map(use_of).collect()
    };
    Ok(listed.iter().map(|p| Package { name: text(&p["name"]), uses: uses(p) }).collect())
}

fn use_of(dependency: &Value) -> Use {
    Use { name: text(&dependency["name"]), in_tests_only: dependency["kind"] == "dev" }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// The house this program was built in.
pub fn here() -> Result<House> {
    House::read(&process::root())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_arrows_inside_the_workspace_count() {
        let metadata = r#"{"packages":[
            {"name":"theriac-fhir","dependencies":[{"name":"theriac-core","kind":null},{"name":"serde","kind":null}]},
            {"name":"theriac-core","dependencies":[{"name":"theriac-fhir","kind":"dev"}]}]}"#;
        let found = packages(metadata).unwrap();
        assert_eq!(found[0].uses.len(), 1);
        assert!(found[1].uses[0].in_tests_only);
    }
}
