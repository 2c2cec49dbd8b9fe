//! The schemas: `AllSchemas.json` in this program, `AllSchemas.xsd` by `xmllint` (Debian: libxml2-utils), which is given
//! all documents at once, as reading the schema takes it most of its time.

use crate::run::{read, text};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Judge {
    json: jsonschema::Validator,
    schema: PathBuf,
    folder: PathBuf,
    /// The case of each document, in the order of the files.
    cases: Vec<String>,
}

impl Judge {
    pub fn open(schemas: &Path) -> Result<Self, String> {
        if Command::new("xmllint").arg("--version").output().is_err() {
            return Err(
                "xmllint is needed to judge XML; on Debian or Ubuntu: sudo apt-get install libxml2-utils".into()
            );
        }
        let schema = serde_json::from_slice(&read(&schemas.join("AllSchemas.json"))?).map_err(text)?;
        let json = jsonschema::validator_for(&schema).map_err(text)?;
        let folder = std::env::temp_dir().join(format!("theriac-b2mml-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(text)?;
        Ok(Self { json, schema: schemas.join("AllSchemas.xsd"), folder, cases: Vec::new() })
    }

    /// Keeps a document for [`Judge::verdicts`].
    pub fn xml(&mut self, case: &str, document: &str) {
        let file = self.folder.join(format!("{:04}.xml", self.cases.len()));
        // A document that cannot be kept has no verdict, which is told.
        let _kept = fs::write(file, document);
        self.cases.push(case.to_owned());
    }

    pub fn documents(&self) -> usize {
        self.cases.len()
    }

    pub fn json(&self, document: &str) -> Result<(), String> {
        let value = serde_json::from_str(document).map_err(text)?;
        match self.json.iter_errors(&value).next() {
            None => Ok(()),
            Some(error) => Err(format!("AllSchemas.json, at {}: {error}", error.instance_path())),
        }
    }

    /// What the XSD says of each case's documents.
    pub fn verdicts(&self) -> Result<BTreeMap<String, Result<(), String>>, String> {
        let names: Vec<String> = (0..self.cases.len()).map(|at| format!("{at:04}.xml")).collect();
        let mut xmllint = Command::new("xmllint");
        let run = xmllint.args(["--noout", "--nonet", "--schema"]).arg(&self.schema).args(&names);
        let output = run.current_dir(&self.folder).output().map_err(text)?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut verdicts = BTreeMap::new();
        for (name, case) in names.iter().zip(&self.cases) {
            let good = told.lines().any(|line| line == format!("{name} validates"));
            let why = told.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap_or("it was not judged");
            let so_far = verdicts.entry(case.clone()).or_insert(Ok(()));
            if !good && so_far.is_ok() {
                *so_far = Err(format!("AllSchemas.xsd: {why}"));
            }
        }
        Ok(verdicts)
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _removed = fs::remove_dir_all(&self.folder);
    }
}
