//! Synthea's patients, <https://synthea.mitre.org/downloads>, through `theriac load`: every resource is stored.
//!
//! The set of 2021 refers to its hospitals and practitioners by conditional reference, and creates these on
//! condition that they are not there yet.

use super::Outcome;
use crate::run::{FHIR, Run, Tenant, files, read, text};
use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

const SMART: &str = "fhir/synthea/smart-2019";
const BLAZE: &str = "fhir/synthea/blaze-2021";

/// Tenant, and what it is loaded with.
const LOADS: &[(&str, &[&str])] = &[("smart-2019", &[SMART]), ("blaze-2021", &[BLAZE]), ("both", &["fhir/synthea"])];

type Counts = BTreeMap<String, u64>;

#[derive(Deserialize)]
struct Bundle {
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    resource: Head,
    request: Request,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "resourceType")]
    kind: String,
}

#[derive(Deserialize)]
struct Request {
    #[serde(rename = "ifNoneExist")]
    if_none_exist: Option<String>,
}

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    for (name, folders) in LOADS {
        let tenant = run.tenant(name).await?;
        let paths: Vec<PathBuf> = folders.iter().map(|folder| run.data(folder)).collect();
        let expected = expected(&paths)?;
        let all: u64 = expected.values().sum();
        load(run, &tenant, name, &paths, &expected, &mut outcome)?;
        tenant.wrote(all);
        tenant.mark().await?;
        for (kind, count) in &expected {
            outcome.case(format!("{name}: {kind} by _summary=count"), counted(&tenant, kind, *count).await);
        }
        outcome.note(format!("{name}: {all} resources of {} types", expected.len()));
        if *name == "blaze-2021" {
            again(run, &tenant, &expected, &mut outcome).await?;
        }
    }
    Ok(outcome)
}

/// Loads, and checks that the summary tells of everything and the list of nothing.
fn load(
    run: &Run,
    tenant: &Tenant,
    name: &str,
    paths: &[PathBuf],
    expected: &Counts,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let list = run.server()?.file(&format!("{}-refused.tsv", tenant.name));
    let list_name = list.display().to_string();
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let mut arguments = vec!["load", "--tenant", &tenant.name, "--refused", &list_name];
    arguments.extend(paths.iter().map(String::as_str));
    let said = run.server()?.command(&arguments)?;
    let refused = String::from_utf8_lossy(&read(&list)?).into_owned();
    let first: Vec<&str> = refused.lines().skip(1).take(3).collect();
    let well = said.well && first.is_empty();
    let why = || format!("{} {}", said.err.trim(), first.join(" | "));
    outcome.case(format!("{name}: nothing is refused"), if well { Ok(()) } else { Err(why()) });
    let summary = summary(&said.out);
    let same = if summary == *expected { Ok(()) } else { Err(difference(expected, &summary)) };
    outcome.case(format!("{name}: the summary tells of every resource"), same);
    Ok(())
}

/// The table `type stored refused` of the summary, without its last line, the sum.
fn summary(text: &str) -> Counts {
    let rows = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [kind, stored, _] = words[..] else { return None };
        Some((kind.to_owned(), stored.parse().ok()?))
    });
    rows.filter(|(kind, _)| kind != "all").collect()
}

fn difference(expected: &Counts, got: &Counts) -> String {
    let kinds: BTreeSet<&String> = expected.keys().chain(got.keys()).collect();
    let number = |counts: &Counts, kind: &String| counts.get(kind).copied().unwrap_or_default();
    let pairs = kinds.into_iter().map(|kind| (kind, number(expected, kind), number(got, kind)));
    let pairs = pairs.filter(|(_, expected, got)| expected != got);
    pairs.map(|(kind, expected, got)| format!("{kind}: {got}, not {expected}")).collect::<Vec<_>>().join("; ")
}

async fn counted(tenant: &Tenant, kind: &str, expected: u64) -> Result<(), String> {
    let path = format!("fhir/{kind}?_summary=count");
    let bundle: serde_json::Value = tenant.ask("GET", &path, FHIR, Vec::new()).await?.json().map_err(text)?;
    match bundle["total"].as_u64() {
        Some(total) if total == expected => Ok(()),
        _ => Err(format!("GET {path}: total is {}, not {expected}", bundle["total"])),
    }
}

/// What is created on condition is there once, also when its file comes again.
async fn again(run: &Run, tenant: &Tenant, before: &Counts, outcome: &mut Outcome) -> Result<(), String> {
    let infrastructure: Vec<PathBuf> = files(&run.data(BLAZE))?.into_iter().filter(|f| is_infrastructure(f)).collect();
    let paths: Vec<String> = infrastructure.iter().map(|path| path.display().to_string()).collect();
    let mut arguments = vec!["load", "--tenant", &tenant.name];
    arguments.extend(paths.iter().map(String::as_str));
    let said = run.server()?.command(&arguments)?;
    let well = if said.well { Ok(()) } else { Err(said.err) };
    outcome.case("blaze-2021: the infrastructure is loaded again", well);
    for kind in ["Organization", "Practitioner", "Location"] {
        let once = before.get(kind).copied().unwrap_or_default();
        outcome.case(format!("blaze-2021: {kind} is there once after that"), counted(tenant, kind, once).await);
    }
    Ok(())
}

fn is_infrastructure(file: &Path) -> bool {
    let name = file.to_string_lossy();
    name.contains("hospitalInformation") || name.contains("practitionerInformation")
}

/// How many resources of each type there are in the files; those with the same condition are one.
fn expected(folders: &[PathBuf]) -> Result<Counts, String> {
    let (mut counts, mut conditions) = (Counts::new(), BTreeSet::new());
    for folder in folders {
        for file in files(folder)? {
            let bundle = unpacked(&file)?;
            let bundle: Bundle = serde_json::from_str(&bundle).map_err(|e| format!("{}: {e}", file.display()))?;
            for Entry { resource, request } in bundle.entry {
                let condition = request.if_none_exist.map(|condition| (resource.kind.clone(), condition));
                if condition.is_none_or(|condition| conditions.insert(condition)) {
                    *counts.entry(resource.kind).or_default() += 1;
                }
            }
        }
    }
    Ok(counts)
}

/// The text of a file, gzip or not.
pub fn unpacked(file: &Path) -> Result<String, String> {
    let bytes = read(file)?;
    let mut out = String::new();
    let done = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => GzDecoder::new(&bytes[..]).read_to_string(&mut out),
        false => (&bytes[..]).read_to_string(&mut out),
    };
    done.map(|_| out).map_err(|e| format!("{}: {e}", file.display()))
}
