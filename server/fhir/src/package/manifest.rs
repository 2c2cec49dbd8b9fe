//! `package/package.json`: who the package is, for which FHIR it is made, and what it needs.

use super::archive::File;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use theriac_core::{Code, Error, Result};

pub const PATH: &str = "package/package.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub name: String,
    pub version: String,
    #[serde(default, rename = "fhirVersions", alias = "fhir-version-list")]
    pub fhir_versions: Vec<String>,
    #[serde(default)]
    pub dependencies: BTreeMap<String, String>,
}

impl Manifest {
    /// # Errors
    /// `Malformed` if it is missing or not readable, `Unprocessable` for another FHIR than R4.
    pub fn of(files: &[File]) -> Result<Self> {
        let file = files.iter().find(|f| f.path == PATH);
        let file = file.ok_or_else(|| Error::malformed(format!("the package has no {PATH}")).at(PATH))?;
        let read = serde_json::from_slice(&file.bytes);
        let manifest: Self =
            read.map_err(|e| Error::malformed(format!("{PATH} does not have the expected shape: {e}")).at(PATH))?;
        for (member, text) in [("name", &manifest.name), ("version", &manifest.version)] {
            let fits = |c: char| c.is_ascii_alphanumeric() || "._-+@/".contains(c);
            if text.is_empty() || text.len() > 200 || !text.chars().all(fits) {
                return Err(Error::malformed(format!("the {member} in {PATH} is not one of a package")).at(PATH));
            }
        }
        if !manifest.fhir_versions.iter().any(|version| version.starts_with("4.0")) {
            let versions = manifest.fhir_versions.join(", ");
            let message = format!("the package is made for FHIR {versions}; this server speaks R4 (4.0.1)");
            return Err(Error::new(Code::Unprocessable, message).at(PATH));
        }
        Ok(manifest)
    }

    /// `hl7.fhir.us.core#6.1.0`, as packages are written.
    pub fn label(&self) -> String {
        format!("{}#{}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Result<Manifest> {
        Manifest::of(&[File { path: PATH.into(), bytes: text.into() }])
    }

    #[test]
    fn a_manifest_names_its_package_and_what_it_needs() {
        let read = manifest(
            r#"{"name":"a.b","version":"1.0.0","fhir-version-list":["4.0.1"],"dependencies":{"x":"2"},"license":"CC0-1.0"}"#,
        );
        let read = read.unwrap();
        assert_eq!((read.label().as_str(), read.dependencies["x"].as_str()), ("a.b#1.0.0", "2"));
    }

    #[test]
    fn what_is_no_manifest_of_r4_is_refused() {
        for (text, status) in [
            ("{}", 400),
            ("junk", 400),
            (r#"{"name":"a b","version":"1","fhirVersions":["4.0.1"]}"#, 400),
            (r#"{"name":"a","version":"1","fhirVersions":["5.0.0"]}"#, 422),
            (r#"{"name":"a","version":"1"}"#, 422),
        ] {
            assert_eq!(manifest(text).unwrap_err().status(), status, "{text}");
        }
        assert_eq!(Manifest::of(&[]).unwrap_err().status(), 400);
    }
}
