//! Random charts of every kind against an oracle that shares nothing with the server: `oracle/spc.py` works them out
//! in another language and another way (whole lists and windows, where the server keeps counters).

use super::Outcome;
use crate::run::{JSON, Run, Tenant, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const CHARTS: &str = "220";
/// Published with the results, so that a run can be done again.
const SEED: &str = "20260101";
/// Both sides work in double precision; what is more than rounding is a difference.
const TOLERANCE: f64 = 1e-9;

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let tenant = run.tenant("random-charts").await?;
    let mut kinds: BTreeMap<String, Result<(), String>> = BTreeMap::new();
    let charts = oracle()?;
    for (at, line) in charts.lines().enumerate() {
        let case: Value = serde_json::from_str(line).map_err(text)?;
        let kind = case["chart"]["kind"].as_str().unwrap_or_default().to_owned();
        let result = compared(&tenant, &case).await.map_err(|why| format!("chart {at}: {why}"));
        let so_far = kinds.entry(kind).or_insert(Ok(()));
        *so_far = std::mem::replace(so_far, Ok(())).and(result);
    }
    let mut outcome = Outcome::default();
    outcome.note(format!("{} charts of {} kinds, seed {SEED}", charts.lines().count(), kinds.len()));
    for (kind, result) in kinds {
        outcome.case(format!("{kind}: centre, sigma, points, limits and every rule agree"), result);
    }
    Ok(outcome)
}

fn oracle() -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/spc.py");
    let run = Command::new("python3").arg(&script).args([CHARTS, SEED]).output();
    let output = run.map_err(|e| format!("python3 is needed for {}: {e}", script.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    String::from_utf8(output.stdout).map_err(text)
}

async fn compared(tenant: &Tenant, case: &Value) -> Result<(), String> {
    let mut body = case["data"].clone();
    body["chart"] = case["chart"].clone();
    let answer = tenant.ask("POST", "spc/evaluate", JSON, body.to_string().into_bytes()).await?;
    let answer: Value = serde_json::from_slice(&answer.bytes).map_err(text)?;
    let expected = &case["expected"];
    near("center", &answer["parameters"]["center"], &expected["center"])?;
    near("sigma", &answer["sigma"], &expected["sigma"])?;
    for (name, of_point) in [("values", "/value"), ("lower", "/lower"), ("upper", "/upper")] {
        series(name, &answer, of_point, &expected[name])?;
    }
    for side in ["upper", "lower"] {
        series("sums", &answer, &format!("/sums/{side}"), &expected["sums"][side])?;
    }
    rules(&answer, expected)
}

/// Compares a member of every point with a list, if the oracle gives one.
fn series(name: &str, answer: &Value, of_point: &str, expected: &Value) -> Result<(), String> {
    let Some(expected) = expected.as_array() else { return Ok(()) };
    let points = answer["points"].as_array().map_or(&[][..], Vec::as_slice);
    if points.len() != expected.len() {
        return Err(format!("{} points, the oracle has {}", points.len(), expected.len()));
    }
    let mut pairs = points.iter().zip(expected).enumerate();
    pairs.try_for_each(|(at, (point, want))| {
        near(&format!("{name}[{at}]"), point.pointer(of_point).unwrap_or(&json!(null)), want)
    })
}

fn near(name: &str, got: &Value, want: &Value) -> Result<(), String> {
    match (got.as_f64(), want.as_f64()) {
        (Some(a), Some(b)) if (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0) => Ok(()),
        _ => Err(format!("{name} is {got}, the oracle says {want}")),
    }
}

fn rules(answer: &Value, expected: &Value) -> Result<(), String> {
    if let Some(out) = expected["out"].as_array() {
        return same("nelson1", &flagged(answer, "nelson1"), out);
    }
    let of_rules = expected["flagged"].as_object().ok_or("the oracle says nothing of rules")?;
    of_rules.iter().try_for_each(|(rule, points)| {
        same(rule, &flagged(answer, rule), points.as_array().map_or(&[][..], Vec::as_slice))
    })
}

fn same(rule: &str, got: &[Value], want: &[Value]) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{rule} flags {got:?}, the oracle {want:?}")) }
}

fn flagged(answer: &Value, rule: &str) -> Vec<Value> {
    let violations = answer["violations"].as_array().into_iter().flatten();
    violations.filter(|violation| violation["rule"] == rule).map(|violation| violation["index"].clone()).collect()
}
