//! The compatibility mode against the published cases of the FHIR anonymizer (microsoft/Tools-for-Health-Data-Anonymization,
//! MIT) and of the pseudonymizer (miracum/fhir-pseudonymizer, MIT), on the library itself.
//!
//! Documents are compared as JSON; `meta.security` as a set. Both leave the order of labels open.

use super::Outcome;
use crate::run::{Run, files, read, text};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use theriac_core::{Instant, json};
use theriac_deid::anonymizer::{Rules, anonymized};
use theriac_fhir::anonymizer as fhir;

#[derive(Deserialize)]
struct Case {
    config: String,
    input: String,
    expected: String,
}

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    let folder = run.data("deid/ms-fhir-anonymizer");
    let cases: Vec<Case> = serde_json::from_slice(&read(&folder.join("cases.json"))?).map_err(text)?;
    for case in &cases {
        let (input, expected) = (folder.join("cases").join(&case.input), folder.join("cases").join(&case.expected));
        let result = judge(&folder.join("configs").join(&case.config), &input, &expected);
        outcome.case(format!("anonymizer: {} by {}", case.input, case.config), result);
    }
    let folder = run.data("deid/miracum-fhir-pseudonymizer");
    let (mut configs, mut inputs) = (files(&folder.join("configs"))?, files(&folder.join("inputs"))?);
    configs.sort();
    inputs.sort();
    let mut count = 0;
    for config in &configs {
        for input in &inputs {
            let expected = folder.join("expected").join(format!("{}-{}.verified.json", stem(config), stem(input)));
            if expected.exists() {
                count += 1;
                outcome.case(
                    format!("pseudonymizer: {} by {}", stem(input), stem(config)),
                    judge(config, input, &expected),
                );
            }
        }
    }
    outcome.note(format!("{} cases of the anonymizer, {count} of the pseudonymizer", cases.len()));
    Ok(outcome)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn judge(config: &Path, input: &Path, expected: &Path) -> Result<(), String> {
    let rules = Rules::parse(&String::from_utf8_lossy(&read(config)?)).map_err(text)?;
    let input = String::from_utf8_lossy(&read(input)?).into_owned();
    let node = json::parse(input.trim_start_matches('\u{feff}').as_bytes()).map_err(text)?;
    // The service of pseudonyms that the cases were made with.
    let stub: fhir::Pseudonyms = Box::new(|domain, value| Ok(format!("pseuded-{value}@{domain}")));
    let now = Instant::parse("2026-01-01T00:00:00Z").unwrap_or_default();
    let left = anonymized(&rules, &node, &fhir::Rules::new(now, Some(stub))).map_err(text)?;
    let wanted = String::from_utf8_lossy(&read(expected)?).into_owned();
    let mut wanted: Value = serde_json::from_str(wanted.trim_start_matches('\u{feff}')).map_err(text)?;
    let mut left: Value = serde_json::from_str(&left.to_string()).map_err(text)?;
    settle(&mut wanted);
    settle(&mut left);
    same("", &left, &wanted)
}

/// Labels in one order.
fn settle(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(members) => {
            if let Some(Value::Array(labels)) = members.get_mut("security") {
                labels.sort_by_key(|label| label["code"].to_string());
            }
            members.values_mut().for_each(settle);
        }
        _ => {}
    }
}

/// # Errors
/// The first difference.
fn same(path: &str, left: &Value, wanted: &Value) -> Result<(), String> {
    match (left, wanted) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in b {
                same(&format!("{path}.{name}"), a.get(name).unwrap_or(&Value::Null), value)?;
            }
            match a.keys().find(|name| !b.contains_key(*name)) {
                Some(name) => Err(format!("{path}.{name} stays: {}", short(&a[name]))),
                None => Ok(()),
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().try_for_each(|(at, (a, b))| same(&format!("{path}[{at}]"), a, b))
        }
        _ if left == wanted => Ok(()),
        _ => Err(format!("{path} is {}, not {}", short(left), short(wanted))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(160).collect()
}
