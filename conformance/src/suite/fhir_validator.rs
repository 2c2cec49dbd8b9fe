//! HL7's validator cases, <https://github.com/FHIR/fhir-test-cases>: is a resource found valid where the recorded outcome of
//! the reference validator has no error, and invalid where it has one? Only the verdict is compared.
//!
//! Left out, and counted in the notes: cases that need guide packages, later versions' definitions or files that are not
//! here, cases of a terminology server (also those whose every recorded error is about a code or display of a terminology
//! that is not here), and cases of settings which only that one validator has.

use super::Outcome;
use crate::run::{FHIR, Run, Tenant, read, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const XML: &str = "application/fhir+xml";

struct Case {
    name: String,
    file: String,
    /// A profile's address, or the file it is in.
    profile: Option<String>,
    supporting: Vec<String>,
    is_valid: bool,
}

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let folder = run.data("fhir/test-cases/validator-r4");
    let manifest: Value = serde_json::from_slice(&read(&folder.join("manifest.json"))?).map_err(text)?;
    let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut outcome = Outcome::default();
    // Cases without definitions of their own share a tenant.
    let plain = run.tenant("validator").await?;
    for row in manifest["test-cases"].as_array().into_iter().flatten() {
        for case in cases(row, &folder) {
            match case {
                Ok(case) => {
                    let result = verdict(run, &plain, &folder, &case).await;
                    outcome.case(case.name, result);
                }
                Err(why) => *left_out.entry(why).or_default() += 1,
            }
        }
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
        return vec![Err(PACKAGES)];
    }
    if matches!(row["module"].as_str(), Some("tx" | "tx-advanced")) {
        return vec![Err("it needs a terminology server")];
    }
    let supporting = [names(&row["supporting"]), names(&row["profiles"])].concat();
    let mut all = vec![case(row, &row["java"], name.to_owned(), None, supporting.clone(), folder)];
    if let Some(source) = profile["source"].as_str() {
        let supporting = [supporting, names(&profile["supporting"])].concat();
        all.push(case(row, &profile["java"], format!("{name}, profile"), Some(source), supporting, folder));
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
    if let Some((_, why)) = UNMARKED.iter().find(|(unmarked, _)| *unmarked == name) {
        return Err(why);
    }
    let file = row["file"].as_str().unwrap_or_default().to_owned();
    supporting.extend(profile.filter(|p| !p.contains(':')).map(str::to_owned));
    if supporting.iter().chain([&file]).any(|name| !folder.join(name).exists()) {
        return Err("a file of it is not here");
    }
    let errors = errors(recorded, folder).ok_or("no outcome is recorded")?;
    let is_foreign = |error: &String| FOREIGN.iter().any(|word| error.contains(word));
    if !errors.is_empty() && errors.iter().all(is_foreign) {
        return Err("it needs a terminology server");
    }
    Ok(Case { name, file, profile: profile.map(str::to_owned), supporting, is_valid: errors.is_empty() })
}

const PACKAGES: &str = "it needs guide packages or definitions later than R4";
const SETTINGS: &str = "it is about a setting of the reference validator";

/// Cases that the manifest does not mark, with what they need.
const UNMARKED: &[(&str, &str)] = &[
    // Extensions of other versions of FHIR, made from those versions' definitions.
    ("ext-xver-modifier-1", PACKAGES),
    ("ext-xver-modifier-2", PACKAGES),
    ("patient-xver-bad", PACKAGES),
    // Extensions of the package hl7.fhir.uv.extensions: obligations, languages of narrative, values that must be there,
    // additional bindings.
    ("profile-patient-op1", PACKAGES),
    ("profile-patient-op2", PACKAGES),
    ("profile-patient-op3", PACKAGES),
    ("xhtml-ctrl-no-lang-bad, profile", PACKAGES),
    ("xhtml-ctrl-source1, profile", PACKAGES),
    ("xhtml-ctrl-two-lang-bad, profile", PACKAGES),
    ("xhtml-ctrl-twob-lang-bad, profile", PACKAGES),
    ("xhtml-ctrl-twob-lang-good2, profile", PACKAGES),
    ("patient-value-alternative-bad, profile", PACKAGES),
    ("patient-value-present-bad, profile", PACKAGES),
    ("additional-bindings-observation-2, profile", PACKAGES),
    // Guides: SDC, SMART App Launch, Kanta.
    ("nested-questionnaire-nested-valueset", PACKAGES),
    ("res-inv-example-good, profile", PACKAGES),
    ("questionnaireResponse-enableWhenEx-test-fail", PACKAGES),
    // Markup in texts, example addresses, rules of publication, what is let pass, what references are followed.
    ("bad-markdown-no-html", SETTINGS),
    ("pat-security-bad-string", SETTINGS),
    ("dr-example-org", SETTINGS),
    ("pat-example-extensions", SETTINGS),
    ("ext-derived-circle", SETTINGS),
    ("contained-resource-bad-id-ignore", SETTINGS),
    ("type-ref-unchecked, profile", SETTINGS),
];

/// Code systems that are not part of the standard's package.
const FOREIGN: &[&str] = &["http://snomed.info/sct", "http://loinc.org#", "for urn:iso:std:iso:3166", "/sid/cvx"];

/// The errors of the recorded outcome.
fn errors(recorded: &Value, folder: &Path) -> Option<Vec<String>> {
    let outcome: Value = match recorded {
        Value::String(name) => serde_json::from_slice(&read(&folder.join("outcomes").join(name)).ok()?).ok()?,
        inline if inline["errorCount"].is_u64() => {
            return Some(vec![String::new(); inline["errorCount"].as_u64()? as usize]);
        }
        inline if inline["outcome"].is_object() => inline["outcome"].clone(),
        _ => return None,
    };
    let issues = outcome["issue"].as_array().into_iter().flatten();
    let errors = issues.filter(|issue| matches!(issue["severity"].as_str(), Some("error" | "fatal")));
    Some(errors.map(|issue| issue["details"]["text"].as_str().unwrap_or_default().to_owned()).collect())
}

async fn verdict(run: &Run, plain: &Tenant, folder: &Path, case: &Case) -> Result<(), String> {
    let own;
    let mut profile = case.profile.clone();
    let tenant = match case.supporting.is_empty() {
        true => plain,
        false => {
            own = run.tenant("validator-case").await?;
            run.server()?.tell(&["tenant", "set", &own.name, "fhir.validation=off"])?;
            for name in &case.supporting {
                let url = store(&own, &folder.join(name)).await?;
                if case.profile.as_ref() == Some(name) {
                    profile = url;
                }
            }
            &own
        }
    };
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

/// Stores a definition; gives its address. What the server refuses stays unknown to it.
async fn store(tenant: &Tenant, file: &Path) -> Result<Option<String>, String> {
    let bytes = read(file)?;
    let kind = type_of(&bytes);
    let answer = tenant.send("POST", &format!("fhir/{kind}?_format=json"), media(file), bytes).await?;
    let stored: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
    for entry in stored["entry"].as_array().into_iter().flatten().filter(|_| kind == "Bundle") {
        let kind = entry["resource"]["resourceType"].as_str().unwrap_or_default();
        tenant.send("POST", &format!("fhir/{kind}"), FHIR, entry["resource"].to_string().into_bytes()).await?;
    }
    Ok(stored["url"].as_str().map(str::to_owned))
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
