//! The zstd dictionary for stored resources: trained over public documents in the form Theriac stores
//! (`resourceType`, `id`, `meta` with `versionId` and `lastUpdated` first, compact), RFC 8878 section 5.

use super::{Package, read_json, text};
use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// zstd's usual size.
const SIZE: usize = 112 * 1024;
/// The id in the dictionary's header and in its file name; raise it when a new one is trained.
pub const ID: u32 = 1;
const LEVEL: i32 = 3;
/// Longer documents profit little from a dictionary and crowd out the rest.
const LONGEST: usize = 32 * 1024;
/// Per type, so that no kind of resource dominates: clinical ones, and definitions.
const MOST: usize = 500;
const MOST_DEFINITIONS: usize = 25;
const DEFINITIONS: &[&str] = &[
    "StructureDefinition",
    "ValueSet",
    "CodeSystem",
    "SearchParameter",
    "ConceptMap",
    "OperationDefinition",
    "CapabilityStatement",
    "CompartmentDefinition",
    "ImplementationGuide",
    "Bundle",
];

type Samples = BTreeMap<String, Vec<Vec<u8>>>;

/// Documents to train on, and documents of other files to measure with.
#[derive(Default)]
struct Split {
    files: usize,
    train: Samples,
    held_out: Samples,
}

pub fn train(package: &Package, folders: &[PathBuf]) -> Result<(Vec<u8>, String), String> {
    let mut split = Split::default();
    for file in package.files.iter().filter(|f| f.ends_with(".json") && *f != "package.json" && *f != "ig-r4.json") {
        split.add_file(read_json(&package.dir.join(file))?);
    }
    for folder in folders {
        split.add_folder(folder)?;
    }
    let train: Vec<&Vec<u8>> = split.train.iter().flat_map(|(kind, documents)| spread(kind, documents)).collect();
    let mut dictionary = zstd::dict::from_samples(&train, SIZE).map_err(|e| format!("training failed: {e}"))?;
    dictionary[4..8].copy_from_slice(&ID.to_le_bytes());
    let report = report(&dictionary, train.len(), &split.held_out)?;
    Ok((dictionary, report))
}

impl Split {
    fn add_folder(&mut self, folder: &Path) -> Result<(), String> {
        let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        paths.sort();
        for path in paths {
            match path.extension().and_then(|e| e.to_str()) {
                _ if path.is_dir() => self.add_folder(&path)?,
                Some("gz") => self.add_file(unpack(&path)?),
                Some("json") => self.add_file(read_json(&path)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Every tenth file is held out whole: the documents of one file share names and references.
    fn add_file(&mut self, document: Value) {
        self.files += 1;
        let samples = if self.files.is_multiple_of(10) { &mut self.held_out } else { &mut self.train };
        add(document, samples);
    }
}

fn unpack(path: &Path) -> Result<Value, String> {
    let file = fs::File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut bytes = Vec::new();
    GzDecoder::new(file).read_to_end(&mut bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))
}

/// Adds a resource, or the entries of a bundle that is meant to be taken apart.
fn add(document: Value, all: &mut Samples) {
    let kind = text(&document, "resourceType").to_owned();
    if kind == "Bundle" && ["transaction", "batch"].contains(&text(&document, "type")) {
        let Some(Value::Array(entries)) = document.get("entry").cloned() else { return };
        return entries.into_iter().filter_map(|e| e.get("resource").cloned()).for_each(|r| add(r, all));
    }
    let Value::Object(members) = document else { return };
    let bytes = stored_form(members).to_string().into_bytes();
    if !kind.is_empty() && bytes.len() <= LONGEST {
        all.entry(kind).or_default().push(bytes);
    }
}

fn stored_form(mut members: Map<String, Value>) -> Value {
    let mut stored = Map::new();
    for name in ["resourceType", "id"] {
        stored.extend(members.shift_remove_entry(name));
    }
    let mut meta = Map::from_iter([("versionId".to_owned(), json!("1"))]);
    meta.insert("lastUpdated".to_owned(), json!("2026-01-01T00:00:00.000Z"));
    if let Some(Value::Object(given)) = members.shift_remove("meta") {
        meta.extend(given.into_iter().filter(|(name, _)| name != "versionId" && name != "lastUpdated"));
    }
    stored.insert("meta".to_owned(), Value::Object(meta));
    stored.extend(members);
    Value::Object(stored)
}

/// An even spread over a type's documents, up to its share.
fn spread<'a>(kind: &str, documents: &'a [Vec<u8>]) -> impl Iterator<Item = &'a Vec<u8>> + use<'a> {
    let most = if DEFINITIONS.contains(&kind) { MOST_DEFINITIONS } else { MOST };
    let step = documents.len().div_ceil(most).max(1);
    documents.iter().step_by(step)
}

fn report(dictionary: &[u8], trained: usize, held_out: &Samples) -> Result<String, String> {
    let mut with = zstd::bulk::Compressor::with_dictionary(LEVEL, dictionary).map_err(|e| e.to_string())?;
    let mut without = zstd::bulk::Compressor::new(LEVEL).map_err(|e| e.to_string())?;
    let mut out = format!("trained on {trained} documents; held-out documents at level {LEVEL}, mean bytes:\n");
    out.push_str(&format!("{:24} {:>6} {:>8} {:>8} {:>8}\n", "type", "count", "raw", "zstd", "+dict"));
    let mut total = [0usize; 4];
    for (kind, documents) in held_out.iter().filter(|(kind, _)| !DEFINITIONS.contains(&kind.as_str())) {
        let mut sum = [documents.len(), 0, 0, 0];
        for document in documents {
            sum[1] += document.len();
            sum[2] += without.compress(document).map_err(|e| e.to_string())?.len();
            sum[3] += with.compress(document).map_err(|e| e.to_string())?.len();
        }
        (0..4).for_each(|i| total[i] += sum[i]);
        if sum[0] >= 10 {
            out.push_str(&row(kind, sum));
        }
    }
    out.push_str(&row("all", total));
    Ok(out)
}

fn row(kind: &str, [count, raw, plain, with]: [usize; 4]) -> String {
    format!("{kind:24} {count:>6} {:>8} {:>8} {:>8}\n", raw / count, plain / count, with / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_begin_as_stored_resources_do() {
        let mut samples = Samples::new();
        let patient =
            json!({"active": true, "meta": {"lastUpdated": "x", "tag": []}, "id": "1", "resourceType": "Patient"});
        add(json!({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": patient}, {}]}), &mut samples);
        let expected = r#"{"resourceType":"Patient","id":"1","meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000Z","tag":[]},"active":true}"#;
        assert_eq!(samples["Patient"], [expected.as_bytes()]);
    }

    #[test]
    fn the_committed_dictionary_has_the_id_of_its_name() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fhir-profiles/dictionary/1.dict");
        let bytes = fs::read(path).unwrap();
        assert_eq!((bytes.len(), &bytes[..8]), (SIZE, &[0x37, 0xa4, 0x30, 0xec, 1, 0, 0, 0][..]));
        let document =
            br#"{"resourceType":"Patient","id":"1","meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000Z"}}"#;
        let packed = zstd::bulk::Compressor::with_dictionary(LEVEL, &bytes).unwrap().compress(document).unwrap();
        assert!(packed.len() < document.len() / 2, "{}", packed.len());
        let unpacked = zstd::bulk::Decompressor::with_dictionary(&bytes).unwrap().decompress(&packed, 200).unwrap();
        assert_eq!(unpacked, document);
    }
}
