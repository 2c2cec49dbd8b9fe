//! Published control chart numbers, evaluated over HTTP and, for some charts, worked out by the worker from posted
//! readings.
//!
//! NIST/SEMATECH e-Handbook, chapter 6.3 (`fixtures/`), always; piston rings, orange juice, circuit boards and
//! computers with the results of R's qcc 2.7, when the data folder is there.

mod check;
mod live;
mod nist;
mod textbook;

use super::Outcome;
use crate::json::Tree;
use crate::run::{JSON, Run, Tenant, text};
use check::Check;
use serde_json::Value;

/// One chart, its data, and what must come out.
pub struct Golden {
    pub name: &'static str,
    pub chart: Value,
    pub data: Value,
    pub checks: Vec<Check>,
    /// Also as readings of a property.
    pub live: bool,
}

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let tenant = run.tenant("charts").await?;
    let mut outcome = Outcome::default();
    let mut goldens = nist::goldens()?;
    match run.missing(&["spc"]) {
        None => goldens.extend(textbook::goldens(run)?),
        Some(_) => {
            let why = "the textbook sets: there is no data folder".to_owned();
            eprintln!("   skipped: {why}");
            outcome.skipped.push(why);
        }
    }
    let mut numbers = 0;
    for (at, golden) in goldens.iter().enumerate() {
        numbers += golden.checks.len();
        outcome.case(format!("{}: evaluated", golden.name), evaluated(&tenant, at, golden).await);
        if golden.live {
            outcome.case(format!("{}: from readings", golden.name), live::shown(&tenant, at, golden).await);
        }
        tenant.mark().await?;
    }
    outcome.note(format!("{} charts with {numbers} published results", goldens.len()));
    Ok(outcome)
}

async fn evaluated(tenant: &Tenant, at: usize, golden: &Golden) -> Result<(), String> {
    let path = format!("spc/charts/golden{at}");
    tenant.ask("PUT", &path, JSON, golden.chart.to_string().into_bytes()).await?;
    tenant.wrote(1);
    let answer = tenant.ask("POST", &format!("{path}/evaluate"), JSON, golden.data.to_string().into_bytes()).await?;
    judged(&answer.bytes, golden)
}

/// The answer is JSON of which every reader reads the same, and holds what was published.
fn judged(answer: &[u8], golden: &Golden) -> Result<(), String> {
    if let Some(path) = Tree::read(answer)?.repeated("$") {
        return Err(format!("the answer has the member {path} twice (RFC 8259, section 4)"));
    }
    let answer: Value = serde_json::from_slice(answer).map_err(text)?;
    let faults: Vec<String> = golden.checks.iter().filter_map(|check| check.fault(&answer)).collect();
    match &faults[..] {
        [] => Ok(()),
        [first] => Err(first.clone()),
        [first, more @ ..] => Err(format!("{first}; and {} more", more.len())),
    }
}
