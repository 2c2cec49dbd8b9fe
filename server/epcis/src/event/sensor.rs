//! Sensor elements: metadata and reports. EPCIS 2.0, section 7.3.7.

use super::check::{Checker, Inner, Shape, child};
use crate::vocabulary::{COMPONENT, MEASUREMENT_TYPE, SENSOR_ALERT_TYPE};
use theriac_core::Instant;
use theriac_core::json::Node;

const ELEMENT: Inner = &[("sensorMetadata", Shape::Object, false)];

#[rustfmt::skip]
const METADATA: Inner = &[
    ("time", Shape::Time, false), ("startTime", Shape::Time, false), ("endTime", Shape::Time, false),
    ("deviceID", Shape::Uri, false), ("deviceMetadata", Shape::Uri, false), ("rawData", Shape::Uri, false),
    ("dataProcessingMethod", Shape::Uri, false), ("bizRules", Shape::Uri, false),
];

#[rustfmt::skip]
const REPORT: Inner = &[
    ("type", Shape::Word(&MEASUREMENT_TYPE), false), ("exception", Shape::Word(&SENSOR_ALERT_TYPE), false),
    ("deviceID", Shape::Uri, false), ("deviceMetadata", Shape::Uri, false), ("rawData", Shape::Uri, false),
    ("dataProcessingMethod", Shape::Uri, false), ("bizRules", Shape::Uri, false), ("time", Shape::Time, false),
    ("microorganism", Shape::Uri, false), ("chemicalSubstance", Shape::Uri, false),
    ("coordinateReferenceSystem", Shape::Uri, false), ("component", Shape::Word(&COMPONENT), false),
    ("value", Shape::Number, false), ("stringValue", Shape::Text, false), ("booleanValue", Shape::Boolean, false),
    ("hexBinaryValue", Shape::HexBinary, false), ("uriValue", Shape::Uri, false),
    ("minValue", Shape::Number, false), ("maxValue", Shape::Number, false), ("meanValue", Shape::Number, false),
    ("sDev", Shape::Number, false), ("percRank", Shape::Number, false), ("percValue", Shape::Number, false),
    ("uom", Shape::Text, false),
];

pub fn element(checker: &mut Checker, node: &Node<'_>, path: &str) {
    let Some(object) = node.as_object() else {
        return checker.fault(path, format!("an object is needed, not {}", node.kind()));
    };
    let rest = object.iter().filter(|(name, _)| *name != "sensorReport");
    let rest = rest.map(|(name, value)| (name.to_owned().into(), value.clone())).collect();
    checker.open(&Node::Object(theriac_core::json::Object(rest)), path, ELEMENT);
    if let Some(metadata) = object.get("sensorMetadata").filter(|m| m.as_object().is_some()) {
        checker.open(metadata, &child(path, "sensorMetadata"), METADATA);
        period(checker, metadata, path);
    }
    let path = child(path, "sensorReport");
    match object.get("sensorReport") {
        Some(reports) => {
            if reports.items().is_empty() {
                checker.fault(&path, "at least one report is needed");
            }
            checker.list(reports, &path, report);
        }
        None => checker.fault(&path, "`sensorReport` is needed in a sensor element"),
    }
}

fn report(checker: &mut Checker, report: &Node<'_>, path: &str) {
    checker.open(report, path, REPORT);
    // GS1's example of XML reports that a sensor failed without a type, as the schema of XML allows.
    if report.as_object().is_some_and(|r| r.get("type").is_none() && r.get("exception").is_none()) {
        checker.fault(&child(path, "type"), "`type` is needed in a sensor report");
    }
}

fn period(checker: &mut Checker, metadata: &Node<'_>, path: &str) {
    let at = |name| metadata.text(name).and_then(Instant::parse);
    if at("startTime").zip(at("endTime")).is_some_and(|(start, end)| start > end) {
        checker.fault(&format!("{path}.sensorMetadata.endTime"), "endTime lies before startTime");
    }
}
