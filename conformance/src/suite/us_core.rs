//! US Core 6.1.0, <http://hl7.org/fhir/us/core/STU6.1/>: its definitions, which are differentials, are stored in a tenant, and
//! each of its examples meets the profiles it declares, by `$validate` and when it is stored.

use super::Outcome;
use super::fhir_validator::{is_valid, type_of};
use crate::run::{FHIR, Run, Tenant, encoded, files, read};
use serde_json::Value;
use std::path::Path;

/// What validation needs of the guide.
const DEFINITIONS: &[&str] = &["StructureDefinition", "ValueSet", "CodeSystem"];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let folder = run.data("fhir/us-core/6.1.0");
    let tenant = run.tenant("us-core").await?;
    let mut outcome = Outcome::default();
    let mut stored = 0;
    for file in files(&folder.join("definitions"))? {
        let bytes = read(&file)?;
        let kind = type_of(&bytes);
        if DEFINITIONS.contains(&kind.as_str()) {
            put(&tenant, &kind, bytes).await?;
            stored += 1;
        }
    }
    // Three examples declare profiles of another guide, which is not here.
    let settings = ["fhir.validation=declared", "fhir.validation.unknown-profiles=warn"];
    run.server()?.tell(&[&["tenant", "set", &tenant.name], &settings[..]].concat())?;
    // A running server sees a change by another process within a second.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let examples = files(&folder.join("examples"))?;
    for file in &examples {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        outcome.case(name, meets(&tenant, file).await);
    }
    outcome.note(format!("{stored} definitions, {} examples", examples.len()));
    Ok(outcome)
}

async fn put(tenant: &Tenant, kind: &str, bytes: Vec<u8>) -> Result<(), String> {
    let document: Value = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
    let id = document["id"].as_str().unwrap_or_default();
    tenant.ask("PUT", &format!("fhir/{kind}/{}", encoded(id)), FHIR, bytes).await?;
    tenant.wrote(1);
    Ok(())
}

async fn meets(tenant: &Tenant, file: &Path) -> Result<(), String> {
    if let Some(fault) = is_valid(tenant, file, None).await? {
        return Err(fault);
    }
    let bytes = read(file)?;
    put(tenant, &type_of(&bytes), bytes).await
}
