//! A plant of 2,000 sensors, each on a chart of its own with known limits. Into 400 of them a fault is injected at a
//! known moment; every fault must raise its alert, and the alarms of the sound ones come as often as theory says.
//!
//! For a normal process one point in 370 lies beyond three sigma by chance (NIST/SEMATECH e-Handbook, 6.3.2).

use super::Outcome;
use crate::run::{JSON, Run, Tenant, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const PLACES: usize = 40;
const SENSORS: usize = 50;
const POINTS: usize = 150;
const FAULT_AT: usize = 100;
/// Sensors with a spike of eight sigma, and as many with a shift of four that stays.
const FAULTS: usize = 200;
const SEED: u64 = 20_260_101;
/// `P(|z| > 3)` of a normal distribution.
const BY_CHANCE: f64 = 0.002_699_796;
const WORKED_WITHIN: Duration = Duration::from_secs(300);
const BATCH: usize = 10;

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let tenant = run.tenant("plant").await?;
    define(&tenant).await?;
    post(&tenant).await?;
    worked(&tenant).await?;
    let alarms = alarms(&tenant).await?;
    let mut outcome = Outcome::default();
    outcome.case("a spike of eight sigma raises an alert at its point", missed(&alarms, 0..FAULTS, 1));
    outcome.case("a shift of four sigma raises an alert within 25 points", missed(&alarms, FAULTS..2 * FAULTS, 25));
    let (result, note) = false_alarms(&alarms);
    outcome.case("false alarms come as often as theory says", result);
    outcome.note(note);
    Ok(outcome)
}

fn address(sensor: usize) -> String {
    format!("cell{}.s{}", sensor / SENSORS, sensor % SENSORS)
}

async fn define(tenant: &Tenant) -> Result<(), String> {
    for place in 0..PLACES {
        let properties: Vec<Value> = (0..SENSORS).map(|sensor| json!({ "id": format!("s{sensor}") })).collect();
        let body = json!({ "id": format!("cell{place}"), "equipmentLevel": "WorkUnit", "properties": properties });
        tenant.ask("PUT", &format!("isa95/equipment/cell{place}"), JSON, body.to_string().into_bytes()).await?;
    }
    for sensor in 0..PLACES * SENSORS {
        let limits = json!({ "center": 100, "sigma": 1 });
        let body = json!({ "property": address(sensor), "kind": "i-mr", "rules": ["we1"], "limits": limits });
        tenant.ask("PUT", &format!("spc/charts/c{sensor}"), JSON, body.to_string().into_bytes()).await?;
    }
    tenant.wrote((PLACES + PLACES * SENSORS) as u64);
    Ok(())
}

/// Normal values by Box and Muller (1958) over the xorshift generator of Marsaglia (2003): the same in every run.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = ((-2.0 * self.uniform().ln()).sqrt(), std::f64::consts::TAU * self.uniform());
        radius * angle.cos()
    }
}

fn injected(sensor: usize, point: usize) -> f64 {
    match sensor {
        s if s < FAULTS && point == FAULT_AT => 8.0,
        s if (FAULTS..2 * FAULTS).contains(&s) && point >= FAULT_AT => 4.0,
        _ => 0.0,
    }
}

async fn post(tenant: &Tenant) -> Result<(), String> {
    let mut noise = Noise(SEED);
    for start in (0..POINTS).step_by(BATCH) {
        let mut body = String::from("property,time,value\n");
        for point in start..start + BATCH {
            for sensor in 0..PLACES * SENSORS {
                let mut usual = noise.normal();
                // A spike that chance would take back is none.
                if injected(sensor, point) == 8.0 {
                    usual = usual.abs();
                }
                let value = 100.0 + usual + injected(sensor, point);
                let row =
                    format_args!("{},2026-01-01T00:{:02}:{:02}Z,{value}\n", address(sensor), point / 60, point % 60);
                body.write_fmt(row).map_err(text)?;
            }
        }
        let told: Value =
            tenant.ask("POST", "isa95/readings", "text/csv", body.into_bytes()).await?.json().map_err(text)?;
        if told["accepted"].as_u64() != Some((BATCH * PLACES * SENSORS) as u64) {
            return Err(format!("POST isa95/readings: the answer is {told}"));
        }
        tenant.wrote(1);
    }
    Ok(())
}

/// Batches are watched in their order: the last point of the last chart is there when all are.
async fn worked(tenant: &Tenant) -> Result<(), String> {
    let started = Instant::now();
    loop {
        let path = format!("spc/charts/c{}", PLACES * SENSORS - 1);
        let chart: Value = tenant.ask("GET", &path, JSON, Vec::new()).await?.json().map_err(text)?;
        let last = chart["points"].as_array().and_then(|list| list.last()).map_or(&Value::Null, |p| &p["index"]);
        if last.as_u64() == Some(POINTS as u64) {
            return Ok(());
        }
        if started.elapsed() > WORKED_WITHIN {
            return Err(format!("after {WORKED_WITHIN:?} the last point is {last}, not {POINTS}"));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The points, counted from 0, at which each sensor's chart raised an alert for its values.
async fn alarms(tenant: &Tenant) -> Result<BTreeMap<String, Vec<usize>>, String> {
    let (mut alarms, mut from, mut raised): (BTreeMap<String, Vec<usize>>, _, u64) =
        (BTreeMap::new(), String::new(), 0);
    loop {
        let path = format!("alerts?count=1000{from}");
        let page: Value = tenant.ask("GET", &path, JSON, Vec::new()).await?.json().map_err(text)?;
        for alert in page["alerts"].as_array().into_iter().flatten() {
            raised += 1;
            let points = alert["evidence"]["points"].as_array();
            let index = points.and_then(|list| list.last()).and_then(|point| point["index"].as_u64());
            let subject = alert["subject"].as_str().unwrap_or_default().to_owned();
            if let (Some("primary"), Some(index)) = (alert["evidence"]["plot"].as_str(), index) {
                alarms.entry(subject).or_default().push(index as usize - 1);
            }
        }
        let Some(next) = page["next"].as_str() else { break };
        from = format!("&from={next}");
    }
    tenant.wrote(raised);
    Ok(alarms)
}

fn missed(alarms: &BTreeMap<String, Vec<usize>>, sensors: std::ops::Range<usize>, within: usize) -> Result<(), String> {
    let seen = |sensor: &usize| {
        let points = alarms.get(&address(*sensor)).map_or(&[][..], Vec::as_slice);
        points.iter().any(|point| (FAULT_AT..FAULT_AT + within).contains(point))
    };
    let missed: Vec<usize> = sensors.filter(|sensor| !seen(sensor)).collect();
    if missed.is_empty() { Ok(()) } else { Err(format!("{} faults raised nothing: {missed:?}", missed.len())) }
}

/// Of the sensors without a fault: an alert is the beginning of an episode, and two points out in a row are one.
fn false_alarms(alarms: &BTreeMap<String, Vec<usize>>) -> (Result<(), String>, String) {
    let sound = 2 * FAULTS..PLACES * SENSORS;
    let points = (sound.len() * POINTS) as f64;
    let raised = sound.map(|sensor| alarms.get(&address(sensor)).map_or(0, Vec::len)).sum::<usize>() as f64;
    let expected = points * BY_CHANCE * (1.0 - BY_CHANCE);
    let note = format!(
        "{raised} false alarms in {points} points of sound sensors: one in {:.0}; by theory {expected:.0}, one in {:.0}",
        points / raised,
        points / expected
    );
    let far = (raised - expected).abs() / expected.sqrt();
    let result = if far < 4.0 {
        Ok(())
    } else {
        Err(format!("{raised} false alarms, by theory {expected:.1}: {far:.1} sigma away"))
    };
    (result, note)
}
