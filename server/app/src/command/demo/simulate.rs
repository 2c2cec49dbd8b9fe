//! What happens in the demo: a press that is measured each second and goes wrong now and then, a pack line, a ward.

use super::super::inside::Inside;
use serde_json::{Value, json};
use std::time::Duration;
use theriac_core::{Clock, Instant};
use theriac_platform::http::Method;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Works until it is dropped; `tenants` are in the order of `seed::TENANTS`.
pub async fn run(tenants: Vec<Inside>) {
    let [mercy, acme, plant7] = &tenants[..] else { return };
    tokio::join!(ward(mercy), pack_line(acme), plant_line(plant7));
}

/// Ticks at once, and then every so many seconds.
fn every(seconds: u64) -> Interval {
    let mut ticks = interval(Duration::from_secs(seconds));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

async fn send(inside: &Inside, address: &str, media: &str, body: &Value) {
    if let Err(error) = inside.send(Method::Post, address, media, body.to_string()).await {
        tracing::warn!(%error, address, "the demo was refused");
    }
}

async fn plant_line(inside: &Inside) {
    let mut ticks = every(1);
    for second in 0.. {
        ticks.tick().await;
        let reading = json!([{ "property": "press-1.force", "time": now(), "value": force(second, noise()) }]);
        send(inside, "isa95/readings", "application/json", &reading).await;
    }
}

/// Compaction force in kN: 10 with a swing that no rule minds; 1.2 too much for three seconds of each minute,
/// first at the twentieth.
fn force(second: u64, noise: f64) -> f64 {
    let swing = 0.25 * (second as f64 * std::f64::consts::TAU / 5.0).sin();
    let fault = if (20..23).contains(&(second % 60)) { 1.2 } else { 0.0 };
    round(10.0 + swing + 0.04 * noise + fault, 3)
}

/// Each round a case of four packs: commissioned, packed, shipped.
async fn pack_line(inside: &Inside) {
    let mut ticks = every(6);
    loop {
        ticks.tick().await;
        let serial = u64::try_from(Clock::System.now().0 / 1_000_000).unwrap_or_default();
        send(inside, "epcis/capture", "application/json", &case(serial, &now())).await;
    }
}

const COMPANY: &str = "9521321";

/// `serial` makes the packs and their case unlike all before.
fn case(serial: u64, time: &str) -> Value {
    let packs: Vec<String> = (1..=4).map(|n| format!("urn:epc:id:sgtin:{COMPANY}.012345.{serial}{n}")).collect();
    // An SSCC's reference has ten digits beside a company prefix of seven.
    let case = format!("urn:epc:id:sscc:{COMPANY}.{:010}", serial % 10_000_000_000);
    let site = json!({ "id": format!("urn:epc:id:sgln:{COMPANY}.00001.0") });
    let event = |kind: &str, step: &str, disposition: &str| {
        json!({ "type": kind, "eventTime": time, "eventTimeZoneOffset": "+00:00", "bizStep": step,
                "disposition": disposition, "readPoint": site, "bizLocation": site })
    };
    let mut made = event("ObjectEvent", "commissioning", "active");
    (made["action"], made["epcList"]) = (json!("ADD"), json!(packs));
    let mut packed = event("AggregationEvent", "packing", "in_progress");
    (packed["action"], packed["parentID"], packed["childEPCs"]) = (json!("ADD"), json!(case), json!(packs));
    let mut shipped = event("ObjectEvent", "shipping", "in_transit");
    (shipped["action"], shipped["epcList"]) = (json!("OBSERVE"), json!([case]));
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": time,
        "epcisBody": { "eventList": [made, packed, shipped] },
    })
}

/// LOINC code, text, middle, swing, unit, UCUM code.
#[rustfmt::skip]
const VITALS: &[(&str, &str, f64, f64, &str, &str)] = &[
    ("8867-4",  "Heart rate",        74.0, 8.0, "beats/minute",   "/min"),
    ("9279-1",  "Respiratory rate",  16.0, 3.0, "breaths/minute", "/min"),
    ("2708-6",  "Oxygen saturation", 97.0, 1.5, "%",              "%"),
    ("8310-5",  "Body temperature",  36.8, 0.4, "°C",             "Cel"),
];
const PATIENTS: &[&str] = &["rossi", "lindqvist", "okafor", "tanaka"];

async fn ward(inside: &Inside) {
    let mut ticks = every(5);
    for at in 0.. {
        ticks.tick().await;
        let patient = PATIENTS[at % PATIENTS.len()];
        let body = observation(patient, at / PATIENTS.len(), noise(), &now());
        send(inside, "fhir/Observation", "application/fhir+json", &body).await;
    }
}

fn observation(patient: &str, at: usize, noise: f64, time: &str) -> Value {
    let (code, text, middle, swing, unit, ucum) = VITALS[at % VITALS.len()];
    json!({
        "resourceType": "Observation", "status": "final",
        "category": [{ "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
        "code": { "coding": [{ "system": "http://loinc.org", "code": code }], "text": text },
        "subject": { "reference": format!("Patient/{patient}") },
        "effectiveDateTime": time,
        "valueQuantity": { "value": round(middle + swing * noise, 1), "unit": unit,
                           "system": "http://unitsofmeasure.org", "code": ucum },
    })
}

fn now() -> String {
    Instant::rfc3339(Clock::System.now())
}

/// Evenly spread over -1 to 1.
fn noise() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / f64::from(u32::MAX) * 2.0 - 1.0
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_epcis::document::Document;
    use theriac_spc::{ChartSpec, Data};

    fn violations(from: u64, to: u64) -> usize {
        let spec: ChartSpec = serde_json::from_value(json!({ "property": "press-1.force", "kind": "i-mr",
            "rules": ["we1", "we2", "we3", "we4"], "limits": { "center": 10.0, "sigma": 0.2 } }))
        .unwrap();
        // The worst of noises: at its ends, in turn.
        let values = (from..to).map(|s| force(s, if s % 3 == 0 { 1.0 } else { -1.0 })).collect::<Vec<_>>();
        let found = theriac_spc::evaluate(&spec, &Data::of_values(&values)).unwrap();
        found.chart.violations.len() + found.secondary.map_or(0, |moving| moving.chart.violations.len())
    }

    #[test]
    fn the_press_is_quiet_until_its_fault() {
        assert_eq!(violations(0, 20), 0);
        assert!(violations(0, 23) > 0);
    }

    #[test]
    fn a_case_is_a_valid_document_and_unlike_the_next() {
        let (one, next) = (case(1_760_000_000, "2026-01-01T00:00:00Z"), case(1_760_000_006, "2026-01-01T00:00:06Z"));
        let text = one.to_string();
        let document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.events().collect::<theriac_core::Result<Vec<_>>>().unwrap().len(), 3);
        assert_ne!(one["epcisBody"]["eventList"][1]["parentID"], next["epcisBody"]["eventList"][1]["parentID"]);
    }

    #[test]
    fn every_patient_gets_every_vital_sign_in_turn() {
        let first = observation("rossi", 0, 0.0, "2026-01-01T00:00:00Z");
        assert_eq!(first["valueQuantity"]["value"], 74.0);
        assert_eq!(observation("rossi", 4, 0.0, "x")["code"], first["code"]);
        assert!((-1.0..=1.0).contains(&noise()));
    }
}
