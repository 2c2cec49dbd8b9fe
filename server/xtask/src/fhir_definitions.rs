//! Generates `fhir-profiles/r4/` and `fhir-profiles/dictionary/` from the unpacked npm package
//! `hl7.fhir.r4.examples` 4.0.1 (CC0-1.0), which carries every R4 definition beside the examples.
//! The formats are described in `fhir-profiles/r4/README.md`. Run from the repository's root.

mod dictionary;
mod packed;
mod search;
mod structures;
mod value_sets;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the generated files go, relative to the repository's root.
const OUT: &str = "fhir-profiles";

/// Writes the compact definitions.
pub fn run(package_dir: &Path) -> Result<(), String> {
    let package = Package::open(package_dir)?;
    let structures = package.load("StructureDefinition-")?;
    let mut sets = value_sets::ValueSets::open(&package);
    write("r4/structures.txt", &structures::compact(&structures, &mut sets)?)?;
    write("r4/value-sets.txt", &sets.compact())?;
    write("r4/search-parameters.txt", &search::parameters(&package.load("SearchParameter-")?)?)?;
    write("r4/compartments.txt", &search::compartments(&package.load("CompartmentDefinition-")?)?)?;
    packed::run(&package)
}

/// Trains the storage dictionary over the package's examples and over the bundles (`.json`, `.json.gz`)
/// of further folders, and prints what it gains on documents it was not trained on.
pub fn run_dictionary(package_dir: &Path, samples: &[PathBuf]) -> Result<(), String> {
    let package = Package::open(package_dir)?;
    let (bytes, report) = dictionary::train(&package, samples)?;
    println!("{report}");
    let name = format!("dictionary/{}.dict", dictionary::ID);
    match fs::read(Path::new(OUT).join(&name)) {
        Ok(old) if old != bytes => Err(format!(
            "{OUT}/{name} would change, and what was stored with it could not be read any more: \
             raise ID in fhir_definitions/dictionary.rs, and this one becomes the next"
        )),
        _ => write_bytes(&name, &bytes),
    }
}

/// The unpacked package: a flat folder of `<Type>-<id>.json`.
struct Package {
    dir: PathBuf,
    files: Vec<String>,
}

impl Package {
    fn open(dir: &Path) -> Result<Self, String> {
        let manifest = read_json(&dir.join("package.json"))?;
        let found = (text(&manifest, "name"), text(&manifest, "version"));
        if found != ("hl7.fhir.r4.examples", "4.0.1") {
            return Err(format!("{}: package hl7.fhir.r4.examples 4.0.1 was expected, found {found:?}", dir.display()));
        }
        let entries = fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
        let mut files: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        files.sort();
        Ok(Self { dir: dir.to_owned(), files })
    }

    fn load(&self, prefix: &str) -> Result<Vec<Value>, String> {
        self.files.iter().filter(|f| f.starts_with(prefix)).map(|f| read_json(&self.dir.join(f))).collect()
    }

    /// All documents of one type by their canonical `url`.
    fn by_url(&self, prefix: &str) -> BTreeMap<String, Value> {
        let documents = self.load(prefix).unwrap_or_default();
        documents.into_iter().map(|d| (text(&d, "url").to_owned(), d)).collect()
    }
}

fn read_json(path: &Path) -> Result<Value, String> {
    let bytes = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))
}

fn write(name: &str, content: &str) -> Result<(), String> {
    write_bytes(name, content.as_bytes())
}

fn write_bytes(name: &str, content: &[u8]) -> Result<(), String> {
    let path = Path::new(OUT).join(name);
    if !Path::new("server").is_dir() {
        return Err("run this from the repository's root, where the folder 'server' is".to_owned());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    }
    fs::write(&path, content).map_err(|e| format!("{}: {e}", path.display()))?;
    println!("{} ({} bytes)", path.display(), content.len());
    Ok(())
}

/// The string member of that name, or nothing.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The strings of an array member, joined by blanks.
fn words(value: &Value, name: &str) -> String {
    list(value, name).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}
