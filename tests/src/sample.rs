//! Documents that tests send. All of it is made up.

use serde_json::{Value, json};

pub fn patient(id: &str, family: &str) -> Value {
    json!({
        "resourceType": "Patient",
        "id": id,
        "identifier": [{"system": "urn:example:mrn", "value": format!("mrn-{id}")}],
        "name": [{"family": family, "given": ["Ada"]}],
        "gender": "female",
        "birthDate": "1970-05-17"
    })
}

pub fn heart_rate(id: &str, patient: &str, value: f64, at: &str) -> Value {
    json!({
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": format!("Patient/{patient}")},
        "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": "beats/min", "system": "http://unitsofmeasure.org", "code": "/min"}
    })
}

/// A serialised item of one made-up product.
pub fn sgtin(serial: &str) -> String {
    format!("urn:epc:id:sgtin:0614141.107346.{serial}")
}

pub fn commissioning(epc: &str, time: &str) -> Value {
    json!({
        "type": "ObjectEvent",
        "eventTime": time,
        "eventTimeZoneOffset": "+00:00",
        "epcList": [epc],
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.00001.0"},
        "bizLocation": {"id": "urn:epc:id:sgln:0614141.00001.0"}
    })
}

pub fn shipping(epc: &str, time: &str) -> Value {
    json!({
        "type": "ObjectEvent",
        "eventTime": time,
        "eventTimeZoneOffset": "+00:00",
        "epcList": [epc],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.00001.0"}
    })
}

pub fn packing(parent: &str, children: &[&str], time: &str) -> Value {
    json!({
        "type": "AggregationEvent",
        "eventTime": time,
        "eventTimeZoneOffset": "+00:00",
        "parentID": parent,
        "childEPCs": children,
        "action": "ADD",
        "bizStep": "packing",
        "readPoint": {"id": "urn:epc:id:sgln:0614141.00001.0"}
    })
}

pub fn epcis_document(events: &[Value]) -> Value {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": events}
    })
}

/// A work unit with one watched property, `{id}.temperature`.
pub fn reactor(id: &str) -> Value {
    json!({
        "id": id,
        "description": "a reactor",
        "equipmentLevel": "WorkUnit",
        "properties": [{"id": "temperature", "unit": "Cel", "limits": {"low": 0, "high": 100}}]
    })
}

pub fn individuals_chart(property: &str) -> Value {
    json!({"property": property, "kind": "i-mr", "rules": ["we1"], "limits": {"center": 20.0, "sigma": 1.0}})
}

/// One reading a second from this minute on.
pub fn readings(property: &str, minute: &str, values: &[f64]) -> Value {
    let reading = |(second, value): (usize, &f64)| json!({"property": property, "time": format!("2026-01-01T{minute}:{second:02}Z"), "value": value});
    values.iter().enumerate().map(reading).collect()
}

/// A `.tgz` of these files: a tar archive (POSIX ustar) of short names, packed.
pub fn package(files: &[(&str, &Value)]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (path, content) in files {
        let content = content.to_string();
        let mut header = vec![0_u8; 512];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..262].copy_from_slice(b"ustar");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive.extend(header);
        archive.extend(content.as_bytes());
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &archive)
        .and_then(|()| packed.finish())
        .expect("memory takes what is written")
}
