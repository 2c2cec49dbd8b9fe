//! Documents of V0401, as plants sent them, brought up to V0700 when they are read.

use super::judge::Judge;
use super::{XML, got, plain};
use crate::run::{Run, Tenant, files, read, text};
use crate::suite::Outcome;

/// Folders of examples, and the order in which they are sent: what is named by others comes first.
const FOLDERS: &[&str] = &["isa95/b2mml-v0401-courbon", "isa95/batchml-v0401-batch-record"];

/// What is known of the examples: an address, a pointer into its plain document, a value.
const FACTS: &[(&str, &str, &str, &str)] = &[
    ("MAT-", "materialDefinitions/CRBN0001", "/properties/1/value/1/valueString", "XN"),
    ("LOT-", "materialLots/CRBN0001_LOT01", "/properties/0/value/0/valueString", "2013-12-08T00:00:00.0Z"),
    (
        "PES-",
        "operationsPerformances/53107",
        "/operationsResponse/0/segmentResponse/0/materialActual/0/quantity/0/quantityString",
        "0.41",
    ),
];

pub async fn run(
    run: &Run,
    judge: &mut Judge,
    outcome: &mut Outcome,
) -> Result<Vec<(String, Result<(), String>)>, String> {
    let mut results = Vec::new();
    let tenant = run.tenant("b2mml-v0401").await?;
    for folder in FOLDERS {
        if let Some(missing) = run.missing(&[folder]) {
            outcome.skipped.push(format!("{missing} is not among the data"));
            continue;
        }
        let mut examples = files(&run.data(folder))?;
        examples.retain(|file| file.extension().is_some_and(|extension| extension == "xml"));
        // Materials before the lots and the performance that name them.
        examples.sort_by_key(|file| file.file_name().is_some_and(|name| !name.to_string_lossy().starts_with("MAT-")));
        for file in examples {
            let name = format!("v0401/{}", file.file_name().unwrap_or_default().to_string_lossy());
            let result = one(&tenant, &name, read(&file)?, judge).await;
            results.push((name, result));
        }
    }
    Ok(results)
}

async fn one(tenant: &Tenant, name: &str, document: Vec<u8>, judge: &mut Judge) -> Result<(), String> {
    let answer = tenant.ask("POST", "isa95/messages?references=report", XML, document).await?;
    tenant.wrote(1);
    judge.xml(name, &String::from_utf8(answer.bytes.to_vec()).map_err(text)?);
    let file = name.trim_start_matches("v0401/");
    let facts: Vec<_> = FACTS.iter().filter(|fact| file.starts_with(fact.0)).collect();
    for (_, record, pointer, expected) in &facts {
        let path = format!("isa95/{record}");
        judge.xml(name, &got(tenant, &path, XML).await?);
        judge.json(&got(tenant, &path, super::JSON).await?)?;
        let found = plain(tenant, &path).await?;
        if found.pointer(pointer).and_then(|value| value.as_str()) != Some(expected) {
            return Err(format!("{record} does not have {expected:?} at {pointer}: {found}"));
        }
    }
    if facts.is_empty() { Err("nothing is known of what it holds".to_owned()) } else { Ok(()) }
}
