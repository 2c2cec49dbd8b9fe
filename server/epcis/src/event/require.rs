//! What must be there, and what must fit together, per event type. EPCIS 2.0, sections 7.4.2 to 7.4.7.
//!
//! A sensor's time later than the eventTime is let through: the standard warns against it, and valid
//! published examples have it.

use super::EventType;
use super::check::{Checker, child};
use theriac_core::json::Object;

const ALWAYS: &[&str] = &["eventTime", "eventTimeZoneOffset"];

/// Members needed by type.
const NEEDED: &[(EventType, &[&str])] = &[
    (EventType::Object, &["action"]),
    (EventType::Aggregation, &["action"]),
    (EventType::Transaction, &["action", "bizTransactionList"]),
    (EventType::Association, &["action", "parentID"]),
];

pub fn event(object: &Object<'_>, kind: EventType, path: &str, checker: &mut Checker) {
    let needed = NEEDED.iter().find(|(k, _)| *k == kind).map_or(&[][..], |(_, names)| names);
    for name in ALWAYS.iter().chain(needed).filter(|n| object.get(n).is_none()) {
        checker
            .fault(&child(path, name), format!("`{name}` is needed in {}", object.text("type").unwrap_or("an event")));
    }
    if let Some(why) = combination(&Parts(object), kind) {
        checker.fault(path, why);
    }
    ilmd(object, kind, path, checker);
}

struct Parts<'o>(&'o Object<'o>);

impl Parts<'_> {
    fn some(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|n| !n.items().is_empty())
    }

    fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|n| self.some(n))
    }

    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    fn action(&self) -> &str {
        self.0.text("action").unwrap_or("")
    }
}

fn combination(parts: &Parts<'_>, kind: EventType) -> Option<&'static str> {
    match kind {
        EventType::Object => {
            let sensed = parts.some("sensorElementList") && parts.has("readPoint");
            let fits = parts.has("epcList") || parts.some("quantityList") || sensed;
            (!fits).then_some("an ObjectEvent needs `epcList`, `quantityList`, or `sensorElementList` with `readPoint`")
        }
        EventType::Transaction => {
            let fits = parts.has("epcList") || parts.any(&["quantityList", "parentID"]) || parts.action() == "DELETE";
            let empty = parts.has("bizTransactionList") && !parts.some("bizTransactionList");
            (!fits || empty).then_some(
                "a TransactionEvent needs a bizTransaction, and `epcList` or `quantityList` unless it is a DELETE",
            )
        }
        EventType::Aggregation | EventType::Association => group(parts),
        EventType::Transformation => transformation(parts),
        EventType::Extension => None,
    }
}

fn group(parts: &Parts<'_>) -> Option<&'static str> {
    if !parts.any(&["childEPCs", "childQuantityList"]) && parts.action() != "DELETE" {
        return Some(
            "`childEPCs` or `childQuantityList` is needed; only a DELETE may leave both out, meaning all children",
        );
    }
    (!parts.has("parentID") && parts.action() != "OBSERVE").then_some("`parentID` is needed unless `action` is OBSERVE")
}

fn transformation(parts: &Parts<'_>) -> Option<&'static str> {
    let input = parts.any(&["inputEPCList", "inputQuantityList"]);
    let output = parts.any(&["outputEPCList", "outputQuantityList"]);
    let fits = (input && output) || (parts.has("transformationID") && (input || output));
    (!fits).then_some("a TransformationEvent needs inputs and outputs, or one of them with `transformationID`")
}

fn ilmd(object: &Object<'_>, kind: EventType, path: &str, checker: &mut Checker) {
    let adding = kind != EventType::Object || object.text("action") == Some("ADD");
    if object.get("ilmd").is_some() && !adding {
        checker.fault(&child(path, "ilmd"), "an ObjectEvent carries `ilmd` only when `action` is ADD");
    }
}
