//! What a researcher can read of Synthea's patients holds no Safe Harbor identifier: all of it is read over HTTP, through
//! the profile `safe-harbor`, and scanned by rules that know nothing of the profile.
//!
//! The scanner has two ways: what the source files say of persons (names, numbers, places, dates, ids) must not be there as
//! a word or a whole value; and nothing may have the form of a date, telephone, social security number, mail or network address.

mod secrets;

use super::Outcome;
use crate::run::{FHIR, JSON, Run, text};
use secrets::Secrets;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use theriac_sdk::Client;

/// The set of 2021 creates its hospitals on condition that they are not there, and so comes first.
const FOLDERS: &[&str] = &["fhir/synthea/blaze-2021", "fhir/synthea/smart-2019"];
/// How many patients are also read by `$everything`, history, vread and includes.
const CLOSELY: usize = 5;

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let tenant = run.tenant("deid-synthea").await?;
    let folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| run.data(folder)).collect();
    let paths: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let load = ["load", "--tenant", &tenant.name].into_iter().chain(paths.iter().map(String::as_str));
    let said = run.server()?.command(&load.collect::<Vec<_>>())?;
    outcome.case("the patients are loaded", if said.well { Ok(()) } else { Err(said.err) });
    let project = serde_json::json!({"profile": "safe-harbor", "members": ["ada"], "threshold": 1}).to_string();
    tenant.ask("PUT", "admin/deid/projects/scan", JSON, project.into_bytes()).await?;
    let token = ["token", "--tenant", &tenant.name, "--role", "researcher", "--subject", "ada", "--ttl", "12h"];
    let ada = Client::new(&run.server()?.url, &tenant.name, &run.server()?.tell(&token)?).map_err(text)?;
    let secrets = Secrets::of(&folders)?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut patients = Vec::new();
    for kind in &secrets.kinds {
        let result = read_all(&ada, kind, &secrets, &mut counts, &mut patients).await;
        outcome.case(format!("nothing is told by {kind}"), result);
    }
    for patient in patients.iter().take(CLOSELY) {
        for path in roads(patient) {
            let shown = path.replace(patient, "{id}");
            outcome.case(format!("nothing is told by {shown}"), scan(&ada, &path, &secrets).await.map(drop));
        }
    }
    let expected: usize = secrets.resources;
    let read: usize = counts.values().sum();
    let all = if read == expected { Ok(()) } else { Err(format!("{read} of {expected} resources were read")) };
    outcome.case("every resource was read", all);
    outcome.note(format!("{read} resources of {} types read, {} secrets looked for", counts.len(), secrets.count()));
    Ok(outcome)
}

fn roads(patient: &str) -> Vec<String> {
    vec![
        format!("fhir/Patient/{patient}"),
        format!("fhir/Patient/{patient}/_history"),
        format!("fhir/Patient/{patient}/$everything?_count=200"),
        format!("fhir/Patient/{patient}/Observation?_count=50"),
        format!(
            "fhir/Observation?patient={patient}&_include=Observation:patient&_include=Observation:encounter&_count=50"
        ),
        format!("fhir/Patient?_id={patient}&_revinclude=Condition:subject&_revinclude=Claim:patient"),
    ]
}

async fn read_all(
    client: &Client,
    kind: &str,
    secrets: &Secrets,
    counts: &mut BTreeMap<String, usize>,
    patients: &mut Vec<String>,
) -> Result<(), String> {
    let mut path = format!("fhir/{kind}?_count=200");
    loop {
        let bundle = scan(client, &path, secrets).await?;
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        *counts.entry(kind.to_owned()).or_default() += entries.len();
        if kind == "Patient" {
            patients.extend(entries.iter().filter_map(|e| e["resource"]["id"].as_str()).map(str::to_owned));
        }
        let links = bundle["link"].as_array().cloned().unwrap_or_default();
        let next = links.iter().find(|link| link["relation"] == "next").and_then(|link| link["url"].as_str());
        let Some(next) = next else { return Ok(()) };
        path = next.split_once("/fhir").map(|(_, rest)| format!("fhir{rest}")).ok_or("a link that leads elsewhere")?;
    }
}

async fn scan(client: &Client, path: &str, secrets: &Secrets) -> Result<Value, String> {
    let answer = client.request("GET".parse().map_err(text)?, path, &[("accept", FHIR)], "").await.map_err(text)?;
    if answer.status != 200 {
        return Err(format!("{path}: {}", answer.status));
    }
    for (name, value) in &answer.headers {
        let value = value.to_str().unwrap_or_default();
        // When the answer was made, and which request it answers.
        if !matches!(name.as_str(), "date" | "x-request-id" | "content-length") {
            secrets.check(value).map_err(|found| format!("the header {name} tells {found}"))?;
        }
    }
    let body: Value = answer.json().map_err(text)?;
    values(&body, &mut |value| secrets.check(value))?;
    Ok(body)
}

fn values(node: &Value, check: &mut dyn FnMut(&str) -> Result<(), String>) -> Result<(), String> {
    match node {
        Value::String(value) => check(value),
        Value::Array(items) => items.iter().try_for_each(|item| values(item, check)),
        // A page's cursor is enciphered, and its letters are anybody's.
        Value::Object(members) => {
            let is_shared =
                |name: &str, item: &Value| name == "code" && members.contains_key("system") && is_short(item);
            let told = members.iter().filter(|(name, item)| *name != "link" && !is_shared(name, item));
            told.map(|(_, item)| item).try_for_each(|item| values(item, check))
        }
        _ => Ok(()),
    }
}

/// A code of a system that everybody shares may be somebody's number by chance: vaccine 140 of CVX, and an
/// organization's identifier. By four characters and less nobody is found.
fn is_short(code: &Value) -> bool {
    code.as_str().is_some_and(|code| code.len() <= 4)
}
