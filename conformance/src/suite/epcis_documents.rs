//! EPCIS 2.0 in JSON, <https://ref.gs1.org/standards/epcis/>: GS1's examples, OpenEPCIS's documents with the
//! invalid ones, and the vectors of the event hash id (CBV 2.0, section 8.9).
//!
//! Every document has a tenant of its own, as examples of different houses share their events.

use super::Outcome;
use crate::run::{JSON, Run, Tenant, encoded, files, read, shortened, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(60);

const FOLDERS: &[&str] = &["openepcis/2.0", "gs1/JSON", "hash-vectors/examples"];

/// What is wrong with each invalid document: words of which each must stand in a place or reason that the
/// refusal names.
const FAULTS: &[(&str, &[&str])] = &[
    (
        "Combination_of_multiple_invalid_fields",
        &["bizStep", "disposition", "sourceList", "ilmd", "eventTime", "action"],
    ),
    ("EPCISDocument_without_context", &["@context"]),
    ("ObjectEvent_with_ilmd_field_without_namespace", &["ilmd"]),
    ("ObjectEvent_with_invalid_action", &["action"]),
    ("ObjectEvent_with_invalid_certificationInfo", &["certificationInfo"]),
    ("ObjectEvent_with_invalid_eventTime_format", &["eventTime"]),
    ("ObjectEvent_with_non_standard_bizStep_in_second_event", &["eventList[1].bizStep"]),
    ("ObjectEvent_with_non_standard_disposition", &["disposition"]),
    ("ObjectEvent_with_quantity_as_text", &["quantity"]),
    ("ObjectEvent_without_action_and_eventTime", &["action", "eventTime"]),
    ("QueryDocument_with_invalid_action", &["action"]),
    ("QueryDocument_with_invalid_eventType", &["type"]),
];

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let (mut captured, mut events, mut refused, mut hashed) = (0, 0, 0, 0);
    for folder in FOLDERS {
        for file in documents(&run.data("epcis").join(folder))? {
            let name = file.strip_prefix(run.data("epcis")).unwrap_or(&file).display().to_string();
            let tenant = run.tenant("epcis").await?;
            if name.contains("/Invalid/") {
                outcome.case(format!("{name}: is refused"), is_refused(&tenant, &file).await);
                refused += 1;
                continue;
            }
            let passed = passes(&tenant, &file).await;
            captured += 1;
            events += passed.as_ref().copied().unwrap_or_default();
            outcome.case(format!("{name}: is captured"), passed.map(drop));
            let hashes = file.with_extension("hashes");
            if hashes.exists() {
                let tenant = run.tenant("hash").await?;
                outcome.case(format!("{name}: hash ids"), ties_out(&tenant, &file, &hashes).await);
                hashed += 1;
            }
        }
    }
    queries(run, &mut outcome).await?;
    outcome.note(format!("{captured} valid documents with {events} events, {refused} invalid, {hashed} with hash ids"));
    Ok(outcome)
}

/// Queries as documents, asked as `GET /events`: the invalid ones are refused, and the parameter is named.
async fn queries(run: &Run, outcome: &mut Outcome) -> Result<(), String> {
    const QUERIES: [(&str, &[&str]); 3] = [
        ("SimpleEventQuery.json", &[]),
        ("Invalid/Query_with_invalid_values.json", &["GE_eventTime", "EQ_action", "orderDirection"]),
        ("Invalid/Query_with_unknown_parameter.json", &["GE_eventDate"]),
    ];
    let tenant = run.tenant("query").await?;
    for (name, faults) in QUERIES {
        let name = format!("openepcis/2.0/EPCIS/JSON/Query/Queries/{name}");
        let query: Value = serde_json::from_slice(&read(&run.data("epcis").join(&name))?).map_err(text)?;
        let answer = tenant.send("GET", &format!("epcis/events?{}", parameters(&query)), JSON, Vec::new()).await?;
        let said = String::from_utf8_lossy(&answer.bytes).into_owned();
        let right = match faults {
            [] => answer.status == 200,
            faults => answer.status == 400 && faults.iter().all(|fault| said.contains(fault)),
        };
        let verdict = if right { Ok(()) } else { Err(format!("{} {}", answer.status, shortened(&answer))) };
        outcome.case(format!("{name}: is {}", if faults.is_empty() { "answered" } else { "refused" }), verdict);
    }
    Ok(())
}

/// The query string of a query document (EPCIS 2.0, 12.7.1): members as parameters, lists with `|` between.
fn parameters(query: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let value = |value: &Value| match value.as_array() {
        Some(list) => list.iter().map(plain).collect::<Vec<_>>().join("|"),
        None => plain(value),
    };
    let members = query.as_object().into_iter().flatten().filter(|(name, _)| *name != "@context");
    members.map(|(name, v)| format!("{name}={}", encoded(&value(v)))).collect::<Vec<_>>().join("&")
}

/// Files of documents and single events; folders named Queries hold queries.
fn documents(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let is_json = |file: &PathBuf| file.extension().is_some_and(|e| e == "json" || e == "jsonld");
    let is_query = |file: &PathBuf| file.components().any(|part| part.as_os_str() == "Queries");
    Ok(files(folder)?.into_iter().filter(|file| is_json(file) && !is_query(file)).collect())
}

/// Captured, and every event is found by its id; answers how many.
async fn passes(tenant: &Tenant, file: &Path) -> Result<usize, String> {
    let bytes = read(file)?;
    let document: Value = serde_json::from_slice(&bytes).map_err(text)?;
    store(tenant, &document, bytes).await?;
    let events = stored(tenant).await?;
    let wanted = different(&events_of(&document));
    if events.len() != wanted {
        return Err(format!("{wanted} different events were sent, {} are found", events.len()));
    }
    let ids: BTreeSet<&str> = events.iter().filter_map(|event| event["eventID"].as_str()).collect();
    for id in &ids {
        let answer = tenant.ask("GET", &format!("epcis/events/{}", encoded(id)), JSON, Vec::new()).await?;
        if !String::from_utf8_lossy(&answer.bytes).contains(id) {
            return Err(format!("GET epcis/events/{id} answers without it: {}", shortened(&answer)));
        }
    }
    let given = ids_given(&document);
    let lost = given.iter().find(|id| !ids.contains(id.as_str()));
    lost.map_or(Ok(wanted), |id| Err(format!("the eventID {id} was given and is not found")))
}

/// The same eventID twice is one event, unless one of them declares the other an error.
fn different(events: &[&Value]) -> usize {
    let (named, unnamed): (Vec<&Value>, Vec<&Value>) = events.iter().partition(|event| event["eventID"].is_string());
    let names = named.iter().map(|event| (event["eventID"].as_str(), event["errorDeclaration"].is_object()));
    names.collect::<BTreeSet<_>>().len() + unnamed.len()
}

/// Sends a document or an event, and waits until it is stored.
async fn store(tenant: &Tenant, document: &Value, bytes: Vec<u8>) -> Result<(), String> {
    if document["type"].as_str().is_some_and(|kind| kind.ends_with("Event")) {
        return tenant.ask("POST", "epcis/events", JSON, bytes).await.map(drop);
    }
    let answer = tenant.ask("POST", "epcis/capture", JSON, bytes).await?;
    let job = ended(tenant, answer.header("location").unwrap_or_default()).await?;
    if job["success"] == true { Ok(()) } else { Err(format!("the capture job failed: {}", job["errors"])) }
}

async fn ended(tenant: &Tenant, location: &str) -> Result<Value, String> {
    let id = location.rsplit('/').next().unwrap_or_default();
    let (path, started) = (format!("epcis/capture/{id}"), Instant::now());
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
    let answer = tenant.send("POST", "epcis/capture", JSON, read(file)?).await?;
    let told = match answer.status {
        202 => {
            let job = ended(tenant, answer.header("location").unwrap_or_default()).await?;
            if job["success"] == true {
                return Err("it was captured".into());
            }
            job["errors"].clone()
        }
        400 => answer.json().map_err(text)?,
        status => return Err(format!("POST epcis/capture: {status} {}", shortened(&answer))),
    };
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let fault = FAULTS.iter().find(|(name, _)| *name == stem);
    let (_, words) = fault.ok_or("this file is not in the table of faults")?;
    let reasons = reasons(&told);
    if let Some(word) = words.iter().find(|word| !reasons.iter().any(|reason| reason.contains(**word))) {
        return Err(format!("the refusal does not speak of {word}: {reasons:?}"));
    }
    let stored = stored(tenant).await?;
    if stored.is_empty() { Ok(()) } else { Err(format!("refused, and yet {} events are stored", stored.len())) }
}

/// Places and details of a refusal.
fn reasons(told: &Value) -> Vec<String> {
    match told {
        Value::Array(items) => items.iter().flat_map(reasons).collect(),
        Value::Object(members) => {
            let inner = members.get("errors").map(reasons).unwrap_or_default();
            let own = ["instance", "path", "detail"].iter().filter_map(|name| members.get(*name)?.as_str());
            own.map(str::to_owned).chain(inner).collect()
        }
        _ => Vec::new(),
    }
}

/// Without ids of their own, events get their hash ids from the server.
async fn ties_out(tenant: &Tenant, file: &Path, hashes: &Path) -> Result<(), String> {
    let mut bytes = read(file)?;
    let mut document: Value = serde_json::from_slice(&bytes).map_err(text)?;
    if !ids_given(&document).is_empty() {
        for event in events_mut(&mut document) {
            if let Value::Object(members) = event {
                members.shift_remove("eventID");
            }
        }
        bytes = document.to_string().into_bytes();
    }
    store(tenant, &document, bytes).await?;
    let text = String::from_utf8_lossy(&read(hashes)?).into_owned();
    let expected: BTreeSet<String> = text.split_whitespace().map(str::to_owned).collect();
    let got = ids(tenant).await?;
    if got == expected {
        return Ok(());
    }
    let (missing, other) = (expected.difference(&got), got.difference(&expected));
    Err(format!("missing {:?}, instead {:?}", missing.collect::<Vec<_>>(), other.collect::<Vec<_>>()))
}

/// All events that the tenant has.
async fn stored(tenant: &Tenant) -> Result<Vec<Value>, String> {
    tenant.client.epcis().events(&[("perPage", "1000")]).await.map_err(text)
}

async fn ids(tenant: &Tenant) -> Result<BTreeSet<String>, String> {
    let events = stored(tenant).await?;
    Ok(events.iter().filter_map(|event| event["eventID"].as_str()).map(str::to_owned).collect())
}

fn ids_given(document: &Value) -> Vec<String> {
    events_of(document).iter().filter_map(|event| event["eventID"].as_str()).map(str::to_owned).collect()
}

fn events_of(document: &Value) -> Vec<&Value> {
    let body = &document["epcisBody"];
    let lists = [&body["eventList"], &body["queryResults"]["resultsBody"]["eventList"]];
    match lists.into_iter().find_map(Value::as_array) {
        Some(list) => list.iter().collect(),
        None => vec![body.get("event").unwrap_or(document)],
    }
}

fn events_mut(document: &mut Value) -> Vec<&mut Value> {
    for path in ["/epcisBody/eventList", "/epcisBody/queryResults/resultsBody/eventList"] {
        if document.pointer(path).is_some() {
            return document.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten().collect();
        }
    }
    vec![document]
}
