//! EPCIS in XML, 2.0 and 1.2: the published documents are captured, come back the same in each syntax, and the
//! answers are valid by the standard's schemas where Debian's `xmllint` and Python's `jsonschema` are there to say so.
//! The invalid are refused.
//!
//! Every document has a tenant of its own, and each way back another.

use super::Outcome;
use crate::run::{JSON, Run, Tenant, files, read, shortened, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(60);
const XML: &str = "application/xml";

const FOLDERS: &[&str] = &["openepcis", "gs1", "hash-vectors"];

/// States of jobs, and queries.
const OTHERS: &[&str] = &["/CaptureJob/", "/Queries/"];

/// Not in the order of the XSD; taken where the tenant has chosen so.
const JUMBLED: &[&str] =
    &["/expected_equal/", "JumbledFieldsOrder", "Jumbled_attributes", "hash-vectors/examples/SensorData"];

/// Ways back: media type, version, the schema that judges.
const WAYS: &[(&str, &str, &str)] = &[
    (JSON, "2.0", "EPCIS-JSON-Schema.json"),
    (XML, "2.0", "XSD-2.0/EPCglobal-epcis-query-2_0.xsd"),
    (XML, "1.2", "XSD-1.2/EPCglobal-epcis-query-1_2.xsd"),
];

/// Reads the schema and the document that are named, and says what is wrong first.
const JUDGE: &str = "import json, sys, jsonschema
schema, document = (json.load(open(name)) for name in sys.argv[1:3])
judge = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
fault = jsonschema.exceptions.best_match(judge.iter_errors(document))
sys.exit(fault and f'{fault.json_path}: {fault.message[:300]}')";

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let (mut captured, mut events, mut refused, mut judged) = (0, 0, 0, 0);
    let is_there = |program: &str, arguments: &[&str]| {
        Command::new(program).args(arguments).output().is_ok_and(|out| out.status.success())
    };
    let (linter, python) = (is_there("xmllint", &["--version"]), is_there("python3", &["-c", "import jsonschema"]));
    for folder in FOLDERS {
        for file in documents(&run.data("epcis").join(folder))? {
            let name = file.strip_prefix(run.data("epcis")).unwrap_or(&file).display().to_string();
            let jumbled = JUMBLED.iter().any(|known| name.contains(known));
            let tenant = tenant(run, "epcisxml", jumbled).await?;
            if name.contains("/Invalid/") {
                outcome.case(format!("{name}: is refused"), is_refused(&tenant, &file).await);
                refused += 1;
                continue;
            }
            let stored = capture(&tenant, &file).await;
            captured += 1;
            events += stored.as_ref().map(BTreeSet::len).unwrap_or_default();
            if let Ok(ids) = &stored {
                for (media, version, schema) in WAYS.iter().filter(|_| !ids.is_empty()) {
                    let there = if *media == XML { linter } else { python };
                    let schema = there.then(|| run.data("epcis").join("reference/gs1").join(schema));
                    judged += usize::from(schema.is_some());
                    let verdict = comes_back(run, &tenant, ids, (media, version), schema.as_deref()).await;
                    outcome.case(format!("{name}: comes back as {media} {version}"), verdict);
                }
            }
            outcome.case(format!("{name}: is captured"), stored.map(drop));
            let hashes = file.with_extension("hashes");
            if hashes.exists() {
                let tenant = self::tenant(run, "epcishash", jumbled).await?;
                outcome.case(format!("{name}: hash ids"), hashed(&tenant, &file, &hashes).await);
            }
        }
    }
    let absent = [("xmllint", linter), ("Python's jsonschema", python)].into_iter().filter(|(_, there)| !there);
    let absent: String = absent.map(|(name, _)| format!("; {name} is absent and judges nothing")).collect();
    let by = format!("{judged} answers judged by a schema{absent}");
    outcome.note(format!("{captured} valid documents with {events} events, {refused} invalid; {by}"));
    Ok(outcome)
}

async fn tenant(run: &Run, name: &str, any_order: bool) -> Result<Arc<Tenant>, String> {
    let tenant = run.tenant(name).await?;
    if any_order {
        run.server()?.tell(&["tenant", "set", &tenant.name, "epcis.xml.order=any"])?;
        // A server that runs takes up within a second what another process has set.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
    }
    Ok(tenant)
}

fn documents(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let wanted = |file: &PathBuf| {
        let name = file.display().to_string();
        file.extension().is_some_and(|e| e == "xml") && !OTHERS.iter().any(|other| name.contains(other))
    };
    Ok(files(folder)?.into_iter().filter(wanted).collect())
}

/// Captured without a fault; gives the ids of what is stored.
async fn capture(tenant: &Tenant, file: &Path) -> Result<BTreeSet<String>, String> {
    let job = store(tenant, XML, read(file)?).await?;
    match job["success"] == true {
        true => ids(tenant).await,
        false => Err(format!("the capture job failed: {}", job["errors"])),
    }
}

async fn store(tenant: &Tenant, media: &str, bytes: Vec<u8>) -> Result<Value, String> {
    let headers = [("content-type", media), ("accept", JSON)];
    let answer =
        tenant.client.request("POST".parse().map_err(text)?, "epcis/capture", &headers, bytes).await.map_err(text)?;
    if answer.status != 202 {
        return Err(format!("POST epcis/capture: {} {}", answer.status, shortened(&answer)));
    }
    let location = answer.header("location").unwrap_or_default().to_owned();
    let path = format!("epcis/capture/{}", location.rsplit('/').next().unwrap_or_default());
    let started = Instant::now();
    loop {
        let job: Value = tenant.ask("GET", &path, JSON, Vec::new()).await?.json().map_err(text)?;
        if job["running"] == false {
            return Ok(job);
        }
        if started.elapsed() > LONGEST {
            return Err(format!("GET {path}: the job still runs after {LONGEST:?}"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn is_refused(tenant: &Tenant, file: &Path) -> Result<(), String> {
    if let Ok(job) = store(tenant, XML, read(file)?).await
        && job["success"] == true
    {
        return Err("it was captured".into());
    }
    match ids(tenant).await?.len() {
        0 => Ok(()),
        stored => Err(format!("refused, and yet {stored} events are stored")),
    }
}

/// What the server answers in this form can be captured by another tenant, and is the same there.
async fn comes_back(
    run: &Run,
    tenant: &Tenant,
    ids: &BTreeSet<String>,
    (media, version): (&str, &str),
    schema: Option<&Path>,
) -> Result<(), String> {
    let headers = [("accept", media), ("gs1-epcis-version", version)];
    let path = "epcis/events?perPage=1000";
    let get = "GET".parse().map_err(text)?;
    let answer = tenant.client.request(get, path, &headers, Vec::new()).await.map_err(text)?;
    if answer.status != 200 {
        return Err(format!("GET {path}: {} {}", answer.status, shortened(&answer)));
    }
    if let Some(schema) = schema {
        is_valid(schema, &answer.bytes)?;
    }
    let other = run.tenant("epcisback").await?;
    let job = store(&other, media, answer.bytes.to_vec()).await?;
    if job["success"] != true {
        return Err(format!("what was answered cannot be captured: {}", job["errors"]));
    }
    let again = self::ids(&other).await?;
    if again == *ids { Ok(()) } else { Err(format!("{} events came back as {}", ids.len(), again.len())) }
}

fn is_valid(schema: &Path, bytes: &[u8]) -> Result<(), String> {
    let file = std::env::temp_dir().join(format!("theriac-epcis-{}", std::process::id()));
    std::fs::write(&file, bytes).map_err(text)?;
    let mut command = Command::new("xmllint");
    command.args(["--nonet", "--noout", "--schema"]);
    if schema.extension().is_none_or(|e| e != "xsd") {
        command = Command::new("python3");
        command.args(["-c", JUDGE]);
    }
    command.arg(schema).arg(&file);
    let out = command.output().map_err(text)?;
    std::fs::remove_file(&file).map_err(text)?;
    let said = String::from_utf8_lossy(&out.stderr);
    if out.status.success() { Ok(()) } else { Err(said.lines().next().unwrap_or_default().to_owned()) }
}

/// Without ids of their own, events get their hash ids from the server.
async fn hashed(tenant: &Tenant, file: &Path, hashes: &Path) -> Result<(), String> {
    let mut document = String::from_utf8_lossy(&read(file)?).into_owned();
    while let (Some(from), Some(to)) = (document.find("<eventID>"), document.find("</eventID>")) {
        document.replace_range(from..to + "</eventID>".len(), "");
    }
    let job = store(tenant, XML, document.into_bytes()).await?;
    if job["success"] != true {
        return Err(format!("the capture job failed: {}", job["errors"]));
    }
    let text = String::from_utf8_lossy(&read(hashes)?).into_owned();
    let expected: BTreeSet<String> = text.split_whitespace().map(str::to_owned).collect();
    let got = ids(tenant).await?;
    let missing: Vec<&String> = expected.difference(&got).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("missing {missing:?}")) }
}

async fn ids(tenant: &Tenant) -> Result<BTreeSet<String>, String> {
    let events = tenant.client.epcis().events(&[("perPage", "1000")]).await.map_err(text)?;
    Ok(events.iter().filter_map(|event| event["eventID"].as_str()).map(str::to_owned).collect())
}
