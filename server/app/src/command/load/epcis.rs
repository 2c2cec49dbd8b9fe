//! EPCIS JSON documents: captured, and the capture job waited for (EPCIS 2.0, 12.6).

use super::Loader;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};
use theriac_core::{Code, Error, Result};
use theriac_platform::http::Method;

/// A job that takes longer than this is given up on, not undone.
const LONGEST: Duration = Duration::from_secs(600);

#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(rename = "epcisBody", default)]
    body: Value,
}

pub async fn document(loader: &Loader, file: &Path, bytes: Bytes) {
    let types = types(&bytes);
    match capture(loader, bytes).await {
        Ok(errors) if errors.is_empty() => types.iter().for_each(|kind| loader.tally.stored(kind, 1)),
        Ok(errors) => {
            types.iter().for_each(|kind| loader.tally.refused(kind, 1));
            for error in &errors {
                let why =
                    ["detail", "title", "type"].iter().find_map(|m| error[*m].as_str()).unwrap_or("no reason given");
                let status = error["status"].as_u64().unwrap_or(400).to_string();
                let path = error["instance"].as_str().unwrap_or_default();
                loader.tally.list_line(file, ("", path), &status, why);
            }
        }
        Err(error) => {
            types.iter().for_each(|kind| loader.tally.refused(kind, 1));
            loader.tally.list(file, "", &error);
        }
    }
}

/// The type of every event; of a document that cannot be read, one unknown.
fn types(bytes: &[u8]) -> Vec<String> {
    let unknown = || vec!["(EPCIS document)".to_owned()];
    let Ok(frame) = serde_json::from_slice::<Frame>(bytes) else { return unknown() };
    let found = &frame.body["queryResults"]["resultsBody"]["eventList"];
    let events = frame.body["eventList"].as_array().or(found.as_array());
    let name = |event: &Value| event["type"].as_str().unwrap_or("(no type)").to_owned();
    match (events, frame.kind.ends_with("Event")) {
        (Some(events), _) if !events.is_empty() => events.iter().map(name).collect(),
        (_, true) => vec![frame.kind],
        _ => unknown(),
    }
}

/// Captures and waits; gives the job's errors.
async fn capture(loader: &Loader, bytes: Bytes) -> Result<Vec<Value>> {
    let reply = loader.inside.send(Method::Post, "epcis/capture", "application/json", bytes).await?;
    let location = reply.location.unwrap_or_default();
    let id = location.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let (started, mut pause) = (Instant::now(), Duration::from_millis(2));
    loop {
        let job = loader.inside.get(&format!("epcis/capture/{id}")).await?.json()?;
        if job["running"] != Value::Bool(true) {
            let errors = job["errors"].as_array().cloned().unwrap_or_default();
            let failed = errors.is_empty() && job["success"] == Value::Bool(false);
            return if failed { Ok(vec![Value::Null]) } else { Ok(errors) };
        }
        if started.elapsed() > LONGEST {
            return Err(Error::new(Code::Timeout, format!("capture job {id} still runs; is a worker running?")));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

#[cfg(test)]
mod tests {
    use super::types;

    #[test]
    fn events_are_counted_by_type() {
        let event = r#"{"type":"ObjectEvent"},{"type":"AggregationEvent"}"#;
        let capture = format!(r#"{{"type":"EPCISDocument","epcisBody":{{"eventList":[{event}]}}}}"#);
        assert_eq!(types(capture.as_bytes()), ["ObjectEvent", "AggregationEvent"]);
        let body = format!(r#"{{"queryResults":{{"resultsBody":{{"eventList":[{event}]}}}}}}"#);
        let query = format!(r#"{{"type":"EPCISQueryDocument","epcisBody":{body}}}"#);
        assert_eq!(types(query.as_bytes()).len(), 2);
        assert_eq!(types(br#"{"type":"ObjectEvent"}"#), ["ObjectEvent"]);
        assert_eq!(types(b"{"), ["(EPCIS document)"]);
    }
}
