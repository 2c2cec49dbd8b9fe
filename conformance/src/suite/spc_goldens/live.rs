//! The same numbers from the worker: equipment, chart, readings posted, and the chart as it is then shown.

use super::{Golden, judged};
use crate::run::{JSON, Tenant, text};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const WORKED_WITHIN: Duration = Duration::from_secs(60);

pub async fn shown(tenant: &Tenant, at: usize, golden: &Golden) -> Result<(), String> {
    let (equipment, property) = (format!("press{at}"), format!("press{at}.ring"));
    let body = json!({"id": equipment, "equipmentLevel": "WorkUnit", "properties": [{"id": "ring", "unit": "mm"}]});
    tenant.ask("PUT", &format!("isa95/equipment/{equipment}"), JSON, body.to_string().into_bytes()).await?;
    let path = format!("spc/charts/live{at}");
    let mut chart = golden.chart.clone();
    chart["property"] = property.as_str().into();
    tenant.ask("PUT", &path, JSON, chart.to_string().into_bytes()).await?;
    let points = post(tenant, &property, &golden.data).await?;
    // Equipment, chart, readings.
    tenant.wrote(3);
    let started = Instant::now();
    loop {
        let answer = tenant.ask("GET", &path, JSON, Vec::new()).await?;
        let chart: Value = answer.json().map_err(text)?;
        let last = chart["points"].as_array().and_then(|list| list.last()).map_or(&Value::Null, |p| &p["index"]);
        if last.as_u64() == Some(points) && chart["phase"] != 1 {
            return judged(&answer.bytes, golden);
        }
        if started.elapsed() > WORKED_WITHIN {
            return Err(format!("GET {path}: after {WORKED_WITHIN:?} the last point is {last}, not {points}"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// One reading a second, in two batches of which the first ends within a subgroup; answers how many points they make.
async fn post(tenant: &Tenant, property: &str, data: &Value) -> Result<u64, String> {
    let list = data["values"].as_array().or(data["subgroups"].as_array()).ok_or("these data are no readings")?;
    let values: Vec<&Value> =
        list.iter().flat_map(|item| item.as_array().map_or(vec![item], |g| g.iter().collect())).collect();
    let reading = |(at, value): (usize, &&Value)| {
        let time = format!("2026-01-01T{:02}:{:02}:{:02}Z", at / 3600, at / 60 % 60, at % 60);
        json!({"property": property, "time": time, "value": value})
    };
    let readings: Vec<Value> = values.iter().enumerate().map(reading).collect();
    for batch in readings.chunks(readings.len() / 2 + 1) {
        let body = Value::from(batch).to_string().into_bytes();
        let told: Value = tenant.ask("POST", "isa95/readings", JSON, body).await?.json().map_err(text)?;
        if told["accepted"].as_u64() != u64::try_from(batch.len()).ok() {
            return Err(format!("POST isa95/readings: {} were sent, the answer is {told}", batch.len()));
        }
    }
    u64::try_from(list.len()).map_err(text)
}
