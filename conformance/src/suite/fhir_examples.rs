//! HL7's R4 examples, <http://hl7.org/fhir/R4/downloads.html>: put, read back, and nothing is lost or respelt.
//!
//! Bundles are stored whole here, whatever their type.

use super::Outcome;
use crate::json::Tree;
use crate::run::{FHIR, Run, Tenant, encoded, files, read};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Members that the server may set, and so puts where it likes; all others keep their order.
const HEAD: [&str; 3] = ["resourceType", "id", "meta"];
/// The ledger's checkpoint is kept after so many.
const MARK: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    resource_type: String,
    id: Option<String>,
}

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let tenant = run.tenant("examples").await?;
    let mut outcome = Outcome::default();
    let mut types: BTreeMap<String, usize> = BTreeMap::new();
    for folder in ["json", "json-definitional"] {
        for (at, file) in files(&run.data("fhir/examples-r4").join(folder))?.iter().enumerate() {
            let name = format!("{folder}/{}", file.file_name().unwrap_or_default().to_string_lossy());
            let bytes = read(file)?;
            let head: Head = serde_json::from_slice(&bytes).map_err(|e| format!("{name}: {e}"))?;
            outcome.case(name, round_trip(&tenant, &head, bytes).await);
            *types.entry(head.resource_type).or_default() += 1;
            if at % MARK == 0 {
                tenant.mark().await?;
            }
        }
    }
    let all: usize = types.values().sum();
    let counts: Vec<String> = types.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    outcome.note(format!("{all} examples of {} types: {}", types.len(), counts.join(", ")));
    let without = without_example(&run.data("fhir/definitions/structuredefinitions-resources.ndjson.gz"), &types)?;
    outcome.note(format!("{} types without an example: {}", without.len(), without.join(", ")));
    Ok(outcome)
}

async fn round_trip(tenant: &Tenant, head: &Head, bytes: Vec<u8>) -> Result<(), String> {
    let mut sent = Tree::read(&bytes)?;
    let kind = &head.resource_type;
    let path = match &head.id {
        Some(id) => {
            let path = format!("fhir/{kind}/{}", encoded(id));
            tenant.ask("PUT", &path, FHIR, bytes).await?;
            path
        }
        // One example has no id: the server gives it.
        None => {
            let answer = tenant.ask("POST", &format!("fhir/{kind}"), FHIR, bytes).await?;
            let location = answer.header("location").unwrap_or_default();
            let id = location.split('/').skip_while(|part| part != kind).nth(1);
            format!("fhir/{kind}/{}", id.ok_or_else(|| format!("Location {location:?} names no id"))?)
        }
    };
    tenant.wrote(1);
    let answer = tenant.ask("GET", &path, FHIR, Vec::new()).await?;
    let mut got = Tree::read(&answer.bytes)?;
    if head.id.is_none() {
        got.remove("id");
    }
    for document in [&mut sent, &mut got] {
        without_version(document);
        document.put_first(&HEAD);
    }
    sent.difference(&got, kind).map_or(Ok(()), Err)
}

/// What the server sets: <http://hl7.org/fhir/R4/resource.html#Meta>.
fn without_version(document: &mut Tree) {
    let Some(meta) = document.member_mut("meta") else { return };
    meta.remove("versionId");
    meta.remove("lastUpdated");
    if meta.is_empty() {
        document.remove("meta");
    }
}

/// Types that can be stored and of which HL7 gives no example, told from the definitions.
fn without_example(file: &Path, with: &BTreeMap<String, usize>) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Definition {
        #[serde(rename = "type")]
        name: String,
        kind: String,
        #[serde(rename = "abstract")]
        is_abstract: bool,
        #[serde(default)]
        derivation: String,
    }
    let mut names = BTreeSet::new();
    for line in super::fhir_synthea::unpacked(file)?.lines().filter(|line| !line.trim().is_empty()) {
        let definition: Definition = serde_json::from_str(line).map_err(|e| format!("{}: {e}", file.display()))?;
        if definition.kind == "resource" && !definition.is_abstract && definition.derivation != "constraint" {
            names.insert(definition.name);
        }
    }
    Ok(names.into_iter().filter(|name| !with.contains_key(name)).collect())
}
