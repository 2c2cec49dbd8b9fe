//! HL7's validator cases, <https://github.com/FHIR/fhir-test-cases>: is a resource found valid where the recorded outcome of
//! the reference validator has no error, and invalid where it has one? Only the verdict is compared.
//!
//! Left out by what the manifest marks, and counted in the notes: cases with `packages`, cases of the modules about a
//! terminology server, and rows whose file or recorded outcome is not here. No case is left out by its name or by what is
//! found: every other miss stands in the gaps with its reason.
//!
//! What the manifest sets for the reference validator is set here in the same words of ours ([`setting`]). A definition
//! that the strict road refuses comes in a package, which is read leniently.

mod setting;

use super::Outcome;
use crate::run::{FHIR, Run, Tenant, read, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

const XML: &str = "application/fhir+xml";

struct Case {
    name: String,
    file: String,
    /// A profile's address, or the file it is in.
    profile: Option<String>,
    supporting: Vec<String>,
    /// `theriac tenant set`
    settings: Vec<String>,
    is_valid: bool,
}

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let folder = run.data("fhir/test-cases/validator-r4");
    let manifest: Value = serde_json::from_slice(&read(&folder.join("manifest.json"))?).map_err(text)?;
    let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut outcome = Outcome::default();
    // Cases of the same settings without definitions of their own share a tenant.
    let mut shared: BTreeMap<Vec<String>, Arc<Tenant>> = BTreeMap::new();
    let mut ready = Vec::new();
    for row in manifest["test-cases"].as_array().into_iter().flatten() {
        for case in cases(row, &folder) {
            match case {
                Ok(case) => ready.push((tenant_of(run, &mut shared, &case).await?, case)),
                Err(why) => *left_out.entry(why).or_default() += 1,
            }
        }
    }
    // A running server sees a change by another process within a second.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    for (tenant, case) in ready {
        let result = verdict(&tenant, &folder, &case).await;
        // The manifest has two rows of one name, with different outcomes.
        let again = outcome.cases.iter().any(|c| c.name == case.name);
        outcome.case(if again { format!("{}, again", case.name) } else { case.name }, result);
    }
    let passed = outcome.cases.iter().filter(|case| case.fault.is_none()).count();
    let all = outcome.cases.len().max(1);
    outcome.note(format!("{passed} of {all} verdicts agree ({:.1} %)", passed as f64 * 100.0 / all as f64));
    left_out.iter().for_each(|(why, count)| outcome.note(format!("left out, {why}: {count}")));
    Ok(outcome)
}

fn names(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The case by the type alone, and the case with its profile.
fn cases(row: &Value, folder: &Path) -> Vec<Result<Case, &'static str>> {
    let name = row["name"].as_str().unwrap_or_default();
    let profile = &row["profile"];
    if !row["packages"].is_null() || !profile["packages"].is_null() {
        return vec![Err("it needs guide packages")];
    }
    if matches!(row["module"].as_str(), Some("tx" | "tx-advanced")) {
        return vec![Err("it needs a terminology server")];
    }
    let supporting = [names(&row["supporting"]), names(&row["profiles"])].concat();
    let mut all = vec![case(row, &row["java"], name.to_owned(), None, supporting.clone(), folder)];
    if let Some(source) = profile["source"].as_str() {
        let supporting = [supporting, names(&profile["supporting"])].concat();
        let mut with_profile = row.clone();
        with_profile["assumeValidRestReferences"] = profile["assumeValidRestReferences"].clone();
        all.push(case(&with_profile, &profile["java"], format!("{name}, profile"), Some(source), supporting, folder));
    }
    all
}

fn case(
    row: &Value,
    recorded: &Value,
    name: String,
    profile: Option<&str>,
    mut supporting: Vec<String>,
    folder: &Path,
) -> Result<Case, &'static str> {
    let file = row["file"].as_str().unwrap_or_default().to_owned();
    supporting.extend(profile.filter(|p| !p.contains(':')).map(str::to_owned));
    if supporting.iter().chain([&file]).any(|name| !folder.join(name).exists()) {
        return Err("a file of it is not here");
    }
    let errors = errors(recorded, folder).ok_or("no outcome is recorded")?;
    let settings = setting::of(row);
    Ok(Case { name, file, profile: profile.map(str::to_owned), supporting, settings, is_valid: errors == 0 })
}

/// How many errors the recorded outcome has.
fn errors(recorded: &Value, folder: &Path) -> Option<usize> {
    let outcome: Value = match recorded {
        Value::String(name) => serde_json::from_slice(&read(&folder.join("outcomes").join(name)).ok()?).ok()?,
        inline if inline["errorCount"].is_u64() => return usize::try_from(inline["errorCount"].as_u64()?).ok(),
        inline if inline["outcome"].is_object() => inline["outcome"].clone(),
        _ => return None,
    };
    let issues = outcome["issue"].as_array().into_iter().flatten();
    Some(issues.filter(|issue| matches!(issue["severity"].as_str(), Some("error" | "fatal"))).count())
}

/// One of its own for a case with definitions, which are stored whatever they are worth.
async fn tenant_of(
    run: &Run,
    shared: &mut BTreeMap<Vec<String>, Arc<Tenant>>,
    case: &Case,
) -> Result<Arc<Tenant>, String> {
    let is_plain = case.supporting.is_empty();
    if let Some(known) = shared.get(&case.settings).filter(|_| is_plain) {
        return Ok(known.clone());
    }
    let tenant = run.tenant("validator").await?;
    let level = if is_plain { "fhir.validation=base" } else { "fhir.validation=off" };
    let mut set = vec!["tenant", "set", &tenant.name, level];
    set.extend(case.settings.iter().map(String::as_str));
    run.server()?.tell(&set)?;
    if is_plain {
        shared.insert(case.settings.clone(), tenant.clone());
    }
    Ok(tenant)
}

async fn verdict(tenant: &Tenant, folder: &Path, case: &Case) -> Result<(), String> {
    let mut profile = case.profile.clone();
    for name in &case.supporting {
        let url = store(tenant, &folder.join(name)).await?;
        if case.profile.as_ref() == Some(name) {
            profile = Some(url.ok_or_else(|| format!("the profile in {name} is refused"))?);
        }
    }
    let found = is_valid(tenant, &folder.join(&case.file), profile.as_deref()).await?;
    match (case.is_valid, found) {
        (true, Some(fault)) => Err(format!("is valid, but was told: {fault}")),
        (false, None) => Err("is not valid, but nothing was found".to_owned()),
        _ => Ok(()),
    }
}

fn media(file: &Path) -> &'static str {
    if file.extension().is_some_and(|e| e == "xml") { XML } else { FHIR }
}

/// The type the document says it is; any, where it says none.
pub fn type_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(document) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) {
        return document["resourceType"].as_str().unwrap_or("Patient").to_owned();
    }
    let root = text.split('<').skip(1).find(|part| part.starts_with(|c: char| c.is_ascii_uppercase()));
    let name: Option<String> = root.map(|part| part.chars().take_while(char::is_ascii_alphabetic).collect());
    name.filter(|_| !text.trim_start().starts_with('{')).unwrap_or_else(|| "Patient".to_owned())
}

/// Stores a definition; gives its address. What both roads refuse stays unknown to the server.
async fn store(tenant: &Tenant, file: &Path) -> Result<Option<String>, String> {
    let bytes = read(file)?;
    let kind = type_of(&bytes);
    let answer = tenant.send("POST", &format!("fhir/{kind}?_format=json"), media(file), bytes.clone()).await?;
    let stored: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
    for entry in stored["entry"].as_array().into_iter().flatten().filter(|_| kind == "Bundle") {
        let kind = entry["resource"]["resourceType"].as_str().unwrap_or_default();
        tenant.send("POST", &format!("fhir/{kind}"), FHIR, entry["resource"].to_string().into_bytes()).await?;
    }
    if answer.status == 201 {
        return Ok(stored["url"].as_str().map(str::to_owned));
    }
    let packed = package(file, &bytes)?;
    let answer =
        tenant.send("POST", "fhir/ImplementationGuide/$install?_format=json", "application/gzip", packed).await?;
    match answer.status {
        200 => Ok(url_in(&bytes)),
        _ => Ok(None),
    }
}

/// The definition alone in a package, named after its file.
fn package(file: &Path, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let manifest = serde_json::json!({ "name": format!("case.{name}"), "version": "1", "fhirVersions": ["4.0.1"] });
    let mut archive = Vec::new();
    for (path, content) in
        [("package/package.json".to_owned(), manifest.to_string().as_bytes()), (format!("package/{name}"), bytes)]
    {
        archive.extend(header(&path, content.len()));
        archive.extend_from_slice(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.extend([0; 1024]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&archive).map_err(text)?;
    packed.finish().map_err(text)
}

/// A header of a plain file, POSIX.1-2017, pax, 4.10 ustar.
fn header(path: &str, size: usize) -> [u8; 512] {
    let mut header = [0u8; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(100, "0000644");
    put(124, &format!("{size:011o}"));
    put(148, "        ");
    put(156, "0");
    put(257, "ustar");
    let sum: usize = header.iter().map(|b| usize::from(*b)).sum();
    header[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    header[154] = 0;
    header
}

/// The address that the definition gives itself, in JSON or XML.
fn url_in(bytes: &[u8]) -> Option<String> {
    if let Ok(document) = serde_json::from_slice::<Value>(bytes) {
        return document["url"].as_str().map(str::to_owned);
    }
    let text = String::from_utf8_lossy(bytes);
    let (_, rest) = text.split_once("<url value=\"")?;
    rest.split('"').next().map(str::to_owned)
}

/// The first error that is told, if any.
pub async fn is_valid(tenant: &Tenant, file: &Path, profile: Option<&str>) -> Result<Option<String>, String> {
    let bytes = read(file)?;
    let asked = profile.map(|url| format!("&profile={}", crate::run::encoded(url))).unwrap_or_default();
    let path = format!("fhir/{}/$validate?_format=json{asked}", type_of(&bytes));
    let answer = tenant.send("POST", &path, media(file), bytes).await?;
    if !matches!(answer.status, 200 | 400 | 404) {
        return Err(format!("{path}: {}", answer.status));
    }
    let told: Value = serde_json::from_slice(&answer.bytes).map_err(text)?;
    let mut issues = told["issue"].as_array().into_iter().flatten();
    let error = issues.find(|issue| matches!(issue["severity"].as_str(), Some("error" | "fatal")));
    Ok(error.map(|e| format!("{} {}{}", e["expression"][0], e["details"]["text"], e["diagnostics"])))
}
